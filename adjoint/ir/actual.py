"""The types that a value may have at run time, where its type stands for several.

Where an integer meets a float, as `s = 1` does before a loop with `s = s * x`, the type is that of
the float. A question about the type has several answers then, a buffer of integers cuts off the
fraction of what is written into it, and a factor 1.0 is what makes a cotangent a float.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Iterator, Sequence
from dataclasses import replace

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Region, Value
from adjoint.ir.infer import infer, is_elementwise
from adjoint.ir.types import Array, List, Scalar, Struct, Type, Undefined

#: What makes a container of its operands, or of other containers.
_COLLECTING = (*ops.CONTAINERS, ops.append, ops.join_lists, ops.repeat_list, ops.reverse_list)
_MOST_COMBINATIONS = 16
_DEEPEST = 300

Types = dict[object, Type]


def actual_types(value: Value) -> list[Type]:
    """The types of numbers and arrays that there may be in place of a value."""
    return [*_types(value, {}, _DEEPEST).values()]


def may_be_integer(value: Value) -> bool:
    """May there be an integer, or integers, in place of these floats when the program runs?"""
    return any(map(is_integer, actual_types(value)))


def is_integer(type_: Type) -> bool:
    """Are these whole numbers, or truth values?"""
    if isinstance(type_, Scalar):
        return type_.kind in ("int", "bool")
    return isinstance(type_, Array) and type_.dtype.kind in "iub"


def _types(value: Value, memo: dict[Value, Types], depth: int) -> Types:
    if value in memo:
        return memo[value]
    memo[value] = _only(value.type)  # as long as it depends on itself
    op = value.op
    if depth > 0 and not isinstance(value, Constant):
        if op is not None and op.kind == "apply" and not _passes_on(op):
            memo[value] = _of_result(op, memo, depth - 1)
        else:
            found: Types = {}
            for source in _sources(value):
                found.update(_types(source, memo, depth - 1))
            memo[value] = found or memo[value]
    return memo[value]


def _only(type_: Type) -> Types:
    return {_kind(each): each for each in _numbers(type_)}


def _numbers(type_: Type) -> Iterator[Type]:
    """The types of the numbers and arrays that a value is, or holds."""
    match type_:
        case Struct(_, items):
            for item in items:
                yield from _numbers(item)
        case List(element):
            yield from _numbers(element)
        case Undefined():
            pass
        case _:
            yield type_


def _kind(type_: Type) -> object:
    """A type without sizes."""
    return (type_.dtype, type_.scalar) if isinstance(type_, Array) else type_


def _passes_on(op: Op) -> bool:
    """Is the result an item of a container, or a container of the operands?"""
    if op.target is operator.getitem:
        return isinstance(op.operands[0].type, (Struct, List))
    return op.target in _COLLECTING


def _of_result(op: Op, memo: dict[Value, Types], depth: int) -> Types:
    """The types of a result, for all types that the operands may have."""
    if is_elementwise(op.target) and any(map(_is_float_for_certain, op.operands)):
        return _only(op.results[0].type)
    n, found = len(op.operands) - len(op.keywords), {}
    for given in _combinations(op.operands, memo, depth):
        named = dict(zip(op.keywords, given[n:], strict=True))
        try:
            found.update(_only(infer(op.target, given[:n], named)))
        except UnsupportedError:
            found.update(_only(op.results[0].type))
    return found or _only(op.results[0].type)


def combinations(operands: Sequence[Value]) -> Iterator[list[Value]]:
    """Operands of the types that there may be in their places; none where each has just one."""
    return _combinations(operands, {}, _DEEPEST)


def _combinations(
    operands: Sequence[Value], memo: dict[Value, Types], depth: int
) -> Iterator[list[Value]]:
    variants = [_variants(v, memo, depth) for v in operands]
    if 1 < math.prod(map(len, variants)) <= _MOST_COMBINATIONS:
        for types in itertools.product(*variants):
            yield [
                v if type_ is v.type else Value(type_)
                for v, type_ in zip(operands, types, strict=True)
            ]


def _variants(value: Value, memo: dict[Value, Types], depth: int) -> list[Type]:
    """The types that an operand may have, a list of known items included."""
    type_, op = value.type, value.op
    if isinstance(type_, (Scalar, Array)):
        return [*_types(value, memo, depth).values()]
    if isinstance(type_, Struct) and op is not None and op.target in ops.CONTAINERS and depth > 0:
        items = [_variants(v, memo, depth - 1) for v in op.operands[ops.CONTAINERS[op.target] :]]
        if 1 < math.prod(map(len, items)) <= _MOST_COMBINATIONS:
            return [replace(type_, items=each) for each in itertools.product(*items)]
    return [type_]


def _is_float_for_certain(value: Value) -> bool:
    """Is this a literal or an argument with a fraction, beside which any result has one?"""
    region = value.owner
    argument = isinstance(region, Region) and region.parent is None and value not in region.entries
    return (argument or isinstance(value, Constant)) and not is_integer(value.type)


def _sources(value: Value) -> Iterator[Value]:
    """The values that a value may be: those of a branch's arms, the items of a list."""
    op, region = value.op, value.owner
    if op is None:
        if not isinstance(region, Region):
            return
        loop = region.parent
        if value in region.entries:  # the loop is being lowered
            yield from (Value(region.entries[value]), Value(value.type))
        elif loop is None or loop.kind not in ("for", "while"):
            return
        elif value in loop.carries:
            yield from _carried(loop, loop.carries.index(value))
        elif value in loop.elements:
            yield loop.sequences[loop.elements.index(value)]
    elif op.target is operator.getitem:
        base, index = op.operands
        made = base.op
        known = isinstance(base.type, Struct) and isinstance(index, Constant)
        if known and made is not None and made.target in ops.CONTAINERS:
            position = base.type.position(index.value)  # type: ignore[attr-defined]
            yield made.operands[ops.CONTAINERS[made.target] + position]
        elif known:
            yield Value(value.type)
        else:
            yield base
    elif op.kind == "apply":
        yield from (v for v in op.operands if not isinstance(v.type, Undefined))
    elif op.kind == "call":
        yield op.attrs["function"].results[op.results.index(value)]
    elif op.kind == "if":
        yield from (region.yields[op.results.index(value)] for region in op.regions)
    elif op.kind in ("for", "while"):
        position = op.results.index(value)
        if position < op.n_carries:
            yield from _carried(op, position)
        else:
            yield op.records[position - op.n_carries]


def _carried(loop: Op, position: int) -> Iterator[Value]:
    yield from (loop.inits[position], loop.next_carries[position])


__all__ = ["actual_types", "combinations", "is_integer", "may_be_integer"]
