"""Cubic interpolators as Python functions to differentiate: of their nodes, values and points.

Each is a piecewise polynomial. The slopes at the nodes say which: `CubicSpline` solves for them
(de Boor, A Practical Guide to Splines, chapter IV), `PchipInterpolator` takes harmonic means
(Fritsch and Butland 1984), `Akima1DInterpolator` weighted ones (Akima 1970).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import interpolate, linalg

from adjoint.ir.core import Value
from adjoint.ir.infer import infer, register_inference
from adjoint.ir.types import ANY, UNKNOWN, Array, Type, dims_of
from adjoint.rules.interpolation.parts import (
    beside,
    constant,
    in_columns,
    in_shape,
    place_axis,
    points_of,
    real_values,
    refuse,
)
from adjoint.rules.kinds import Refused
from adjoint.rules.registry import adopts, composed, is_reached, linear, rule, stands_in
from adjoint.rules.staged import call, shape_of
from adjoint.runtime.with_scipy.cubic import spline_coefficients, spline_transposed
from adjoint.runtime.with_scipy.piecewise import increasing, piecewise

# The coefficients of a spline with constant nodes


def _pieces_type(args: Any, kwargs: Any) -> Type:
    dims = dims_of(infer(np.asarray, [args[1]], {}))
    if dims is None:
        return UNKNOWN
    pieces = dims[0] - 1 if isinstance(dims[0], int) else ANY
    return Array(np.dtype(float), (4, pieces, *dims[1:]))


def _values_type(args: Any, kwargs: Any) -> Type:
    dims, nodes = dims_of(args[0].type), dims_of(infer(np.asarray, [args[1]], {}))
    if dims is None or nodes is None:
        return UNKNOWN
    return Array(np.dtype(float), (nodes[0], *dims[2:]))


register_inference(spline_coefficients, _pieces_type)
register_inference(spline_transposed, _values_type)


def _homogeneous(bc_type: Any) -> Any:
    if isinstance(bc_type, str):
        return bc_type
    return tuple(one if isinstance(one, str) else (one[0], 0.0) for one in bc_type)


def _tangent(tangents: Any, c: Any, x: Any, y: Any, bc_type: Any = "not-a-knot") -> Any:
    return call(spline_coefficients, x, tangents[1], _homogeneous(bc_type))


@rule(spline_coefficients, jvp=_tangent)
def spline_coefficients_vjp(
    c_bar: Any, c: Any, x: Any, y: Any, bc_type: Any = "not-a-knot"
) -> Any:
    return Refused("these nodes are constant"), call(spline_transposed, c_bar, x, bc_type)


@linear(spline_transposed)
def spline_transposed_vjp(y_bar: Any, c_bar: Any, x: Any, bc_type: Any = "not-a-knot") -> Any:
    return call(spline_coefficients, x, y_bar, _homogeneous(bc_type))




class Piecewise:
    """A piecewise polynomial: its pieces, the breaks between them, and which derivative it is."""

    def __init__(self, pieces: Any, x: Any, extrapolate: Any, axis: int, order: int = 0):
        self.pieces = pieces
        self.x = x
        self.extrapolate = True if extrapolate is None else extrapolate
        self.axis = axis
        self.order = order

    @property
    def c(self) -> Any:
        if self.order:
            refuse("the coefficients of the derivative of a spline are asked for")
        return self.pieces

    def __call__(self, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
        t = points_of(x)
        extrapolate = self.extrapolate if extrapolate is None else extrapolate
        y = piecewise(self.pieces, self.x, t, self.order + nu, extrapolate)
        return place_axis(y, self.axis, t)

    def derivative(self, nu: int = 1) -> Any:
        return Piecewise(self.pieces, self.x, self.extrapolate, self.axis, self.order + nu)

    def antiderivative(self, nu: int = 1) -> Any:
        c = pieces_of_derivative(self.pieces, self.order)
        for _ in range(nu):
            c = raised_powers(c, self.x)
        extrapolate = False if self.extrapolate == "periodic" else self.extrapolate
        return Piecewise(c, self.x, extrapolate, self.axis)

    def integrate(self, a: Any, b: Any, extrapolate: Any = None) -> Any:
        extrapolate = self.extrapolate if extrapolate is None else extrapolate
        if extrapolate == "periodic":
            refuse("the integral of a periodic spline is not differentiated",
                   "integrate over one period, with extrapolate=True")  # fmt: skip
        c = raised_powers(pieces_of_derivative(self.pieces, self.order), self.x)
        return piecewise(c, self.x, b, 0, extrapolate) - piecewise(c, self.x, a, 0, extrapolate)


@composed
def pieces_of_derivative(c: Any, order: int) -> Any:
    for _ in range(order):
        c = lowered_powers(c)
    return c


def lowered_powers(c: Any) -> Any:
    """The coefficients of the derivative, with a zero in front."""
    rows = call(np.arange, shape_of(c)[0] - 1, 0, -1)
    return np.concatenate([np.zeros_like(c[:1]), c[:-1] * beside(rows, c)])


@composed
def raised_powers(c: Any, x: Any) -> Any:
    """The coefficients of the integral from the first break, which is continuous."""
    powers = beside(call(np.arange, shape_of(c)[0], 0, -1), c)
    upper = c / powers
    widths = beside(x[1:] - x[:-1], c[0])
    pieces = np.cumsum(np.sum(upper * widths**powers, axis=0), axis=0)
    start = np.concatenate([np.zeros_like(pieces[:1]), pieces[:-1]])
    return np.concatenate([upper, np.expand_dims(start, 0)])


def hermite(x: Any, y: Any, slopes: Any) -> Any:
    """The coefficients of the cubic polynomials with these values and slopes at their ends."""
    dx = beside(np.diff(x), y)
    slope = np.diff(y, axis=0) / dx
    bend = (slopes[:-1] + slopes[1:] - 2.0 * slope) / dx
    return np.stack([bend / dx, (slope - slopes[:-1]) / dx - bend, slopes[:-1], y[:-1]])


# The slopes of each interpolator


def spline_pieces(x: Any, y: Any, bc_type: Any) -> Any:
    if is_periodic(bc_type):
        refuse("a periodic CubicSpline is not differentiated with respect to nodes and values",
               "make it outside of the function, or repeat the values on both sides")  # fmt: skip
    if is_reached(x) or not is_known(bc_type):
        x = increasing(x, y)
        return hermite(x, y, spline_slopes(x, y, bc_type))
    return spline_coefficients(x, y, bc_type)


@composed
def is_known(bc_type: Any) -> bool:
    """Are the values at the ends part of the program?"""
    given = [boundary(bc_type, 0, None)[1], boundary(bc_type, 1, None)[1]]
    return all(isinstance(value, (int, float)) for value in given)


def spline_slopes(x: Any, y: Any, bc_type: Any) -> Any:
    start, end = boundary(bc_type, 0, y), boundary(bc_type, 1, y)
    if has_free_end(bc_type):
        if len(x) == 2:
            return slopes_of_line(x, y, start, end)
        if is_free(bc_type):
            if len(x) == 3:
                return slopes_of_parabola(x, y)
    return slopes_by_solving(x, y, start, end)


@composed
def is_periodic(bc_type: Any) -> bool:
    return isinstance(bc_type, str) and bc_type == "periodic"


@composed
def boundary(bc_type: Any, side: int, y: Any) -> Any:
    """The order of the derivative that is given at an end, and its value; 0 for not-a-knot."""
    given = bc_type if isinstance(bc_type, str) else bc_type[side]
    if isinstance(given, str):
        known = {"not-a-knot": 0, "natural": 2, "clamped": 1}
        if given not in known:
            refuse(f"CubicSpline is not differentiated with bc_type={bc_type!r}")
        return known[given], 0.0
    if isinstance(given[0], Value) or given[0] not in (1, 2):
        refuse("the boundary conditions of CubicSpline must be known when compiling")
    return given[0], given[1]


@composed
def has_free_end(bc_type: Any) -> bool:
    return 0 in (boundary(bc_type, 0, None)[0], boundary(bc_type, 1, None)[0])


@composed
def is_free(bc_type: Any) -> bool:
    return boundary(bc_type, 0, None)[0] == boundary(bc_type, 1, None)[0] == 0


@composed
def slopes_of_line(x: Any, y: Any, start: Any, end: Any) -> Any:
    """Of two nodes: without another condition at an end, the slope there is that of the line."""
    line = np.diff(y, axis=0) / beside(np.diff(x), y)
    start = (1, line[0]) if start[0] == 0 else start
    end = (1, line[0]) if end[0] == 0 else end
    return slopes_by_solving(x, y, start, end)


@composed
def slopes_of_parabola(x: Any, y: Any) -> Any:
    dx = beside(np.diff(x), y)
    slope = np.diff(y, axis=0) / dx
    middle = (dx[:1] * slope[1:] + dx[1:] * slope[:1]) / (dx[:1] + dx[1:])
    return np.concatenate([2.0 * slope[:1] - middle, middle, 2.0 * slope[1:] - middle])


@composed
def slopes_by_solving(x: Any, y: Any, start: Any, end: Any) -> Any:
    """Continuous second derivatives at the inner nodes, and a condition at each end."""
    h = np.diff(x)
    dx = beside(h, y)
    slope = np.diff(y, axis=0) / dx
    inner = 3.0 * (dx[1:] * slope[:-1] + dx[:-1] * slope[1:])
    first = _at_end(h, dx, slope, y, start, 1)
    last = _at_end(h, dx, slope, y, end, -1)
    zero = np.zeros(1)
    upper = np.concatenate([zero, first[1], h[:-1]])
    diagonal = np.concatenate([first[0], 2.0 * (h[:-1] + h[1:]), last[0]])
    lower = np.concatenate([h[1:], last[1], zero])
    b = np.concatenate([first[2], inner, last[2]])
    solution = call(linalg.solve_banded, (1, 1), np.stack([upper, diagonal, lower]), in_columns(b))
    return in_shape(solution, b)


def _at_end(h: Any, dx: Any, slope: Any, y: Any, condition: Any, sign: int) -> Any:
    """The first or last row: its entries on and beside the diagonal, and its right side."""
    order, value = condition
    at = slice(None, 1) if sign == 1 else slice(-1, None)
    beyond = slice(1, 2) if sign == 1 else slice(-2, -1)
    if order == 0:
        d, dr = h[at] + h[beyond], dx[at] + dx[beyond]
        right = (dx[at] + 2.0 * dr) * dx[beyond] * slope[at] + dx[at] ** 2 * slope[beyond]
        return h[beyond], d, right / dr
    right = value + np.zeros_like(y[:1])
    if order == 1:
        return np.ones(1), np.zeros(1), right
    rise = slope[at] * dx[at]
    return 2.0 * h[at], h[at], 3.0 * rise - sign * 0.5 * right * dx[at] ** 2


def pchip_slopes(x: Any, y: Any) -> Any:
    h = beside(np.diff(x), y)
    m = np.diff(y, axis=0) / h
    w1, w2 = 2.0 * h[1:] + h[:-1], h[1:] + 2.0 * h[:-1]
    same = m[1:] * np.sign(m[:-1]) > 0.0
    before, after = np.where(same, m[:-1], 1.0), np.where(same, m[1:], 1.0)
    mean = np.where(same, (w1 + w2) / (w1 / before + w2 / after), 0.0)
    k = min(1, len(h) - 1)  # of two nodes, the line
    j = len(h) - 1 - k
    first = one_sided_slope(h[:1], h[k : k + 1], m[:1], m[k : k + 1])
    last = one_sided_slope(h[-1:], h[j : j + 1], m[-1:], m[j : j + 1])
    return np.concatenate([first, mean, last])


def one_sided_slope(h0: Any, h1: Any, m0: Any, m1: Any) -> Any:
    """The slope of the parabola through three points, cut so that the shape is preserved."""
    d = ((2.0 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
    turns = (np.sign(m0) != np.sign(m1)) & (np.abs(d) > 3.0 * np.abs(m0))
    return np.where(np.sign(d) != np.sign(m0), 0.0, np.where(turns, 3.0 * m0, d))


def akima_slopes(x: Any, y: Any, method: str) -> Any:
    m = np.diff(y, axis=0) / beside(np.diff(x), y)
    k = min(1, len(m) - 1)  # of two nodes, the line
    j = len(m) - 1 - k
    before, after = 2.0 * m[:1] - m[k : k + 1], 2.0 * m[-1:] - m[j : j + 1]
    m = np.concatenate([2.0 * before - m[:1], before, m, after, 2.0 * after - m[-1:]])
    turn = np.abs(np.diff(m, axis=0))
    if method == "makima":
        turn = turn + 0.5 * np.abs(m[1:] + m[:-1])
    total = turn[2:] + turn[:-2]
    known = total > 1e-9 * np.max(total)
    share = np.where(known, turn[:-2], 0.0) / np.where(known, total, 1.0)
    weighted = m[1:-2] + share * (m[2:-1] - m[1:-2])
    return np.where(known, weighted, 0.5 * (m[3:] + m[:-3]))


# What stands for SciPy's classes


@stands_in(interpolate.PPoly)
def ppoly(c: Any, x: Any, extrapolate: Any = None, axis: int = 0) -> Any:
    return Piecewise(real_values(c, 0), points_of(x), extrapolate, axis)


@stands_in(interpolate.CubicHermiteSpline)
def cubic_hermite_spline(
    x: Any, y: Any, dydx: Any, axis: int = 0, extrapolate: Any = None
) -> Any:
    y = real_values(y, axis)
    x = increasing(points_of(x), y)
    return Piecewise(hermite(x, y, real_values(dydx, axis)), x, extrapolate, axis)


@stands_in(interpolate.CubicSpline)
def cubic_spline(
    x: Any, y: Any, axis: int = 0, bc_type: Any = "not-a-knot", extrapolate: Any = None
) -> Any:
    x, y = points_of(x), real_values(y, axis)
    return Piecewise(spline_pieces(x, y, bc_type), x, extrapolate, axis)


@stands_in(interpolate.PchipInterpolator)
def pchip_interpolator(x: Any, y: Any, axis: int = 0, extrapolate: Any = None) -> Any:
    y = real_values(y, axis)
    x = increasing(points_of(x), y)
    return Piecewise(hermite(x, y, pchip_slopes(x, y)), x, extrapolate, axis)


@stands_in(interpolate.pchip_interpolate)
def pchip_interpolate(xi: Any, yi: Any, x: Any, der: int = 0, axis: int = 0) -> Any:
    return pchip_interpolator(xi, yi, axis)(x, der)


@stands_in(interpolate.Akima1DInterpolator)
def akima_interpolator(
    x: Any, y: Any, axis: int = 0, *, method: str = "akima", extrapolate: Any = None
) -> Any:
    y = real_values(y, axis)
    x = increasing(points_of(x), y)
    extrapolate = False if extrapolate is None else extrapolate
    return Piecewise(hermite(x, y, akima_slopes(x, y, method)), x, extrapolate, axis)


@adopts(
    interpolate.PPoly,
    interpolate.CubicSpline,
    interpolate.CubicHermiteSpline,
    interpolate.PchipInterpolator,
    interpolate.Akima1DInterpolator,
)
def adopted_polynomial(spline: Any) -> Any:
    """The record of a polynomial from outside, whose coefficients are read at each call."""
    extrapolate, axis = constant(None, spline.extrapolate), constant(None, spline.axis)
    return Piecewise(spline.c, spline.x, extrapolate, axis)
