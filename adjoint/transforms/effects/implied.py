"""Drop the operations that stay for an exception which something else raises as well."""

from __future__ import annotations

import math
import operator
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Region, Value
from adjoint.ir.mismatches import Equation, equations_of
from adjoint.ir.types import Array, Scalar, same_size
from adjoint.transforms.effects.dce import Liveness, find_live
from adjoint.transforms.effects.raising import Raising, is_primal
from adjoint.transforms.simplify.cse import operand_key
from adjoint.transforms.sizes.agreement import Agreement

_DIVISIONS = (operator.truediv, operator.floordiv, operator.mod, divmod)
_TRIGONOMETRIC = (math.sin, math.cos, math.tan)
_HYPERBOLIC = (math.sinh, math.cosh)
_INVERSES = (np.linalg.inv, np.linalg.solve)
#: What raises as the key does, of the same first operand.
_AS_WELL: dict[Any, tuple[Any, ...]] = {
    **dict.fromkeys(_TRIGONOMETRIC, _TRIGONOMETRIC),
    **dict.fromkeys(_HYPERBOLIC, _HYPERBOLIC),
    **dict.fromkeys(_INVERSES, _INVERSES),
    **dict.fromkeys((np.linalg.det, np.linalg.slogdet), (np.linalg.det, *_INVERSES)),
}
_MAX_DEPTH = 8


def drop_implied_errors(function: Function) -> None:
    """Mark what dead code elimination may drop after all, and check the sizes that it has left.

    An operation that raises in the place of another one stays from now on.
    """
    live, raising = find_live(function), Raising(function)
    implied = _Implied(function, live)
    for equation, op in reversed(function.attrs.pop("equations", [])):
        if implied.learn(equation, function.body):
            raising.check(equation, op, function.body, 0)
    for op in list(function.body.walk()):
        if op.kind != "apply" or op in live.ops or not raising.must_stay(op):
            continue
        other = implied.by(op)
        if other is not None:
            other.attrs["raises"] = True
            op.attrs["implied"] = True
        elif is_primal(op) and raising.is_checkable(op):
            assert op.parent is not None
            for equation in equations_of(op) or ():
                if implied.learn(equation, op.parent):
                    raising.check(equation, op, op.parent, op.parent.ops.index(op))
            op.attrs["implied"] = True


class _Implied:
    """The operations that run in any case, by what they raise for."""

    def __init__(self, function: Function, live: Liveness):
        self.running: dict[Any, list[Op]] = defaultdict(list)
        self.agreement = Agreement()
        for op in function.body.walk():
            if op not in live.ops or op.kind != "apply":
                continue
            for key in _keys(op):
                self.running[key].append(op)
            assert op.parent is not None
            self.agreement.learn(op, _mirrored(op.parent) or op.parent)

    def by(self, op: Op) -> Op | None:
        """A running operation that raises where `op` does."""
        for key in _keys(op):
            for other in self.running.get(key, ()):
                if other is not op and _raises_for(op, other) and _runs_with(other, op):
                    return other
        return None

    def learn(self, equation: Equation, region: Region) -> bool:
        """Is this equation new where the region runs? From now on it is checked there."""
        if self.agreement.holds(equation, list(_around(region))):
            return False
        self.agreement.known[region].append(equation)
        return True


def _around(region: Region | None) -> Iterator[Region]:
    while region is not None:
        yield region
        region = region.parent.parent if region.parent is not None else None


def _keys(op: Op) -> list[Any]:
    """The key of an operation: a group of callables that raise for the same operand."""
    if op.target in _DIVISIONS:
        return ["division"]
    if op.target in (operator.getitem, ops.index_add, ops.store):
        return ["position"]
    try:
        return [op.target, *_AS_WELL.get(op.target, ())]
    except TypeError:
        return []


def _raises_for(op: Op, other: Op) -> bool:
    """Does `other`, if it runs, raise where `op` does?"""
    if op.target in _DIVISIONS and other.target in _DIVISIONS:
        numbers = all(isinstance(v.type, Scalar) for v in other.operands)
        return numbers and _same(op.operands[1], other.operands[1])
    place = _position(op)
    if place is not None:
        return place_matches(place, _position(other))
    if other.target in _AS_WELL.get(op.target, ()):
        return _same(op.operands[0], other.operands[0])
    return (
        op.target is other.target
        and len(op.operands) == len(other.operands)
        and all(map(_same, op.operands, other.operands))
    )


