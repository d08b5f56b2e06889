"""Functions and methods of NumPy that write into an argument."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.numpy.arguments import static_operand
from adjoint.frontend.numpy.arraylike import as_array
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.indices import index_object
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.views import write
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.ops import Path
from adjoint.ir.types import is_rank0


def _array(frame: Frame, obj: o.Obj) -> o.Ref:
    if not isinstance(obj, o.Ref):
        raise UnsupportedError("this function writes into an array, and this is none")
    return obj


def call_copyto(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    target = _array(frame, args[0])
    new = frame.lowering.value(args[1])
    if set(kwargs) - {"where"}:
        raise UnsupportedError("np.copyto with this argument is not supported")
    if "where" in kwargs:
        old = frame.lowering.operand(target)
        new = frame.lowering.builder.apply(
            np.where, frame.lowering.value(kwargs["where"]), new, old
        )
    write(frame, target, new)
    return o.Known(None)


def call_fill(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    write(frame, _array(frame, args[0]), frame.lowering.value(args[1]))
    return o.Known(None)


def call_sort(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    target = _array(frame, args[0])
    write(frame, target, frame.lowering.value(sorted_array(frame, args, kwargs)))
    return o.Known(None)


def sorted_array(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    """`np.sort(x, axis)` as the elements of x in their order."""
    if set(kwargs) - {"axis", "kind", "stable"}:
        raise UnsupportedError("np.sort with this argument is not supported")
    value = frame.lowering.value(as_array(frame, np.sort, args[0], "a", first=True))
    apply = frame.lowering.builder.apply
    axis = kwargs.get("axis", args[1] if len(args) > 1 else o.Ref(Constant(-1)))
    known = static_operand(frame, axis, "axis").value  # type: ignore[attr-defined]
    if known is None:
        value, known = apply(np.ravel, value), 0
    order = apply(np.argsort, value, axis=known)
    if value.ndim == 1:
        return o.Ref(apply(operator.getitem, value, order))
    return o.Ref(apply(np.take_along_axis, value, order, known))


def in_a_circle(frame: Frame, new: Value, length: Value) -> Value:
    """As many of the values as are asked for, from the start again when there are fewer."""
    apply = frame.lowering.builder.apply
    if is_rank0(new.type):
        return new
    flat = apply(np.ravel, apply(np.asarray, new))
    positions = apply(operator.mod, apply(np.arange, length), apply(np.size, flat))
    return apply(operator.getitem, flat, positions)


def call_put(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    """`np.put(x, indices, v)` writes into the flat order of x."""
    _no_options("np.put", args[3:], kwargs)
    target, apply = _array(frame, args[0]), frame.lowering.builder.apply
    value = frame.lowering.operand(target)
    index = apply(np.ravel, apply(np.asarray, frame.lowering.value(args[1])))
    new = in_a_circle(frame, frame.lowering.value(args[2]), apply(np.size, index))
    path: Path = ((operator.getitem, 1),)
    changed = apply(ops.store, apply(np.ravel, value), new, Constant(path), index)
    write(frame, target, np.reshape(changed, value.shape))  # type: ignore[call-overload]
    return o.Known(None)


def call_place(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    """`np.place(x, mask, v)` writes the values in turn to where the mask is true."""
    _no_options("np.place", args[3:], kwargs)
    mask, new = frame.lowering.value(args[1]), frame.lowering.value(args[2])
    new = in_a_circle(frame, new, frame.lowering.builder.apply(np.sum, mask))
    write(frame, _array(frame, args[0]), new, ((operator.getitem, 1),), (mask,))
    return o.Known(None)


def call_putmask(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    """`np.putmask(x, mask, v)` takes the value at the same place of v, repeated to x's size."""
    _no_options("np.putmask", args[3:], kwargs)
    target, apply = _array(frame, args[0]), frame.lowering.builder.apply
    value, mask = frame.lowering.operand(target), frame.lowering.value(args[1])
    new = in_a_circle(frame, frame.lowering.value(args[2]), apply(np.size, value))
    if not is_rank0(new.type):
        new = np.reshape(new, value.shape)  # type: ignore[call-overload]
    write(frame, target, apply(np.where, mask, new, value))
    return o.Known(None)


def _no_options(name: str, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> None:
    if args or kwargs:
        raise UnsupportedError(f"{name} is only supported with its three arguments by position")


def call_fill_diagonal(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    if len(args) > 2 or kwargs:
        raise UnsupportedError("np.fill_diagonal with wrap is not supported")
    target, builder = _array(frame, args[0]), frame.lowering.builder
    value = frame.lowering.operand(target)
    if value.ndim == 2:
        size = builder.apply(min, builder.apply(len, value), builder.apply(np.size, value, 1))
    else:  # all sizes are the same
        size = builder.apply(len, value)
    places = builder.apply(np.arange, size)
    index = builder.apply(ops.make_tuple, *[places] * value.ndim)
    write(frame, target, frame.lowering.value(args[1]), ((operator.getitem, 1),), (index,))
    return o.Known(None)


def call_put_along_axis(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    """`np.put_along_axis(x, indices, v, axis)` writes `x[i, indices[i, j]] = v[i, j]`."""
    target, apply = _array(frame, args[0]), frame.lowering.builder.apply
    value, indices = frame.lowering.operand(target), frame.lowering.value(args[1])
    axis = kwargs.get("axis", args[3] if len(args) > 3 else o.Ref(Constant(-1)))
    known = static_operand(frame, axis, "axis").value  # type: ignore[attr-defined]
    rank = value.ndim
    if known is None or indices.ndim != rank or set(kwargs) - {"axis"}:
        raise UnsupportedError(
            "np.put_along_axis is only supported with an axis, and indices of the array's rank"
        )
    index: list[Value] = []
    for k in range(rank):
        if k == known % rank:
            index.append(indices)
            continue
        places = apply(np.arange, apply(operator.getitem, value.shape, k))
        shape = (1,) * k + (-1,) + (1,) * (rank - 1 - k)
        index.append(apply(np.reshape, places, shape) if rank > 1 else places)
    whole = apply(ops.make_tuple, *index)
    write(frame, target, frame.lowering.value(args[2]), ((operator.getitem, 1),), (whole,))
    return o.Known(None)


def call_ufunc_at(frame: Frame, target: Any, args: Sequence[o.Obj]) -> o.Obj:
    """`np.add.at(x, index, v)`: repeated indices accumulate."""
    if target not in (np.add, np.subtract) or len(args) != 3:
        raise UnsupportedError(f"np.{target.__name__}.at is not supported", instead="use a loop")
    ref, builder = _array(frame, args[0]), frame.lowering.builder
    index, new = index_object(frame, args[1]), frame.lowering.value(args[2])
    if target is np.subtract:
        new = builder.apply(operator.neg, new)
    value = frame.lowering.operand(ref)
    write(frame, ref, builder.apply(ops.index_add, value, index, new))
    return o.Known(None)


WRITERS: dict[Any, Any] = {
    np.copyto: call_copyto,
    np.put: call_put,
    np.place: call_place,
    np.putmask: call_putmask,
    np.fill_diagonal: call_fill_diagonal,
    np.put_along_axis: call_put_along_axis,
    np.sort: sorted_array,
}
METHODS: dict[str, Any] = {"fill": call_fill, "sort": call_sort, "put": call_put}
