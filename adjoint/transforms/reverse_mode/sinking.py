"""Pullbacks that move into the arm of a branch which uses their value.

In

    n = np.sqrt(a @ a)
    if n < 1e-4:
        return a[0]
    return n / 2

the first arm does not use `n`, so its cotangent is zero there: not a number that happens to be 0,
which the infinite slope of the root would turn into nan, but nothing to pull back. So the pullback
of the root becomes part of the other arm. That is done for operations that have an infinite slope
somewhere, if the condition looks at what decides where.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from adjoint.ir.core import Constant, Op, Value, free_values, is_inside
from adjoint.ir.types import Struct
from adjoint.rules.singular import divides_by_zero, is_quotient, singular_operands
from adjoint.transforms.reverse_mode.cotangents import Bars

#: How many operations of finite slope may stand between the value and the infinite slope.
REACH = 4


def sink(
    branch: Op, arms: list[Bars], outer: Bars, pull_back: Callable[[Op, Bars], None], k: int
) -> None:
    """Pull back, inside of arm `k`, the cotangents that another arm leaves at zero."""
    own = arms[k].own
    guard = Guard(branch)
    while True:
        candidates = [
            value for value, path in own
            if not path and outer.get((value, ())) is None
            and any((value, ()) not in other.own for other in arms)
            and _leads_to_singular(value, guard, REACH)
        ]  # fmt: skip
        if not candidates:
            return
        value = _latest(candidates)
        assert value.op is not None
        pull_back(value.op, arms[k])
        del own[value, ()]


class Guard:
    """The values that the condition of a branch reads."""

    def __init__(self, branch: Op):
        self.branch = branch
        self.seen: dict[Value | None, set[Value]] = {}

    def covers(self, op: Op) -> bool:
        """Does the condition look at what decides whether the slope of `op` is infinite?

        A condition on a quotient says little about its denominator, unless NumPy divides by a
        number that may be zero; a condition on a root does.
        """
        operands = singular_operands(op)
        if not operands:
            return False
        finite = is_quotient(op) and not divides_by_zero(op.result, op.operands[1])
        stop = op.result if finite else None
        if stop not in self.seen:
            self.seen[stop] = set(_dependencies(self.branch.operands[:1], stop))
        return any(value in self.seen[stop] for value in _dependencies(operands))


def _leads_to_singular(value: Value, guard: Guard, reach: int) -> bool:
    """Is the value computed before the branch through an infinite slope that the branch avoids?"""
    op = value.op
    if op is None or op.kind != "apply" or len(op.results) != 1:
        return False
    if isinstance(value.type, Struct) or not _is_straight(op, guard.branch):
        return False
    if guard.covers(op):
        return True
    return reach > 0 and any(_leads_to_singular(v, guard, reach - 1) for v in op.operands)


def _is_straight(op: Op, branch: Op) -> bool:
    """Does the branch run at most once for each run of the operation?"""
    region = branch.parent
    while region is not None and region is not op.parent:
        owner = region.parent
        if owner is None or owner.kind != "if":
            return False
        region = owner.parent
    return region is not None


def _latest(values: list[Value]) -> Value:
    """The value that is computed last: all its users have been pulled back by then."""
    latest = values[0]
    for value in values[1:]:
        a, b = latest.op, value.op
        assert a is not None and b is not None and a.parent is not None and b.parent is not None
        if a.parent is b.parent:
            later = b.parent.ops.index(b) > a.parent.ops.index(a)
        else:
            later = is_inside(b.parent, a.parent)
        latest = value if later else latest
    return latest


def _dependencies(values: list[Value], stop: Value | None = None) -> Iterator[Value]:
    """The values and what they are computed from, but not what `stop` is computed from."""
    found: set[Value] = set()
    work = list(values)
    while work:
        each = work.pop()
        if each in found or isinstance(each, Constant) or each is stop:
            continue
        found.add(each)
        yield each
        work.extend(_sources(each))


def _sources(value: Value) -> Iterator[Value]:
    if value.op is not None:
        yield from value.op.operands
        for region in value.op.regions:
            yield from free_values(region)
