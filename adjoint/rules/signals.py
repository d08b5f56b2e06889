"""Functions of sampled signals: convolution, numerical derivatives, integrals, interpolation."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Value
from adjoint.ir.infer import register_inference
from adjoint.ir.types import ANY, UNKNOWN, Array, Type, dims_of, is_many, shift
from adjoint.rules.registry import expand, multilinear, rule
from adjoint.rules.staged import as_array, call, equal, rank_of, select
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
    size = (
        shift(n, m - 1) if isinstance(m, int) else shift(m, n - 1) if isinstance(n, int) else ANY
    )
    return Array(y.dtype, (size,))


register_inference(within_full, _full_signal)
register_inference(within_full_cotangent, _signal)


# Derivatives and integrals of samples


@expand(np.gradient)
def gradient(f: Any, *spacings: Any, axis: Any = None, edge_order: int = 1) -> Any:
    axes = range(f.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if (
        len(spacings) not in (0, 1, len(axes))
        or len(spacings) == 1 != len(axes)
        and rank_of(spacings[0])
    ):
        raise UnsupportedError("np.gradient takes one spacing, or one for each axis")
    steps = spacings if len(spacings) == len(axes) else (*spacings, 1.0)[:1] * len(axes)
    found = [_slope(f, step, k % f.ndim, edge_order) for k, step in zip(axes, steps, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


def _slope(f: Any, step: Any, axis: int, edge_order: int) -> Any:
    """Differences of the second order inside, of `edge_order` at the ends."""

    def place(part: Any) -> Any:
        return (slice(None),) * axis + (part,) if axis else part

    def at(part: Any) -> Any:
        return f[place(part)]

    if rank_of(step):
        wide = (-1,) + (1,) * (f.ndim - 1 - axis)
        slopes = _uneven_slopes(at, np.diff(as_array(step)), wide, edge_order)
    else:
        slopes = _even_slopes(at, step, edge_order)
    y = call(np.empty_like, f)
    for part, slope in zip((slice(1, -1), 0, -1), slopes, strict=True):
        y = call(ops.store, y, slope, ((operator.getitem, 1),), place(part))
    return y


def _even_slopes(at: Callable[[Any], Any], h: Any, edge_order: int) -> tuple[Any, Any, Any]:
    inside = (at(slice(2, None)) - at(slice(None, -2))) / (2.0 * h)
    if edge_order == 1:
        return inside, _over(at(1) - at(0), h), _over(at(-1) - at(-2), h)
    a, b, c = 1.5 / h, 2.0 / h, 0.5 / h
    first = b * at(1) - a * at(0) - c * at(2)
    last = c * at(-3) - b * at(-2) + a * at(-1)
    return inside, first, last


def _uneven_slopes(
    at: Callable[[Any], Any], h: Any, wide: tuple[int, ...], edge_order: int
) -> tuple[Any, Any, Any]:
    """The slopes of the parabola through three points, the middle one or the end one of them.

    Fornberg, Generation of finite difference formulas on arbitrarily spaced grids, 1988.
    """
    u, v = h[:-1], h[1:]
    weights: Any = -v / (u * (u + v)), (v - u) / (u * v), u / (v * (u + v))
    a, b, c = (np.reshape(w, wide) if len(wide) > 1 else w for w in weights)
    inside = a * at(slice(None, -2)) + b * at(slice(1, -1)) + c * at(slice(2, None))
    if edge_order == 1:
        return inside, (at(1) - at(0)) / h[0], (at(-1) - at(-2)) / h[-1]
    u, v = h[0], h[1]
    a, b, c = (2.0 * u + v) / (u * (u + v)), (u + v) / (u * v), u / (v * (u + v))
    first = b * at(1) - a * at(0) - c * at(2)
    u, v = h[-2], h[-1]
    a, b, c = v / (u * (u + v)), (v + u) / (u * v), (2.0 * v + u) / (v * (u + v))
    return inside, first, a * at(-3) - b * at(-2) + c * at(-1)


def _over(difference: Any, h: Any) -> Any:
    return difference if isinstance(h, float) and h == 1.0 else difference / h


@expand(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    before = (slice(None),) * (axis % y.ndim)
    later, earlier = slice(1, None), slice(None, -1)
    heights = y[(*before, later)] + y[(*before, earlier)] if before else y[later] + y[earlier]
    if x is None:
        width: Any = dx
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
    after = k + 1 if _has_two(xp) else np.minimum(k + 1, np.size(xp) - 1)
    start, stop = call(operator.getitem, xp, k), call(operator.getitem, xp, after)
    rise = call(operator.getitem, fp, after) - call(operator.getitem, fp, k)
    width = stop - start
    if not _has_two(xp):
        width = width + equal(np.size(xp), 1)
    slope = select(inside, rise / width, 0.0)
    t = np.clip((x - start) / width, 0.0, 1.0)
    x_bar = y_bar * slope
    if left is not None:
        y_bar = select(x < xp[0], 0.0, y_bar)
    if right is not None:
        y_bar = select(x > xp[-1], 0.0, y_bar)
    return x_bar, _shared(-x_bar, xp, k, after, t), _shared(y_bar, fp, k, after, t)


def _has_two(xp: Any) -> bool:
    """Is it known that there is more than one point?"""
    dims = dims_of(xp.type) if isinstance(xp, Value) else np.shape(xp)
    return dims is not None and len(dims) == 1 and is_many(dims[0])


def _interp_type(args: Sequence[Value], kwargs: dict[str, Value]) -> Type:
    dims = dims_of(args[0].type)
    return UNKNOWN if dims is None else Array(np.dtype(float), dims, scalar=not dims)


register_inference(np.interp, _interp_type)


def _shared(g: Any, like: Any, k: Any, after: Any, t: Any) -> Any:
    """A cotangent handed to the points at k and after it, by their weights."""
    below = call(ops.index_add, call(ops.zero, like), k, g * (1 - t))
    return call(ops.index_add, below, after, g * t)
