"""Calls of array functions: their arguments, out= and where=, and array-likes."""
