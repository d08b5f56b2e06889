"""Functions whose result holds elements of an array, once, several times or not at all.

Each is `x[positions]` along an axis, or in the flat order: the transpose adds at the positions,
which are found by doing to 0, 1, 2, ... what was done to x.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.infer import Args, KwArgs, register_inference, shape_from
from adjoint.ir.types import ANY, UNKNOWN, Array, Scalar, Size, Type, dims_of, is_rank0, shift
from adjoint.rules.registry import linear, multilinear
from adjoint.rules.shapes import own_dtype, static
from adjoint.rules.staged import along, call, rank_of, select, shape_of, sizes_of


def add_at(positions: Any, y_bar: Any, x: Any, axis: int | None) -> Any:
    """Zeros like x with y_bar added at the positions along an axis, or in the flat order."""
    zero = call(ops.zero, x)
    if axis is not None:
        return call(ops.index_add, zero, along(positions, axis, x.ndim), y_bar)
    if rank_of(x) == 1:
        return call(ops.index_add, zero, positions, y_bar)
    return np.reshape(call(ops.index_add, np.ravel(zero), positions, y_bar), shape_of(x))


def length(x: Any, axis: int | None) -> Any:
    """How many positions there are."""
    return call(np.size, x) if axis is None else shape_of(x)[axis]


@linear(np.take)
def take(y_bar: Any, x: Any, indices: Any, axis: Any = None, *, mode: str = "raise") -> Any:
    if isinstance(indices, (tuple, list)):
        indices = np.array(indices)
    if mode == "wrap":
        indices = indices % length(x, axis)
    elif mode == "clip":
        indices = np.clip(indices, 0, length(x, axis) - 1)
    return add_at(indices, y_bar, x, axis)


@linear(np.repeat)
def repeat(y_bar: Any, x: Any, repeats: Any, axis: Any = None) -> Any:
    if isinstance(repeats, (tuple, list)) or rank_of(repeats):
        places = call(np.arange, length(x, axis))
        return add_at(call(np.repeat, places, repeats), y_bar, x, axis)
    sizes = sizes_of(x)
    if axis is None:
        return np.sum(np.reshape(y_bar, (*sizes, repeats)), axis=-1)
    axis = axis % len(sizes)
    apart = (*sizes[: axis + 1], repeats, *sizes[axis + 1 :])
    return np.sum(np.reshape(y_bar, apart), axis=axis + 1)


@linear(np.tile)
def tile(y_bar: Any, x: Any, reps: Any) -> Any:
    """With repetitions and sizes apart, the cotangent is summed over the repetitions."""
    if isinstance(reps, np.ndarray):
        reps = reps.tolist()
    several = isinstance(reps, (tuple, list, Value)) and not _is_number(reps)
    reps = tuple(reps[k] for k in range(len(reps))) if several else (reps,)
    sizes = sizes_of(x)
    rank = max(len(reps), len(sizes))
    reps = (1,) * (rank - len(reps)) + reps
    sizes = (1,) * (rank - len(sizes)) + sizes
    apart = tuple(n for pair in zip(reps, sizes, strict=True) for n in pair)
    total = np.sum(np.reshape(y_bar, apart), axis=tuple(range(0, 2 * rank, 2)))
    return total if rank == rank_of(x) else np.reshape(total, shape_of(x))


@linear(np.resize)
def resize(y_bar: Any, x: Any, new_shape: Any) -> Any:
    """An element gets the sum over its repetitions. What no element repeats is zero: where there
    is none, all of the result, which position 0 stands for; so there is one position more."""
    count = call(np.size, x)
    places = np.ravel(call(np.resize, call(np.arange, count), new_shape))
    zero = call(ops.zero, x)
    one_more = np.pad(zero if rank_of(x) == 1 else np.ravel(zero), (0, 1))
    flat = call(ops.index_add, one_more, places, np.ravel(y_bar))[slice(None, count)]
    return flat if rank_of(x) == 1 else np.reshape(flat, shape_of(x))


@linear(np.delete)
def delete(y_bar: Any, x: Any, obj: Any, axis: int | None = None) -> Any:
    count = length(x, axis)
    if isinstance(obj, int):  # a zero takes the place of the one element
        y_bar = np.insert(y_bar, from_start(obj, count), 0.0, axis=axis)
        return np.reshape(y_bar, shape_of(x)) if axis is None else y_bar
    return add_at(call(np.delete, call(np.arange, count), obj), y_bar, x, axis)


def from_start(position: Any, count: Any) -> Any:
    """A position, counted from the start where it was counted from the end."""
    if isinstance(position, int):
        return position if position >= 0 else count + position
    return select(position < 0, position + count, position)


def _is_number(x: Any) -> bool:
    return isinstance(x, Value) and is_rank0(x.type)


def _is_one(size: Any) -> bool:
    return isinstance(size, int) and size == 1


@multilinear(np.insert, affine=True)
def insert(y_bar: Any, x: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """The inserted values are at `places` of the result; the rest is x."""
    rank = 1 if axis is None else x.ndim
    along_axis = 0 if axis is None else axis % rank
    count = length(x, axis)
    if isinstance(obj, slice):
        obj = call(np.arange, count)[obj]
    if isinstance(obj, (tuple, list)):
        obj = np.array(obj)
    given = rank_of(obj)
    single = given == 0
    if given == 1 and _is_one(shape_of(obj)[0]):
        single, obj = True, obj[0]
    if not single and obj.dtype.kind == "b":
        raise UnsupportedError(
            "np.insert at a mask is not differentiated", instead="use np.flatnonzero(mask)"
        )
    if single:
        start = from_start(obj, count)
        stop = start + (y_bar.shape[along_axis] - count)
        places: Any = call(np.arange, start, stop)
        values_bar = y_bar[along(slice(start, stop), along_axis, rank)]
        if given == 0 and along_axis:  # the values lie along their first axis
            values_bar = np.moveaxis(values_bar, along_axis, 0)
    else:
        obj = np.where(obj < 0, obj + count, obj)
        places = obj + np.argsort(np.argsort(obj, stable=True))
        values_bar = y_bar[along(places, along_axis, rank)]
    x_bar = call(np.delete, y_bar, places, axis=along_axis)
    return (np.reshape(x_bar, shape_of(x)) if axis is None else x_bar), None, values_bar


# Result types: the oracle cannot be asked about sizes that depend on values


def resized(dims: tuple[Size, ...], type_: Type, axis: int | None, size: Size) -> Type:
    """An array with another size along one axis, or a flat one."""
    dtype = own_dtype(type_)
    if axis is None:
        return Array(dtype, (size,))
    axis = axis % len(dims)
    return Array(dtype, (*dims[:axis], size, *dims[axis + 1 :]))


def repeat_type(args: Args, kwargs: KwArgs) -> Type:
    dims = dims_of(args[0].type)
    repeats = args[1] if len(args) > 1 else kwargs["repeats"]
    if dims is None:
        return UNKNOWN
    axis = static("axis", 2, None, args, kwargs)
    old: Size = dims[axis] if axis is not None else flat_size(dims)
    times = repeats.value if isinstance(repeats, Constant) else None
    size = old * times if isinstance(times, int) and isinstance(old, int) else ANY
    return resized(dims, args[0].type, axis, size)


def delete_type(args: Args, kwargs: KwArgs) -> Type:
    dims, obj = dims_of(args[0].type), args[1]
    if dims is None:
        return UNKNOWN
    axis = static("axis", 2, None, args, kwargs)
    one = isinstance(obj.type, Scalar) and obj.type.kind == "int"
    old = dims[axis] if axis is not None else flat_size(dims)
    return resized(dims, args[0].type, axis, shift(old, -1) if one else ANY)


def insert_type(args: Args, kwargs: KwArgs) -> Type:
    dims = dims_of(args[0].type)
    if dims is None:
        return UNKNOWN
    return resized(dims, args[0].type, static("axis", 3, None, args, kwargs), ANY)


def resize_type(args: Args, kwargs: KwArgs) -> Type:
    dims = shape_from(args[1])
    return UNKNOWN if dims is None else Array(own_dtype(args[0].type), dims)


def flat_size(dims: tuple[Size, ...]) -> Size:
    known = [d for d in dims if isinstance(d, int)]
    return math.prod(known) if len(known) == len(dims) else dims[0] if len(dims) == 1 else ANY


register_inference(np.repeat, repeat_type)
register_inference(np.delete, delete_type)
register_inference(np.insert, insert_type)
register_inference(np.resize, resize_type)
