"""The value of a piecewise polynomial: linear in the coefficients, smooth between the breaks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value
from adjoint.ir.infer import infer, register_inference, shape_from
from adjoint.ir.types import UNKNOWN, Array, Type, dims_of
from adjoint.rules.interpolation.parts import over_trailing
from adjoint.rules.registry import rule
from adjoint.rules.staged import call, rank_of, shape_of
from adjoint.runtime.with_scipy.piecewise import piecewise, spread


def _value_type(args: Sequence[Value], kwargs: dict[str, Value]) -> Type:
    c, t = args[0].type, infer(np.asarray, [args[2]], {})
    dims = dims_of(t)
    if not isinstance(c, Array) or dims is None or c.rank < 2:
        return UNKNOWN
    return Array(np.result_type(c.dtype, float), (*dims, *c.dims[2:]))


def _spread_type(args: Sequence[Value], kwargs: dict[str, Value]) -> Type:
    dims, y_bar = shape_from(args[3]), args[0].type
    if dims is None:
        return UNKNOWN
    dtype = y_bar.dtype if isinstance(y_bar, Array) else np.dtype(float)
    return Array(np.result_type(dtype, float), dims)


register_inference(piecewise, _value_type)
register_inference(spread, _spread_type)


def slope_at(y_bar: Any, c: Any, x: Any, t: Any, nu: int, extrapolate: Any) -> Any:
    """The cotangent of the points. Outside of the breaks nan is the value, and constant."""
    slope = call(piecewise, c, x, t, nu + 1, "zeros" if extrapolate is False else extrapolate)
    return over_trailing(y_bar * slope, rank_of(t))


def of_breaks(t_bar: Any, x: Any, t: Any, extrapolate: Any) -> Any:
    """A point's distance from its break falls as the break rises."""
    if extrapolate == "periodic":
        inside = x[0] + (t - x[0]) % (x[-1] - x[0])
        turns = (t - inside) / (x[-1] - x[0])
        by_break = call(spread, -t_bar, x, inside, (1, shape_of(x)[0] - 1), 0, True)[0]
        ends = np.stack([np.sum(t_bar * turns), -np.sum(t_bar * turns)])
        middle = np.concatenate([by_break, np.zeros(1)])
        first = np.concatenate([ends[:1], np.zeros_like(x[1:])])
        return middle + first + np.concatenate([np.zeros_like(x[1:]), ends[1:]])
    by_break = call(spread, -t_bar, x, t, (1, shape_of(x)[0] - 1), 0, extrapolate)[0]
    return np.concatenate([by_break, np.zeros(1)])


@rule(piecewise)
def piecewise_vjp(
    y_bar: Any, y: Any, c: Any, x: Any, t: Any, nu: int = 0, extrapolate: Any = True
) -> Any:
    t_bar = slope_at(y_bar, c, x, t, nu, extrapolate)
    c_bar = call(spread, y_bar, x, t, shape_of(c), nu, extrapolate)
    return c_bar, of_breaks(t_bar, x, t, extrapolate), t_bar


@rule(spread)
def spread_vjp(
    c_bar: Any,
    c: Any,
    y_bar: Any,
    x: Any,
    t: Any,
    shape: Any,
    nu: int = 0,
    extrapolate: Any = True,
) -> Any:
    """The value of the polynomials with the coefficients `c_bar`, weighted with `y_bar`."""
    t_bar = slope_at(y_bar, c_bar, x, t, nu, extrapolate)
    value = call(piecewise, c_bar, x, t, nu, "zeros" if extrapolate is False else extrapolate)
    return value, of_breaks(t_bar, x, t, extrapolate), t_bar

