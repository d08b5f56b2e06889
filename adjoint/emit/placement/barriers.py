"""What keeps the text of an operation from moving to where its result is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from adjoint.emit.memory.inplace import Storage, only_records
from adjoint.ir import ops
from adjoint.ir.core import Op, Region, Value, free_values
from adjoint.ir.effects import is_pure, op_is_pure
from adjoint.ir.raising import errors_of_op
from adjoint.ir.types import is_immutable_number

_STATEMENTS = {
    ops.unpack, ops.check, ops.fail, ops.cotangent, ops.index_add, ops.append, ops.drop_last,
    ops.store,
}  # fmt: skip


def has_expression(op: Op) -> bool:
    """Can the operation be written inside of another one?"""
    return op.target not in _STATEMENTS and is_pure(op.target)


class Barriers:
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
        return self._effects(self.places[op], first)

    def passed(self, values: Iterable[Value], start: Op, stop: Op) -> bool:
        """Is there a write into memory of the values between two operations?"""
        first, last = self.places[start], self.places[stop]
        written = {root for k, root in self.writes if first < k < last}
        return bool(written) and any(self.storage.find(v) in written for v in values)

    def has_effects(self, start: Op, stop: Op) -> bool:
        """Is there an operation between two others whose place in time matters?"""
        return self._effects(self.places[start], self.places[stop])

    def _effects(self, first: int, last: int) -> bool:
        return any(
            inner.kind in ("call", "apply") and not op_is_pure(inner)
            for other in self.region.ops
            if first < self.places[other] < last
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
