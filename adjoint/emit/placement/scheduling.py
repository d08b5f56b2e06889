"""The order of backward statements: a cotangent is overwritten after its old value was read.

`s_bar = s_bar * y` and `x_bar += s_bar * s` come out of one primal statement in the order of its
operands. Written the other way round they need no second name for `s_bar`.
"""

from __future__ import annotations

from adjoint.ir.core import Function, Op, Region, Value


def schedule(function: Function) -> None:
    _region(function.body)


def _region(region: Region) -> None:
    for op in region.ops:
        for nested in op.regions:
            _region(nested)
    index = 0
    moved: set[Op] = set()
    while index < len(region.ops):
        op = region.ops[index]
        place = _place(region, index, op) if op not in moved else index
        if place > index:
            region.ops.insert(place, op)
            del region.ops[index]
            moved.add(op)
        else:
            index += 1


def _place(region: Region, index: int, op: Op) -> int:
    """Where `op` should go: behind the last statement that reads what it overwrites."""
    if op.kind != "apply" or not op.backward or len(op.results) != 1 or not op.result.name:
        return index
    old = _overwritten(op)
    if old is None:
        return index
    readers: set[Value] = {old}
    for user in old.users:  # read before, but written inside a later statement
        if user.kind == "apply" and user.parent is region and user is not op:
            readers.update(r for r in user.results if not r.name)
    last = index
    for k in range(index + 1, len(region.ops)):
        other = region.ops[k]
        same = other.span and op.span and other.span.statement == op.span.statement
        if other.kind != "apply" or not same or op.result in other.operands:
            break
        if any(v in readers for v in other.operands):
            last = k
            readers.update(r for r in other.results if not r.name)
    return last + 1 if last > index else index


def _overwritten(op: Op) -> Value | None:
    """An earlier version of the same cotangent among what the statement reads."""
    name = op.result.name
    work, seen = list(op.operands), set()
    while work:
        value = work.pop()
        if value in seen:
            continue
        seen.add(value)
        if value.name == name:
            return value
        inner = value.op
        if inner is not None and inner.kind == "apply" and not value.name and inner.backward:
            work.extend(inner.operands)
    return None
