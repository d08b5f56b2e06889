"""Containers: their items, how they are made, how they grow."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.descriptions import described
from adjoint.ir.indexing import index_dims, index_items, is_slice, slice_size
from adjoint.ir.infer.operands import Args, InferType, KwArgs, same_as_first, size_from
from adjoint.ir.types import (
    ANY,
    FLOAT,
    INT,
    UNKNOWN,
    Array,
    List,
    Opaque,
    Range,
    Scalar,
    Struct,
    Type,
    Unknown,
    join,
)
from adjoint.runtime.containers import zero_tangents


def _getitem(args: Args, kwargs: KwArgs) -> Type:
    base, index = args
    match base.type:
        case Unknown():
            if isinstance(index, Constant) and isinstance(index.value, str):
                raise UnsupportedError(
                    "an argument of unknown type is indexed by a name",
                    instead="call the gradient, or source_for, with actual arguments",
                )
            return UNKNOWN
        case Struct(kind, items, keys) if keys is not None:
            if isinstance(index, Constant) and isinstance(index.value, int) and kind is not dict:
                return _element(base.type, index.value)
            if isinstance(index, Constant) and index.value in keys:
                return items[keys.index(index.value)]
            raise UnsupportedError("the key of this dictionary is known only at run time")
        case Struct(kind, items):
            if isinstance(index, Constant) and isinstance(index.value, slice):
                return Struct(kind, items[index.value])
            if isinstance(index, Constant):
                return _element(base.type, index.value)
            return common_element(items)
        case List(element):
            if isinstance(index, Constant) and isinstance(index.value, slice):
                return replace(base.type, size=slice_size(base.type.size, index))
            if index.type == Opaque(slice) or (index.op and index.op.target is slice):
                return replace(base.type, size=ANY)
            return element
        case Range():
            return Range() if is_slice(index) else INT
        case Array(dtype, dims):
            result = index_dims(dims, index_items(index))
            scalar = not result and not _has_ellipsis(index)
            return Array(dtype, result, scalar)
        case Opaque(cls):
            return base.type if cls is str else Opaque()
    raise UnsupportedError(f"{described(base.type)} cannot be indexed")


def _element(type_: Type, position: int) -> Type:
    match type_:
        case Struct(_, items) if -len(items) <= position < len(items):
            return items[position]
        case List(element):
            return element
    raise UnsupportedError(f"index {position} is out of range for {described(type_)}")


def common_element(items: Sequence[Type]) -> Type:
    result: Type | None = items[0] if items else None
    for item in items[1:]:
        if item is not result:
            result = join(result, item) if result is not None else None
    if result is None:
        raise UnsupportedError("the items of this container have different types")
    return result


def _has_ellipsis(index: Value) -> bool:
    items = index_items(index)
    return any(isinstance(i, Constant) and i.value is Ellipsis for i in items)


def _len(args: Args, kwargs: KwArgs) -> Type:
    match args[0].type:
        case Array(_, dims) if dims:
            return Scalar("int", dims[0])
        case Struct(_, items):
            return Scalar("int", len(items))
        case List(_, size) | Range(size):
            return Scalar("int", size)
    return INT


def _container(kind: type) -> InferType:
    def infer_container(args: Args, kwargs: KwArgs) -> Type:
        return Struct(kind, tuple(v.type for v in args))

    return infer_container


def _make_dict(args: Args, kwargs: KwArgs) -> Type:
    keys = args[0]
    assert isinstance(keys, Constant)
    return Struct(dict, tuple(v.type for v in args[1:]), keys.value)


def _make_record(args: Args, kwargs: KwArgs) -> Type:
    cls, names = args[0], args[1]
    assert isinstance(cls, Constant) and isinstance(names, Constant)
    return Struct(cls.value, tuple(v.type for v in args[2:]), names.value)


def _append(args: Args, kwargs: KwArgs) -> Type:
    items, value = args
    joined: Type | None
    match items.type:
        case List(List() as row) if value.type == Struct(row.kind, ()):
            joined = row  # an empty one is appended
        case List(element):
            joined = join(element, value.type)
        case Struct(_, types) if types:
            joined = join(common_element(types), value.type)
        case _:
            joined = value.type
    if joined is None:
        raise UnsupportedError("a list grows by elements of different types")
    return List(joined, kind=_kind(items))


def _kind(*values: Value) -> type:
    """Is what is made of these a list, or a tuple of unknown length?"""
    return next((v.type.kind for v in values if isinstance(v.type, List)), list)


def _join_lists(args: Args, kwargs: KwArgs) -> Type:
    first, *others = [
        _element_of_list(v.type)
        for v in args
        if not (isinstance(v.type, Struct) and not v.type.items)
    ]
    joined: Type | None = first
    for element in others:
        joined = None if joined is None else join(joined, element)
    if joined is None:
        raise UnsupportedError("lists with elements of different types are joined")
    return List(joined, kind=_kind(*args))


def _element_of_list(type_: Type) -> Type:
    """The type that all elements of a list have."""
    if isinstance(type_, List):
        return type_.element
    assert isinstance(type_, Struct)
    return common_element(type_.items)


def _repeat_list(args: Args, kwargs: KwArgs) -> Type:
    items, times = args
    assert isinstance(items.type, Struct)
    single = len(items.type.items) == 1
    return List(common_element(items.type.items), size_from(times) if single else ANY)


def _pad_zeros(args: Args, kwargs: KwArgs) -> Type:
    like = args[1].type
    element = args[0].type.element if isinstance(args[0].type, List) else UNKNOWN
    return List(element, like.size if isinstance(like, List) else ANY)


def _rows_to_array(args: Args, kwargs: KwArgs) -> Type:
    return args[1].type


def _as_list(type_: Type) -> Type:
    """The type of `list(x)`."""
    match type_:
        case Array(dtype, dims) if dims:
            return List(Array(dtype, dims[1:], scalar=len(dims) == 1), dims[0])
        case Range(size):
            return List(INT, size)
        case Struct(_, items):
            return Struct(list, items)
        case List():
            return replace(type_, kind=list)
    return type_


def _zero_tangents(args: Args, kwargs: KwArgs) -> Type:
    return _with_floats(args[0].type)


def _with_floats(type_: Type) -> Type:
    match type_:
        case Scalar("int" | "bool"):
            return FLOAT
        case List(element, size, tape):
            return List(_with_floats(element), size, tape)
        case Struct(kind, items, keys):
            return Struct(kind, tuple(map(_with_floats, items)), keys)
        case Array(dtype, dims) if dtype.kind not in "fc":
            return Array(np.dtype(float), dims)
    return type_


CONTAINERS: dict[Any, InferType] = {
    operator.getitem: _getitem,
    len: _len,
    list: lambda args, kwargs: _as_list(args[0].type),
    reversed: same_as_first,
    ops.make_tuple: _container(tuple),
    ops.make_list: _container(list),
    ops.make_dict: _make_dict,
    ops.make_record: _make_record,
    ops.append: _append,
    ops.join_lists: _join_lists,
    ops.repeat_list: _repeat_list,
    ops.reverse_list: same_as_first,
    ops.drop_last: same_as_first,
    ops.pad_zeros: _pad_zeros,
    ops.rows_to_array: _rows_to_array,
    ops.add_containers: same_as_first,
    zero_tangents: _zero_tangents,
}
