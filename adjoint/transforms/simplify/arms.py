"""Operations of the backward half move into the arm of a branch that alone uses their result.

Where the other arm is taken they are not computed: `tau ** -0.65` raises for a zero, and so does
the tangent `x_dot / (2 * n)`, though a path on which `tau` is a constant carries no derivative.
"""

from __future__ import annotations

from adjoint.ir.core import Function, Op, Region
from adjoint.ir.effects import is_pure
from adjoint.ir.types import is_immutable_number
from adjoint.rules.singular import may_raise


def sink_numbers(function: Function) -> None:
    """Move every operation on numbers into the one arm of a branch that uses its result.

    >>> # %0 = f x; if c: yield %0 else: yield y   becomes   if c: %0 = f x; yield %0 else: yield y
    """
    _sink_numbers(function.body)


def _sink_numbers(region: Region) -> None:
    for op in reversed(list(region.ops)):
        if _is_of_numbers(op):
            _sink(op, region)
    for op in region.ops:
        for nested in op.regions:
            _sink_numbers(nested)


def _is_of_numbers(op: Op) -> bool:
    if op.kind != "apply" or not op.backward or not is_pure(op.target) or len(op.results) != 1:
        return False
    return all(is_immutable_number(v.type) for v in [*op.operands, op.result])


def sink_tangents(region: Region) -> None:
    """Move tangents whose computation may raise into the only arm that uses them."""
    risky: set[Op] = set()
    for op in region.ops:
        if op.kind == "apply" and op.backward and len(op.results) == 1:
            if may_raise(op) or any(v.op in risky for v in op.operands):
                risky.add(op)
        for inner in op.regions:
            sink_tangents(inner)
    for op in reversed(list(region.ops)):
        if op in risky:
            _sink(op, region)


def _sink(op: Op, region: Region) -> None:
    """Move an operation to the beginning of the arm that alone uses it, if there is one."""
    arms = {_arm_beside(user, op) for user in op.result.users}
    arm = arms.pop() if len(arms) == 1 else None
    if arm is not None:
        region.ops.remove(op)
        arm.ops.insert(0, op)
        op.parent = arm


def _arm_beside(user: Op, op: Op) -> Region | None:
    """The arm, of a branch beside the operation, that a user is in; none for a loop in it."""
    region = user.parent
    while region is not None and region.parent is not None:
        owner = region.parent
        if owner.kind != "if":
            return None
        if owner.parent is op.parent:
            return region
        region = owner.parent
    return None
