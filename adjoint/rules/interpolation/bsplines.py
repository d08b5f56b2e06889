"""Rules of B-splines, and of the coefficients of splines through values."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Constant
from adjoint.ir.infer import infer, register_inference, shape_from
from adjoint.ir.types import ANY, UNKNOWN, Array, Type, dims_of
from adjoint.rules.interpolation.parts import over_trailing
from adjoint.rules.kinds import Refused
from adjoint.rules.registry import linear, nondifferentiable, rule
from adjoint.rules.staged import call, rank_of, shape_of
from adjoint.runtime.with_scipy import bsplines as b

_FLOAT = np.dtype(float)


def _dims(value: Any) -> Any:
    return dims_of(infer(np.asarray, [value], {}))


def _array(dims: Any) -> Type:
    return UNKNOWN if dims is None else Array(_FLOAT, tuple(dims))


def _of_points(c: int, x: int) -> Any:
    def infer_type(args: Any, kwargs: Any) -> Type:
        have, points = _dims(args[c]), _dims(args[x])
        return UNKNOWN if have is None or points is None else _array((*points, *have[1:]))

    return infer_type


def _tensor_type(args: Any, kwargs: Any) -> Type:
    have, points, degrees = _dims(args[1]), _dims(args[3]), args[2]
    if have is None or points is None or not isinstance(degrees, Constant):
        return UNKNOWN
    return _array((*points[:-1], *have[len(degrees.value) :]))


def _shaped(position: int) -> Any:
    return lambda args, kwargs: _array(shape_from(args[position]))


def _any(rank: int) -> Any:
    return lambda args, kwargs: _array((ANY,) * rank)


def _like(nodes: int, values: int) -> Any:
    """As many as there are nodes, of the form of the values."""

    def infer_type(args: Any, kwargs: Any) -> Type:
        n, form = _dims(args[nodes]), _dims(args[values])
        return UNKNOWN if n is None or form is None else _array((n[0], *form[1:]))

    return infer_type


def _grid_type(args: Any, kwargs: Any) -> Type:
    x, y = _dims(args[0 if len(args) == 6 else 1]), _dims(args[1])
    return UNKNOWN if x is None or y is None else _array((x[0], y[0]))


def _like_values(args: Any, kwargs: Any) -> Type:
    form = _dims(args[1])
    return UNKNOWN if form is None else _array((ANY, *form[1:]))


register_inference(b.bspline, _of_points(1, 3))
register_inference(b.tensor_spline, _tensor_type)
register_inference(b.bspline_spread, _shaped(4))
register_inference(b.tensor_spread, _shaped(4))
register_inference(b.integrated, lambda args, kwargs: _array((ANY, *(_dims(args[0]) or ())[1:])))
register_inference(b.integrated_transposed, _shaped(3))
register_inference(b.interpolation_knots, _any(1))
register_inference(b.interpolation, _like_values)
register_inference(b.interpolation_transposed, _like(1, 0))
register_inference(b.fitted, _any(1))
register_inference(b.fitted_knots, _any(1))
register_inference(b.fitted_transposed, lambda args, kwargs: _array(_dims(args[1])))
register_inference(b.grid_fitted, _any(2))
register_inference(b.grid_transposed, _any(2))
nondifferentiable(b.interpolation_knots, b.fitted_knots)


_KNOTS = Refused("the derivative with respect to the knots of a B-spline is not known")
_NODES = Refused(
    "the derivative of a B-spline with respect to the nodes is not known; CubicSpline has one"
)


def _only(tangents: Any, position: int) -> Any:
    """The tangent of the values, which is the only one that is known."""
    if any(t is not None for k, t in enumerate(tangents) if k != position):
        raise UnsupportedError(_NODES.reason)
    return tangents[position]


def _slope_mode(mode: Any) -> Any:
    """Outside of the base interval, what does not depend on the point has the slope zero."""
    return "zeros" if mode is False or mode == "boundary" else mode


def _spread_mode(mode: Any) -> Any:
    return "zeros" if mode is False else mode


@rule(b.bspline)
def bspline(
    y_bar: Any, y: Any, t: Any, c: Any, k: int, x: Any, nu: int = 0, mode: Any = True
) -> Any:
    slope = call(b.bspline, t, c, k, x, nu + 1, _slope_mode(mode))
    c_bar = call(b.bspline_spread, y_bar, t, k, x, shape_of(c), nu, _spread_mode(mode))
    return _KNOTS, c_bar, None, over_trailing(y_bar * slope, rank_of(x))


@rule(b.bspline_spread)
def bspline_spread(
    c_bar: Any,
    c: Any,
    y_bar: Any,
    t: Any,
    k: int,
    x: Any,
    shape: Any,
    nu: int = 0,
    mode: Any = True,
) -> Any:
    slope = call(b.bspline, t, c_bar, k, x, nu + 1, _slope_mode(mode))
    value = call(b.bspline, t, c_bar, k, x, nu, mode)
    return value, _KNOTS, None, over_trailing(y_bar * slope, rank_of(x))


def _gradient(
    y_bar: Any, knots: Any, c: Any, degrees: Any, x: Any, nus: Any, mode: Any
) -> Any:
    parts = []
    for d in range(len(degrees)):
        higher = tuple(nu + (e == d) for e, nu in enumerate(nus))
        slope = call(b.tensor_spline, knots, c, degrees, x, higher, _slope_mode(mode))
        parts.append(over_trailing(y_bar * slope, rank_of(x) - 1))
    return np.stack(parts, axis=-1)


@rule(b.tensor_spline)
def tensor_spline(
    y_bar: Any, y: Any, knots: Any, c: Any, degrees: Any, x: Any, nus: Any, mode: Any = True
) -> Any:
    shape = shape_of(c)
    c_bar = call(b.tensor_spread, y_bar, knots, degrees, x, shape, nus, _spread_mode(mode))
    return _KNOTS, c_bar, None, _gradient(y_bar, knots, c, degrees, x, nus, mode)


@rule(b.tensor_spread)
def tensor_spread(
    c_bar: Any,
    c: Any,
    y_bar: Any,
    knots: Any,
    degrees: Any,
    x: Any,
    shape: Any,
    nus: Any,
    mode: Any = True,
) -> Any:
    value = call(b.tensor_spline, knots, c_bar, degrees, x, nus, mode)
    return value, _KNOTS, None, _gradient(y_bar, knots, c_bar, degrees, x, nus, mode)


@linear(b.integrated)
def integrated(y_bar: Any, c: Any, t: Any, k: int) -> Any:
    return call(b.integrated_transposed, y_bar, t, k, shape_of(c))


@linear(b.integrated_transposed)
def integrated_transposed(y_bar: Any, c_bar: Any, t: Any, k: int, shape: Any) -> Any:
    return call(b.integrated, y_bar, t, k)


def _without_ends(bc_type: Any) -> Any:
    """The conditions at the ends of a tangent."""
    if bc_type is None or isinstance(bc_type, str):
        return bc_type
    named = [
        e if e is None or isinstance(e, str) else [(order, 0.0) for order, _ in e] for e in bc_type
    ]
    return tuple(named)


@rule(
    b.interpolation,
    jvp=lambda tangents, c, x, y, k, t=None, bc_type=None: call(
        b.interpolation, x, _only(tangents, 1), k, t, _without_ends(bc_type)
    ),
)
def interpolation(
    c_bar: Any, c: Any, x: Any, y: Any, k: int, t: Any = None, bc_type: Any = None
) -> Any:
    return _NODES, call(b.interpolation_transposed, c_bar, x, k, t, bc_type)


@linear(b.interpolation_transposed)
def interpolation_transposed(
    y_bar: Any, c_bar: Any, x: Any, k: int, t: Any = None, bc_type: Any = None
) -> Any:
    return call(b.interpolation, x, y_bar, k, t, _without_ends(bc_type))


@rule(
    b.fitted,
    jvp=lambda tangents, c, x, y, w, ends, k, t=None: call(
        b.fitted, x, _only(tangents, 1), w, ends, k, t
    ),
)
def fitted(c_bar: Any, c: Any, x: Any, y: Any, w: Any, ends: Any, k: int, t: Any = None) -> Any:
    return _NODES, call(b.fitted_transposed, c_bar, x, w, ends, k, t)


@linear(b.fitted_transposed)
def fitted_transposed(
    y_bar: Any, c_bar: Any, x: Any, w: Any, ends: Any, k: int, t: Any = None
) -> Any:
    return call(b.fitted, x, y_bar, w, ends, k, t)


@rule(
    b.grid_fitted,
    jvp=lambda tangents, c, x, y, z, bbox, kx, ky: call(
        b.grid_fitted, x, y, _only(tangents, 2), bbox, kx, ky
    ),
)
def grid_fitted(c_bar: Any, c: Any, x: Any, y: Any, z: Any, bbox: Any, kx: int, ky: int) -> Any:
    return _NODES, _NODES, call(b.grid_transposed, c_bar, x, y, bbox, kx, ky)


@linear(b.grid_transposed)
def grid_transposed(
    z_bar: Any, c_bar: Any, x: Any, y: Any, bbox: Any, kx: int, ky: int
) -> Any:
    return call(b.grid_fitted, x, y, z_bar, bbox, kx, ky)

