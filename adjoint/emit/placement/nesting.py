"""Which operations are written inside the expression that uses them, as a person would."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterable

import numpy as np

from adjoint.emit.memory.inplace import Storage
from adjoint.emit.placement.again import is_item
from adjoint.emit.placement.barriers import Barriers, has_expression
from adjoint.emit.placement.elements import Elements
from adjoint.emit.placement.gathering import Gathering
from adjoint.emit.placement.widths import UNNAMED, Widths
from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Region, Value
from adjoint.ir.effects import is_cheap
from adjoint.ir.indexing import is_basic
from adjoint.ir.types import INT, Array, List, Range, Scalar, Struct, is_immutable_number, is_rank0

#: Longer expressions of the backward half, with their indentation, are split by naming a part.
MAX_WIDTH = 84
#: Sums of a cotangent are gathered in lines of this width.
MAX_LINE = 94
#: Python reads no more than 200 brackets inside of each other; a level may have two.
MAX_DEPTH = 80
_INDENT = 4

#: Written out at each use, however many there are: attributes and iterables, not computations.
_REPEATED = {range, np.shape, np.size, itertools.count, slice}
_EXPRESSION_STYLES = ("conditional", "and", "or")


def nested_operations(function: Function, storage: Storage) -> set[Op]:
    """The operations without a statement of their own."""
    nested: set[Op] = set()
    _region(function.body, nested, Widths(nested), storage, _INDENT, _ends(function))
    return nested


def _region(
    region: Region,
    nested: set[Op],
    widths: Widths,
    storage: Storage,
    indent: int,
    ends: set[Region],
) -> None:
    barriers = Barriers(region, nested, storage)
    sums = Gathering(barriers, widths)
    elements = Elements(sums)
    for op in list(region.ops):
        for inner in op.regions:
            _region(inner, nested, widths, storage, indent + _INDENT, ends)
        if op.kind == "apply":
            limit = MAX_LINE - indent
            if not (sums.gather(op, limit) or elements.gather(op, limit)):
                _fit(op, nested, widths, indent)
            if _nestable(op, region) and not barriers.between(op) and not barriers.raises_late(op):
                nested.add(op)
        elif is_comprehension(op, nested):
            if not op.result.name and _single_use(op.result, region) and not barriers.between(op):
                nested.add(op)
        elif is_expression(op, nested):
            if len(op.result.users) == 1 and not op.result.name and _single_use(op.result, region):
                nested.add(op)
    sums.gather_again(MAX_LINE - indent)
    if region in ends:
        _return(region, barriers, widths, MAX_LINE - indent)


def _ends(function: Function) -> set[Region]:
    """The regions whose end is that of the function: its body, and the arms of a last branch."""
    found, work = set[Region](), [function.body]
    while work:
        region = work.pop()
        found.add(region)
        last = region.ops[-2] if len(region.ops) > 1 else None
        if last is not None and last.kind == "if":
            if all(list(r.users) in ([], [region.terminator]) for r in last.results):
                work += last.regions
    return found


def _return(region: Region, barriers: Barriers, widths: Widths, limit: int) -> None:
    """Return the last cotangents as they are computed, where that fits a line."""
    end = region.terminator
    width = len("return ") + sum(widths.of(v) + 2 for v in end.operands)
    for op in reversed(region.ops[:-1]):
        if op in barriers.nested:
            continue
        if op.kind != "apply" or not op.backward or not has_expression(op) or len(op.results) > 1:
            return
        if op.result.users != {end: 1} or _adds_in_place(op, barriers.storage):
            return
        width += widths.measure(op) - widths.of(op.result)
        if width > limit or barriers.between(op):
            return
        barriers.nested.add(op)


def _adds_in_place(op: Op, storage: Storage) -> bool:
    """Is this `x += g` for an array? As an expression it would make another one."""
    return op in storage.in_place and not is_immutable_number(op.result.type)


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


def is_comprehension(op: Op, nested: set[Op]) -> bool:
    """Does the loop nothing but record one expression in each iteration?"""
    if op.kind != "for" or op.n_carries or len(op.results) != 1 or op.has_exit:
        return False
    return not op.attrs.get("backwards") and all(o in nested for o in op.body.ops[:-1])


def _fit(op: Op, nested: set[Op], widths: Widths, indent: int) -> None:
    """Give the widest operands statements of their own until the expression fits a line.

    A statement of the user's stays as long as it is: it is wrapped, not split.
    """
    operands = op.operands
    if op.target is ops.check and len(operands) > 2:  # what it raises stands in a line of its own
        operands = operands[:1]
    if op.target is ops.index_add:  # it changes a variable, unless it begins with zeros
        made = op.operands[0].op
        if made is not None and made.target is not ops.zero:
            nested.discard(made)
    for value in operands:
        if value.op is not None and widths.depth(value.op) >= MAX_DEPTH:
            nested.discard(value.op)
    parts = [v.op for v in operands if v.op is not None and v.op in nested]
    width = widths.measure(op)
    for part in sorted(parts, key=lambda p: -widths.known.get(p, 0)):
        if width <= MAX_WIDTH - indent or not op.backward:
            break
        if part.target in _REPEATED or part.kind != "apply":
            break
        if part.target in (ops.make_tuple, ops.make_list) or widths.known.get(part, 0) < UNNAMED:
            continue
        nested.discard(part)
        width = widths.measure(op)


def _single_use(value: Value, region: Region) -> bool:
    if sum(value.users.values()) != 1:
        return False
    (user,) = value.users
    return user.parent is region


def _nestable(op: Op, region: Region) -> bool:
    if len(op.results) != 1 or not has_expression(op):
        return False
    result = op.result
    if op.target is ops.hand_over:
        return True
    if not result.users:  # it may be there for the exception that it raises
        return op.target in _REPEATED
    if _is_written_each_time(op):
        return True
    if result.name or not _single_use(result, region):
        return False
    (user,) = result.users
    if not _is_written_each_time(user) or _single_use(user.result, region):
        return True
    return is_rank0(result.type) and is_cheap(op)  # computed as often as the user is written


def _is_written_each_time(op: Op) -> bool:
    """Is this written out at each place that uses it, however many there are?"""
    if op.kind != "apply" or len(op.results) != 1:
        return False
    result = op.result
    if op.target in _REPEATED and not result.name:
        return True
    if op.target is ops.make_tuple and not result.name and _is_index(result):
        return True
    if isinstance(result.type, Range) or _is_neighbour(op) or _is_share(op):
        return True
    if is_item(op) and (_is_read_rarely(op) or not _is_read_late(op)):
        return True
    if _is_read_again(op) or _is_stepped_through(op):
        return True
    if op.target is np.transpose and len(op.operands) == 1 and not result.name:
        return isinstance(op.operands[0].type, Array)
    return False


def _is_read_rarely(op: Op) -> bool:
    """Is an item read so few times that a name for it would not make the text shorter?"""
    times = sum(op.result.users.values())
    beside = all(user.parent is op.parent for user in op.result.users)
    return times < 3 or times < 5 and beside and op.operands[0].op is None


def _is_read_late(op: Op) -> bool:
    return any(user.backward for user in op.result.users)


def _is_read_again(op: Op) -> bool:
    """Is this an element or a slice that the user's statements read, each for itself?"""
    if op.backward or op.result.name or op.target not in (operator.getitem, len):
        return False
    base = op.operands[0]
    if not isinstance(base.type, (Array, Struct, List)):
        return False
    if op.target is operator.getitem and not is_basic(op.operands[1]):
        return False
    return all(not user.backward and user.kind != "call" for user in op.result.users)


