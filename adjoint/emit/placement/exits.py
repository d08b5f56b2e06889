"""Exits of loops, in the form that the user wrote: which branch ends in `break` or `continue`."""

from __future__ import annotations

import operator

from adjoint.emit.placement.nesting import is_expression
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Region, Value


class Exits:
    """Finds the branches that leave.

    Attributes
    ----------
    nested : operations whose text stands inside that of their user.
    places : for a loop, after how many operations of its body each record is appended.
    """

    def __init__(self, nested: set[Op], places: dict[Op, list[int]]):
        self.nested, self.places = nested, places

    def flags(self, flag: Value) -> list[Value]:
        """The loop ends when one of these is true."""
        op = flag.op
        if op is not None and op.target is operator.or_ and op in self.nested:
            return [f for v in op.operands for f in self.flags(v)]
        return [flag]

    def leaving_branch(self, region: Region, flags: list[Value], loop: Op | None) -> Op | None:
        """The branch at the end of a body that decides whether the loop goes on, if it can be
        written with `break` or `continue`: nothing may follow it, no record may depend on it."""
        last = next((o for o in reversed(region.ops[:-1]) if o not in self.nested), None)
        if last is None or last.kind != "if" or is_expression(last, self.nested):
            return None
        if not flags and last.attrs.get("style") != "continue":
            return None
        if last.backward and last.attrs.get("style") != "continue":
            return None
        for flag in flags:
            if not isinstance(flag, Constant) and flag.op is not last:
                return None
        if loop is not None and loop.stacks:
            if max(self.places[loop]) > region.ops.index(last):
                return None
        kinds = [self.outcome(last, k, flags) for k in (0, 1)]
        return last if "leaves" in kinds or not flags else None

    def outcome(self, branch: Op, arm: int, flags: list[Value]) -> str:
        """The decision of an arm: the loop "leaves", it "stays", or "either" if that is open."""
        values = [self.in_arm(branch, arm, f) for f in flags]
        if any(isinstance(v, Constant) and v.value is True for v in values):
            return "leaves"
        if all(
            isinstance(v, Constant) and v.value in (False, ops.UNDEFINED_VALUE) for v in values
        ):
            return "stays"
        return "either"

    @staticmethod
    def in_arm(branch: Op, arm: int, value: Value) -> Value:
        """The result of the branch when this arm was taken."""
        if value.op is branch:
            return branch.regions[arm].yields[branch.results.index(value)]
        return value

    @classmethod
    def only_steers(cls, flag: Value, branch: Op) -> bool:
        """Is the flag read by nothing but the end of the loop or of the arm around it?"""
        for user in flag.users:
            if user.kind == "yield":
                parent = user.parent.parent if user.parent else None
                if parent is not None and parent.kind in ("for", "while"):
                    if any(v is flag for v in user.operands[: len(parent.results)]):
                        return False
                    continue
                if parent is None:
                    return False
                pairs = zip(parent.results, user.operands, strict=True)
                if all(cls.only_steers(r, parent) for r, v in pairs if v is flag):
                    continue  # the branch around it hands it on to the same end
                return False
            if user.kind == "apply" and user.target is operator.or_:
                continue
            return False
        return isinstance(flag, Value) and flag.op is branch


def is_false(value: Value) -> bool:
    return isinstance(value, Constant) and value.value is False
