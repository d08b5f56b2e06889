"""Tangents of values: a tree for a container, so that a part without one costs nothing.

A tangent is `None` (zero), an IR value of the primal's type, or for a container of known structure
a list with the tangents of its items.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.builder import Builder
from adjoint.ir.core import Constant, Value
from adjoint.ir.indexing import items_of
from adjoint.ir.types import (
    Array,
    List,
    Scalar,
    Struct,
    Type,
    Undefined,
    is_differentiable,
)
from adjoint.runtime.containers import zero_tangents
from adjoint.runtime.records import carries

Tangent = Any  # None | Value | list[Tangent]


class Tangents:
    """The tangents that are known so far, and how they are put together.

    The `suffix` tells the name of a tangent from that of its primal.
    """

    def __init__(self, builder: Builder, suffix: str = "_dot"):
        self.builder, self.suffix = builder, suffix
        self.known: dict[Value, Tangent] = {}

    def name(self, value: Value) -> str:
        return tangent_name(value, self.suffix)

    def get(self, value: Value) -> Tangent:
        return self.known.get(value)

    def set(self, value: Value, tangent: Tangent) -> None:
        if is_zero(tangent):
            return
        self.known[value] = tangent
        name = self.name(value)
        if isinstance(tangent, Value) and not tangent.name and tangent.op is not None:
            tangent.name = name

    def part(self, tangent: Tangent, type_: Struct, position: int) -> Tangent:
        """The tangent of one item of a container."""
        if tangent is None:
            return None
        if isinstance(tangent, list):
            return tangent[position]
        if not is_differentiable(type_.items[position]):
            return None
        items = items_of(tangent)
        if items is not None:
            return items[position]
        return self.builder.apply(operator.getitem, tangent, key_at(type_, position))

    def whole(self, value: Value, wanted: Type | None = None) -> Value:
        """The tangent as one value, with zeros where there is none.

        They are floats where a name `wanted` for floats has integers in the beginning.
        """
        if self.get(value) is None and wanted is not None and is_differentiable(wanted):
            if isinstance(value.type, Scalar):
                return Constant(0.0)
            if isinstance(value.type, Array) and not is_differentiable(value.type):
                return self.builder.apply(np.zeros_like, value, dtype=Constant(np.dtype(float)))
        return self.assembled(self.get(value), value)

    def assembled(self, tangent: Tangent, like: Value) -> Value:
        if isinstance(tangent, Value):
            return tangent
        if tangent is None and not (
            isinstance(like.type, Struct) and is_differentiable(like.type)
        ):
            return self.zero(like)
        assert isinstance(like.type, Struct)
        items = [
            self.assembled(self.part(tangent, like.type, k), item)
            for k, item in enumerate(self.items(like))
        ]
        return self.builder.make(like.type, items)

    def items(self, value: Value) -> list[Value]:
        """The items of a container of known structure."""
        assert isinstance(value.type, Struct)
        return items_of(value) or [
            self.builder.apply(operator.getitem, value, key_at(value.type, k))
            for k in range(len(value.type.items))
        ]

    def zero(self, like: Value) -> Value:
        """The zero tangent of a value; of what is not assigned, that it is not assigned."""
        type_ = like.type
        if isinstance(type_, Undefined):
            return like
        if isinstance(type_, List):
            if like.op is not None and like.op.target is ops.make_list and not like.op.operands:
                return self.builder.emit(ops.make_list, [], type_)
            return self.builder.apply(zero_tangents, like)
        if is_differentiable(type_):
            return self.builder.emit(ops.zero, [like], type_)
        if isinstance(type_, Scalar):
            return Constant({"bool": False, "int": 0}[type_.kind])
        if isinstance(type_, Array):
            return self.builder.apply(np.zeros_like, like)
        if isinstance(type_, Struct) and type_.kind in (list, tuple):  # of whole numbers
            return self.builder.make(type_, [self.zero(item) for item in self.items(like)])
        return like

    def entering(self, tangent: Value, type_: Type) -> Tangent:
        """The tangent of a parameter, taken apart."""
        if not isinstance(type_, Struct):
            return tangent if is_differentiable(type_) else None
        names = type_.keys or range(len(type_.items))
        parts: list[Tangent] = []
        for k, (name, item) in enumerate(zip(names, type_.items, strict=True)):
            if not is_differentiable(item) or not carries(type_.kind, name):
                parts.append(None)
                continue
            part = self.builder.apply(operator.getitem, tangent, key_at(type_, k))
            parts.append(self.entering(part, item))
        return parts


def is_zero(tangent: Tangent) -> bool:
    return tangent is None or isinstance(tangent, list) and all(map(is_zero, tangent))


def key_at(type_: Struct, position: int) -> Any:
    """The index of item `position` of a container of this type."""
    return type_.keys[position] if type_.keys else position


def tangent_name(value: Value, suffix: str = "_dot") -> str:
    return f"{value.name}{suffix}" if value.name else ""
