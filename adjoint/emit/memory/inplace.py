"""Which writes may reuse the memory they write to, and where a copy must be made first.

The IR only knows functional writes: `store`, `index_add`, `append` give the new state of their
first operand. Here, at the very end, the values that may share memory are put into classes; a
write may be done in place when nothing else in the class of its operand is read after it, and the
memory was made by this function. For a `store` that is made true: what stands in the way is
copied, as little and as far outside of loops as possible. Everything else that is not in place
makes a new object.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from adjoint.emit.memory.liveness import seed_position
from adjoint.emit.memory.sharing import (
    Sharing,
    has_memory,
    is_opaque,
    is_sum,
    is_tape,
    root,
    steps_through,
)
from adjoint.emit.memory.tapes import as_filled, copy_container
from adjoint.ir import ops
from adjoint.ir.core import (
    Constant,
    Function,
    Op,
    Region,
    Value,
    encloses,
    enclosing_region,
    is_inside,
)
from adjoint.ir.effects import (
    holds,
    is_update,
    looks,
    memory_of_result,
    reads_form,
    result_of,
)
from adjoint.ir.missing import may_be_missing
from adjoint.ir.types import UNDEFINED, Array, List, Struct, Type, Unknown, is_immutable_number

_COPIES = (np.copy, copy_container)
#: Writes for which room is made by copies, where there is none.
_MADE_IN_PLACE = (ops.store, ops.hand_over)


class Storage:
    """Which values may share memory, and which operations write in place.

    Attributes
    ----------
    in_place : the writes and sums that reuse the memory of their first operand.
    """

    def __init__(self, function: Function):
        self.function = function
        self.in_place: set[Op] = set()
        writes = [op for op in function.body.walk() if op.kind == "apply" and is_update(op.target)]
        sums = [op for op in function.body.walk() if is_sum(op)]
        self.sharing = Sharing(function)
        seed = seed_position(function)
        self.seed = None if seed is None else function.body.ops[seed]
        stores = [op for op in writes if op.target in _MADE_IN_PLACE or _adds_to_part(op)]
        patience = 8 * len(writes) + 32  # then each remaining write gets a copy of its own
        again = True
        while again:
            again = False
            for op in stores:
                while self._make_room(op, patience > 0):
                    again, patience = True, patience - 1
                    self.sharing = Sharing(function)
        for op in [*writes, *filter(_keeps_its_name, sums)]:
            if op in stores or self._obstacle(op) is None:
                self.in_place.add(op)

    def find(self, value: Value) -> Value:
        """The representative of all values that may share memory with this one."""
        return self.sharing.find(value)

    # What stands in the way of a write

    def _obstacle(self, write: Op) -> Value | None:
        """A value that shares the memory to be written and is read later, or is not ours."""
        base = write.operands[0]
        if is_immutable_number(base.type):
            return None
        if isinstance(base, Constant):
            return base
        made = base.op
        if made is not None and made.target in _COPIES and list(base.users) == [write]:
            return None
        slot = _writes_a_slot(write)
        for value in sorted(self.sharing.made_by(base), key=self.sharing.rank):
            if not self._is_ours(value, write) and not (slot and isinstance(value.type, Array)):
                return value
        for value in self.sharing.alive_at(write):
            if value is write.result or self._follows(value, write):
                continue
            if slot and not self.sharing.same_container(value, base) and _holds_no_list(value):
                continue
            if self._read_after(value, write) and self._may_have(value, write):
                return value
        return None

    def _may_have(self, value: Value, write: Op) -> bool:
        """May the value be, or hold, the memory that is written, as it was before?"""
        base, loop = write.operands[0], value.op
        if not self.sharing.may_share(value, base):
            return False
        if loop is None or not is_tape(value) or not encloses(loop, write):
            return True
        if self.sharing.may_be_recorded(value, base):
            return True
        leaves = _leaves(loop.records[loop.stacks.index(value)])
        old = (v for v in leaves if v is not write.result and not self._follows(v, write))
        return any(self._may_have(v, write) for v in old)

    def _follows(self, value: Value, write: Op) -> bool:
        """Does the value come into being after the write, from what was there then?"""
        op = value.op
        if op is not None:
            if encloses(op, write):
                return value not in op.stacks if op.kind in ("for", "while") else True
            return self.sharing.order[op] > self.sharing.order[write]
        loop = value.owner.parent if isinstance(value.owner, Region) else None
        return loop is not None and self.sharing.order[loop] > self.sharing.order[write]

    def _read_after(self, value: Value, write: Op) -> bool:
        return any(
            self._is_after(user, write, value)
            for user in value.users
            if user is not write
            and (not reads_form(user.target) or isinstance(value.type, List))
            and not only_records(user, value)
        )

    def _is_after(self, user: Op, write: Op, value: Value) -> bool:
        """Can `user` run after `write` and still see the value?"""
        home = enclosing_region(value)
        chain: dict[Region, Op] = {}
        op: Op | None = user
        while op is not None and op.parent is not None:
            chain[op.parent] = op
            op = op.parent.parent
        op = write
        while op is not None and op.parent is not None and op.parent not in chain:
            op = op.parent.parent
        assert op is not None and op.parent is not None
        other = chain[op.parent]
        if other is not op and self.sharing.order[other] > self.sharing.order[op]:
            return True
        if other is op and op is not write and op.kind != "if":
            if other is not user or steps_through(user, value):
                return True  # the condition and the body of one loop; what it steps through
        region: Region | None = op.parent
        if home is None or not is_inside(region, home):
            return False  # it is made anew in each trip
        while region is not None and region is not home:  # the next trip of a loop around both
            if region.parent is not None and region.parent.kind in ("for", "while"):
                return True
            region = region.parent.parent if region.parent else None
        return False

    def _is_ours(self, value: Value, write: Op) -> bool:
        """Was the memory made by this function (and after a pullback was entered, by it)?"""
        if isinstance(value, Constant):
            return not isinstance(value.value, (np.ndarray, list))
        if self.seed is not None:
            top = write
            while top.parent is not self.function.body:
                assert top.parent is not None and top.parent.parent is not None
                top = top.parent.parent
            entered = self.sharing.order[self.seed]
            if self.sharing.order[top] > entered:
                place = self._top(value)
                if place is None or self.sharing.order[place] < entered:
                    return False  # a pullback may be called again
        op = value.op
        if op is None:
            given = value.owner is self.function.body
            owned = self.function.attrs.get("owned", ())
            return not given or any(value is self.function.params[k] for k in owned)
        if op.kind == "apply" and result_of(op).read_only:
            return False
        if op.kind == "call":
            return memory_of_result(op, value) is not None
        if is_opaque(op) or op.target is ops.cotangent:
            return False
        return not any(value in self.sharing.made_by(kept) for kept in self.sharing.kept)

    def memory_of_results(self) -> list[frozenset[int] | None]:
        """For each result, the parameters whose memory it may have; None where more may."""
        results, params = self.function.results, self.function.params
        made = [self.sharing.made_by(r) if has_memory(r) else frozenset() for r in results]
        found: list[frozenset[int] | None] = []
        for k, values in enumerate(made):
            others = any(values & each for j, each in enumerate(made) if j != k)
            positions = frozenset(j for j, p in enumerate(params) if p in values)
            end = self.function.body.terminator
            if others or not all(v in params or self._is_ours(v, end) for v in values):
                found.append(None)
            else:
                found.append(positions)
        return found

    def drop_copies(self) -> None:
        """Return what a loop or branch gives as it is, where that is new memory in any case.

        Whether it is was not known before: a loop without trips gives what it begins with.
        """
        body = self.function.body
        for op in [o for o in body.ops if o.attrs.get("owns") and o.target is np.copy]:
            value, end = op.operands[0], body.terminator
            made = self.sharing.made_by(value)
            structured = value.op is not None and bool(value.op.regions)
            if not structured or not all(self._is_ours(v, end) for v in made):
                continue
            others = [v for v in self._returned() if v is not op.result]
            if any(made & self.sharing.made_by(v) for v in others if has_memory(v)):
                continue
            op.result.replace_with(value)
            body.ops.remove(op)
            op.drop()

    def _returned(self) -> list[Value]:
        """The results, and what stands in those that are containers."""
        found, work = list[Value](), list(self.function.results)
        while work:
            value = work.pop()
            found.append(value)
            if value.op is not None and value.op.target in ops.CONTAINERS:
                work += value.op.operands
        return found

    def _top(self, value: Value) -> Op | None:
        """The operation of the function's body in which the value is made."""
        op = value.owner.parent if isinstance(value.owner, Region) else value.op
        while op is not None and op.parent is not self.function.body:
            op = op.parent.parent if op.parent is not None else None
        return op

    # Copies

    def _make_room(self, write: Op, patient: bool = True) -> bool:
        """Remove one obstacle to this write by a copy; False when there is none."""
        obstacle = self._obstacle(write)
        if obstacle is None:
            return False
        base = write.operands[0]
        op = obstacle.op
        if not patient:
            operands = list(write.operands)
            operands[0] = insert_copy(write, base)
            write.set_operands(operands)
        elif base.op is None and base.owner is self.function.body:
            self._copy_parameter(base)
        elif obstacle is not base and op is not None and op.kind == "apply" and _is_part(op):
            self._copy_behind(op)
        elif base.op is not None and base.op.target is np.broadcast_to and as_filled(base.op):
            self._copy_behind(base.op)
        elif (
            obstacle is not base
            and isinstance(obstacle.type, (List, Struct))
            and (self._copy_what_is_held(obstacle, base))
        ):
            pass
        else:
            loop = base.owner.parent if isinstance(base.owner, Region) else None
            region = enclosing_region(obstacle)
            if loop is not None and base in loop.carries and not is_inside(region, loop.body):
                loop, base = self._outermost(loop, base, region)
                k = loop.carries.index(base)
                if obstacle not in self.sharing.made_by(
                    loop.inits[k]
                ):  # it came in by another carry
                    others = (
                        j for j, v in enumerate(loop.inits) if obstacle in self.sharing.made_by(v)
                    )
                    k = next(others, k)
                k += loop.n_sequences
                loop_operands = list(loop.operands)
                loop_operands[k] = insert_copy(loop, loop_operands[k])
                loop.set_operands(loop_operands)
            else:
                operands = list(write.operands)
                operands[0] = insert_copy(write, base)
                write.set_operands(operands)
        return True

    @staticmethod
    def _outermost(loop: Op, base: Value, region: Region | None) -> tuple[Op, Value]:
        """The outermost loop that carries this memory on its way in, and the carry there."""
        while True:
            init = loop.inits[loop.carries.index(base)]
            outer = init.owner.parent if isinstance(init.owner, Region) else None
            if outer is None or init not in outer.carries or is_inside(region, outer.body):
                return loop, base
            if len(init.users) > 1:
                return loop, base
            loop, base = outer, init

    def _copy_parameter(self, param: Value) -> None:
        """An argument that is written to is copied on entry, and the copy used instead."""
        users = [u for u in param.users if u.kind != "return"]
        copy = insert_copy(self.function.body.ops[0], param)
        for user in users:
            user.replace_operand(param, copy)

    @staticmethod
    def _copy_behind(op: Op) -> None:
        """Put a copy behind an operation whose result is a view."""
        result = op.result
        filled = as_filled(op) if op.target is np.broadcast_to else None
        if filled is not None:
            op.target, operands, op.keywords = filled
            op.set_operands(operands)
            result.type = _owned_type(result.type)
            return
        users = list(result.users)
        region = op.parent
        assert region is not None
        new = Op(
            "apply",
            [result],
            [_owned_type(result.type)],
            target=_copier(result),
            span=op.span,
        )
        new.backward, new.parent = op.backward, region
        region.ops.insert(region.ops.index(op) + 1, new)
        new.result.name, result.name = result.name, ""
        for user in users:
            user.replace_operand(result, new.result)

    def _copy_what_is_held(self, holder: Value, base: Value) -> bool:
        """The array goes into this container, or onto this tape, as a copy."""
        op = holder.op
        if op is None:
            return False
        if op.kind in ("for", "while") and holder in op.stacks:
            return self._copy_operand(op.body.terminator, op.results.index(holder), base)
        if holds(op) and op.target is not ops.unpack:
            return any([self._copy_operand(op, k, base) for k in range(len(op.operands))])
        return False

    def _copy_operand(self, op: Op, position: int, base: Value) -> bool:
        value = op.operands[position]
        made = value.op
        if made is not None and made.target is ops.make_tuple:
            return any([self._copy_operand(made, k, base) for k in range(len(made.operands))])
        if made is not None and made.kind == "if":
            k = made.results.index(value)
            ends = [region.terminator for region in made.regions]
            known = [end for end in ends if end.operands[k].type != UNDEFINED]
            if len(known) < len(ends):  # where it is undefined, there is nothing to copy
                return any([self._copy_operand(end, k, base) for end in known])
        if isinstance(value.type, List) and made is not None and made.kind in ("for", "while"):
            return self._copy_what_is_held(value, base)
        if not has_memory(value) or not isinstance(value.type, (Array, Unknown)):
            return False
        if root(value, self.sharing.direct) is not root(base, self.sharing.direct):
            return False
        operands = list(op.operands)
        operands[position] = _insert_copy_behind(value, op)
        op.set_operands(operands)
        return True


