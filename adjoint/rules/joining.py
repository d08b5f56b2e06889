"""Functions that join arrays, or split them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Value
from adjoint.ir.indexing import items_of
from adjoint.ir.infer import register_inference
from adjoint.ir.types import Array, List
from adjoint.rules.registry import expand, linear, multilinear
from adjoint.rules.staged import along, call, given, has_values, rank_of, shape_of, sizes_of
from adjoint.runtime.arrays import split_like


@linear(np.stack)
def stack(y_bar: Any, arrays: Any, axis: int = 0, *, dtype: Any = None) -> Any:
    y_bar = np.moveaxis(y_bar, axis, 0) if axis != 0 else y_bar
    if isinstance(arrays, Value) and isinstance(arrays.type, Array):
        return y_bar
    if isinstance(arrays, Value) and isinstance(arrays.type, List):
        return call(list, y_bar)
    return [y_bar[k] for k in range(len(arrays))]


@linear(np.unstack)
def unstack(parts_bar: Any, x: Any, *, axis: int = 0) -> Any:
    return call(np.stack, parts_bar, **_unless_0(axis))


@linear(np.concatenate)
def concatenate(y_bar: Any, arrays: Any, axis: Any = 0, *, dtype: Any = None) -> Any:
    if isinstance(arrays, Value) and isinstance(arrays.type, List):
        return call(split_like, y_bar, arrays, axis)
    if isinstance(arrays, Value) and isinstance(arrays.type, Array):
        return _of_rows(y_bar, arrays, axis)
    return _pieces(y_bar, _parts(arrays), axis)


def _of_rows(y_bar: Any, x: Any, axis: int | None) -> Any:
    """The cotangent of an array whose rows were joined along `axis`."""
    if axis is None or axis % (x.ndim - 1) == 0:
        return np.reshape(y_bar, x.shape)
    axis = axis % (x.ndim - 1)
    count, *sizes = sizes_of(x)
    apart = np.reshape(y_bar, (*sizes[:axis], count, *sizes[axis:]))
    return np.moveaxis(apart, axis, 0)


def _parts(arrays: Any) -> list[Any]:
    return _items(arrays) if isinstance(arrays, Value) else list(arrays)


def _items(container: Value) -> list[Any]:
    return items_of(container) or [container[k] for k in range(len(container))]


def _pieces(y_bar: Any, parts: Sequence[Any], axis: int | None) -> list[Any]:
    """The parts of a cotangent that belong to the arrays that were joined along `axis`."""
    cotangents: list[Any] = []
    start: Any = None
    for k, part in enumerate(parts, start=1):
        stop = None
        if k < len(parts):
            length = call(np.size, part) if axis is None else shape_of(part)[axis]
            stop = length if start is None else start + length
        piece = y_bar[slice(start, stop) if axis is None else
                      along(slice(start, stop), axis, rank_of(part))]  # fmt: skip
        cotangents.append(np.reshape(piece, shape_of(part)) if axis is None else piece)
        start = stop
    return cotangents


def _append_tangent(tangents: Any, y: Any, *operands: Any, axis: int | None = None) -> Any:
    """Linear in both at once, as all joins are."""
    x_dot, values_dot = (
        call(np.zeros_like, x) if dot is None else dot
        for dot, x in zip(tangents, operands[:2], strict=False)
    )
    axis = operands[2] if len(operands) > 2 else axis
    return call(np.append, x_dot, values_dot, axis=axis)


@multilinear(np.append, jvp=_append_tangent)
def append_arrays(y_bar: Any, x: Any, values: Any, axis: int | None = None) -> Any:
    return tuple(_pieces(y_bar, [x, values], axis))


@expand(np.append)
def append_lists(x: Any, values: Any, axis: int | None = None) -> Any:
    return call(np.append, _as_part(x), _as_part(values), **given(axis=axis))


@linear(np.vstack)
def vstack(y_bar: Any, arrays: Any, *, dtype: Any = None) -> Any:
    """Vectors become rows; whatever has rows is joined along them."""
    return _unstacked(y_bar, arrays, 0)


if hasattr(np, "row_stack"):  # deprecated in NumPy 2.0

    @expand(np.row_stack)
    def row_stack(arrays: Any, dtype: Any = None) -> Any:
        return call(np.vstack, arrays, **given(dtype=dtype))


@linear(np.column_stack)
def column_stack(y_bar: Any, arrays: Any) -> Any:
    return _unstacked(y_bar, arrays, 1)


@linear(np.hstack)
def hstack(y_bar: Any, arrays: Any, *, dtype: Any = None) -> Any:
    return _unstacked(y_bar, arrays, 0 if y_bar.ndim == 1 else 1)


def _unstacked(y_bar: Any, arrays: Any, axis: int) -> Any:
    """The parts of a cotangent along `axis`: an array of lower rank took one place there."""
    full = y_bar.ndim
    if isinstance(arrays, Value) and isinstance(arrays.type, List):
        rank = rank_of(Value(arrays.type.element))
        if rank == full:
            return call(split_like, y_bar, arrays, axis)
        if rank == 0:  # numbers became a column, or a row
            return call(list, np.ravel(y_bar))
        return call(list, y_bar if axis == 0 else np.moveaxis(y_bar, axis, 0))
    if isinstance(arrays, Value) and isinstance(arrays.type, Array):
        if arrays.ndim > full:
            return _of_rows(y_bar, arrays, axis)
        if arrays.ndim == 1:
            return np.reshape(y_bar, arrays.shape)
        return y_bar if axis == 0 else np.moveaxis(y_bar, axis, 0)
    cotangents, start = [], 0
    for part in _parts(arrays):
        lower = rank_of(part) < full
        stop = start + (1 if lower else shape_of(part)[axis])
        place = start if lower else slice(start, stop)
        cotangents.append(y_bar[along(place, axis, full)])
        start = stop
    return cotangents


@linear(np.dstack)
def dstack(y_bar: Any, arrays: Any) -> Any:
    """Vectors lie along the second axis; all are joined along the third."""
    if isinstance(arrays, Value) and isinstance(arrays.type, Array):
        if arrays.ndim > 3:
            return _of_rows(y_bar, arrays, 2)
        return np.reshape(np.moveaxis(y_bar, 2, 0), arrays.shape)
    if isinstance(arrays, Value) and isinstance(arrays.type, List):
        if rank_of(Value(arrays.type.element)) == 3:
            return call(split_like, y_bar, arrays, 2)
        rank = rank_of(Value(arrays.type.element))
        if rank == 0:
            return call(list, np.ravel(y_bar))
        rows = y_bar[0] if rank == 1 else y_bar
        return call(list, np.moveaxis(rows, -1, 0))
    cotangents, start = [], 0
    for part in _parts(arrays):
        stop = start + (1 if rank_of(part) < 3 else shape_of(part)[2])
        piece = y_bar[:, :, start if rank_of(part) < 3 else slice(start, stop)]
        cotangents.append(piece if rank_of(part) > 1 else np.reshape(piece, shape_of(part)))
        start = stop
    return cotangents


@expand(np.block)
def block(arrays: Any) -> Any:
    """Lists are joined along the last axis in the innermost level, then the one before."""
    depth = _depth(arrays)
    rank = max(depth, *(rank_of(x) for x in _flat(arrays)))
    return _joined(arrays, depth, rank)


def _depth(arrays: Any) -> int:
    return 1 + _depth(arrays[0]) if isinstance(arrays, list) else 0


def _flat(arrays: Any) -> list[Any]:
    return [y for x in arrays for y in _flat(x)] if isinstance(arrays, list) else [arrays]


def _joined(arrays: Any, depth: int, rank: int) -> Any:
    if isinstance(arrays, tuple):
        raise UnsupportedError("np.block takes lists of arrays, not tuples")
    if isinstance(arrays, list):
        parts = [_joined(x, depth - 1, rank) for x in arrays]
        return np.concatenate(parts, axis=-depth)
    missing = rank - rank_of(arrays)
    if missing == rank:
        return np.reshape(arrays, (1,) * rank)
    return np.expand_dims(arrays, tuple(range(missing))) if missing else call(np.copy, arrays)


def _takes_arrays(target: Any) -> None:
    """Lists of numbers between the arrays are arrays to a function that joins them."""

    @expand(target)
    def join(arrays: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(arrays, (tuple, list)):
            arrays = type(arrays)(map(_as_part, arrays))
        return call(target, arrays, *args, **kwargs)


def _as_part(x: Any) -> Any:
    return call(np.array, x) if isinstance(x, (tuple, list)) and has_values(x) else x


for _target in (np.concatenate, np.stack, np.vstack, np.hstack, np.column_stack, np.dstack):
    _takes_arrays(_target)


# Splitting


@linear([np.split, np.array_split])
def split(parts_bar: Any, x: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    return call(np.concatenate, parts_bar, **_unless_0(axis))


@linear(np.hsplit)
def hsplit(parts_bar: Any, x: Any, indices_or_sections: Any) -> Any:
    return call(np.concatenate, parts_bar, **_unless_0(0 if x.ndim == 1 else 1))


@linear(np.vsplit)
def vsplit(parts_bar: Any, x: Any, indices_or_sections: Any) -> Any:
    return call(np.concatenate, parts_bar)


@linear(np.dsplit)
def dsplit(parts_bar: Any, x: Any, indices_or_sections: Any) -> Any:
    return call(np.concatenate, parts_bar, axis=2)


def _unless_0(axis: int) -> dict[str, int]:
    return {} if axis == 0 else {"axis": axis}


register_inference(split_like, lambda args, kwargs: args[1].type)


def _split_like_tangent(tangents: Any, y: Any, *args: Any) -> Any:
    return None if tangents[0] is None else call(split_like, tangents[0], *args[1:])


@multilinear(split_like, jvp=_split_like_tangent)
def split_like_rule(pieces_bar: Any, y: Any, arrays: Any, axis: int | None = 0) -> Any:
    return call(np.concatenate, pieces_bar, axis=axis), None


# Grids


@multilinear(np.broadcast_arrays, affine=True)
def broadcast_arrays(y_bar: Any, *arrays: Any) -> Any:
    return tuple(y_bar[k] for k in range(len(arrays)))


@multilinear(np.meshgrid, affine=True)
def meshgrid(
    y_bar: Any, *vectors: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> Any:
    """Each vector lies along one axis of its grid, repeated along the others."""
    rank = len(vectors)
    own = list(range(rank))
    if indexing == "xy" and rank > 1:
        own[:2] = 1, 0
    cotangents = []
    for k, (axis, x) in enumerate(zip(own, vectors, strict=True)):
        others = tuple(i for i in range(rank) if i != axis)
        g = y_bar[k] if sparse or not others else np.sum(y_bar[k], axis=_one(others))
        cotangents.append(np.reshape(g, shape_of(x)) if sparse or rank_of(x) != 1 else g)
    return tuple(cotangents)


def _one(axes: tuple[int, ...]) -> Any:
    return axes[0] if len(axes) == 1 else axes
