"""Interpolators of tables and of scattered values: interp1d, on grids, on triangulations."""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy as np
from scipy import interpolate

from adjoint.ir.core import Value
from adjoint.ir.infer import infer, register_inference
from adjoint.ir.types import ANY, UNKNOWN, Array, Struct, Type, dims_of
from adjoint.rules.interpolation.parts import (
    as_points,
    beside,
    constant,
    is_smoothing,
    place_axis,
    points_of,
    real_values,
    refuse,
)
from adjoint.rules.registry import adopts, composed, is_reached, nondifferentiable, stands_in
from adjoint.rules.staged import call, rank_of, select, shape_of
from adjoint.runtime.with_scipy.bsplines import (
    bspline,
    grid_fitted,
    grid_knots,
    interpolation,
    interpolation_knots,
    tensor_spline,
)
from adjoint.runtime.with_scipy.tables import (
    linear_knots,
    nearest_node,
    simplex_values,
)

register_inference(linear_knots, lambda args, kwargs: Array(np.dtype(float), (ANY,)))
register_inference(nearest_node, lambda args, kwargs: _indices(args))
register_inference(simplex_values, lambda args, kwargs: _in_triangles(args))
nondifferentiable(linear_knots, nearest_node, simplex_values)


def _indices(args: Any) -> Type:
    dims = dims_of(infer(np.asarray, [args[1]], {}))
    return UNKNOWN if dims is None else Array(np.dtype(np.intp), dims)


def _in_triangles(args: Any) -> Type:
    dims = dims_of(infer(np.asarray, [args[1]], {}))
    if dims is None:
        return UNKNOWN
    corner = ANY if not isinstance(dims[-1], int) else dims[-1] + 1
    corners = Array(np.dtype(np.int32), (*dims[:-1], corner))
    maps = Array(np.dtype(float), (*dims[:-1], corner, dims[-1]))
    return Struct(tuple, (corners, maps, Array(np.dtype(bool), dims[:-1])))


_NODES = "the derivative with respect to the nodes of this interpolator is not known"


# interp1d


class Interp1d:
    """`interpolate.interp1d`: steps between the nodes, or a spline."""

    def __init__(self, x: Any, y: Any, kind: Any, fill: Any, raises: bool, axis: int):
        self.x = x
        self.y = y
        self.kind = degree_of(kind)
        self.fill = fill
        self.raises = raises
        self.axis = axis

    def __call__(self, x: Any) -> Any:
        t = points_of(x)
        mode = outside_mode(self.fill, self.raises)
        if is_step(self.kind):
            y = self.y[nearest_node(self.x, t, self.kind, mode == "error")]
        elif self.kind == "linear":
            y = bspline(linear_knots(self.x), self.y, 1, t, 0, mode)
        else:
            knots = interpolation_knots(self.x, self.kind)
            y = bspline(knots, interpolation(self.x, self.y, self.kind), self.kind, t, 0, mode)
        if mode == "boundary":
            y = filled(y, self.x, t, self.fill)
        return place_axis(y, self.axis, t)


@composed
def degree_of(kind: Any) -> Any:
    """The degree of a spline; steps and broken lines by name."""
    return {"zero": 0, "slinear": 1, "quadratic": 2, "cubic": 3}.get(kind, kind)


@composed
def is_step(kind: Any) -> bool:
    return kind in ("nearest", "nearest-up", "previous", "next")


@composed
def outside_mode(fill: Any, raises: bool) -> Any:
    if isinstance(fill, str):
        return True
    return "error" if raises else "boundary"


@composed
def filled(y: Any, x: Any, t: Any, fill: Any) -> Any:
    """The fill values outside of the nodes, which may be one for each side."""
    below, above = fill if isinstance(fill, tuple) and len(fill) == 2 else (fill, fill)
    y = select(beside(t < x[0], y), below, y)
    return select(beside(t > x[-1], y), above, y)


@stands_in(interpolate.interp1d)
def interp1d(
    x: Any, y: Any, kind: Any = "linear", axis: int = -1, copy: bool = True,
    bounds_error: Any = None, fill_value: Any = np.nan, assume_sorted: bool = False,
) -> Any:  # fmt: skip
    if is_reached(x):
        refuse(_NODES, "np.interp and CubicSpline are differentiated with respect to nodes")
    x, y = points_of(x), real_values(y, axis)
    if not assume_sorted:
        order = order_of(x)
        x, y = x[order], y[order]
    kind, bounds_error = constant(None, kind), constant(None, bounds_error)
    raises = not extrapolates(fill_value) if bounds_error is None else bounds_error
    if extrapolates(fill_value) and kind == "previous":
        fill_value = (np.nan, y[-1])
    if extrapolates(fill_value) and kind == "next":
        fill_value = (y[0], np.nan)
    return Interp1d(x, y, kind, fill_value, raises, axis)


