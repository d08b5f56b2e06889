"""Numbers and items that both halves need: each half computes or reads them where it uses them.

`0.5 * dt` in the middle of a statement costs less to compute again than to read in a text in which
it has a line and a name of its own. The forward half stays as the user wrote it.
"""

from __future__ import annotations

import operator
from collections import Counter

import numpy as np

from adjoint.emit.memory.liveness import seed_position
from adjoint.ir.core import Constant, Function, Op, Value, clone_op
from adjoint.ir.effects import is_cheap
from adjoint.ir.raising import errors_of_op
from adjoint.ir.types import Struct, is_rank0

#: Operations behind each other that are computed again; the text of longer chains would be long.
DEPTH = 8


def compute_again(function: Function) -> None:
    """Give the backward half its own copies of cheap operations of the forward half."""
    if function.attrs.get("interleaved"):
        return
    work = _Again(function)
    for op in list(function.body.ops):
        if work.may_repeat(op):
            work.repeat(op.result)


class _Again:
    def __init__(self, function: Function):
        self.function = function
        self.is_pullback = seed_position(function) is not None
        values = [*function.params]
        for op in function.body.walk():
            values += op.results
            for region in op.regions:
                values += region.params
        #: How many values have each name: a variable with one value is there to the end.
        self.names = Counter(v.name for v in values if v.name)

    def may_repeat(self, op: Op, depth: int = DEPTH) -> bool:
        """Is this a cheap operation that the user has not given a line of its own?

        So are the operations that it is computed from, no more than `depth` behind each other.
        """
        if depth == 0 or op.kind != "apply" or op.backward or len(op.results) != 1:
            return False
        if is_item(op):
            base = op.operands[0]
            if base.op is not None and base.op.target is np.shape:
                return all(self._is_there(v, depth) for v in base.op.operands)
            return base in self.function.params and not self.is_pullback
        if op.result.name or not is_rank0(op.result.type) or op.target is operator.getitem:
            return False
        if op.target is len and self.is_pullback:
            return False  # the caller may have changed a list since
        return _is_cheap(op) and all(self._is_there(v, depth) for v in op.operands)

    def _is_there(self, value: Value, depth: int) -> bool:
        if isinstance(value, Constant):
            return True
        if value.name:
            return self.names[value.name] == 1
        return value.op is not None and self.may_repeat(value.op, depth - 1)

    def repeat(self, value: Value) -> Value | None:
        """Let the backward half use a copy, made just before it is used first."""
        op = value.op
        assert op is not None
        users = [user for user in value.users if _is_late(user)]
        body = self.function.body
        moves = len(users) == len(value.users)  # the forward half does not need it
        if op.parent is not body or not users or moves and errors_of_op(op):
            return None
        place = min(body.ops.index(_at_top(user, self.function)) for user in users)
        copy = clone_op(op, {})
        copy.backward, copy.parent = True, body
        copy.span = body.ops[place].span
        body.ops.insert(place, copy)
        for user in users:
            user.replace_operand(value, copy.result)
        if moves:
            body.ops.remove(op)
            op.drop()
        for operand in list(copy.operands):
            if operand.op is not None and self.may_repeat(operand.op):
                self.repeat(operand)
        return copy.result


def _is_late(op: Op) -> bool:
    """Is the operation written in the backward half, by itself or inside of its only reader?"""
    if op.backward or op.kind != "apply" or len(op.results) != 1 or op.result.name:
        return op.backward
    return sum(op.result.users.values()) == 1 and all(map(_is_late, op.result.users))


def _is_cheap(op: Op) -> bool:
    """Is this what a reader computes in passing: an operation of numbers, or a small power?"""
    if not all(isinstance(v, Constant) or is_rank0(v.type) for v in op.operands):
        return op.target in (len, np.size)
    if op.target is operator.pow:
        exponent = op.operands[1]
        return isinstance(exponent, Constant) and exponent.value in (2, 3)
    return is_cheap(op)


def is_item(op: Op) -> bool:
    """Is this an item of a container whose items are known, which the user has not named?"""
    if op.target is not operator.getitem or not isinstance(op.operands[0].type, Struct):
        return False
    unnamed = not op.result.name or bool(op.attrs.get("item"))
    return unnamed and isinstance(op.operands[1], Constant)


def _at_top(op: Op, function: Function) -> Op:
    """The operation of the function's body that holds an operation."""
    while op.parent is not function.body:
        assert op.parent is not None and op.parent.parent is not None
        op = op.parent.parent
    return op
