"""The cotangents of values: where they are kept, and how contributions are added up.

`Bars` maps a value (and a path into it, for containers of known structure) to its cotangent; a
missing entry *is* zero.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.builder import Builder
from adjoint.ir.core import Constant, Value
from adjoint.ir.indexing import items_of
from adjoint.ir.missing import may_be_missing
from adjoint.ir.types import (
    COMPLEX,
    FLOAT,
    Array,
    List,
    Struct,
    Type,
    holds_single,
    is_differentiable,
    is_loose,
    part_of,
)
from adjoint.rules.staged import fit, is_complex

Path = tuple[int, ...]
Key = tuple[Value, Path]


class Bars:
    """Cotangents in a region: its own, and through it those of the regions around it.

    A container has none of its own, its parts have: `Cotangents.take` puts them together.
    """

    def __init__(self, outer: Bars | None = None):
        self.outer = outer
        self.own: dict[Key, Value] = {}

    def get(self, key: Key) -> Value | None:
        assert not isinstance(part_of(key[0].type, key[1]), Struct), "it would be lost"
        scope: Bars | None = self
        while scope is not None:
            if key in scope.own:
                return scope.own[key]
            scope = scope.outer
        return None


def leaf_paths(type_: Type, prefix: Path = ()) -> Iterator[tuple[Path, Type]]:
    """The differentiable leaves of a type, with the path that leads to each."""
    if isinstance(type_, Struct):
        for k, item in enumerate(type_.items):
            yield from leaf_paths(item, (*prefix, k))
    elif is_differentiable(type_):
        yield prefix, type_


def key_at(type_: Type, position: int) -> Any:
    """The index of item `position` of a container of this type."""
    return type_.keys[position] if isinstance(type_, Struct) and type_.keys else position


def bar_name(value: Value, path: Path = ()) -> str:
    """The name of a cotangent, from what it is the cotangent of."""
    name = value.name
    type_ = value.type
    for k in path:
        key = key_at(type_, k)
        name = (
            key if isinstance(key, str) and key.isidentifier() else f"{name}_{key}" if name else ""
        )
        type_ = part_of(type_, (k,))
    return f"{name}_bar" if name else ""


def name_bar(bar: Value, value: Value, path: Path = ()) -> None:
    """Name a cotangent; that of a temporary is named with it, when its text is written."""
    bar.name = bar_name(value, path)
    bar.of = value if not path else None


class Cotangents:
    """Adds to cotangents and assembles them.

    Attributes
    ----------
    active : the values that have one: they depend on the inputs, and reach the result.
    builder : where the operations go that this takes.
    """

    def __init__(self, active: set[Value], builder: Builder):
        self.active, self.builder = active, builder
        self.has_single = False  # are there arguments of less than double precision?
        self.has_loose = False  # is anything a number on one path and an array on another?
        self.has_calls = False  # are there residuals of calls?

    def add(self, bars: Bars, value: Value, path: Path, contribution: Any) -> None:
        """Add a contribution to the cotangent of `value` (of its part at `path`)."""
        if contribution is None or value not in self.active:
            return
        type_ = part_of(value.type, path)
        if isinstance(type_, Struct):
            for k in range(len(type_.items)):
                self.add(bars, value, (*path, k), self._part(contribution, type_, k))
            return
        if not is_differentiable(type_):
            return
        if isinstance(contribution, list):
            contribution = self.builder.value(contribution)
        if not isinstance(type_, List):
            contribution = self._fitted(contribution, value, path, type_)
        elif isinstance(contribution.type, Struct):
            contribution = self.builder.emit(
                ops.make_list, self._items(contribution), List(type_.element)
            )
        self._accumulate(bars, value, path, contribution, type_)

    def hand_over(self, bars: Bars, value: Value, path: Path, bar: Value) -> None:
        """Add the cotangent of what a region yields `value` as: it has the shape of `value`.

        Where a name is a number on one path and an array on another, its cotangent may have the
        type of an array that `value` is not: then it is fitted.
        """
        if value not in self.active:
            return
        type_ = part_of(value.type, path)
        if is_loose(bar.type) and isinstance(type_, Array) and type_.dims:
            self._accumulate(bars, value, path, bar, type_)
        else:
            self.add(bars, value, path, bar)

    def add_fitted(self, bars: Bars, value: Value, contribution: Any) -> None:
        """Add a contribution that has the shape of `value` by construction."""
        self._accumulate(bars, value, (), self.builder.value(contribution), value.type)

    def _accumulate(
        self, bars: Bars, value: Value, path: Path, contribution: Value, type_: Type
    ) -> None:
        old = bars.get((value, path))
        target = ops.add_containers if isinstance(type_, List) else operator.add
        total = contribution if old is None else self.builder.apply(target, old, contribution)
        self.set(bars, value, path, total)

    def _fitted(self, contribution: Any, value: Value, path: Path, type_: Type) -> Value:
        like = value if not path else _Part(type_, value, path, self.builder)
        return self.builder.value(fit(contribution, like))

    def _items(self, value: Value) -> list[Value]:
        found = items_of(value)
        if found:
            return found
        assert isinstance(value.type, Struct)
        return [
            self.builder.apply(operator.getitem, value, k) for k in range(len(value.type.items))
        ]

    def _part(self, contribution: Any, type_: Struct, k: int) -> Any:
        if isinstance(contribution, list):
            return contribution[k]
        items = items_of(contribution)
        if items is not None:
            return items[k]
        return self.builder.apply(operator.getitem, contribution, key_at(type_, k))

    def set(self, bars: Bars, value: Value, path: Path, bar: Value) -> None:
        if not bar.name and not isinstance(bar, Constant) and bar.op is not None:
            name_bar(bar, value, path)
        bars.own[value, path] = bar

    def move(self, bars: Bars, source: Value, at: Path, target: Value, to: Path) -> None:
        """Hand the cotangents of a part of `source` to a part of `target`."""
        for path, _ in leaf_paths(part_of(source.type, at)):
            bar = bars.get((source, (*at, *path)))
            if bar is not None:
                self.add(bars, target, (*to, *path), bar)

    def take(self, bars: Bars, value: Value) -> Any:
        """The whole cotangent of `value`: None where it is zero, a container with zeros in it."""
        if not isinstance(value.type, Struct):
            return bars.get((value, ()))
        if all(bars.get((value, p)) is None for p, _ in leaf_paths(value.type)):
            return None
        return self._assemble(bars, value, (), value.type)

    def _assemble(self, bars: Bars, value: Value, path: Path, type_: Type) -> Value:
        if isinstance(type_, Struct):
            items = [self._assemble(bars, value, (*path, k), t) for k, t in enumerate(type_.items)]
            return self.builder.make(type_, items)
        bar = bars.get((value, path))
        return self._zero_at(value, path) if bar is None else self.as_number(bar, type_)

    def as_argument(self, bar: Value, type_: Type) -> Value:
        """The cotangent of an argument in the argument's own precision.

        A number on one path is double beside a single array on another, and so may be whatever is
        computed from them.
        """
        if self.has_loose and isinstance(type_, Array) and holds_single(type_) and type_.dims:
            return self.builder.apply(np.asarray, bar, dtype=Constant(type_.dtype))
        return self.as_number(bar, type_)

    def as_number(self, bar: Value, type_: Type) -> Value:
        """The cotangent of a Python float, which single precision has not made one.

        The result of a branch or loop is typed as the value that it is the cotangent of, though it
        may be single on some path; so is whatever is computed from it.
        """
        single = isinstance(bar.type, Array) and bar.type.dtype != np.float64
        may_be = self.has_single and not isinstance(bar, Constant)
        if type_ == FLOAT and (single or may_be):
            return self.builder.apply(float, bar)
        if type_ == COMPLEX and not is_complex(bar):
            return self.builder.apply(complex, bar)
        return bar

    def at(self, value: Value, path: Path) -> Value:
        """The part of a container that the path leads to."""
        for k in path:
            value = self.builder.apply(operator.getitem, value, key_at(value.type, k))
        return value

    def or_zero(self, bars: Bars, value: Value, path: Path = ()) -> Value:
        """The cotangent, also where it is zero: an accumulator, or what a region passes on."""
        bar = bars.get((value, path))
        return self._zero_at(value, path) if bar is None else bar

    def _zero_at(self, value: Value, path: Path) -> Value:
        """The zero cotangent of a part.

        Raises
        ------
        UnsupportedError : residuals of a call have no parts in the arm that does not call.
        """
        if path and self.has_calls and may_be_missing(value):
            raise UnsupportedError(
                "the residuals of a call are differentiated, which is in one arm of a branch"
            )
        return self.zero(self.at(value, path))

    def zero(self, like: Value) -> Value:
        return self.builder.emit(ops.zero, [like], like.type)


class _Part(Value):
    """Stands for a part of a container where a rule asks for its type or shape."""

    __slots__ = ("base", "path", "builder")

    def __init__(self, type_: Type, base: Value, path: Path, builder: Builder):
        super().__init__(type_)
        self.base, self.path, self.builder = base, path, builder

    @property
    def shape(self) -> Any:
        value: Any = self.base
        for k in self.path:
            value = self.builder.apply(operator.getitem, value, key_at(value.type, k))
        return value.shape
