"""Which values may be one and the same memory.

Two answers are combined: classes of values that are connected by views, carries, branches and
containers at all, and, within a class, the operations that made the memory that each may be.
"""

from __future__ import annotations

import itertools
import operator
from collections import defaultdict

import numpy as np

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
    is_view,
    lenders,
    memory_of_result,
    result_of,
)
from adjoint.ir.types import Array, List, Struct, Unknown, equal_dims, is_immutable_number

#: Sums are written as `+=` in the backward half.
_SUMS = (operator.add, operator.sub, ops.add_containers)


class Sharing:
    """The memory of a function's values.

    Attributes
    ----------
    order : the place of each operation in the text.
    members : of each class of values that are connected, all values.
    kept : what has been given to opaque operations.
    """

    def __init__(self, function: Function):
        self.function = function
        self.parent: dict[Value, Value] = {}
        self.direct: dict[Value, Value] = {}  # as parent, but not through containers
        self.members: dict[Value, list[Value]] = {}
        self.order: dict[Op, int] = {}
        self.sites: dict[Value, frozenset[Value]] = {}
        self.local: dict[tuple[Op, Value], frozenset[Value]] = {}
        self.confused: dict[Op, set[frozenset[Value]]] = {}
        self.kept: list[Value] = []  # what a callable that nothing is known of has been given
        self._connect()
        self.last: dict[Op, int] = {}  # the place of the last operation nested in each
        self._number(function.body)
        self.alive: dict[Op, list[Value]] = {}
        self._sweep()

    def find(self, value: Value) -> Value:
        return root(value, self.parent)

    def same(self, a: Value, b: Value) -> bool:
        return self.find(a) is self.find(b)

    def same_container(self, a: Value, b: Value) -> bool:
        """May the two be one list, and not only lists that hold the same items?"""
        return root(a, self.direct) is root(b, self.direct)

    def _unite(self, a: Value, b: Value, held: bool = False) -> None:
        if not (has_memory(a) and has_memory(b)):
            return
        if not held:
            c, d = root(a, self.direct), root(b, self.direct)
            if c is not d:
                self.direct[d] = c
        a, b = self.find(a), self.find(b)
        if a is not b:
            if len(self.members.setdefault(a, [a])) < len(self.members.setdefault(b, [b])):
                a, b = b, a
            self.parent[b] = a
            self.members[a] += self.members.pop(b)

    def _connect(self) -> None:
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
                unknown = [r for r in op.results if memory_of_result(op, r) is None]
                if unknown:
                    for value in [*op.operands, *unknown]:
                        self._unite(unknown[0], value)
                for result in op.results:
                    for position in memory_of_result(op, result) or ():
                        self._unite(result, op.operands[position])
            elif op.kind == "apply" and (is_update(op.target) or is_sum(op)):
                self._unite(op.result, op.operands[0])
                if holds_its_value(op):
                    self._unite(op.result, op.operands[1], held=True)
            elif is_opaque(op):
                self.kept += op.operands
                for value in [*op.operands, *op.results]:
                    self._unite(op.result, value)
            elif op.kind == "apply" and is_view(op):
                for result in op.results:
                    for operand in lenders(op):
                        self._unite(result, operand, held=holds(op))

    # Who is alive at a write

    def alive_at(self, write: Op) -> list[Value]:
        """The values connected to what is written that may be read later (and perhaps more)."""
        return self.alive.get(write, [])

    def _number(self, region: Region) -> None:
        for op in region.ops:
            for nested in op.regions:
                self._number(nested)
            inner = [self.last[r.ops[-1]] for r in op.regions if r.ops]
            self.last[op] = max([self.order[op], *inner])

    def _sweep(self) -> None:
        """One walk over the writes of each class, in the order of the text."""
        writes: dict[Value, list[Op]] = defaultdict(list)
        for op in self.order:
            if op.kind == "apply" and (is_update(op.target) or is_sum(op)):
                writes[self.find(op.operands[0])].append(op)
        for one, members in self.members.items():
            waiting = sorted(members, key=self.start, reverse=True)
            active: list[tuple[int, Value]] = []
            for write in writes.get(one, ()):
                place = self.order[write]
                while waiting and self.start(waiting[-1]) < place:
                    value = waiting.pop()
                    active.append((self._end(value), value))
                active = [(end, value) for end, value in active if end > place]
                self.alive[write] = [value for _, value in active]

    def start(self, value: Value) -> int:
        """Where the value comes into being; a tape grows while its loop runs."""
        op = value.op
        if op is not None:
            return self.order[op] if is_tape(value) else self.last[op]
        loop = value.owner.parent if isinstance(value.owner, Region) else None
        return -1 if loop is None else self.order[loop]

    def rank(self, value: Value) -> tuple[int, int]:
        """Where the value comes into being, and which one it is of those that do so together."""
        together: list[Value] = []
        if value.op is not None:
            together = value.op.results
        elif isinstance(value.owner, Region):
            together = value.owner.params
        return self.start(value), together.index(value) if together else -1

    def _end(self, value: Value) -> int:
        """Where it may be read for the last time; what a loop reads of outside, to its end."""
        home = enclosing_region(value)
        end = -1
        for user in value.users:
            place, region = self.order[user], user.parent
            if steps_through(user, value):
                place = self.last[user]
            while region is not None and region is not home and region.parent is not None:
                if region.parent.kind in ("for", "while"):
                    place = self.last[region.parent]
                region = region.parent.parent
            end = max(end, place)
        return end

    # Within a class

    def may_share(self, value: Value, base: Value) -> bool:
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
        common = self.made_by(value) & self.made_by(base)
        return any(site.op is None or not self._precedes(value, site.op) for site in common)

    def may_be_recorded(self, tape: Value, base: Value) -> bool:
        """May an earlier trip of the loop around have put this memory onto the loop's tape?

        Not what this trip has made.
        """
        loop = tape.op
        assert loop is not None
        recorded = self.made_by(tape)
        return any(
            self.made_by(end) & recorded if end in loop.carries else end in recorded
            for end in self._local(loop, base)
            if end in loop.carries or not is_inside(enclosing_region(end), loop.body)
        )

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
        return y in self.made_by(x)

    def _local(self, loop: Op, value: Value) -> frozenset[Value]:
        """The values that a value of the body is made of, back to the carries of the loop."""
        key = (loop, value)
        if key not in self.local:
            found: dict[Value, None] = {}
            ends, work = set(), [value]
            while work:
                v = work.pop()
                if v in found or not has_memory(v):
                    continue
                found[v] = None
                if v in loop.carries or self._is_made(v):
                    ends.add(v)
                work += [] if v in loop.carries else self._sources(v)
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
            carries = [k for k, c in enumerate(loop.carries) if has_memory(c)]
            again = True
            while again:
                again = False
                for j, k in itertools.combinations(carries, 2):
                    pair = frozenset((loop.carries[j], loop.carries[k]))
                    if pair in pairs:
                        continue
                    before = self.made_by(loop.inits[j]) & self.made_by(loop.inits[k])
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
        return made is None or self.order[made] < self.order[op] and not encloses(made, op)

    def made_by(self, value: Value) -> frozenset[Value]:
        """The values that are memory of their own, which this one may be or hold."""
        chain: list[Value] = []
        while value not in self.sites:  # a long row of writes is followed once
            sources = [v for v in self._sources(value) if has_memory(v)]
            if len(sources) != 1 or value.op is None or value.op.kind != "apply":
                self.sites[value] = frozenset(filter(self._is_made, self.origins(value)))
                break
            chain.append(value)
            (value,) = sources
        found = self.sites[value]
        for later in reversed(chain):
            found = self.sites[later] = found | {later} if self._is_made(later) else found
        return found

    def _is_made(self, value: Value) -> bool:
        """Is this a parameter, or does its operation make new memory? (A container is new.)

        So does the view of a number: `np.reshape(2.0, (1,))`. What may be read-only, or comes out
        of a call, is named as well.
        """
        op = value.op
        if is_tape(value):
            return True
        if op is not None and op.kind == "apply":
            if holds(op) and not is_update(op.target) or result_of(op).read_only:
                return True
        if op is not None and (op.kind == "call" or is_opaque(op)):
            return True
        return not any(map(has_memory, self._sources(value)))

    def origins(self, base: Value) -> list[Value]:
        """The values whose memory `base` may be."""
        found: dict[Value, None] = {}
        work = [base]
        while work:
            value = work.pop()
            if value not in found and has_memory(value):
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
            positions = memory_of_result(op, value)
            return op.operands if positions is None else [op.operands[k] for k in positions]
        if is_opaque(op):
            return op.operands
        if holds_its_value(op):
            return op.operands[:2]
        if is_update(op.target) or is_sum(op):
            return op.operands[:1]
        return lenders(op)

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