def _leaves(record: Value) -> list[Value]:
    """What goes onto a tape, of a record that a tuple is made for."""
    op = record.op
    if op is None or op.target is not ops.make_tuple:
        return [record]
    return [leaf for operand in op.operands for leaf in _leaves(operand)]


def _keeps_its_name(total: Op) -> bool:
    """Is this `x += g`, and not `y = x + g`?"""
    names = {total.result.name, total.operands[0].name} - {""}
    return len(names) < 2


def _adds_to_part(op: Op) -> bool:
    """Is something added to a part of an array? That must not cost a copy of the whole array."""
    type_ = op.result.type
    return op.target is ops.index_add and isinstance(type_, Array) and not type_.loose


def insert_copy(before: Op, value: Value) -> Value:
    """A copy of the value, made just before an operation, under the same name."""
    region = before.parent
    assert region is not None
    new = Op("apply", [value], [_owned_type(value.type)], target=_copier(value), span=before.span)
    new.backward, new.parent = before.backward, region
    region.ops.insert(region.ops.index(before), new)
    new.result.name = value.name
    return new.result


def _insert_copy_behind(value: Value, user: Op) -> Value:
    """A copy of the value as soon as it exists, in the region of its user if that is deeper."""
    region = user.parent
    assert region is not None
    op = value.op
    if op is None or op.parent is not region:
        first = region.ops[0]
        return insert_copy(first, value)
    new = Op("apply", [value], [_owned_type(value.type)], target=_copier(value), span=op.span)
    new.backward, new.parent = op.backward, region
    region.ops.insert(region.ops.index(op) + 1, new)
    return new.result


