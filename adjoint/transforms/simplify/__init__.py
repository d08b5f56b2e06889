"""What an expert would not have written: local rewriting, common subexpressions, signs, arms."""
