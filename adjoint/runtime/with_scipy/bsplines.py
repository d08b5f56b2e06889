"""Values of B-splines and of their tensor products, and the transposes of these in the coefficients.

A point lies in the support of k + 1 basis functions along each axis. Their values come from
`BSpline.design_matrix`; those of derivatives follow from the basis of lower degree (de Boor,
A Practical Guide to Splines, chapter X).

The mode says what a spline is outside of its base interval: True continues it, False makes it
nan, "zeros", "boundary" and "error" are the others of `splev`, "periodic" repeats it.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from scipy import interpolate, linalg, sparse
from scipy.sparse.linalg import spsolve


def bspline(t: Any, c: Any, k: int, x: Any, nu: int = 0, mode: Any = True) -> Any:
    """The derivative of order `nu` of a spline at the points x."""
    return tensor_spline((t,), c, (k,), np.asarray(x)[..., None], (nu,), mode)


def bspline_spread(
    y_bar: Any, t: Any, k: int, x: Any, shape: Any, nu: int = 0, mode: Any = True
) -> Any:
    """The transpose of `bspline` in the coefficients, which have that shape."""
    return tensor_spread(y_bar, (t,), (k,), np.asarray(x)[..., None], shape, (nu,), mode)


def tensor_spline(knots: Any, c: Any, degrees: Any, x: Any, nus: Any, mode: Any = True) -> Any:
    """The values at points, whose coordinates the last axis of x holds."""
    c, x = np.asarray(c), np.asarray(x, float)
    out = np.zeros((*x.shape[:-1], *c.shape[len(knots) :]), np.result_type(c, float))
    for index, weight in _terms(knots, degrees, x, nus, mode):
        out += _beside(weight, c.ndim - len(knots)) * c[index]
    if mode is False:
        out[_outside(knots, degrees, x)] = np.nan
    return out


def tensor_spread(
    y_bar: Any, knots: Any, degrees: Any, x: Any, shape: Any, nus: Any, mode: Any = True
) -> Any:
    """The transpose of `tensor_spline` in the coefficients, which have that shape."""
    x, y_bar = np.asarray(x, float), np.asarray(y_bar)
    out = np.zeros(shape, np.result_type(y_bar, float))
    for index, weight in _terms(knots, degrees, x, nus, mode):
        np.add.at(out, index, _beside(weight, len(shape) - len(knots)) * y_bar)
    return out


def _beside(weight: Any, extra: int) -> Any:
    return np.reshape(weight, np.shape(weight) + (1,) * extra)


def _terms(knots: Any, degrees: Any, x: Any, nus: Any, mode: Any) -> Any:
    """Index and weight of each coefficient that a point depends on."""
    axes = [
        _basis(np.asarray(t, float), k, x[..., d], nu, mode)
        for d, (t, k, nu) in enumerate(zip(knots, degrees, nus, strict=True))
    ]
    keep = 1.0
    if mode in (False, "zeros"):
        keep = np.where(_outside(knots, degrees, x), 0.0, 1.0)
    for offsets in itertools.product(*(range(k + 1) for k in degrees)):
        pairs = zip(axes, offsets, strict=True)
        index = tuple(start + offset for (start, _), offset in pairs)
        weight = keep * np.ones(x.shape[:-1])
        for (_, values), offset in zip(axes, offsets, strict=True):
            weight = weight * values[..., offset]
        yield index, weight


def _outside(knots: Any, degrees: Any, x: Any) -> Any:
    out = np.zeros(x.shape[:-1], bool)
    for d, (t, k) in enumerate(zip(knots, degrees, strict=True)):
        out |= (x[..., d] < t[k]) | (x[..., d] > t[-k - 1])
    return out


def _basis(t: Any, k: int, x: Any, nu: int, mode: Any) -> tuple[Any, Any]:
    """The first basis function that is not zero at each point, and the values of k + 1 of them."""
    low, high = t[k], t[-k - 1]
    if mode == "error" and np.any((x < low) | (x > high)):
        raise ValueError("a point lies outside of the interpolation range")
    if mode == "periodic":
        x = low + (x - low) % (high - low)
    if mode == "boundary":
        x = np.clip(x, low, high)
    if nu > k:
        return np.zeros(x.shape, int), np.zeros((*x.shape, k + 1))
    flat = np.ravel(x)
    bad = np.isnan(flat)
    flat = np.where(bad, low, flat)
    inner = t[nu : len(t) - nu]
    if mode in (False, "zeros"):
        flat = np.clip(flat, low, high)
    design = interpolate.BSpline.design_matrix(flat, inner, k - nu, extrapolate=True)
    values = design.data.reshape(len(flat), k - nu + 1)
    start = design.indices.reshape(len(flat), k - nu + 1)[:, 0]
    for step in range(nu):
        degree = k - nu + 1 + step  # of the spline whose derivative this is
        at = t[nu - 1 - step : len(t) - (nu - 1 - step)]
        gaps = at[degree + 1 : -1] - at[1 : -degree - 1]
        factor = degree / np.where(gaps > 0.0, gaps, np.inf)
        scaled = values * factor[start[:, None] + np.arange(values.shape[1])]
        values = np.zeros((len(flat), values.shape[1] + 1))
        values[:, :-1] -= scaled
        values[:, 1:] += scaled
    values[bad] = np.nan
    return np.reshape(start, np.shape(x)), np.reshape(values, (*np.shape(x), k + 1))


def integrated(c: Any, t: Any, k: int) -> Any:
    """The coefficients of the integral from t[k], for the knots with one more at each end."""
    n = len(t) - k - 1
    c = np.asarray(c)[:n]
    widths = ((t[k + 1 : n + k + 1] - t[:n]) / (k + 1)).reshape(-1, *(1,) * (c.ndim - 1))
    return np.concatenate([np.zeros_like(c[:1]), np.cumsum(c * widths, axis=0)])


def integrated_transposed(c_bar: Any, t: Any, k: int, shape: Any) -> Any:
    """The transpose of `integrated`, of coefficients of that shape."""
    n = len(t) - k - 1
    widths = ((t[k + 1 : n + k + 1] - t[:n]) / (k + 1)).reshape(-1, *(1,) * (c_bar.ndim - 1))
    out = np.zeros(shape, c_bar.dtype)
    out[:n] = np.cumsum(c_bar[:0:-1], axis=0)[::-1] * widths
    return out


# Coefficients of splines through values


def interpolation_knots(x: Any, k: int, bc_type: Any = None) -> Any:
    """The knots that `interpolate.make_interp_spline` chooses."""
    zero = None if bc_type is None else _homogeneous(bc_type)
    return interpolate.make_interp_spline(x, np.zeros(len(x)), k, bc_type=zero).t


def interpolation(x: Any, y: Any, k: int, t: Any = None, bc_type: Any = None) -> Any:
    """`interpolate.make_interp_spline(x, y, k, t, bc_type).c`."""
    return interpolate.make_interp_spline(x, y, k, t, bc_type).c


def interpolation_transposed(c_bar: Any, x: Any, k: int, t: Any = None, bc_type: Any = None) -> Any:
    """The cotangent of the values: the collocation matrix, transposed, is solved."""
    x = np.asarray(x, float)
    knots = interpolation_knots(x, k, bc_type) if t is None else np.asarray(t, float)
    if k == 0:
        return np.array(c_bar)
    n = len(knots) - k - 1
    rows = [interpolate.BSpline.design_matrix(x, knots, k)]
    ends = _ends(bc_type)
    for end, at in zip(ends, (x[0], x[-1]), strict=True):
        for order, _ in end:
            row = sparse.csr_array(interpolate.BSpline(knots, np.eye(n), k)(at, order)[None])
            rows.append(row)
    matrix = sparse.vstack(rows, format="csc")
    flat = np.reshape(c_bar, (n, -1))
    solved = np.reshape(spsolve(matrix.T.tocsc(), flat), flat.shape)
    return solved[: len(x)].reshape(len(x), *np.shape(c_bar)[1:])


def _ends(bc_type: Any) -> Any:
    """The derivatives that are given at both ends."""
    named = {"not-a-knot": (), "clamped": ((1, 0.0),), "natural": ((2, 0.0),)}
    pair = (bc_type, bc_type) if bc_type is None or isinstance(bc_type, str) else bc_type
    return [() if e is None else named[e] if isinstance(e, str) else tuple(e) for e in pair]


def _homogeneous(bc_type: Any) -> Any:
    if isinstance(bc_type, str):
        return bc_type
    return tuple(
        e if e is None or isinstance(e, str) else [(order, np.zeros(np.shape(v))) for order, v in e]
        for e in bc_type
    )


# Coefficients of FITPACK


def fitted(x: Any, y: Any, w: Any, ends: Any, k: int, t: Any = None) -> Any:
    """The coefficients of `interpolate.splrep`: through all values, or least squares on knots."""
    return _splrep(x, y, w, ends, k, t)[1]


def fitted_knots(x: Any, w: Any, ends: Any, k: int, t: Any = None) -> Any:
    """Its knots, which do not depend on the values."""
    return _splrep(x, np.zeros(len(x)), w, ends, k, t)[0]


def _splrep(x: Any, y: Any, w: Any, ends: Any, k: int, t: Any) -> Any:
    if t is None:
        return interpolate.splrep(x, y, w, *ends, k=k, s=0)
    return interpolate.splrep(x, y, w, *ends, k=k, task=-1, t=t)


def fitted_transposed(c_bar: Any, x: Any, w: Any, ends: Any, k: int, t: Any = None) -> Any:
    """The cotangent of the values: of B c = y, or of the normal equations."""
    knots = fitted_knots(x, w, ends, k, t)
    design = interpolate.BSpline.design_matrix(np.asarray(x, float), knots, k).tocsc()
    g = np.asarray(c_bar)[: design.shape[1]]
    if design.shape[0] == design.shape[1]:
        return spsolve(design.T.tocsc(), g)
    weights = np.ones(len(x)) if w is None else np.asarray(w, float)
    scaled = design.toarray() * weights[:, None]
    q, r = np.linalg.qr(scaled)
    return weights * (q @ linalg.solve_triangular(r, g, trans=1))


def grid_fitted(x: Any, y: Any, z: Any, bbox: Any, kx: int, ky: int) -> Any:
    """The coefficients of `interpolate.RectBivariateSpline` through all values."""
    spline = interpolate.RectBivariateSpline(x, y, z, list(bbox), kx, ky, s=0)
    return spline.tck[2].reshape(len(x), len(y))


def grid_knots(x: Any, y: Any, bbox: Any, kx: int, ky: int) -> Any:
    """Its knots."""
    zeros = np.zeros((len(x), len(y)))
    return interpolate.RectBivariateSpline(x, y, zeros, list(bbox), kx, ky, s=0).tck[:2]


def grid_transposed(c_bar: Any, x: Any, y: Any, bbox: Any, kx: int, ky: int) -> Any:
    """The cotangent of the values of `grid_fitted`."""
    tx, ty = grid_knots(x, y, bbox, kx, ky)
    first = interpolate.BSpline.design_matrix(np.asarray(x, float), tx, kx).T.tocsc()
    second = interpolate.BSpline.design_matrix(np.asarray(y, float), ty, ky).T.tocsc()
    return spsolve(second, spsolve(first, np.asarray(c_bar)).T).T
