"""Which operations are written inside the expression that uses them, as a person would."""

from __future__ import annotations

import itertools

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Region, Value
from adjoint.ir.effects import is_pure
from adjoint.ir.types import Array, Range

#: Longer expressions than this are split by naming a part of them.
MAX_WIDTH = 68

#: Written out at each use, however many there are: attributes and iterables, not computations.
_REPEATED = {range, np.shape, np.size, itertools.count, slice}
_STATEMENTS = {
    ops.unpack, ops.check, ops.fail, ops.cotangent, ops.index_add, ops.append, ops.drop_last,
    print,
}  # fmt: skip
_EXPRESSION_STYLES = ("conditional", "and", "or")


def nested_operations(function: Function) -> set[Op]:
    """The operations without a statement of their own."""
    nested: set[Op] = set()
    widths: dict[Op, int] = {}
    _region(function.body, nested, widths)
    return nested


def _region(region: Region, nested: set[Op], widths: dict[Op, int]) -> None:
    for op in region.ops:
        for inner in op.regions:
            _region(inner, nested, widths)
        if op.kind == "apply":
            _fit(op, nested, widths)
            if _nestable(op, region):
                nested.add(op)
        elif is_expression(op, nested):
            if len(op.result.users) == 1 and not op.result.name and _single_use(op.result, region):
                nested.add(op)


def is_expression(op: Op, nested: set[Op]) -> bool:
    """Is this branch a conditional or boolean expression with nothing but expressions in it?"""
    if op.kind != "if" or op.attrs.get("style") not in _EXPRESSION_STYLES:
        return False
    if len(op.results) != 1:
        return False
    for region in op.regions:
        if any(o not in nested for o in region.ops[:-1]):
            return False
        last = region.yields[0]
        if isinstance(last, Constant) and last.value is ops.UNDEFINED_VALUE:
            return False
    return True


def _fit(op: Op, nested: set[Op], widths: dict[Op, int]) -> None:
    """Give the widest operands statements of their own until the expression fits a line."""
    parts = [v.op for v in op.operands if v.op is not None and v.op in nested]
    width = 4 + len(getattr(op.target, "__name__", "")) // 2
    width += sum(_width(v, nested, widths) + 2 for v in op.operands)
    for part in sorted(parts, key=lambda p: -widths.get(p, 0)):
        if width <= MAX_WIDTH or part.target in _REPEATED or part.kind != "apply":
            break
        if part.target in (ops.make_tuple, ops.make_list) or widths.get(part, 0) < 12:
            continue
        nested.discard(part)
        width -= widths.get(part, 0) - 4
    widths[op] = width


def _width(value: Value, nested: set[Op], widths: dict[Op, int]) -> int:
    if isinstance(value, Constant):
        return min(len(repr(value.value)), 20)
    if value.op is not None and value.op in nested:
        return widths.get(value.op, 10)
    return len(value.name) if value.name else 3


def _single_use(value: Value, region: Region) -> bool:
    if sum(value.users.values()) != 1:
        return False
    (user,) = value.users
    return user.parent is region


def _nestable(op: Op, region: Region) -> bool:
    if len(op.results) != 1 or op.target in _STATEMENTS or not is_pure(op.target):
        return False
    result = op.result
    if op.target in _REPEATED and not result.name:
        return True
    if isinstance(result.type, Range):
        return True
    if op.target is np.transpose and len(op.operands) == 1 and not result.name:
        return isinstance(op.operands[0].type, Array)
    if result.name:
        return False
    return _single_use(result, region)


def record_places(function: Function, nested: set[Op]) -> dict[Op, list[int]]:
    """For each loop, after how many operations of its body each record can be appended."""
    places: dict[Op, list[int]] = {}
    for op in function.body.walk():
        if op.kind in ("for", "while"):
            index = {o: k + 1 for k, o in enumerate(op.body.ops)} if op.stacks else {}
            places[op] = [_place(r, index, nested) for r in op.records]
    return places


def _place(value: Value, index: dict[Op, int], nested: set[Op]) -> int:
    """After how many operations all that the text of `value` mentions is there."""
    op = value.op
    if op is None or op not in index:
        return 0
    if op not in nested or op.regions:
        return index[op]
    return max((_place(v, index, nested) for v in op.operands), default=0)
