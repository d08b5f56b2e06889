"""Solvers of SciPy as programs: the call itself, and the derivative of what it finds by theorem."""
