"""Piecewise polynomials in the form of `scipy.interpolate.PPoly`, and the transpose of their value.

On the interval from x[i] to x[i + 1] the value at t is the polynomial with the coefficients
c[:, i], the highest power first, at t - x[i].
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import interpolate


def piecewise(c: Any, x: Any, t: Any, nu: int = 0, extrapolate: Any = True) -> Any:
    """The derivative of order `nu` at the points t; of order 0 the value.

    Outside of the breaks "zeros" is what False is, with zeros for nan.
    """
    value = interpolate.PPoly(c, x)(t, nu, False if extrapolate == "zeros" else extrapolate)
    if extrapolate == "zeros":
        value[(t < np.min(x)) | (t > np.max(x))] = 0.0
    return value


def spread(y_bar: Any, x: Any, t: Any, shape: Any, nu: int = 0, extrapolate: Any = True) -> Any:
    """The transpose of `piecewise` in c, which has that shape."""
    t = np.asarray(t, float)
    out = np.zeros(shape, np.result_type(y_bar, float))
    i, s = _located(x, t, extrapolate)
    weight = 1.0
    if extrapolate in (False, "zeros"):
        weight = np.where((t >= np.min(x)) & (t <= np.max(x)), 1.0, 0.0)
    for row in range(shape[0]):
        power = shape[0] - 1 - row
        if power >= nu:
            w = weight * math.perm(power, nu) * s ** (power - nu)
            w = np.reshape(w, np.shape(w) + (1,) * (len(shape) - 2))
            np.add.at(out[row], i, w * y_bar)
    return out


def _located(x: Any, t: Any, extrapolate: Any) -> tuple[Any, Any]:
    """The interval of each point, and how far behind its start the point is."""
    if extrapolate == "periodic":
        t = x[0] + (t - x[0]) % (x[-1] - x[0])
    if x[-1] >= x[0]:
        i = np.searchsorted(x[1:-1], t, "right")
    else:
        i = np.searchsorted(-x[1:-1], -t, "right")
    return i, t - x[i]


def increasing(x: Any, y: Any, axis: int = 0) -> Any:
    """The nodes of an interpolator, as floats.

    Raises
    ------
    ValueError : as SciPy's interpolators do: they do not rise, or do not fit to the values.
    """
    x, y = np.asarray(x, float), np.asarray(y)
    if x.ndim != 1 or x.size < 2:
        raise ValueError("`x` must be 1-dimensional, with at least 2 elements.")
    if x.size != y.shape[axis]:
        raise ValueError(f"The length of `y` along `axis`={axis} doesn't match the length of `x`")
    if not (np.all(np.isfinite(x)) and np.all(np.isfinite(y))):
        raise ValueError("`x` and `y` must contain only finite values.")
    if np.any(np.diff(x) <= 0):
        raise ValueError("`x` must be strictly increasing sequence.")
    return x
