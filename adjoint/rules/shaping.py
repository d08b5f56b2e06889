"""Functions that move, repeat, join or select elements, and constructors."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Value
from adjoint.ir.infer import register_inference
from adjoint.ir.types import Array, List, Struct
from adjoint.rules.registry import linear, multilinear, nondifferentiable, rule
from adjoint.rules.staged import call, rank_of, shape_of
from adjoint.runtime.containers import zero_tangents


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


@linear(np.reshape)
def reshape(y_bar: Any, x: Any, shape: Any = None, order: str = "C", **kwargs: Any) -> Any:
    return _back_in_order(y_bar, x, order)


@linear(np.ravel)
def ravel(y_bar: Any, x: Any, order: str = "C") -> Any:
    return _back_in_order(y_bar, x, order)


def _back_in_order(y_bar: Any, x: Any, order: str) -> Any:
    if order == "C":
        return np.reshape(y_bar, shape_of(x))
    if order == "F":
        return np.reshape(y_bar, shape_of(x), order="F")
    raise UnsupportedError(
        f"order={order!r} depends on how the array lies in memory", instead="use 'C' or 'F'"
    )


@linear([np.squeeze, np.expand_dims])
def squeeze(y_bar: Any, x: Any, axis: Any = None) -> Any:
    return np.reshape(y_bar, shape_of(x))


@linear([np.atleast_1d, np.atleast_2d])
def at_least(y_bar: Any, x: Any) -> Any:
    return np.reshape(y_bar, shape_of(x))


@multilinear(np.broadcast_to)
def broadcast_to(y_bar: Any, x: Any, shape: Any) -> Any:
    return y_bar, None


@linear(np.flip)
def flip(y_bar: Any, x: Any, axis: Any = None) -> Any:
    return np.flip(y_bar, axis)


@linear(np.roll)
def roll(y_bar: Any, x: Any, shift: Any, axis: Any = None) -> Any:
    back = tuple(-n for n in shift) if isinstance(shift, tuple) else -shift
    return np.roll(y_bar, back, axis)


@linear(np.tril)
def tril(y_bar: Any, x: Any, k: int = 0) -> Any:
    return np.tril(y_bar, k)


@linear(np.triu)
def triu(y_bar: Any, x: Any, k: int = 0) -> Any:
    return np.triu(y_bar, k)


@linear(np.diag)
def diag(y_bar: Any, x: Any, k: int = 0) -> Any:
    if x.ndim == 1:
        return np.diagonal(y_bar, k)
    return _onto_diagonal(y_bar, x, k)


@linear(np.diagonal)
def diagonal(y_bar: Any, x: Any, offset: int = 0) -> Any:
    if x.ndim != 2:
        raise UnsupportedError("the derivative of np.diagonal is known for matrices only")
    return _onto_diagonal(y_bar, x, offset)


def _onto_diagonal(y_bar: Any, x: Any, k: int) -> Any:
    """Zeros like the matrix x, with y_bar on the k-th diagonal."""
    places = call(np.arange, call(np.size, y_bar))
    rows, columns = (places - k, places) if k < 0 else (places, places + k if k else places)
    return call(ops.index_add, call(ops.zero, x), (rows, columns), y_bar)


@linear(np.repeat)
def repeat(y_bar: Any, x: Any, repeats: Any, axis: Any = None) -> Any:
    if not isinstance(repeats, int):
        raise UnsupportedError(
            "np.repeat is differentiated only with one number of repeats that is known",
            instead="index with np.repeat(np.arange(len(x)), repeats)",
        )
    if axis is None:
        return np.reshape(np.sum(np.reshape(y_bar, (-1, repeats)), axis=-1), shape_of(x))
    axis = axis % x.ndim
    sizes = [x.shape[k] for k in range(x.ndim)]
    apart = (*sizes[: axis + 1], repeats, *sizes[axis + 1 :])
    return np.sum(np.reshape(y_bar, apart), axis=axis + 1)


@linear(np.tile)
def tile(y_bar: Any, x: Any, reps: Any) -> Any:
    """With repetitions and sizes apart, the cotangent is summed over the repetitions."""
    reps = reps if isinstance(reps, tuple) else (reps,)
    rank = max(len(reps), x.ndim)
    reps = (1,) * (rank - len(reps)) + reps
    sizes = (*(1,) * (rank - x.ndim), *(x.shape[k] for k in range(x.ndim)))
    apart = tuple(n for pair in zip(reps, sizes, strict=True) for n in pair)
    total = np.sum(np.reshape(y_bar, apart), axis=tuple(range(0, 2 * rank, 2)))
    return np.reshape(total, x.shape)


def _pad_tangent(
    tangents: Any, y: Any, x: Any, pad_width: Any, mode: str = "constant", **constants: Any
) -> Any:
    """What is padded with is constant."""
    _refuse_mode(mode)
    return np.pad(tangents[0], pad_width)


@linear(np.pad, jvp=_pad_tangent)
def pad(
    y_bar: Any, x: Any, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0
) -> Any:
    _refuse_mode(mode)
    if isinstance(pad_width, int):
        pad_width = (pad_width, pad_width)
    if isinstance(pad_width[0], int):
        pad_width = (pad_width,) * x.ndim
    widths = [(w if len(w) == 2 else (w[0], w[0])) for w in pad_width]
    inner = tuple(slice(before or None, -after if after else None) for before, after in widths)
    return y_bar[inner if len(inner) > 1 else inner[0]]


def _refuse_mode(mode: str) -> None:
    if mode != "constant":
        raise UnsupportedError(f"np.pad is not differentiated with mode={mode!r} yet")


@linear(np.take)
def take(y_bar: Any, x: Any, indices: Any, axis: Any = None) -> Any:
    zero = call(ops.zero, x)
    if axis is None:
        return np.reshape(call(ops.index_add, np.ravel(zero), indices, y_bar), shape_of(x))
    return call(ops.index_add, zero, _along(indices, axis, x.ndim), y_bar)


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
    return _pieces(y_bar, _parts(arrays), axis)


def _parts(arrays: Any) -> list[Any]:
    return _items(arrays) if isinstance(arrays, Value) else list(arrays)


def _pieces(y_bar: Any, parts: Sequence[Any], axis: int | None) -> list[Any]:
    """The parts of a cotangent that belong to the arrays that were joined along `axis`."""
    cotangents, start = [], 0
    for part in parts:
        length = call(np.size, part) if axis is None else part.shape[axis]
        stop = start + length
        piece = y_bar[_along(slice(start, stop), axis, rank_of(part))]
        cotangents.append(np.reshape(piece, shape_of(part)) if axis is None else piece)
        start = stop
    return cotangents


def _append_tangent(tangents: Any, y: Any, *operands: Any, axis: int | None = None) -> Any:
    """Linear in both at once, as all joins are."""
    x_dot, values_dot = (
        call(ops.zero, x) if dot is None else dot
        for dot, x in zip(tangents, operands[:2], strict=False)
    )
    axis = operands[2] if len(operands) > 2 else axis
    return call(np.append, x_dot, values_dot, axis=axis)


@multilinear(np.append, jvp=_append_tangent)
def append_arrays(y_bar: Any, x: Any, values: Any, axis: int | None = None) -> Any:
    return tuple(_pieces(y_bar, [x, values], axis))


@linear(np.vstack)
def vstack(y_bar: Any, arrays: Any) -> Any:
    """Vectors become rows; whatever has rows is joined along them."""
    return _unstacked(y_bar, arrays, 0)


@linear(np.column_stack)
def column_stack(y_bar: Any, arrays: Any) -> Any:
    return _unstacked(y_bar, arrays, 1)


@linear(np.hstack)
def hstack(y_bar: Any, arrays: Any) -> Any:
    return _unstacked(y_bar, arrays, 0 if y_bar.ndim == 1 else 1)


def _unstacked(y_bar: Any, arrays: Any, axis: int) -> Any:
    """The parts of a cotangent along `axis`: an array of lower rank took one place there."""
    full = y_bar.ndim
    if isinstance(arrays, Value) and isinstance(arrays.type, List):
        if rank_of(Value(arrays.type.element)) == full:
            return call(split_like, y_bar, arrays, axis)
        return call(list, y_bar if axis == 0 else np.moveaxis(y_bar, axis, 0))
    cotangents, start = [], 0
    for part in _parts(arrays):
        lower = rank_of(part) < full
        stop = start + (1 if lower else part.shape[axis])
        place = start if lower else slice(start, stop)
        cotangents.append(y_bar[_along(place, axis, full)])
        start = stop
    return cotangents


def _items(container: Value) -> list[Any]:
    from adjoint.ir.indexing import items_of

    return items_of(container) or [container[k] for k in range(len(container))]


def _along(part: Any, axis: int | None, rank: int) -> Any:
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


register_inference(split_like, lambda args, kwargs: args[1].type)


def _split_like_tangent(tangents: Any, y: Any, *args: Any) -> Any:
    return None if tangents[0] is None else call(split_like, tangents[0], *args[1:])


@multilinear(split_like, jvp=_split_like_tangent)
def split_like_rule(pieces_bar: Any, y: Any, arrays: Any, axis: int | None = 0) -> Any:
    return call(np.concatenate, pieces_bar, axis=axis), None


@rule(np.full)
def full(y_bar: Any, y: Any, shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    return None, y_bar


@rule(np.full_like)
def full_like(y_bar: Any, y: Any, a: Any, fill_value: Any, dtype: Any = None) -> Any:
    return None, y_bar


@rule(np.linspace)
def linspace(
    y_bar: Any, y: Any, start: Any, stop: Any, num: Any = 50, endpoint: bool = True, *,
    dtype: Any = None,
) -> Any:  # fmt: skip
    """A point is (1 - t) start + t stop, with t from 0 to 1."""
    options = {} if endpoint else {"endpoint": False}
    t = call(np.linspace, 0.0, 1.0, num, **options)
    if y_bar.ndim > 2:
        return np.tensordot(1 - t, y_bar, 1), np.tensordot(t, y_bar, 1)
    return np.dot(1 - t, y_bar), np.dot(t, y_bar)


@rule(np.arange)
def arange(y_bar: Any, y: Any, *args: Any, **kwargs: Any) -> Any:
    """A point is start + k step."""
    if len(args) == 1:
        return None
    k = call(np.arange, call(np.size, y))
    if len(args) == 2:
        return np.sum(y_bar), None
    return np.sum(y_bar), None, np.dot(y_bar, k)


def _index_add_tangent(tangents: Any, y: Any, accumulator: Any, index: Any, value: Any) -> Any:
    change, _, value_dot = tangents
    if value_dot is None:
        return change
    change = call(ops.zero, accumulator) if change is None else change
    return call(ops.index_add, change, index, value_dot)


@multilinear(ops.index_add, jvp=_index_add_tangent)
def index_add(y_bar: Any, accumulator: Any, index: Any, value: Any) -> Any:
    return y_bar, None, call(operator.getitem, y_bar, index)


def _jointly(target: Any) -> Any:
    """The tangent map of a function that is linear in all its operands at once."""

    def tangent(tangents: Any, y: Any, *operands: Any) -> Any:
        pairs = zip(tangents, operands, strict=True)
        return call(target, *[call(zero_tangents, x) if dot is None else dot for dot, x in pairs])

    return tangent


def _in_rows(target: Any) -> Any:
    """The tangent map of a function of rows, of which the second operand says how many."""
    return lambda tangents, y, rows, like: (
        None if tangents[0] is None else call(target, tangents[0], like)
    )


@multilinear(ops.append, jvp=_jointly(ops.append))
def append(y_bar: Any, items: Any, value: Any) -> Any:
    value_bar = y_bar[-1]
    return call(ops.drop_last, y_bar), value_bar


@multilinear(ops.join_lists, jvp=_jointly(ops.join_lists))
def join_lists(y_bar: Any, a: Any, b: Any) -> Any:
    first = call(len, a)
    return y_bar[:first], y_bar[first:]


@multilinear(ops.add_containers, jvp=_jointly(ops.add_containers))
def add_containers(y_bar: Any, a: Any, b: Any) -> Any:
    return y_bar, y_bar


@multilinear(ops.repeat_list)
def repeat_list(y_bar: Any, items: Any, times: Any) -> Any:
    raise UnsupportedError(
        "a list with an active number in it is repeated", instead="use a comprehension"
    )


@multilinear(ops.drop_last)
def drop_last(y_bar: Any, items: Any) -> Any:
    return call(ops.pad_zeros, y_bar, items)


@multilinear(ops.pad_zeros, jvp=_in_rows(ops.pad_zeros))
def pad_zeros(y_bar: Any, items: Any, like: Any) -> Any:
    return y_bar[: call(len, items)], None


@linear(ops.reverse_list)
def reverse_list(y_bar: Any, items: Any) -> Any:
    return call(ops.reverse_list, y_bar)


@multilinear([ops.rows_to_array], jvp=_in_rows(ops.rows_to_array))
def rows_to_array(y_bar: Any, rows: Any, like: Any) -> Any:
    return call(list, y_bar), None


nondifferentiable(
    np.zeros, np.ones, np.empty, np.zeros_like, np.ones_like, np.empty_like, np.eye, np.identity,
    np.shape, np.size, np.ndim, ops.zero, np.searchsorted, np.nonzero, np.unique, np.result_type,
    np.broadcast_shapes, np.isscalar, np.lexsort, np.tri, np.indices, np.triu_indices,
    np.tril_indices, zero_tangents,
)  # fmt: skip
