"""Signs go where they cost nothing: `g = -h; x += g * y` becomes `x -= h * y`.

One user may keep the sign, where `h` has a name anyway: it writes `-h` itself.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Function, Op, Region, Value
from adjoint.transforms.simplify.rewriting import MULTIPLY, Rewriter

#: Linear in each of their operands, so that a sign goes through.
_PRODUCTS: tuple[Any, ...] = (*MULTIPLY, operator.matmul, np.matmul, np.outer, np.dot)
#: Linear in their first operand.
_LINEAR: tuple[Any, ...] = (
    operator.truediv, np.divide, np.transpose, np.sum, np.expand_dims, np.squeeze, np.reshape,
    operator.getitem,
)  # fmt: skip
_MAX_DEPTH = 4


def sink_signs(function: Function) -> None:
    """Let sums and differences take over the signs of the backward half, where all users can."""
    _region(function.body)


def _region(region: Region) -> None:
    for op in list(region.ops):
        for nested in op.regions:
            _region(nested)
        if op.target is operator.neg and op.backward:
            value, opposite = op.result, op.operands[0]
            depth = 0 if value.name else _MAX_DEPTH  # a name says what sign it has
            turned: list[Op] = []
            if value.users and all(_takes_over(u, value, depth, turned) for u in value.users):
                for user in list(value.users):
                    _turn(user, value, opposite)
            elif _is_variable(opposite) and not value.name:
                able = [u for u in value.users if _takes_over(u, value, depth, [])]
                for user in able if len(value.users) - len(able) == 1 else ():
                    if _takes_over(user, value, depth, []):  # it still can
                        _turn(user, value, opposite)


def _is_variable(value: Value) -> bool:
    """Does the value have a line of its own, whatever its sign?"""
    return value.op is None or bool(value.name) or len(value.users) > 1


def _takes_over(user: Op, value: Value, depth: int, turned: list[Op]) -> bool:
    """Can a user of a value do without its sign? Not one that would get it from two sides."""
    if user in turned:
        return False
    turned.append(user)
    if user.kind != "apply" or not user.backward or user.operands.count(value) != 1:
        return False
    if user.target in (operator.add, operator.sub):
        return user.target is operator.add or user.operands[1] is value
    if user.target is ops.index_add:
        return user.operands[2] is value
    result = user.results[0]
    linear = user.target in _PRODUCTS or user.target in _LINEAR and user.operands[0] is value
    if not linear or depth == 0 or result.name:
        return False
    return bool(result.users) and all(
        _takes_over(u, result, depth - 1, turned) for u in result.users
    )


def _turn(user: Op, value: Value, opposite: Value) -> None:
    """Let the user take `opposite`, which has the other sign, in the place of `value`."""
    if user.target is operator.add:
        a, b = user.operands
        user.target = operator.sub
        user.set_operands([a, opposite] if b is value else [b, opposite])
    elif user.target is operator.sub:
        user.target = operator.add
        user.set_operands([user.operands[0], opposite])
    elif user.target is ops.index_add:
        region = user.parent
        assert region is not None
        negative = Rewriter(region, region.ops.index(user), user)(operator.neg, opposite)
        user.set_operands([*user.operands[:2], negative])
    else:
        if opposite is not value:
            user.replace_operand(value, opposite)
        for each in list(user.result.users):
            _turn(each, user.result, user.result)
