"""Loops whose iterations are taken where they are reversed: nothing of them is saved.

`for x, y in data: loss += error(x, y)` leaves nothing behind that a gradient needs, and no
iteration needs another one. The backward loop computes what it needs of an iteration first, as a
person does who sums up gradients over data. The forward loop goes away.
"""

from __future__ import annotations

from collections.abc import Callable

from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Value, enclosing_region, free_values, is_inside
from adjoint.ir.effects import is_pure, op_is_pure
from adjoint.transforms.memory.choosing import Sources, can_iterate_again, choose, may_end_early
from adjoint.transforms.memory.rereading import is_overwritten

_CHECKS = (ops.check, ops.fail)


def iterates_independently(function: Function, forward: Op, backward: Op) -> bool:
    """Can each iteration of a loop be computed later, in the iteration that reverses it?

    Iterations have no effects and know nothing of each other. What they read is still there
    then, and nothing but their reverse reads what they compute. Their exceptions are raised later,
    so the program must have no effect that could come in between.
    """
    if forward.kind != "for" or forward.n_carries or "checkpoint" in forward.attrs:
        return False
    if forward.attrs.get("strict") or may_end_early(forward):  # it compares the lengths
        return False
    if not _are_together(forward, backward):
        return False
    if not all(can_iterate_again(forward, element) for element in forward.elements):
        return False
    return _can_wait(function, forward, backward)


def _can_wait(function: Function, forward: Op, backward: Op) -> bool:
    """Does nobody miss what a loop or branch computes before the operation that reverses it?"""
    if any(result.users for result in forward.results):
        return False
    if not all(map(_has_no_effect, function.body.walk())):
        return False
    for region, home in zip(forward.regions, backward.regions, strict=True):
        if any(map(is_overwritten, free_values(region))):
            return False
        values = [*region.params, *(r for op in region.ops for r in op.results)]
        users = (user for value in values for user in value.users)
        if not all(is_inside(u.parent, region) or is_inside(u.parent, home) for u in users):
            return False
    return True


def is_chosen_late(function: Function, forward: Op, backward: Op) -> bool:
    """Can the arms of a branch be taken where they are reversed?"""
    if forward.kind != "if" or not _are_together(forward, backward):
        return False
    return _can_wait(function, forward, backward)


def saves(
    forward: Op, backward: Op, is_free: Callable[[Value], bool], sources: Sources
) -> bool:
    """Would the forward loop have to save anything for its reverse?"""
    body = forward.body
    needed: set[Value] = set()
    for op in backward.body.walk():
        for value in op.operands:
            if not isinstance(value, Constant) and is_inside(enclosing_region(value), body):
                needed.add(value)
    regions = [body]
    for op in body.walk():
        if op.kind in ("for", "while") and any(_is_in(v, op) for v in needed):
            return True
        regions += op.regions
    return bool(choose(needed, regions, is_free, sources))


def take_where_reversed(forward: Op, backward: Op, elements: dict[Value, Value]) -> None:
    """Move the regions of a loop or branch to the start of those that reverse them.

    The reverse of a loop has these `elements`.
    """
    for region, home in zip(forward.regions, backward.regions, strict=True):
        moved = region.ops[:-1]
        for op in moved:
            op.parent = home
        home.ops[:0] = moved
        del region.ops[:-1]
    for old, new in elements.items():
        old.replace_with(new)
    assert forward.parent is not None
    forward.parent.ops.remove(forward)
    forward.drop()


def _are_together(forward: Op, backward: Op) -> bool:
    """Are the two in one region, the forward one not having been dropped as dead?"""
    region = forward.parent
    return region is not None and region is backward.parent and forward in region.ops


def _has_no_effect(op: Op) -> bool:
    if op.kind == "apply":
        return is_pure(op.target) or op.target in _CHECKS or op.backward
    return op.kind != "call" or op_is_pure(op)


def _is_in(value: Value, loop: Op) -> bool:
    return any(is_inside(enclosing_region(value), region) for region in loop.regions)