def _copier(value: Value) -> Callable[..., object]:
    plain = isinstance(value.type, Array) and not may_be_missing(value)
    return np.copy if plain else copy_container


def _owned_type(type_: Type) -> Type:
    return Array(type_.dtype, type_.dims) if isinstance(type_, Array) else type_


def _is_part(op: Op) -> bool:
    """Is the result an array, read from the operand?"""
    return looks(op) and isinstance(op.result.type, (Array, Unknown))


def _holds_no_list(value: Value) -> bool:
    """Is there no list inside of this value, whose items could be replaced?"""
    match value.type:
        case Array():
            return True
        case List(element):
            return isinstance(element, Array) or is_immutable_number(element)
        case Struct(_, items):
            return all(isinstance(t, Array) or is_immutable_number(t) for t in items)
    return False


def _writes_a_slot(write: Op) -> bool:
    """Does the write replace an item of a list, and leave the memory of all items alone?"""
    if not isinstance(write.operands[0].type, List):
        return False
    if write.target is not ops.store:
        return write.target in (ops.append, ops.drop_last)
    path = write.operands[2]
    return isinstance(path, Constant) and len(path.value) == 1


def only_records(user: Op, value: Value) -> bool:
    """Does the user only put the value onto a tape? The tape itself is looked at as well."""
    if user.kind == "yield":
        loop = user.parent.parent if user.parent is not None else None
        if loop is None or loop.kind == "if" or user.parent is not loop.body:
            return False
        return value not in loop.next_carries and value is not loop.exit_flag
    if user.kind == "apply" and user.target is ops.make_tuple and user.result.users:
        return all(only_records(u, user.result) for u in user.result.users)
    return False
