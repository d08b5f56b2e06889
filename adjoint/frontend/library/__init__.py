"""Models of the callables of Python and NumPy that read programs: sorted, map, reduce, copy."""