def _position(op: Op) -> tuple[Value, Value] | None:
    """An array and an index that are used together."""
    if op.target is operator.getitem or op.target is ops.index_add:
        return op.operands[0], op.operands[1]
    if op.target is ops.store and isinstance(op.operands[2], Constant):
        path = op.operands[2].value
        if len(path) == 1 and path[0][0] is operator.getitem:
            return op.operands[0], op.operands[3]
    return None


def place_matches(place: tuple[Value, Value], other: tuple[Value, Value] | None) -> bool:
    """Is this the same index, into an array of the same shape?"""
    if other is None or not _same(place[1], other[1]):
        return False
    a, b = _shaped_as(place[0]), _shaped_as(other[0])
    return a is b or _have_one_shape(a, b)


def _have_one_shape(a: Value, b: Value) -> bool:
    """Have two arrays the same sizes by their types, whatever the program is given?"""
    if not isinstance(a.type, Array) or not isinstance(b.type, Array):
        return False
    if a.type.loose or b.type.loose or len(a.type.dims) != len(b.type.dims):
        return False
    return bool(a.type.dims) and all(map(same_size, a.type.dims, b.type.dims))


def _shaped_as(value: Value) -> Value:
    """The first array that has the shape of this one for certain: before writes, of zeros."""
    while value.op is not None and value.op.target in (
        ops.zero, np.zeros_like, ops.index_add, ops.store, np.copy,
    ):  # fmt: skip
        value = value.op.operands[0]
    op, region = value.op, value.owner if isinstance(value.owner, Region) else None
    loop = region.parent if region is not None else op
    if loop is not None and loop.kind in ("for", "while"):
        values = loop.carries if region is not None else loop.results
        if value in values and values.index(value) < loop.n_carries:
            k = values.index(value)
            if _leads_to(loop.next_carries[k], loop.carries[k]):
                return _shaped_as(loop.inits[k])
    return value


def _leads_to(value: Value, carry: Value) -> bool:
    while value is not carry:
        if value.op is None or value.op.target not in (ops.index_add, ops.store):
            return False
        value = value.op.operands[0]
    return True


def _runs_with(other: Op, op: Op) -> bool:
    """Does `other` run whenever `op` does: beside it, around it, or in the reverse of that?"""
    home = other.parent
    assert home is not None
    return any(r is home or r is _mirrored(home) for r in _around(op.parent))


def _mirrored(region: Region) -> Region | None:
    """The region of the program that a region of the backward half is the reverse of."""
    owner = region.parent
    mirror = owner.attrs.get("reverse_of") if owner is not None else None
    if owner is None or mirror is None:
        return None
    arm = owner.regions.index(region) if owner.kind == "if" else -1
    return mirror.regions[arm]


def _same(a: Value, b: Value, depth: int = _MAX_DEPTH) -> bool:
    """Are the two certainly the same number: one of them perhaps saved, or computed again?"""
    a, b = _source(a), _source(b)
    if a is b:
        return True
    if isinstance(a, Constant) or isinstance(b, Constant):
        both = isinstance(a, Constant) and isinstance(b, Constant)
        return both and operand_key(a) == operand_key(b)
    if depth == 0 or a.op is None or b.op is None or a.op.kind != "apply":
        return False
    return (
        a.op.target is b.op.target
        and len(a.op.results) == len(b.op.results) == 1
        and len(a.op.operands) == len(b.op.operands)
        and all(_same(x, y, depth - 1) for x, y in zip(a.op.operands, b.op.operands, strict=True))
    )


def _source(value: Value) -> Value:
    """The value of the forward loop that an element of its reverse loop stands for."""
    region = value.owner if isinstance(value.owner, Region) else None
    loop = region.parent if region is not None else None
    mirror = loop.attrs.get("reverse_of") if loop is not None else None
    if loop is None or mirror is None or value not in loop.elements:
        return value
    sequence = loop.sequences[loop.elements.index(value)]
    if sequence in mirror.stacks:
        return _source(mirror.records[mirror.stacks.index(sequence)])
    for own, element in zip(mirror.sequences, mirror.elements, strict=True):
        if _same(own, sequence):
            return element
    return value