def _parts(loop: Op, element: Value) -> list[Value]:
    pattern = loop.attrs.get("patterns", {}).get(element)
    return [element] if pattern is None else [element, *(v for v in pattern if v is not None)]


def has_memory(value: Value) -> bool:
    """Can anyone see a write into this value through another one?"""
    type_ = value.type
    if isinstance(value, Constant):
        return isinstance(value.value, (np.ndarray, list))
    return (
        isinstance(type_, (Unknown, List, Struct)) or isinstance(type_, Array) and not type_.scalar
    )


def is_tape(value: Value) -> bool:
    """Is this what the trips of a loop record, which grows while the loop runs?"""
    op = value.op
    return op is not None and op.kind in ("for", "while") and value in op.stacks


def holds_its_value(op: Op) -> bool:
    """Does a list get hold of what is written into it?"""
    if op.target is ops.append:
        return True
    return op.target is ops.store and isinstance(op.operands[0].type, List)


def is_opaque(op: Op) -> bool:
    """Is nothing known of the callable: may it keep what it is given, and return it again?"""
    return bool(op.attrs.get("opaque"))


def steps_through(op: Op, value: Value) -> bool:
    """Does the loop take its elements from the value, one at the beginning of each trip?"""
    return op.kind == "for" and value in op.sequences


def is_sum(op: Op) -> bool:
    """May the sum be written into its first operand, where nothing else needs that?

    Complex ones are not: the first may be real when the program runs, as eigenvalues are.
    """
    if op.kind != "apply" or op.target not in _SUMS or not op.backward:
        return False
    a, b = op.result.type, op.operands[0].type
    if is_immutable_number(a) or is_immutable_number(b):
        return is_immutable_number(a) and is_immutable_number(b)
    return isinstance(a, Array) and isinstance(b, Array) and a.dtype.kind != "c" and (
        a == b or a.dtype == b.dtype and a.loose == b.loose and equal_dims(a.dims, b.dims)
    )  # fmt: skip


def root(value: Value, parent: dict[Value, Value]) -> Value:
    while value in parent:
        value = parent[value]
    return value
