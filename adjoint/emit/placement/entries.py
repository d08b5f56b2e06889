"""What a loop's iteration begins with, under a name of its own where it is saved.

`c = f * c + i * g` overwrites the `c` that the backward half needs. With `c_prev = c` before it,
the iteration keeps the user's statements: the new `c` need not be another variable.
"""

from __future__ import annotations

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Value
from adjoint.ir.effects import is_pure, is_update
from adjoint.ir.missing import may_be_missing
from adjoint.ir.types import UNDEFINED


def keep_entries(function: Function) -> None:
    """Name the old state of a carry that is recorded after the user has overwritten it."""
    for loop in list(function.body.walk()):
        if loop.kind in ("for", "while") and loop.stacks and not loop.backward:
            for k in reversed(range(loop.n_carries)):  # each goes to the start of the body
                _keep(loop, k)


def _keep(loop: Op, k: int) -> None:
    carry, following = loop.carries[k], loop.next_carries[k]
    if not carry.name or following is carry or not _is_recorded(carry, loop):
        return
    if loop.inits[k].type == UNDEFINED or may_be_missing(carry):
        return
    if any(user.kind == "apply" and is_update(user.target) for user in carry.users):
        return  # it is written in place, and saved as a copy
    written = _first_write(loop, carry.name)
    if written is None or _recorded_at(loop) <= written:
        return
    old = Op("apply", [carry], [carry.type], target=ops.alias, span=loop.body.ops[written].span)
    old.result.name, old.parent = f"{carry.name}_prev", loop.body
    for user in list(carry.users):
        if _records(user, loop):
            _replace_record(user, carry, old.result, loop)
    loop.body.ops.insert(0, old)


def copy_entries(function: Function) -> None:
    """Write `c_prev = c.copy()` in one line, where a copy had to be made of the old state."""
    for op in function.body.walk():
        made = op.operands[0].op if op.target is np.copy else None
        if made is not None and made.target is ops.alias and list(made.result.users) == [op]:
            op.result.name, made.result.name = op.result.name or made.result.name, ""


def _is_recorded(carry: Value, loop: Op) -> bool:
    return any(_records(user, loop) and carry in _saved(user, loop) for user in carry.users)


def _records(user: Op, loop: Op) -> bool:
    """Does the operation end the iteration, or put a record of it together?"""
    if user is loop.body.terminator:
        return True
    return user.target is ops.make_tuple and any(r is user.result for r in loop.records)


def _saved(user: Op, loop: Op) -> list[Value]:
    return loop.records if user is loop.body.terminator else user.operands


def _replace_record(user: Op, carry: Value, old: Value, loop: Op) -> None:
    operands = list(user.operands)
    first = loop.n_carries if user is loop.body.terminator else 0
    last = len(loop.results) if user is loop.body.terminator else len(operands)
    operands[first:last] = [old if v is carry else v for v in operands[first:last]]
    user.set_operands(operands)


def _first_write(loop: Op, name: str) -> int | None:
    """Where the body first gives the name another value."""
    for k, op in enumerate(loop.body.ops):
        if any(result.name == name for result in op.results):
            return k
    return None


def _recorded_at(loop: Op) -> int:
    """After how many operations all of a record is there."""
    places = {op: k + 1 for k, op in enumerate(loop.body.ops)}

    def place(value: Value) -> int:
        op = value.op
        if isinstance(value, Constant) or op is None or op not in places:
            return 0
        written_inside = (
            op.kind == "apply" and not value.name and len(value.users) == 1 and is_pure(op.target)
        )
        return max(map(place, op.operands), default=0) if written_inside else places[op]

    return max(map(place, loop.records), default=0)
