"""Running sums, products and extrema; differences; sums of segments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Constant, Value
from adjoint.ir.infer import infer, register_inference, shape_from
from adjoint.ir.types import ANY, UNKNOWN, Array, Type
from adjoint.rules.registry import expand, linear, multilinear, rule
from adjoint.rules.sorting import scatter
from adjoint.rules.staged import call, equal, eye, select, shape_of
from adjoint.runtime.scans import cumprod_cotangent, spread_segments


@linear(np.cumsum)
def cumsum(y_bar: Any, x: Any, axis: Any = None, dtype: Any = None) -> Any:
    if axis is None:
        return np.reshape(np.flip(np.cumsum(np.flip(y_bar))), shape_of(x))
    return np.flip(np.cumsum(np.flip(y_bar, axis), axis=axis), axis)


@linear(np.nancumsum, affine=True)
def nancumsum(y_bar: Any, x: Any, axis: Any = None, dtype: Any = None) -> Any:
    return select(np.isnan(x), 0.0, cumsum(y_bar, x, axis))


@linear(np.cumulative_sum)
def cumulative_sum(
    y_bar: Any, x: Any, *, axis: Any = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    return cumsum(_behind_first(y_bar, axis) if include_initial else y_bar, x, axis)


def _behind_first(y: Any, axis: Any) -> Any:
    """`y` without its first element along an axis."""
    before = (slice(None),) * ((axis or 0) % y.ndim)
    return y[(*before, slice(1, None))] if before else y[1:]


@rule(np.cumprod)
def cumprod(y_bar: Any, y: Any, x: Any, axis: Any = None, dtype: Any = None) -> Any:
    if axis is None:
        return np.reshape(call(cumprod_cotangent, y_bar, np.ravel(x), 0), shape_of(x))
    return call(cumprod_cotangent, y_bar, x, axis)


@rule(np.nancumprod)
def nancumprod(y_bar: Any, y: Any, x: Any, axis: Any = None, dtype: Any = None) -> Any:
    missing = np.isnan(x)
    x_bar = cumprod(y_bar, y, select(missing, 1.0, x), axis)
    return select(missing, 0.0, x_bar)


@rule(np.cumulative_prod)
def cumulative_prod(
    y_bar: Any, y: Any, x: Any, *, axis: Any = None, dtype: Any = None,
    include_initial: bool = False,
) -> Any:  # fmt: skip
    y_bar = _behind_first(y_bar, axis) if include_initial else y_bar
    return call(cumprod_cotangent, y_bar, x, axis or 0)


@rule(cumprod_cotangent)
def cumprod_cotangent_rule(x_bar_bar: Any, x_bar: Any, y_bar: Any, x: Any, axis: int) -> Any:
    """x_bar[i] is the sum over j >= i of y_bar[j] times a product of all x[k <= j] but x[i].

    Row i of a matrix of copies of x, with its i-th element set to 1, has these products as its
    running ones.
    """
    last = np.moveaxis(x, axis, -1)
    own = eye(last.shape[-1])
    rows = np.where(own, 1.0, np.expand_dims(last, -2))
    weights = np.expand_dims(np.moveaxis(x_bar_bar, axis, -1), -1)
    products = np.triu(np.cumprod(rows, axis=-1))
    rows_bar = np.triu(weights * np.expand_dims(np.moveaxis(y_bar, axis, -1), -2))
    flat_bar = np.sum(np.where(own, 0.0, call(cumprod_cotangent, rows_bar, rows, -1)), axis=-2)
    y_bar_bar = np.sum(weights * products, axis=-2)
    return np.moveaxis(y_bar_bar, -1, axis), np.moveaxis(flat_bar, -1, axis)


register_inference(cumprod_cotangent, lambda args, kwargs: infer(np.add, args[:2], {}))


@linear(np.diff)
def diff(y_bar: Any, x: Any, n: int = 1, axis: int = -1) -> Any:
    """The transpose of a difference is the negative difference of the padded cotangent."""
    width: Any = tuple((n, n) if k == axis % x.ndim else (0, 0) for k in range(x.ndim))
    options = {} if n == 1 else {"n": n}
    if (axis + 1) % x.ndim:
        options["axis"] = axis
    x_bar = np.diff(np.pad(y_bar, n if x.ndim == 1 else width), **options)
    size = x.shape[axis]
    if not isinstance(size, int) or size < n:  # nothing is left of fewer than n elements
        own = slice(None, size)
        x_bar = x_bar[own if x.ndim == 1 else (*[slice(None)] * (axis % x.ndim), own)]
    return -x_bar if n % 2 else x_bar


@expand(np.diff)
def diff_of_joined(
    a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None
) -> Any:
    options = {} if n == 1 else {"n": n}
    if axis != -1:
        options["axis"] = axis
    parts = [a if part is a else _as_slice(part, a, axis) for part in (prepend, a, append)
             if part is not None]  # fmt: skip
    joined = a if len(parts) == 1 else np.concatenate(parts, axis=axis if a.ndim > 1 else 0)
    return call(np.diff, joined, **options)


def _as_slice(part: Any, a: Any, axis: int) -> Any:
    """A number to prepend is repeated along the other axes of `a`."""
    if getattr(part, "ndim", 0):
        return part
    sizes = tuple(1 if k == axis % a.ndim else a.shape[k] for k in range(a.ndim))
    return call(np.broadcast_to, part, sizes) if a.ndim > 1 else call(np.reshape, part, (1,))


@expand(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    inner = np.diff(ary if ary.ndim == 1 else np.ravel(ary))
    if to_end is None and to_begin is None:
        return inner
    parts = [p if p is inner else call(np.ravel, call(np.asarray, p))
             for p in (to_begin, inner, to_end) if p is not None]  # fmt: skip
    return np.concatenate(parts)


@linear(np.unwrap, jvp=lambda tangents, y, p, *args, **options: tangents[0])
def unwrap(
    y_bar: Any, p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * np.pi
) -> Any:
    """The added multiples of the period are constant between jumps."""
    if not isinstance(period, (int, float)):
        raise UnsupportedError("np.unwrap is differentiated with a period that is a number only")
    return y_bar


# Methods of ufuncs


@rule([np.maximum.accumulate, np.minimum.accumulate])
def running_extremum(y_bar: Any, y: Any, x: Any, axis: int = 0, dtype: Any = None) -> Any:
    """A running extremum is the latest of the elements that are equal to it."""
    places = call(np.arange, x.shape[axis])
    if x.ndim - 1 - axis % x.ndim:
        places = np.reshape(places, (-1,) + (1,) * (x.ndim - 1 - axis % x.ndim))
    options: dict[str, Any] = {"axis": axis} if axis % x.ndim else {}
    origin = np.maximum.accumulate(select(equal(x, y), places, 0), **options)
    return scatter(y_bar, x, origin, axis)


@multilinear(np.add.reduceat)
def sums_of_segments(y_bar: Any, x: Any, indices: Any, axis: int = 0, dtype: Any = None) -> Any:
    return call(spread_segments, y_bar, indices, x.shape[axis], axis), None


def _spread_type(args: Sequence[Value], kwargs: dict[str, Value]) -> Type:
    y_bar, _, n, axis = args
    if not isinstance(y_bar.type, Array) or not isinstance(axis, Constant):
        return UNKNOWN
    dims = list(y_bar.type.dims)
    (dims[axis.value],) = shape_from(n) or (ANY,)
    return Array(y_bar.type.dtype, tuple(dims))


register_inference(spread_segments, _spread_type)


@multilinear(spread_segments)
def spread_segments_rule(x_bar_bar: Any, y_bar: Any, indices: Any, n: Any, axis: int) -> Any:
    return np.add.reduceat(x_bar_bar, indices, axis=axis), None, None
