"""Polynomials as Python objects to differentiate: np.poly1d and those of numpy.polynomial."""

from adjoint.rules.polynomial_objects import linear, poly1d, series

__all__ = ["linear", "poly1d", "series"]
