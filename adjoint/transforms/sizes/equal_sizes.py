"""Sizes of arguments that are equal in the call at hand, where the text is simpler if they are.

`dt * kappa * lap` may broadcast a small `kappa`, and then its cotangent is a sum. A person writes
the gradient for arrays of one shape. So does the compiler, for calls in which the sizes are equal.
Each equation is a guard of the program: for a call in which one fails, another is compiled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from adjoint.ir.core import Function, Region, Value, start_of_counter
from adjoint.ir.types import (
    ANY,
    Array,
    Dim,
    List,
    Range,
    Scalar,
    Size,
    Struct,
    Type,
    same_size,
)
from adjoint.transforms.sizes.meetings import length_of
from adjoint.transforms.sizes.unify import meeting_sizes

_MAX_EQUATIONS = 16


@dataclass(frozen=True)
class Measure:
    """How to read a size off an argument: of which one, at which place in it, along which axis."""

    index: int
    path: tuple[Any, ...]
    axis: int | None

    def text(self, value: str) -> str:
        """The size as an expression, of the argument that the text calls `value`."""
        for key in self.path:
            value += f".{key.name}" if isinstance(key, _Field) else f"[{key!r}]"
        if self.axis is None:
            return value
        return f"len({value})" if self.axis < 0 else f"{value}.shape[{self.axis}]"

    def of(self, arguments: Any) -> int:
        """The size in a call with these arguments."""
        value = arguments[self.index]
        for key in self.path:
            value = getattr(value, key.name) if isinstance(key, _Field) else value[key]
        if self.axis is None:
            return int(value)
        return len(value) if self.axis < 0 else int(value.shape[self.axis])


@dataclass(frozen=True)
class _Field:
    name: str


Equation = tuple[Measure, Measure]


def assume_equal_sizes(
    function: Function, parameters: list[Value], arguments: Any
) -> tuple[Equation, ...]:
    """Take sizes that meet, and are equal in this call, for equal ones; returns what must hold."""
    measures: dict[int, Measure] = {}
    for k, parameter in enumerate(parameters):
        for measure, symbol in _measures(parameter.type, Measure(k, (), None)):
            measures.setdefault(symbol, measure)
    found: list[Equation] = []
    while len(found) < _MAX_EQUATIONS:
        pair = next(_candidates(function, measures, arguments), None)
        if pair is None:
            break
        kept, other = sorted(pair)
        found.append((measures[kept], measures[other]))
        _substitute(function, other, _dim_of(parameters, kept))
    if found:
        _align_loops(function)
    return tuple(found)


def _candidates(
    function: Function, measures: Mapping[int, Measure], arguments: Any
) -> Iterator[tuple[int, int]]:
    """Pairs of symbols that meet somewhere, one of which may be 1 as far as is known."""
    for a, b in meeting_sizes(function):
        if isinstance(a, int) or isinstance(b, int) or a.offset != b.offset:
            continue
        if a.symbol != b.symbol and {a.symbol, b.symbol} <= measures.keys():
            sizes = [measures[size.symbol].of(arguments) for size in (a, b)]
            if sizes[0] == sizes[1]:
                yield a.symbol, b.symbol


def _align_loops(function: Function) -> None:
    """Loops over sequences of one length end with all of them."""
    for op in function.body.walk():
        if op.kind == "for" and not op.is_aligned:
            lengths = [length_of(v.type) for v in op.sequences if start_of_counter(v) is None]
            first, *others = [ANY if size is None else size for size in lengths]
            if all(same_size(first, size) for size in others):
                op.attrs["aligned"] = True


def _measures(type_: Type, measure: Measure) -> Iterator[tuple[Measure, int]]:
    match type_:
        case Array(_, dims):
            for axis, size in enumerate(dims):
                if isinstance(size, Dim) and size.symbol:
                    yield replace(measure, axis=axis), size.symbol
        case Scalar("int", Dim() as size) if size.symbol:
            yield measure, size.symbol
        case List(_, Dim() as size) if size.symbol:
            yield replace(measure, axis=-1), size.symbol
        case Struct(kind, items, keys):
            for k, item in enumerate(items):
                step: Any = k
                if keys is not None and not issubclass(kind, tuple):
                    step = keys[k] if kind is dict else _Field(str(keys[k]))
                yield from _measures(item, replace(measure, path=(*measure.path, step)))


def _dim_of(parameters: list[Value], symbol: int) -> Dim:
    """The size with this symbol as it is declared."""
    for parameter in parameters:
        for size in _sizes(parameter.type):
            if isinstance(size, Dim) and size.symbol == symbol:
                return size
    raise KeyError(symbol)


def _sizes(type_: Type) -> Iterator[Size]:
    match type_:
        case Array(_, dims):
            yield from dims
        case Scalar("int", size) if size is not None:
            yield size
        case List(_, size):
            yield size
        case Struct(_, items):
            for item in items:
                yield from _sizes(item)


def _substitute(function: Function, symbol: int, by: Dim) -> None:
    def size(old: Size) -> Size:
        if isinstance(old, int) or old.symbol != symbol:
            return old
        return replace(by, offset=old.offset, not_one=old.not_one or by.not_one and not old.offset)

    def changed(type_: Type) -> Type:
        match type_:
            case Array(_, dims) if dims:
                return replace(type_, dims=tuple(map(size, dims)))
            case Scalar("int", Dim() as old):
                return Scalar("int", size(old))
            case List(element, old):
                return replace(type_, element=changed(element), size=size(old))
            case Range(old):
                return Range(size(old))
            case Struct(kind, items, keys):
                return Struct(kind, tuple(map(changed, items)), keys)
        return type_

    for value in _values(function.body):
        value.type = changed(value.type)


def _values(region: Region) -> Iterator[Value]:
    yield from region.params
    for op in region.walk():
        yield from op.results
        for nested in op.regions:
            yield from nested.params
