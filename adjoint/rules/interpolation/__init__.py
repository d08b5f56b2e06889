"""Rules for scipy.interpolate: each interpolator is a record of its nodes and coefficients."""

from adjoint.rules.interpolation import bsplines, cubic, grids, piecewise, splines

__all__ = ["bsplines", "cubic", "grids", "piecewise", "splines"]