@composed
def order_of(x: Any) -> Any:
    """The order of the nodes, computed while compiling if they are constants."""
    return call(np.argsort, x, kind="stable") if isinstance(x, Value) else np.argsort(x)


@composed
def extrapolates(fill: Any) -> bool:
    return isinstance(fill, str)


@composed
def kind_behind(table: Any) -> Any:
    """The kind of a table, or the degree of its spline, neither of which ever changes."""
    return table._spline.k if table._kind == "spline" else table._kind


@adopts(interpolate.interp1d)
def adopted_interp1d(table: Any) -> Any:
    kind = kind_behind(table)
    raises, axis = constant(None, table.bounds_error), constant(None, table.axis)
    if constant(None, table._extrapolate):
        fill: Any = "extrapolate"
    else:
        fill = (table._fill_value_below, table._fill_value_above)
    return Interp1d(table.x, real_values(table.y, axis), kind, fill, raises, axis)


# Grids


class RectBivariate:
    """`interpolate.RectBivariateSpline`: a tensor product, constant outside of its box."""

    def __init__(self, tx: Any, ty: Any, c: Any, kx: int, ky: int, dx: int = 0, dy: int = 0):
        self.tx = tx
        self.ty = ty
        self.c = c
        self.kx = kx
        self.ky = ky
        self.dx = dx
        self.dy = dy

    def ev(self, xi: Any, yi: Any, dx: int = 0, dy: int = 0) -> Any:
        points = as_points((points_of(xi), points_of(yi)))
        orders = (self.dx + dx, self.dy + dy)
        knots, degrees = (self.tx, self.ty), (self.kx, self.ky)
        return tensor_spline(knots, self.c, degrees, points, orders, "boundary")

    def __call__(self, x: Any, y: Any, dx: int = 0, dy: int = 0, grid: bool = True) -> Any:
        x, y = points_of(x), points_of(y)
        if grid:
            x, y = as_rows(x), as_row(y)
        return self.ev(x, y, dx, dy)

    def partial_derivative(self, dx: int, dy: int) -> Any:
        orders = (self.dx + dx, self.dy + dy)
        return RectBivariate(self.tx, self.ty, self.c, self.kx, self.ky, orders[0], orders[1])


@composed
def as_rows(x: Any) -> Any:
    return np.expand_dims(np.ravel(x) if rank_of(x) != 1 else x, 1)


@composed
def as_row(y: Any) -> Any:
    return np.ravel(y) if rank_of(y) != 1 else y


@stands_in(interpolate.RectBivariateSpline)
def rect_bivariate_spline(
    x: Any, y: Any, z: Any, bbox: Any = (None, None, None, None), kx: int = 3, ky: int = 3,
    s: Any = 0, maxit: int = 20,
) -> Any:  # fmt: skip
    if is_reached(x) or is_reached(y):
        refuse(_NODES)
    if is_smoothing(constant(None, s)):
        refuse("a RectBivariateSpline that smooths chooses its knots by the values",
               "give it s=0")  # fmt: skip
    box = (bbox[0], bbox[1], bbox[2], bbox[3])
    tx, ty = grid_knots(x, y, box, kx, ky)
    return RectBivariate(tx, ty, grid_fitted(x, y, real_values(z, 0), box, kx, ky), kx, ky)


@composed
def square_coefficients(c: Any, tx: Any, ty: Any, kx: int, ky: int) -> Any:
    sizes = [call(np.size, tx) - kx - 1, call(np.size, ty) - ky - 1]
    return call(np.reshape, c, tuple(sizes))


@adopts(interpolate.RectBivariateSpline, interpolate.SmoothBivariateSpline)
def adopted_bivariate(spline: Any) -> Any:
    tx, ty, c = spline.tck
    kx, ky = constant(None, spline.degrees[0]), constant(None, spline.degrees[1])
    return RectBivariate(tx, ty, square_coefficients(c, tx, ty, kx, ky), kx, ky)


@stands_in(interpolate.bisplev)
def bisplev(x: Any, y: Any, tck: Any, dx: int = 0, dy: int = 0) -> Any:
    tx, ty, c, kx, ky = tck
    spline = RectBivariate(tx, ty, square_coefficients(c, tx, ty, kx, ky), kx, ky)
    return without_ones(spline(x, y, dx, dy), x, y)


