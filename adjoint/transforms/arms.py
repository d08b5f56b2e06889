"""Move numbers of the backward half into the arm that alone needs them.

Where the other arm is taken, they are not computed: `tau ** -0.65` raises for a zero, though a
path on which `tau` is a constant carries no derivative.
"""

from __future__ import annotations

from adjoint.ir.core import Function, Op, Region
from adjoint.ir.effects import is_pure
from adjoint.ir.types import is_immutable_number


def sink_into_arms(function: Function) -> None:
    """Move every operation on numbers into the one arm of a branch that uses its result.

    >>> # %0 = f x; if c: yield %0 else: yield y   becomes   if c: %0 = f x; yield %0 else: yield y
    """
    _region(function.body)


def _region(region: Region) -> None:
    for op in reversed(list(region.ops)):
        arm = _only_arm(op) if _is_movable(op) else None
        if arm is not None:
            region.ops.remove(op)
            arm.ops.insert(0, op)
            op.parent = arm
    for op in region.ops:
        for nested in op.regions:
            _region(nested)


def _is_movable(op: Op) -> bool:
    if op.kind != "apply" or not op.backward or not is_pure(op.target) or len(op.results) != 1:
        return False
    return all(is_immutable_number(v.type) for v in [*op.operands, op.result])


def _only_arm(op: Op) -> Region | None:
    """The arm of a branch beside the operation that all users are in; none in a loop in it."""
    arms = {_arm_beside(user, op) for user in op.result.users}
    return arms.pop() if len(arms) == 1 else None


def _arm_beside(user: Op, op: Op) -> Region | None:
    region = user.parent
    while region is not None and region.parent is not None:
        owner = region.parent
        if owner.kind != "if":
            return None
        if owner.parent is op.parent:
            return region
        region = owner.parent
    return None
