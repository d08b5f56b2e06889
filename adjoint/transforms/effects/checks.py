"""Checks that a name has a value, where the program does not make them anyway."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence

from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Region, Value
from adjoint.ir.missing import may_be_missing
from adjoint.ir.types import BOOL, INT, Struct

#: Operations that stop with an error when an operand is None.
_STRICT = {
    operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.matmul,
    operator.neg, operator.lt, operator.le, operator.gt, operator.ge, operator.getitem,
}  # fmt: skip


def simplify_checks(function: Function) -> None:
    """Drop the checks of what is certain; of what a loop assigns, ask whether it has items."""
    for region, op, value in _checks(function.body):
        sequence = _runs_over(value)
        if not may_be_missing(value):
            _drop(region, op)
        elif sequence is not None:
            _ask_for_items(region, op, sequence)


def drop_implied_checks(function: Function) -> None:
    """Drop the checks that the operations behind them make."""
    for region, op, value in _checks(function.body):
        stops = _stops_at_none(value, region.ops[region.ops.index(op) + 1 :])
        if stops and not _has_older_value(function, value):
            _drop(region, op)


def _checks(region: Region) -> Iterator[tuple[Region, Op, Value]]:
    """Every check that a value is not None, with its region."""
    for op in list(region.ops):
        for nested in op.regions:
            yield from _checks(nested)
        value = _checked(op)
        if value is not None:
            yield region, op, value


def _checked(op: Op) -> Value | None:
    """The value of which the operation checks that it is not None."""
    condition = op.operands[0].op if op.target is ops.check else None
    if condition is None or condition.target is not operator.is_not:
        return None
    value, other = condition.operands
    return value if isinstance(other, Constant) and other.value is None else None


def _stops_at_none(value: Value, later: Sequence[Op]) -> bool:
    return any(
        op.kind == "apply" and op.target in _STRICT and value in op.operands and _stays(op)
        for op in later
    )


def _has_older_value(function: Function, value: Value) -> bool:
    """Does the variable of this name hold another value, where the value is missing (`del`)?"""
    if not value.name:
        return True
    inside = value.op

    def others(region: Region) -> Iterator[Value]:
        yield from region.params
        for op in region.ops:
            yield from op.results
            for nested in op.regions if op is not inside else ():
                yield from others(nested)

    return any(v.name == value.name and v is not value for v in others(function.body))


def _stays(op: Op) -> bool:
    """Does the region need the result itself? What only an arm needs may be computed there."""
    users = [u for u in op.result.users if u.parent is op.parent and u.kind != "if"]
    return any(u.kind != "apply" or len(u.results) == 1 and _stays(u) for u in users)


def _runs_over(value: Value) -> Value | None:
    """The iterable of a loop that assigns the value in every iteration, and nothing else does."""
    loop = value.op
    if loop is None or loop.kind != "for" or loop.n_sequences != 1:
        return None
    position = loop.results.index(value)
    if position >= loop.n_carries or may_be_missing(loop.next_carries[position]):
        return None
    before = loop.inits[position]  # there may be a value also where the loop has no items
    return loop.sequences[0] if isinstance(before, Constant) and may_be_missing(before) else None


def _ask_for_items(region: Region, check: Op, sequence: Value) -> None:
    """Check that the sequence is not empty, in place of the value that its loop leaves."""
    made = sequence.op
    if isinstance(sequence, Constant):
        count: Value = Constant(len(sequence.value))
    elif isinstance(sequence.type, Struct):
        count = Constant(len(sequence.type.items))
    elif made is not None and made.target is range and len(made.operands) == 1:
        count = made.operands[0]
    else:
        count = _insert(region, check, Op("apply", [sequence], [INT], target=len))
    if isinstance(count, Constant):
        if count.value > 0:
            _drop(region, check)
        return
    some = _insert(region, check, Op("apply", [count, Constant(0)], [BOOL], target=operator.gt))
    check.set_operands([some, *check.operands[1:]])


def _insert(region: Region, before: Op, op: Op) -> Value:
    op.span, op.backward, op.parent = before.span, before.backward, region
    region.ops.insert(region.ops.index(before), op)
    return op.result


def _drop(region: Region, op: Op) -> None:
    region.ops.remove(op)
    op.drop()
