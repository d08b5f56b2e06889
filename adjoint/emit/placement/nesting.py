"""Which operations are written inside the expression that uses them, as a person would."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterator

import numpy as np

from adjoint.emit.memory.inplace import Storage, only_records
from adjoint.emit.placement.again import is_item
from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Region, Value, free_values
from adjoint.ir.effects import is_cheap, is_pure
from adjoint.ir.indexing import is_basic
from adjoint.ir.raising import errors_of_op
from adjoint.ir.types import Array, List, Range, Struct, is_immutable_number, is_rank0

#: Longer expressions of the backward half are split by naming a part of them.
MAX_WIDTH = 68

#: Written out at each use, however many there are: attributes and iterables, not computations.
_REPEATED = {range, np.shape, np.size, itertools.count, slice}
_STATEMENTS = {
    ops.unpack, ops.check, ops.fail, ops.cotangent, ops.index_add, ops.append, ops.drop_last,
    ops.store,
}  # fmt: skip
_EXPRESSION_STYLES = ("conditional", "and", "or")


def nested_operations(function: Function, storage: Storage) -> set[Op]:
    """The operations without a statement of their own."""
    nested: set[Op] = set()
    widths: dict[Op, int] = {}
    _region(function.body, nested, widths, storage)
    return nested


def _region(region: Region, nested: set[Op], widths: dict[Op, int], storage: Storage) -> None:
    barriers = _Barriers(region, nested, storage)
    for op in region.ops:
        for inner in op.regions:
            _region(inner, nested, widths, storage)
        if op.kind == "apply":
            _fit(op, nested, widths)
            if _nestable(op, region) and not barriers.between(op) and not barriers.raises_late(op):
                nested.add(op)
        elif is_comprehension(op, nested):
            if not op.result.name and _single_use(op.result, region) and not barriers.between(op):
                nested.add(op)
        elif is_expression(op, nested):
            if len(op.result.users) == 1 and not op.result.name and _single_use(op.result, region):
                nested.add(op)


class _Barriers:
    """The writes of a region: what is read before one is not written in a statement after it."""

    def __init__(self, region: Region, nested: set[Op], storage: Storage):
        self.region, self.nested, self.storage = region, nested, storage
        self.places = {op: k for k, op in enumerate(region.ops)}
        self.writes = [
            (k, storage.find(inner.operands[0]))
            for k, op in enumerate(region.ops)
            for inner in (op, *(o for r in op.regions for o in r.walk()))
            if inner in storage.in_place and not is_immutable_number(inner.result.type)
        ]

    def between(self, op: Op) -> bool:
        """Would the text of `op` move behind a write into memory that it reads?"""
        if not self.writes:
            return False
        start = self.places[op]
        users = op.result.users
        stop = max((self._place(user, op) for user in users), default=start)
        inside = {self._place(user, op) for user in users if user.parent is not self.region}
        passed = {root for k, root in self.writes if start < k < stop or k in inside}
        return bool(passed) and any(self.storage.find(v) in passed for v in self._reads(op))

    def raises_late(self, op: Op) -> bool:
        """Would an exception of what is read several times come after an effect behind it?"""
        if len(op.result.users) < 2 or not errors_of_op(op):
            return False
        first = min(self._place(user, op) for user in op.result.users)
        between = self.region.ops[self.places[op] + 1 : first]
        return any(
            inner.kind == "call" or inner.kind == "apply" and not is_pure(inner.target)
            for other in between
            for inner in (other, *(o for r in other.regions for o in r.walk()))
        )

    def _place(self, user: Op, op: Op) -> int:
        """Where the user is written; a record goes onto its tape as soon as all of it is there."""
        while user.parent is not self.region:
            assert user.parent is not None and user.parent.parent is not None
            user = user.parent.parent
        loop = self.region.parent
        if loop is not None and loop.kind != "if" and only_records(user, op.result):
            parts = user.operands if user.kind == "apply" else [op.result]
            made = [v.op for v in parts if v.op is not None and v.op in self.places]
            return max((self.places[m] for m in made), default=0) + 1
        return self.places[user]

    def _reads(self, op: Op) -> Iterator[Value]:
        for value in [*op.operands, *(v for region in op.regions for v in free_values(region))]:
            if value.op is not None and value.op in self.nested:
                yield from self._reads(value.op)
            else:
                yield value


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


def _fit(op: Op, nested: set[Op], widths: dict[Op, int]) -> None:
    """Give the widest operands statements of their own until the expression fits a line.

    A statement of the user's stays as long as it is: it is wrapped, not split.
    """
    operands = op.operands
    if op.target is ops.store:  # the path is no part of the text
        operands = [operands[1], *operands[3:]]
    if op.target is ops.check and len(operands) > 2:  # what it raises stands in a line of its own
        operands = operands[:1]
    if op.target is ops.make_record:  # nor are the names of the fields
        operands = operands[2:]
    parts = [v.op for v in operands if v.op is not None and v.op in nested]
    width = 4 + len(getattr(op.target, "__name__", "")) // 2
    width += sum(_width(v, nested, widths) + 2 for v in operands)
    if op.target is slice:
        width = 2 + sum(_width(v, nested, widths) for v in operands if not _is_none(v))
    for part in sorted(parts, key=lambda p: -widths.get(p, 0)):
        if width <= MAX_WIDTH or not op.backward:
            break
        if part.target in _REPEATED or part.kind != "apply":
            break
        if part.target in (ops.make_tuple, ops.make_list) or widths.get(part, 0) < 12:
            continue
        nested.discard(part)
        width -= widths.get(part, 0) - 4
    widths[op] = width


def _is_none(value: Value) -> bool:
    return isinstance(value, Constant) and value.value is None


def _width(value: Value, nested: set[Op], widths: dict[Op, int]) -> int:
    if isinstance(value, Constant):
        if isinstance(value.value, slice):
            return 6
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
    if isinstance(result.type, Range):
        return True
    if is_item(op) and not any(user.backward for user in op.result.users):
        return True
    if _is_read_again(op) or _is_stepped_through(op):
        return True
    if op.target is np.transpose and len(op.operands) == 1 and not result.name:
        return isinstance(op.operands[0].type, Array)
    return False


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


def _is_index(value: Value) -> bool:
    """Is the tuple only used in subscripts, where it is written out each time?"""
    return bool(value.users) and all(
        user.target is operator.getitem
        and user.operands[1] is value
        or user.target is ops.index_add
        and user.operands[1] is value
        or user.target is ops.store
        and value in user.operands[3:]
        for user in value.users
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
