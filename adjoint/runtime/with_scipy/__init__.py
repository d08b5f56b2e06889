"""Helpers of generated code that call SciPy: programs that use SciPy get them, and no others."""
