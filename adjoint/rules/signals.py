"""Functions of sampled signals: convolution, numerical derivatives, integrals, interpolation."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Value
from adjoint.ir.infer import register_inference
from adjoint.ir.types import ANY, UNKNOWN, Array, Type, dims_of, shift
from adjoint.rules.registry import expansion, multilinear, rule
from adjoint.rules.staged import as_array, call, rank_of, select
from adjoint.runtime.signals import within_full, within_full_cotangent

# Convolution


@multilinear(np.convolve)
def convolve(y_bar: Any, a: Any, v: Any, mode: str = "full") -> Any:
    """y[k] is the sum of a[i] v[k - i] over i."""
    if mode != "full":
        y_bar = call(within_full, y_bar, a, v, mode)
    return np.correlate(y_bar, v), np.correlate(y_bar, a)


@multilinear(np.correlate)
def correlate(y_bar: Any, a: Any, v: Any, mode: str = "valid") -> Any:
    """The convolution of a with v from its end to its start."""
    if mode != "full":
        y_bar = call(within_full, y_bar, a, v, mode, True)
    v_bar = np.correlate(y_bar, a)
    return np.convolve(y_bar, v, "valid"), np.flip(v_bar)


@multilinear(within_full)
def within_full_rule(
    y_bar: Any, y: Any, a: Any, v: Any, mode: str, correlation: bool = False
) -> Any:
    return call(within_full_cotangent, y_bar, a, v, mode, correlation), None, None


@multilinear(within_full_cotangent)
def within_full_cotangent_rule(
    y_bar: Any, y: Any, a: Any, v: Any, mode: str, correlation: bool = False
) -> Any:
    return call(within_full, y_bar, a, v, mode, correlation), None, None


def _signal(args: Sequence[Value], kwargs: dict[str, Value]) -> Type:
    like = args[0].type
    return Array(like.dtype, (ANY,)) if isinstance(like, Array) else UNKNOWN


def _full_signal(args: Sequence[Value], kwargs: dict[str, Value]) -> Type:
    y, a, v = (x.type for x in args[:3])
    if not (isinstance(y, Array) and isinstance(a, Array) and isinstance(v, Array)):
        return UNKNOWN
    (n,), (m,) = a.dims, v.dims
    size = shift(n, m - 1) if isinstance(m, int) else shift(m, n - 1) if isinstance(n, int) else ANY
    return Array(y.dtype, (size,))


register_inference(within_full, _full_signal)
register_inference(within_full_cotangent, _signal)


# Derivatives and integrals of samples


@expansion(np.gradient)
def gradient(f: Any, *spacings: Any, axis: Any = None, edge_order: int = 1) -> Any:
    axes = range(f.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if len(spacings) not in (0, 1, len(axes)) or len(spacings) == 1 != len(axes) and rank_of(
        spacings[0]
    ):
        raise UnsupportedError("np.gradient takes one spacing, or one for each axis")
    steps = spacings if len(spacings) == len(axes) else (*spacings, 1.0)[:1] * len(axes)
    found = [
        _slope(f, step, k % f.ndim, edge_order) for k, step in zip(axes, steps, strict=True)
    ]
    return found[0] if len(found) == 1 else tuple(found)


def _slope(f: Any, step: Any, axis: int, edge_order: int) -> Any:
    """Central differences inside, one-sided ones at the ends, of the second order if asked for.

    On a grid that is not even these are the derivatives of interpolating polynomials (Fornberg,
    Generation of finite difference formulas, 1988).
    """
    def place(part: Any) -> Any:
        return (slice(None),) * axis + (part,) if axis else part

    def at(part: Any) -> Any:
        return f[place(part)]

    def put(y: Any, part: Any, value: Any) -> Any:
        return call(ops.store, y, value, ((operator.getitem, 1),), place(part))

    left, middle, right = slice(None, -2), slice(1, -1), slice(2, None)
    y = call(np.empty_like, f)
    if not rank_of(step):
        h = 1.0 if isinstance(step, (int, float)) and step == 1 else step
        first, last = _over(at(1) - at(0), h), _over(at(-1) - at(-2), h)
        y = put(y, middle, (at(right) - at(left)) / (2.0 * h))
        if edge_order == 2:
            a, b, c = 1.5 / h, 2.0 / h, 0.5 / h
            first = b * at(1) - a * at(0) - c * at(2)
            last = c * at(-3) - b * at(-2) + a * at(-1)
        return put(put(y, 0, first), -1, last)
    h = np.diff(as_array(step))
    h1, h2 = h[:-1], h[1:]
    wide = (-1,) + (1,) * (f.ndim - 1 - axis)
    weights = (-h2 / (h1 * (h1 + h2)), (h2 - h1) / (h1 * h2), h1 / (h2 * (h1 + h2)))
    a, b, c = (np.reshape(w, wide) if len(wide) > 1 else w for w in weights)
    y = put(y, middle, a * at(left) + b * at(middle) + c * at(right))
    first, last = (at(1) - at(0)) / h[0], (at(-1) - at(-2)) / h[-1]
    if edge_order == 2:
        h1, h2 = h[0], h[1]
        a, b, c = (2.0 * h1 + h2) / (h1 * (h1 + h2)), (h1 + h2) / (h1 * h2), h1 / (h2 * (h1 + h2))
        first = b * at(1) - a * at(0) - c * at(2)
        h1, h2 = h[-2], h[-1]
        a, b, c = h2 / (h1 * (h1 + h2)), (h2 + h1) / (h1 * h2), (2.0 * h2 + h1) / (h2 * (h1 + h2))
        last = a * at(-3) - b * at(-2) + c * at(-1)
    return put(put(y, 0, first), -1, last)


def _over(difference: Any, h: Any) -> Any:
    return difference if isinstance(h, float) and h == 1.0 else difference / h


@expansion(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    before = (slice(None),) * (axis % y.ndim)
    later, earlier = slice(1, None), slice(None, -1)
    heights = y[(*before, later)] + y[(*before, earlier)] if before else y[later] + y[earlier]
    if x is None:
        width = dx
    elif rank_of(x) == 1:
        width = np.diff(as_array(x))
        if y.ndim - 1 - len(before):
            width = np.reshape(width, (-1,) + (1,) * (y.ndim - 1 - len(before)))
    else:
        width = np.diff(x, axis=axis)
    areas = heights / 2.0 if isinstance(width, float) and width == 1 else width * heights / 2.0
    return np.sum(areas, axis=axis)


# Interpolation


@rule(np.interp)
def interp(
    y_bar: Any, y: Any, x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None,
    period: Any = None,
) -> Any:  # fmt: skip
    """The line through the points at k and k + 1, constant outside of all points.

    At a point, the slope is that of the line on its right (at the last one, on its left).
    """
    if period is not None or isinstance(left, Value) or isinstance(right, Value):
        raise UnsupportedError(
            "np.interp is differentiated without a period, and with left and right that are "
            "numbers"
        )
    xp, fp = as_array(xp), as_array(fp)
    inside = call(operator.and_, x >= xp[0], x <= xp[-1])
    k = call(np.searchsorted, xp[1:-1], x, "right")
    start, stop = call(operator.getitem, xp, k), call(operator.getitem, xp, k + 1)
    rise = call(operator.getitem, fp, k + 1) - call(operator.getitem, fp, k)
    slope = select(inside, rise / (stop - start), 0.0)
    t = np.clip((x - start) / (stop - start), 0.0, 1.0)
    x_bar = y_bar * slope
    if left is not None:
        y_bar = select(x < xp[0], 0.0, y_bar)
    if right is not None:
        y_bar = select(x > xp[-1], 0.0, y_bar)
    return x_bar, _shared(-x_bar, xp, k, t), _shared(y_bar, fp, k, t)


def _interp_type(args: Sequence[Value], kwargs: dict[str, Value]) -> Type:
    dims = dims_of(args[0].type)
    return UNKNOWN if dims is None else Array(np.dtype(float), dims, scalar=not dims)


register_inference(np.interp, _interp_type)


def _shared(g: Any, like: Any, k: Any, t: Any) -> Any:
    """A cotangent handed to the points at k and k + 1, by their weights."""
    below = call(ops.index_add, call(ops.zero, like), k, g * (1 - t))
    return call(ops.index_add, below, k + 1, g * t)