def _is_stepped_through(op: Op) -> bool:
    """Is this a slice that is nothing but a sequence of loops, as in `for x in xs[1:]`?"""
    if op.target is not operator.getitem or op.result.name:
        return False
    base, index = op.operands
    if not isinstance(base.type, Array) or not isinstance(index, Constant):
        return False
    return all(
        user.kind == "for" and op.result not in user.inits and user.parent is op.parent
        for user in op.result.users
    )


def _is_share(op: Op) -> bool:
    """Is this a number over a size, as in a mean, beside the few that read it?"""
    if op.target is not operator.truediv or not op.backward or op.result.name:
        return False
    number, size = op.operands
    if not isinstance(number, Constant) or len(op.result.users) > 3:
        return False
    if not isinstance(size.type, Scalar) or size.type.kind != "int":
        return False
    at_hand = size.op is None or size.name or size.op.target in (len, np.size)
    return bool(at_hand) and all(user.parent is op.parent for user in op.result.users)


def _is_neighbour(op: Op) -> bool:
    """Is this a position next to a named one, as in `c[i - 1]`, and nothing but a position?"""
    if op.target not in (operator.add, operator.sub) or op.result.name:
        return False
    first, second = op.operands
    if first.type != INT or not isinstance(second, Constant) or type(second.value) is not int:
        return False
    if isinstance(first, Constant) or not (first.op is None or first.name):
        return False
    return _is_position(op.result)


def _is_position(value: Value) -> bool:
    """Is the number used in subscripts only, by itself or as a part of one?"""
    parts = [u for u in value.users if u.target is ops.make_tuple and not u.result.name]
    others = {u: n for u, n in value.users.items() if u not in parts}
    whole = not others or _is_index(value, others)
    return bool(value.users) and whole and all(_is_index(part.result) for part in parts)


def _is_index(value: Value, users: Iterable[Op] | None = None) -> bool:
    """Is the tuple only used in subscripts, where it is written out each time?"""
    return bool(value.users) and all(
        user.target is operator.getitem
        and user.operands[1] is value
        or user.target is ops.index_add
        and user.operands[1] is value
        or user.target is ops.store
        and value in user.operands[3:]
        for user in (value.users if users is None else users)
    )


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
