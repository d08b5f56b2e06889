"""Models of SciPy's solvers: the call, and the derivative of what it finds, by a theorem."""