@composed
def without_ones(z: Any, x: Any, y: Any) -> Any:
    """`bisplev` gives no axis to a number."""
    if rank_of(y) == 0:
        z = z[:, 0]
    return z[0] if rank_of(x) == 0 else z


class RegularGrid:
    """`interpolate.RegularGridInterpolator` with the methods linear and nearest."""

    def __init__(self, points: Any, values: Any, method: str, raises: bool, fill: Any):
        self.points = points
        self.values = values
        self.method = method
        self.raises = raises
        self.fill = fill

    def __call__(self, xi: Any, method: Any = None, *, nu: Any = None) -> Any:
        if nu is not None or (method or self.method) != "linear":
            refuse("a RegularGridInterpolator is differentiated with method='linear'",
                   "use RectBivariateSpline, or a CubicSpline along each axis")  # fmt: skip
        x = as_points(xi, len(self.points))
        mode = "error" if self.raises else True if self.fill is None else "boundary"
        knots = knots_of(self.points)
        ones = (1,) * len(knots)
        y = tensor_spline(knots, self.values, ones, x, (0,) * len(knots), mode)
        return filled_grid(y, knots, x, self.fill) if mode == "boundary" else y


def knots_of(points: Any) -> Any:
    return tuple(linear_knots(p) for p in points)


@composed
def filled_grid(y: Any, knots: Any, x: Any, fill: Any) -> Any:
    beyond = [x[..., d] < t[0] for d, t in enumerate(knots)]
    beyond += [x[..., d] > t[-1] for d, t in enumerate(knots)]
    outside = functools.reduce(lambda a, b: call(operator.or_, a, b), beyond)
    return select(beside(outside, y), fill, y)


@stands_in(interpolate.RegularGridInterpolator)
def regular_grid_interpolator(
    points: Any, values: Any, method: str = "linear", bounds_error: bool = True,
    fill_value: Any = np.nan, *, solver: Any = None, solver_args: Any = None,
) -> Any:  # fmt: skip
    if is_reached(points):
        refuse(_NODES)
    points = tuple(points_of(p) for p in points)
    raises = constant(None, bounds_error)
    return RegularGrid(points, real_values(values, 0), constant(None, method), raises, fill_value)


@stands_in(interpolate.interpn)
def interpn(
    points: Any, values: Any, xi: Any, method: str = "linear", bounds_error: bool = True,
    fill_value: Any = np.nan,
) -> Any:  # fmt: skip
    if method != "linear":
        refuse("interpn is differentiated with method='linear'")
    table = regular_grid_interpolator(points, values, method, bounds_error, fill_value)
    return table(xi)


@adopts(interpolate.RegularGridInterpolator)
def adopted_grid(table: Any) -> Any:
    method, raises = constant(None, table.method), constant(None, table.bounds_error)
    return RegularGrid(table.grid, table.values, method, raises, table.fill_value)


# Triangulations


class LinearND:
    """`interpolate.LinearNDInterpolator`: planes over the triangles of the nodes."""

    def __init__(self, nodes: Any, values: Any, fill: Any, rescale: bool):
        self.nodes = nodes
        self.values = values
        self.fill = fill
        self.rescale = rescale

    def __call__(self, *args: Any) -> Any:
        x = as_points(args[0] if len(args) == 1 else args, columns_of(self.nodes))
        corners, maps, inside = simplex_values(self.nodes, x, self.rescale)
        y = summed(barycentric(maps, x), self.values[corners])
        return select_inside(inside, y, self.fill)


@composed
def columns_of(nodes: Any) -> Any:
    return shape_of(nodes)[1]


@composed
def barycentric(maps: Any, x: Any) -> Any:
    """The weights of the corners, which add to 1."""
    inner = np.sum(maps[..., :-1, :] * np.expand_dims(x - maps[..., -1, :], -2), axis=-1)
    return np.concatenate([inner, 1.0 - np.sum(inner, axis=-1, keepdims=True)], axis=-1)


@composed
def summed(weights: Any, values: Any) -> Any:
    extra = rank_of(values) - rank_of(weights)
    weights = np.expand_dims(weights, tuple(range(-extra, 0))) if extra else weights
    return np.sum(weights * values, axis=rank_of(weights) - extra - 1)


@composed
def select_inside(inside: Any, y: Any, fill: Any) -> Any:
    return select(beside(inside, y), y, fill)


@stands_in(interpolate.LinearNDInterpolator)
def linear_nd_interpolator(
    points: Any, values: Any, fill_value: Any = np.nan, rescale: bool = False
) -> Any:
    if is_reached(points):
        refuse(_NODES)
    return LinearND(as_points(points), real_values(values, 0), fill_value, rescale)
