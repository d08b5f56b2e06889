"""Sizes: of what is broadcast, and of what subscripts select (NumPy's rules)."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from adjoint.errors import CertainError, UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value, python_value
from adjoint.ir.descriptions import described
from adjoint.ir.types import (
    ANY,
    BOOL,
    Array,
    Dim,
    List,
    Opaque,
    Scalar,
    Size,
    Struct,
    Type,
    fresh_dim,
    is_rank0,
    proven_equal,
    proven_many,
    shift,
)


def broadcast_size(a: Size, b: Size) -> Size:
    """The size that two sizes broadcast to, given that they do."""
    if a == 1 or proven_equal(a, b):
        return b
    if b == 1:
        return a
    if proven_many(a) and proven_many(b):
        return b if isinstance(b, int) else a
    if proven_many(a) or proven_many(b):
        return a if proven_many(a) else b
    return ANY


def broadcast_dims(*shapes: tuple[Size, ...]) -> tuple[Size, ...]:
    rank = max(map(len, shapes))
    result: list[Size] = [1] * rank
    for shape in shapes:
        for k, size in enumerate(shape, start=rank - len(shape)):
            result[k] = broadcast_size(result[k], size)
    return tuple(result)


def items_of(value: Value) -> list[Value] | None:
    """The items of a tuple or list that is built in the program, or is a constant."""
    if isinstance(value, Constant) and isinstance(value.value, (tuple, list)):
        return [Constant(v) for v in value.value]
    if value.op is not None and value.op.target in (ops.make_tuple, ops.make_list):
        return list(value.op.operands)
    if value.op is not None and value.op.target is ops.make_record:
        return list(value.op.operands[2:])
    return None


def python_argument(value: Value) -> Any:
    """Turn constants of the program into Python values, for rules and compositions."""
    if isinstance(value, Constant):
        return value.value
    items = items_of(value)
    if items is not None and all(isinstance(i, Constant) for i in items):
        return tuple(map(python_value, items))
    return value


def index_items(index: Value) -> list[Value]:
    """The parts of a subscript: the items of a tuple, else the index itself."""
    if isinstance(index, Constant) and isinstance(index.value, list):
        return [index]
    if index.op is not None and index.op.target is ops.make_list:
        return [index]
    items = items_of(index)
    return [index] if items is None else items


def is_basic(index: Value) -> bool | None:
    """Is the subscript made of numbers and slices only, so that it gives a view?

    None where only the run knows: what is an array of rank 0 here may be a number there.
    """
    items = index_items(index)
    if any(_selects(item.type, item is index) for item in items):
        return False
    unsure = any(isinstance(i.type, Array) and not i.type.scalar for i in items)
    return None if unsure else True


def _selects(type_: Type, alone: bool) -> bool:
    """Does an index of this type select elements one by one? A tuple does inside of another."""
    match type_:
        case Struct(kind):
            return kind is list or not alone
        case Array(_, dims):
            return bool(dims) or _is_flag(type_)
    return isinstance(type_, List) or _is_flag(type_)


def slice_parts(index: Value) -> list[Value]:
    if isinstance(index, Constant):
        part = index.value
        return [Constant(part.start), Constant(part.stop), Constant(part.step)]
    if index.op is None or index.op.target is not slice:
        raise UnsupportedError("the bounds of this slice are known only at run time")
    values = list(index.op.operands)
    if len(values) == 1:
        values = [Constant(None), values[0]]
    return values + [Constant(None)] * (3 - len(values))


def is_slice(index: Value) -> bool:
    if isinstance(index, Constant):
        return isinstance(index.value, slice)
    return index.type == Opaque(slice)


def slice_size(size: Size, index: Value) -> Size:
    """The size of `x[start:stop:step]` along a dimension of the given size."""
    if not isinstance(index, Constant) and (index.op is None or index.op.target is not slice):
        return ANY  # it comes off a tape
    parts = slice_parts(index)
    unknown = isinstance(size, Dim) and not size.symbol
    if not all(isinstance(p, Constant) for p in parts):
        if index.op is None or unknown:
            return ANY
        sizes = index.op.attrs.setdefault("sizes", {})  # the same slice of the same size
        return sizes.setdefault(size, fresh_dim())
    start, stop, step = (p.value for p in parts if isinstance(p, Constant))
    if isinstance(size, int):
        return len(range(*slice(start, stop, step).indices(size)))
    if step in (1, None, -1) and start is None and stop is None:
        return size
    if step in (1, None) and (start or 0) >= 0 and (stop is None or stop < 0):
        return shift(size, (stop or 0) - (start or 0))
    return ANY if unknown else _sliced(size, start, stop, step)


@functools.lru_cache(maxsize=4096)
def _sliced(size: Size, start: int | None, stop: int | None, step: int | None) -> Size:
    """A name for the size of this slice of a dimension of this size."""
    return fresh_dim()


def index_dims(dims: tuple[Size, ...], items: Sequence[Value]) -> tuple[Size, ...]:
    """The dimensions of `x[items]` for an array with dimensions `dims` (NumPy's rules)."""
    consumed = sum(_consumed(item) for item in items)
    if consumed > len(dims):
        said = f"too many indices for an array of rank {len(dims)}"
        raise CertainError(IndexError, said, said)
    if not any(isinstance(i, Constant) and i.value is Ellipsis for i in items):
        items = [*items, Constant(Ellipsis)]
    result: list[Size] = []
    advanced: list[tuple[Size, ...]] = []
    where, last, split, axis = 0, -1, False, 0
    for position, item in enumerate(items):
        if isinstance(item, Constant) and item.value is Ellipsis:
            rest = len(dims) - consumed
            result.extend(dims[axis : axis + rest])
            axis += rest
        elif isinstance(item, Constant) and item.value is None:
            result.append(1)
        elif is_slice(item):
            result.append(slice_size(dims[axis], item))
            axis += 1
        elif _is_integer(item):
            axis += 1
            if advanced and last != position - 1:
                split = True
            if advanced:
                last = position
        else:
            if advanced and last != position - 1:
                split = True
            if not advanced:
                where = len(result)
                # integers before the first array join the advanced indices (NumPy, "combining")
            advanced.append(_advanced_dims(item))
            axis += _consumed(item)
            last = position
    if advanced:
        if _integer_apart(items):
            split = True
        block = broadcast_dims(*advanced)
        where = 0 if split else where
        result[where:where] = block
    return tuple(result)


def _integer_apart(items: Sequence[Value]) -> bool:
    """Is an integer index separated from the array indices by a slice, None or Ellipsis?"""
    places = [
        k for k, i in enumerate(items)
        if not is_slice(i)
        and not (isinstance(i, Constant) and (i.value is None or i.value is ...))
    ]  # fmt: skip
    return bool(places) and places[-1] - places[0] + 1 != len(places)


def _is_integer(item: Value) -> bool:
    match item.type:
        case Scalar(kind):
            return kind == "int"
        case Array(dtype, dims):
            return not dims and dtype.kind in "iu"
    return False


def _consumed(item: Value) -> int:
    """How many axes an index item consumes."""
    if isinstance(item, Constant) and (item.value is None or item.value is Ellipsis):
        return 0
    if isinstance(item.type, Array) and item.type.dtype.kind == "b":
        return len(item.type.dims)
    if item.type == BOOL:
        return 0
    return 1


def _is_flag(type_: Type) -> bool:
    return type_ == BOOL or isinstance(type_, Array) and type_.dtype.kind == "b"


def _advanced_dims(item: Value) -> tuple[Size, ...]:
    match item.type:
        case Array(dtype, dims):
            return (ANY,) if dtype.kind == "b" else dims
        case Struct(_, items) if all(map(is_rank0, items)):
            return (ANY,) if any(map(_is_flag, items)) else (len(items),)
        case List(element, size) if is_rank0(element):
            return (ANY,) if _is_flag(element) else (size,)
    if isinstance(item, Constant) and isinstance(item.value, list):
        array = np.asarray(item.value)
        return (ANY,) if array.dtype.kind == "b" else array.shape
    raise UnsupportedError(f"{described(item.type)} as an index is not supported")


def same_all(these: list[Value], those: list[Value]) -> bool:
    return len(these) == len(those) and all(map(same_index, these, those))


def same_index(a: Value, b: Value) -> bool:
    """Are two indices the same values, put together in the same way?"""
    if isinstance(a, Constant) and isinstance(b, Constant):
        if isinstance(a.value, np.ndarray) or isinstance(b.value, np.ndarray):
            return a.value is b.value  # a long one is not told apart by its text
        return type(a.value) is type(b.value) and repr(a.value) == repr(b.value)
    if a is b or a.op is None or b.op is None:
        return a is b
    alike = a.op.target is b.op.target and a.op.target in (slice, ops.make_tuple)
    return alike and same_all(a.op.operands, b.op.operands)
