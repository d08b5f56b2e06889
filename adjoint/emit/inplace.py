"""Which writes may reuse the memory they write to, and where a copy must be made first.

The IR only knows functional writes: `store`, `index_add`, `append` give the new state of their
first operand. Here, at the very end, the values that may share memory are put into classes; a
write may be done in place when nothing else in the class of its operand is read after it, and the
memory was made by this function. For a `store` that is made true: what stands in the way is
copied, as little and as far outside of loops as possible. Everything else that is not in place
makes a new object.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable

import numpy as np

from adjoint.emit.liveness import seed_position
from adjoint.emit.tapes import copy_container
from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Region, Value, enclosing_region, is_inside
from adjoint.ir.effects import HOLDERS, MAYBE_READ_ONLY, WRITES, is_view
from adjoint.ir.types import UNDEFINED, Array, List, Struct, Type, Unknown, is_immutable_number

_COPIES = (np.copy, copy_container)
#: What these read of an array does not change with its contents.
_METADATA = (np.shape, np.size, len, ops.zero, np.zeros_like, np.ones_like)
_HOLD_ALL = HOLDERS | {ops.select, np.broadcast_arrays, np.einsum}
#: Sums are written as `+=` in the backward half.
_SUMS = (operator.add, operator.sub, ops.add_containers)


class Storage:
    """Which values may share memory, and which operations write in place.

    Attributes
    ----------
    in_place : the writes and sums that reuse the memory of their first operand.
    """

    def __init__(self, function: Function):
        self.function = function
        self.in_place: set[Op] = set()
        self.parent: dict[Value, Value] = {}
        self.direct: dict[Value, Value] = {}  # as parent, but not through containers
        self.members: dict[Value, list[Value]] = {}
        self.order: dict[Op, int] = {}
        writes = [op for op in function.body.walk() if op.kind == "apply" and op.target in WRITES]
        sums = [op for op in function.body.walk() if _is_sum(op)]
        self._analyse()
        patience = 8 * len(writes) + 32  # then each remaining write gets a copy of its own
        while any(self._make_room(op, patience > 0) for op in writes if op.target is ops.store):
            patience -= 1
            self._analyse()
        for op in [*writes, *sums]:
            if op.target is ops.store or self._obstacle(op) is None:
                self.in_place.add(op)

    # Classes of values that may share memory

    def find(self, value: Value) -> Value:
        return _root(value, self.parent)

    def same(self, a: Value, b: Value) -> bool:
        return self.find(a) is self.find(b)

    def _unite(self, a: Value, b: Value, held: bool = False) -> None:
        if not (_has_memory(a) and _has_memory(b)):
            return
        if not held:
            c, d = _root(a, self.direct), _root(b, self.direct)
            if c is not d:
                self.direct[d] = c
        a, b = self.find(a), self.find(b)
        if a is not b:
            if len(self.members.setdefault(a, [a])) < len(self.members.setdefault(b, [b])):
                a, b = b, a
            self.parent[b] = a
            self.members[a] += self.members.pop(b)

    def _analyse(self) -> None:
        self.parent, self.direct, self.members, self.order = {}, {}, {}, {}
        self.sites: dict[Value, frozenset[Value]] = {}
        self.local: dict[tuple[Op, Value], frozenset[Value]] = {}
        self.confused: dict[Op, set[frozenset[Value]]] = {}
        for op in self.function.body.walk():
            self.order[op] = len(self.order)
            if op.kind == "if":
                for k, result in enumerate(op.results):
                    for region in op.regions:
                        self._unite(result, region.yields[k])
            elif op.kind in ("for", "while"):
                for sequence, element in zip(op.sequences, op.elements, strict=True):
                    for part in _parts(op, element):
                        self._unite(sequence, part, held=isinstance(sequence.type, List))
                for k, carry in enumerate(op.carries):
                    for other in (op.inits[k], op.next_carries[k], op.results[k]):
                        self._unite(carry, other)
                    for region in op.regions:
                        if region is not op.body and len(region.params) > k:
                            self._unite(carry, region.params[k])
                for stack, record in zip(op.stacks, op.records, strict=True):
                    self._unite(stack, record, held=True)
            elif op.kind == "call":
                for value in [*op.operands[1:], *op.results]:
                    self._unite(op.operands[0] if op.operands else op.results[0], value)
            elif op.kind == "apply" and (op.target in WRITES or _is_sum(op)):
                self._unite(op.result, op.operands[0])
                if op.target is ops.append:
                    self._unite(op.result, op.operands[1], held=True)
            elif op.kind == "apply" and is_view(op):
                for result in op.results:
                    for operand in op.operands if op.target in _HOLD_ALL else op.operands[:1]:
                        self._unite(result, operand, held=op.target in HOLDERS)

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
        for value in self._origins(base):
            if not self._is_ours(value, write):
                return value
        for value in self.members.get(self.find(base), [base]):
            if not self._may_share(value, base):
                continue
            follows = value is write.result or self._follows(value, write)
            if not follows and self._read_after(value, write):
                return value
        return None

    def _may_share(self, value: Value, base: Value) -> bool:
        """Did some operation make memory that both may have, when the write happens?

        What is made anew in every trip of a loop is not what a value from before has.
        """
        if value is base:
            return True
        region: Region | None = enclosing_region(base)
        while region is not None and region.parent is not None:
            loop = region.parent
            if loop.kind in ("for", "while") and is_inside(enclosing_region(value), loop.body):
                if not self._meet(loop, value, base):
                    return False
            region = loop.parent
        common = self._sites(value) & self._sites(base)
        return any(site.op is None or not self._precedes(value, site.op) for site in common)

    def _meet(self, loop: Op, a: Value, b: Value) -> bool:
        """May two values in the body of a loop share memory, in one of its trips?"""
        here, there = self._local(loop, a), self._local(loop, b)
        return any(self._one(loop, x, y) for x in here for y in there)

    def _one(self, loop: Op, x: Value, y: Value) -> bool:
        """May two carries, or values with memory of their own, be one?"""
        if x is y:
            return True
        if x in loop.carries and y in loop.carries:
            return frozenset((x, y)) in self._confused(loop)
        if y in loop.carries:
            x, y = y, x
        if x not in loop.carries or is_inside(enclosing_region(y), loop.body):
            return False  # what a trip makes is not what it was handed
        return y in self._sites(x)

    def _local(self, loop: Op, value: Value) -> frozenset[Value]:
        """What a value of the body is made of, no further back than the carries of the loop."""
        key = (loop, value)
        if key not in self.local:
            found: dict[Value, None] = {}
            ends, work = set(), [value]
            while work:
                v = work.pop()
                if v in found or not _has_memory(v):
                    continue
                found[v] = None
                sources = [] if v in loop.carries else self._sources(v)
                if not sources:
                    ends.add(v)
                work += sources
            self.local[key] = frozenset(ends)
        return self.local[key]

    def _confused(self, loop: Op) -> set[frozenset[Value]]:
        """The pairs of carries of a loop that may be one and the same memory.

        All others are distinct before the loop, and each trip leaves them distinct: a permutation
        of buffers, as in `u, v = v, u`, does.
        """
        if loop not in self.confused:
            pairs: set[frozenset[Value]] = set()
            self.confused[loop] = pairs
            carries = [k for k, c in enumerate(loop.carries) if _has_memory(c)]
            again = True
            while again:
                again = False
                for j, k in itertools.combinations(carries, 2):
                    pair = frozenset((loop.carries[j], loop.carries[k]))
                    if pair in pairs:
                        continue
                    before = self._sites(loop.inits[j]) & self._sites(loop.inits[k])
                    after = self._meet(loop, loop.next_carries[j], loop.next_carries[k])
                    if before or after:
                        pairs.add(pair)
                        again = True
        return self.confused[loop]

    def _precedes(self, value: Value, op: Op) -> bool:
        """Is the value there already, in each trip, when the operation runs?"""
        home = enclosing_region(value)
        if home is None or op.parent is None or not is_inside(op.parent, home):
            return False
        made = value.op
        return made is None or self.order[made] < self.order[op] and not _encloses(made, op)

    def _sites(self, value: Value) -> frozenset[Value]:
        """The values without a source: parameters, and results of what makes new memory."""
        if value not in self.sites:
            self.sites[value] = frozenset(v for v in self._origins(value) if not self._sources(v))
        return self.sites[value]

    def _origins(self, base: Value) -> list[Value]:
        """The values whose memory `base` may be."""
        found: dict[Value, None] = {}
        work = [base]
        while work:
            value = work.pop()
            if value not in found and _has_memory(value):
                found[value] = None
                work += self._sources(value)
        return list(found)

    def _sources(self, value: Value) -> list[Value]:
        """The values that hand their memory on to this one."""
        op = value.op
        if op is None:
            return self._passed_in(value)
        if op.kind == "if":
            k = op.results.index(value)
            return [region.yields[k] for region in op.regions]
        if op.kind in ("for", "while"):
            k = op.results.index(value)
            return [op.carries[k]] if k < op.n_carries else [op.records[k - op.n_carries]]
        if op.kind == "call":
            return op.operands
        if op.target is ops.append:
            return op.operands
        if op.target in WRITES or _is_sum(op):
            return op.operands[:1]
        if is_view(op):
            return op.operands if op.target in _HOLD_ALL else op.operands[:1]
        return []

    @staticmethod
    def _passed_in(value: Value) -> list[Value]:
        """Where a parameter of a loop's region comes from."""
        loop = value.owner.parent if isinstance(value.owner, Region) else None
        if loop is None:
            return []
        if value in loop.carries:
            k = loop.carries.index(value)
            return [loop.inits[k], loop.next_carries[k]]
        return [s for s, e in zip(loop.sequences, loop.elements, strict=True)
                if value in _parts(loop, e)]  # fmt: skip

    def _follows(self, value: Value, write: Op) -> bool:
        """Does the value come into being after the write, from what was there then?"""
        op = value.op
        if op is not None:
            if _encloses(op, write):
                return value not in op.stacks if op.kind in ("for", "while") else True
            return self.order[op] > self.order[write]
        loop = value.owner.parent if isinstance(value.owner, Region) else None
        return loop is not None and self.order[loop] > self.order[write]

    def _read_after(self, value: Value, write: Op) -> bool:
        home = enclosing_region(value)
        return any(
            self._is_after(user, write, home)
            for user in value.users
            if user is not write
            and (user.target not in _METADATA or isinstance(value.type, List))
            and not only_records(user, value)
        )

    def _is_after(self, user: Op, write: Op, home: Region | None) -> bool:
        """Can `user` run after `write` and still see the value that lives in `home`?"""
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
        if other is not op and self.order[other] > self.order[op]:
            return True
        if other is op and other is not user and op is not write and op.kind != "if":
            return True  # the condition and the body of one loop
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
        seed = seed_position(self.function)
        if seed is not None:
            top = write
            while top.parent is not self.function.body:
                assert top.parent is not None and top.parent.parent is not None
                top = top.parent.parent
            if self.order[top] > self.order[self.function.body.ops[seed]]:
                place = self._top(value)
                if place is None or self.order[place] < self.order[self.function.body.ops[seed]]:
                    return False  # a pullback may be called again
        op = value.op
        if op is None:
            return value.owner is not self.function.body
        if op.kind == "apply" and op.target in MAYBE_READ_ONLY:
            return False
        return op.kind != "call" and op.target is not ops.cotangent

    def _top(self, value: Value) -> Op | None:
        """The operation of the function's body in which the value is made."""
        op = value.op if value.op is not None else value.owner.parent  # type: ignore[union-attr]
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
            operands[0] = _insert_copy(write, base)
            write.set_operands(operands)
        elif base.op is None and base.owner is self.function.body:
            self._copy_parameter(base)
        elif obstacle is not base and op is not None and op.kind == "apply" and _is_part(op):
            self._copy_behind(op)
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
                if obstacle not in self._sites(loop.inits[k]):  # it came in by another carry
                    others = (j for j, v in enumerate(loop.inits) if obstacle in self._sites(v))
                    k = next(others, k)
                k += loop.n_sequences
                loop_operands = list(loop.operands)
                loop_operands[k] = _insert_copy(loop, loop_operands[k])
                loop.set_operands(loop_operands)
            else:
                operands = list(write.operands)
                operands[0] = _insert_copy(write, base)
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
        copy = _insert_copy(self.function.body.ops[0], param)
        for user in users:
            user.replace_operand(param, copy)

    @staticmethod
    def _copy_behind(op: Op) -> None:
        """What was read as a view becomes a copy of its own."""
        result = op.result
        users = list(result.users)
        region = op.parent
        assert region is not None
        new = Op(
            "apply",
            [result],
            [_owned_type(result.type)],
            target=_copier(result.type),
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
        if op.kind == "apply" and op.target in HOLDERS and op.target is not ops.unpack:
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
        if not _has_memory(value) or not isinstance(value.type, (Array, Unknown)):
            return False
        if _root(value, self.direct) is not _root(base, self.direct):
            return False
        operands = list(op.operands)
        operands[position] = _insert_copy_behind(value, op)
        op.set_operands(operands)
        return True


def _insert_copy(before: Op, value: Value) -> Value:
    """A copy of the value, made just before an operation, under the same name."""
    region = before.parent
    assert region is not None
    new = Op(
        "apply", [value], [_owned_type(value.type)], target=_copier(value.type), span=before.span
    )
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
        return _insert_copy(first, value)
    new = Op("apply", [value], [_owned_type(value.type)], target=_copier(value.type), span=op.span)
    new.backward, new.parent = op.backward, region
    region.ops.insert(region.ops.index(op) + 1, new)
    return new.result


def _copier(type_: Type) -> Callable[..., object]:
    return np.copy if isinstance(type_, Array) else copy_container


def _owned_type(type_: Type) -> Type:
    return Array(type_.dtype, type_.dims) if isinstance(type_, Array) else type_


def _parts(loop: Op, element: Value) -> list[Value]:
    pattern = loop.attrs.get("patterns", {}).get(element)
    return [element] if pattern is None else [element, *(v for v in pattern if v is not None)]


def _has_memory(value: Value) -> bool:
    """Can anyone see a write into this value through another one?"""
    type_ = value.type
    if isinstance(value, Constant):
        return isinstance(value.value, (np.ndarray, list))
    return (
        isinstance(type_, (Unknown, List, Struct)) or isinstance(type_, Array) and not type_.scalar
    )


def _is_part(op: Op) -> bool:
    """Is the result an array, read from the operand?"""
    return (
        is_view(op) and op.target not in HOLDERS and isinstance(op.result.type, (Array, Unknown))
    )


def _is_sum(op: Op) -> bool:
    if op.kind != "apply" or op.target not in _SUMS or not op.backward:
        return False
    a, b = op.result.type, op.operands[0].type
    return is_immutable_number(a) and is_immutable_number(b) or isinstance(a, Array) and a == b


def _root(value: Value, parent: dict[Value, Value]) -> Value:
    while value in parent:
        value = parent[value]
    return value


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


def _encloses(outer: Op, inner: Op) -> bool:
    op: Op | None = inner
    while op is not None:
        if op is outer:
            return True
        op = op.parent.parent if op.parent is not None else None
    return False
