"""The size of an array does not change when its elements do.

`len(u)` of an array that a loop writes into is the length that it had before the loop: it need not
be kept for each trip. For the text, the same question is put to the array as it is at that
place, so that no earlier state of it has to be kept apart.
"""

from __future__ import annotations

from collections.abc import Iterator

from adjoint.ir import ops
from adjoint.ir.core import Function, Op, Region, Value, encloses
from adjoint.ir.effects import reads_form
from adjoint.ir.types import Array

_WRITES = (ops.store, ops.index_add)


def sizes_of_first_states(function: Function) -> None:
    """Ask the earliest state of an array for its size.

    >>> # for _ in range(3) carry u.1 = u: %0 = len u.1   becomes   %0 = len u
    """
    for op in list(_questions(function)):
        first = _first(op.operands[0])
        if first is not op.operands[0]:
            op.set_operands([first, *op.operands[1:]])


def sizes_of_latest_states(function: Function) -> None:
    """Ask the state of an array that there is at the place of the question."""
    order = {op: k for k, op in enumerate(function.body.walk())}
    for op in list(_questions(function)):
        value = op.operands[0]
        while True:
            following = next((v for v in _followers(value) if _is_there(v, op, order)), None)
            if following is None:
                break
            value = following
        if value is not op.operands[0]:
            op.set_operands([value, *op.operands[1:]])


def _questions(function: Function) -> Iterator[Op]:
    for op in function.body.walk():
        if op.kind == "apply" and reads_form(op.target) and isinstance(op.operands[0].type, Array):
            yield op


def _first(value: Value) -> Value:
    """The earliest state of the array: before stores, and before loops that store into it."""
    while True:
        op = value.op
        if op is not None and op.kind == "apply" and op.target in _WRITES:
            value = op.operands[0]
            continue
        loop, k = _carried(value)
        if loop is None or not _keeps_its_size(loop, k):
            return value
        value = loop.inits[k]


def _carried(value: Value) -> tuple[Op | None, int]:
    """The loop that carries the value, or whose result it is, and its place there."""
    op = value.op
    if op is not None and op.kind in ("for", "while") and op.results.index(value) < op.n_carries:
        return op, op.results.index(value)
    loop = value.owner.parent if isinstance(value.owner, Region) else None
    if loop is not None and loop.kind in ("for", "while") and value in loop.carries:
        return loop, loop.carries.index(value)
    return None, 0


def _keeps_its_size(loop: Op, k: int) -> bool:
    """Does a trip hand on the array that it was given, with other elements?"""
    carry, value = loop.carries[k], loop.next_carries[k]
    while value is not carry:
        op = value.op
        if op is None:
            return False
        if op.kind == "apply" and op.target in _WRITES:
            value = op.operands[0]
            continue
        inner, j = _carried(value)
        if inner is None or inner is loop or not _keeps_its_size(inner, j):
            return False
        value = inner.inits[j]
    return True


def _followers(value: Value) -> Iterator[Value]:
    """The next states of an array."""
    for user in list(value.users):
        if user.kind == "apply" and user.target in _WRITES and user.operands[0] is value:
            yield user.result
        elif user.kind in ("for", "while"):
            for k, init in enumerate(user.inits):
                if init is value and _keeps_its_size(user, k):
                    yield user.carries[k]
                    yield user.results[k]


def _is_there(value: Value, op: Op, order: dict[Op, int]) -> bool:
    """Has the value been computed, in a region around `op`, when `op` runs?"""
    made = value.op
    region: Region | None = op.parent
    while region is not None:
        if made is None and region is value.owner:
            return True
        if made is not None and region is made.parent:
            inside = encloses(made, op)
            return not inside and order[made] < order[op]
        region = region.parent.parent if region.parent is not None else None
    return False
