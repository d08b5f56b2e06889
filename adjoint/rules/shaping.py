"""Functions that move, repeat, join or select elements, and constructors."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Value
from adjoint.ir.types import Array, List, Struct
from adjoint.rules.registry import linear, multilinear, nondifferentiable, rule
from adjoint.rules.staged import call


@linear(np.transpose)
def transpose(y_bar: Any, x: Any, axes: Any = None) -> Any:
    if axes is None:
        return np.transpose(y_bar)
    return np.transpose(y_bar, tuple(int(i) for i in np.argsort([a % x.ndim for a in axes])))


@linear(np.swapaxes)
def swapaxes(y_bar: Any, x: Any, axis1: int, axis2: int) -> Any:
    return np.swapaxes(y_bar, axis1, axis2)


@linear(np.moveaxis)
def moveaxis(y_bar: Any, x: Any, source: Any, destination: Any) -> Any:
    return np.moveaxis(y_bar, destination, source)


@linear([np.reshape, np.ravel, np.squeeze, np.expand_dims])
def reshape(y_bar: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    return np.reshape(y_bar, x.shape)


@multilinear(np.broadcast_to)
def broadcast_to(y_bar: Any, x: Any, shape: Any) -> Any:
    return y_bar, None


@linear(np.flip)
def flip(y_bar: Any, x: Any, axis: Any = None) -> Any:
    return np.flip(y_bar, axis)


@linear([np.copy, np.asarray, np.array, np.ascontiguousarray])
def copy(y_bar: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """An array made of numbers, rows or nested lists of them gives its cotangent back by rows."""
    if isinstance(x, Value) and isinstance(x.type, (Struct, List)):
        return _rows(y_bar, x.type)
    return y_bar


def _rows(y_bar: Any, type_: Any) -> Any:
    if isinstance(type_, Struct):
        return [_rows(y_bar[k], item) for k, item in enumerate(type_.items)]
    if isinstance(type_, List):
        return call(list, y_bar)
    return y_bar


@linear(list)
def list_of_rows(y_bar: Any, x: Any) -> Any:
    """`list(x)` of an array holds its rows."""
    if isinstance(x, Value) and isinstance(x.type, Array):
        return call(ops.rows_to_array, y_bar, x)
    return y_bar


@linear(np.astype)
def astype(y_bar: Any, x: Any, dtype: Any) -> Any:
    return y_bar


@linear(np.ndarray.item)
def item(y_bar: Any, x: Any) -> Any:
    return np.reshape(y_bar, x.shape)


@linear(np.stack)
def stack(y_bar: Any, arrays: Any, axis: int = 0) -> Any:
    y_bar = np.moveaxis(y_bar, axis, 0) if axis != 0 else y_bar
    if isinstance(arrays, Value) and isinstance(arrays.type, List):
        return call(list, y_bar)
    return [y_bar[k] for k in range(len(arrays))]


@linear(np.concatenate)
def concatenate(y_bar: Any, arrays: Any, axis: Any = 0) -> Any:
    if isinstance(arrays, Value) and isinstance(arrays.type, List):
        return call(split_like, y_bar, arrays, axis)
    cotangents, start = [], 0
    parts = arrays if not isinstance(arrays, Value) else _items(arrays)
    for part in parts:
        length = part.shape[axis] if axis is not None else part.size
        stop = start + length
        piece = y_bar[_along(slice(start, stop), axis, part.ndim)]
        cotangents.append(np.reshape(piece, part.shape) if axis is None else piece)
        start = stop
    return cotangents


def _items(container: Value) -> list[Any]:
    from adjoint.ir.infer import items_of

    return items_of(container) or [
        container[k] for k in range(len(container))
    ]


def _along(part: slice, axis: int | None, rank: int) -> Any:
    """The index that takes `part` along one axis."""
    axis = 0 if axis is None else axis % rank
    return part if axis == 0 else (slice(None),) * axis + (part,)


def split_like(y: Any, arrays: list[Any], axis: int | None = 0) -> list[Any]:
    """The pieces of a concatenation, with the shapes of `arrays`."""
    if axis is None:
        ends = np.cumsum([np.size(a) for a in arrays])
        pieces = np.split(y, ends[:-1])
        return [p.reshape(np.shape(a)) for p, a in zip(pieces, arrays, strict=True)]
    ends = np.cumsum([np.shape(a)[axis] for a in arrays])
    return list(np.split(y, ends[:-1], axis=axis))


@rule(np.full)
def full(y_bar: Any, y: Any, shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    return None, y_bar


@rule(np.full_like)
def full_like(y_bar: Any, y: Any, a: Any, fill_value: Any, dtype: Any = None) -> Any:
    return None, y_bar


@rule(np.linspace)
def linspace(y_bar: Any, y: Any, start: Any, stop: Any, num: Any = 50, **kwargs: Any) -> Any:
    """A point is (1 - t) start + t stop, with t from 0 to 1."""
    t = np.linspace(0.0, 1.0, num) if not isinstance(num, Value) else call(
        np.linspace, 0.0, 1.0, num
    )
    return np.dot(y_bar, 1 - t), np.dot(y_bar, t)


@rule(np.arange)
def arange(y_bar: Any, y: Any, *args: Any, **kwargs: Any) -> Any:
    """A point is start + k step."""
    if len(args) == 1:
        return None
    k = call(np.arange, call(np.size, y))
    if len(args) == 2:
        return np.sum(y_bar), None
    return np.sum(y_bar), None, np.dot(y_bar, k)


@multilinear(ops.index_add)
def index_add(y_bar: Any, accumulator: Any, index: Any, value: Any) -> Any:
    return y_bar, None, call(operator.getitem, y_bar, index)


@multilinear(ops.append)
def append(y_bar: Any, items: Any, value: Any) -> Any:
    return y_bar[:-1], y_bar[-1]


@multilinear(ops.pad_zeros)
def pad_zeros(y_bar: Any, items: Any, like: Any) -> Any:
    return y_bar[: call(len, items)], None


@linear(ops.reverse_list)
def reverse_list(y_bar: Any, items: Any) -> Any:
    return call(ops.reverse_list, y_bar)


@multilinear([ops.rows_to_array])
def rows_to_array(y_bar: Any, rows: Any, like: Any) -> Any:
    return call(list, y_bar), None


nondifferentiable(
    np.zeros, np.ones, np.empty, np.zeros_like, np.ones_like, np.empty_like, np.eye, np.identity,
    np.shape, np.size, np.ndim, ops.zero, np.searchsorted, np.nonzero, np.unique, np.result_type,
    np.broadcast_shapes, np.isscalar, np.lexsort, np.tri, np.indices, np.triu_indices,
    np.tril_indices,
)  # fmt: skip
