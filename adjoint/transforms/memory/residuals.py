"""Residuals: what backward code needs of a forward loop or branch is saved, or computed again.

`reverse` leaves backward regions that refer to values inside forward ones. Here each reference is
made legal, from the innermost pair of loops outwards. A value is recomputed when it is cheap and
all it needs is at hand anyway; a loop index is iterated again; everything else is recorded in a
stack, one element per iteration, or for a branch handed out of it. So a scalar is saved instead of
the array it was read from, and a condition is evaluated again instead of being stored.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import (
    Constant,
    Function,
    Op,
    Region,
    Value,
    clone_op,
    enclosing_region,
    free_values,
    is_inside,
    start_of_counter,
)
from adjoint.ir.effects import reads_form
from adjoint.ir.infer import infer
from adjoint.ir.types import INT, UNDEFINED, Array, List, Range, compatible, same_size
from adjoint.transforms.memory.carries import add_carry
from adjoint.transforms.memory.choosing import (
    Sources,
    can_iterate_again,
    choose,
    is_invariant,
    may_end_early,
)
from adjoint.transforms.memory.fusion import (
    is_chosen_late,
    iterates_independently,
    saves,
    take_where_reversed,
)

#: For tests: save all that an iteration computes, instead of reading or computing it again.
SAVES_EVERYTHING = False


def resolve_residuals(function: Function, halves: bool = False) -> None:
    """Save what the backward half cannot have in another way.

    With `halves`, the function is to be cut in two: computing again saves handing over.
    """
    _Resolver(function, Sources(function, SAVES_EVERYTHING), halves).region(function.body, None)


class _Resolver:
    def __init__(self, function: Function, sources: Sources, halves: bool):
        self.function, self.sources, self.halves = function, sources, halves

    def region(self, region: Region, loop: Op | None) -> None:
        for op in list(region.ops):
            mirror = op.attrs.get("mirror")
            inner_loop = op if op.kind in ("for", "while") else loop
            if mirror is not None and self.fuse(mirror, op):
                mirror = None
            for nested in op.regions:
                self.region(nested, inner_loop)
            if mirror is None:
                continue
            if op.kind == "if":
                for forward, backward in zip(mirror.regions, op.regions, strict=True):
                    self.branch(mirror, forward, op, backward, loop)
            else:
                self.loop(mirror, op)
            del op.attrs["mirror"]
            op.attrs["reverse_of"] = mirror

    # Branches

    def branch(
        self, forward_op: Op, forward: Region, op: Op, backward: Region, loop: Op | None
    ) -> None:
        answer_sizes(self.function, forward, op, [backward])
        needed = _needed(forward, [backward])
        if not needed:
            return
        kept = set(needed)  # at the top of a function, a variable costs nothing
        mirror = loop.attrs.get("mirror") if loop is not None else None
        if loop is not None or self.halves:
            at_hand = set() if loop is None else {v for o in loop.body.walk() for v in o.operands}
            regions = [forward] if mirror is None else [forward, mirror.body]
            kept = choose(needed, regions, lambda v: _is_at_hand(v, at_hand, mirror), self.sources)
        position = forward_op.regions.index(forward)
        inserter = _Inserter(backward)
        for value in _in_order(forward, {*kept, *needed}):
            if value in kept:
                result = self.hand_out(forward_op, position, value)
                inserter.available[value] = result
                _replace_inside([backward], value, result)
            else:
                self.recompute(value, forward, inserter)

    @staticmethod
    def hand_out(op: Op, position: int, value: Value) -> Value:
        """`value` of one arm as a result of the branch; undefined when the other is taken."""
        for k, result in enumerate(op.results):
            if op.regions[position].yields[k] is value and isinstance(
                op.regions[1 - position].yields[k], Constant
            ) and op.regions[1 - position].yields[k].type == UNDEFINED:  # fmt: skip
                return result
        result = Value(value.type, value.name, op)
        op.results.append(result)
        for k, region in enumerate(op.regions):
            other = Constant(ops.UNDEFINED_VALUE, UNDEFINED)
            region.terminator.extend_operands([value if k == position else other])
        return result

    def recompute(
        self, value: Value, forward: Region, inserter: _Inserter, again: _Again | None = None
    ) -> Value:
        """Compute `value`, and what it needs, in the backward region."""
        if value in inserter.available:
            return inserter.available[value]
        if isinstance(value, Constant) or enclosing_region(value) is not forward:
            return value
        if again is not None and again.covers(value):
            new = again.make(value)
        else:
            sources = self.sources.of(value)
            assert sources is not None
            mapping = {v: self.recompute(v, forward, inserter, again) for v in sources}
            if value in self.sources.reads:
                state, *steps = (mapping[v] for v in sources)
                new = inserter.read(state, steps, value)
            else:
                assert value.op is not None
                copy = clone_op(value.op, mapping)
                copy.backward = True
                inserter.insert(copy)
                for old, result in zip(value.op.results, copy.results, strict=True):
                    inserter.available[old] = result
                    _replace_inside([inserter.region], old, result)
                return inserter.available[value]
        inserter.available[value] = new
        _replace_inside([inserter.region], value, new)
        return new

    # Loops

    def fuse(self, forward: Op, op: Op) -> bool:
        """Take independent iterations where they are reversed, where they would save anything."""
        if self.halves or self.sources.saves_everything:
            return False
        if is_chosen_late(self.function, forward, op):
            take_where_reversed(forward, op, {})
            del op.attrs["mirror"]
            return True
        again = _Again(self, forward, op)
        if not iterates_independently(self.function, forward, op):
            return False
        if not saves(forward, op, again.covers, self.sources):
            return False
        stepped = [e for e in forward.elements if e.users]
        elements = {e: self.iterate_again(forward, op, e) for e in stepped}
        if not op.sequences:
            self.count(forward, op)
        take_where_reversed(forward, op, elements)
        del op.attrs["mirror"]
        return True

    def loop(self, forward: Op, op: Op) -> None:
        body = forward.body
        answer_sizes(self.function, body, op, op.regions)
        needed = _needed(body, op.regions)
        again = _Again(self, forward, op)
        kept = choose(needed, [body], again.covers, self.sources)
        inserter = _Inserter(op.body)
        handed = {} if self.sources.saves_everything else _handed_on(forward, kept)
        for value in _in_order(body, {*kept, *needed}):
            if value in handed:
                continue
            if value in kept:
                inserter.available[value] = self.save(forward, op, value)
                _replace_inside(op.regions, value, inserter.available[value])
            elif value.op is None:
                self.recompute(value, body, inserter, again)
        for value, k in handed.items():
            entry = inserter.available[forward.carries[k]]
            following = add_carry(op, forward.results[k], entry, value.name)
            following.type = value.type
            inserter.available[value] = following
            _replace_inside(op.regions, value, following)
        for value in needed:
            self.recompute(value, body, inserter, again)
        if not op.sequences:
            self.count(forward, op)

    @staticmethod
    def save(forward: Op, op: Op, value: Value) -> Value:
        """Record `value` in the forward loop and consume the stack in the backward one."""
        for stack, record in zip(forward.stacks, forward.records, strict=True):
            if record is value and stack.type == List(value.type, tape=True):
                return add_sequence(op, stack, value)
        stack = Value(List(value.type, tape=True), "", forward)
        terminator = forward.body.terminator
        yields = list(terminator.operands)
        yields.insert(len(forward.results), value)
        terminator.set_operands(yields)
        forward.results.append(stack)
        return add_sequence(op, stack, value)

    @staticmethod
    def iterate_again(forward: Op, op: Op, element: Value) -> Value:
        """Step through the sequence of the forward loop a second time, in the other direction."""
        position = forward.elements.index(element)
        sequence = forward.sequences[position]
        if may_end_early(forward):
            return add_sequence(op, _beginning(forward, op, sequence), element)
        start = start_of_counter(sequence)
        if start is not None:
            other = next(s for s in forward.sequences if start_of_counter(s) is None)
            length = _insert_before(op, len, [other])
            if isinstance(start, Constant) and start.value == 0:
                sequence = _insert_before(op, range, [length])
            else:
                stop = _insert_before(op, operator.add, [start, length])
                sequence = _insert_before(op, range, [start, stop])
        return add_sequence(op, sequence, element)

    @staticmethod
    def count(forward: Op, op: Op) -> None:
        """Nothing of an iteration is needed, only how many there were."""
        first = forward.sequences[0] if forward.n_sequences else None
        simple = forward.n_sequences == 1 and not forward.has_exit
        if first is not None and (simple or forward.attrs.get("aligned")):
            if isinstance(first.type, Range):
                sequence = first
            else:
                sequence = _insert_before(op, range, [_insert_before(op, len, [first])])
        else:
            trips = _count_trips(forward)
            sequence = _insert_before(op, range, [trips])
        add_sequence(op, sequence, Value(INT, ""))


def answer_sizes(function: Function, forward: Region, op: Op, regions: Sequence[Region]) -> None:
    """Let no array be saved for its size: ask another one of that size, or save the size.

    >>> # shape of a step's `v`, of the size of the parameter `x`, becomes that of `x`
    """
    needed = _needed(forward, regions)
    asked: dict[Value, list[Op]] = {}
    for value in needed:
        users = [u for u in value.users if any(is_inside(u.parent, r) for r in regions)]
        forms = all(reads_form(u.target) and u.operands[0] is value for u in users)
        if forms and isinstance(value.type, Array) and value.type.dims:
            asked[value] = users
    if not asked:
        return
    outer = [v for region in regions for v in free_values(region)
             if not is_inside(enclosing_region(v), forward)]  # fmt: skip
    owner = forward.parent
    around = [] if owner is None else [*owner.operands, *_results_of(owner, forward)]
    others = [v for v in [*outer, *function.params, *around, *needed] if v not in asked]
    others = [v for v in others if v in around or _is_assigned(v)]
    for value, users in asked.items():
        zeros = any(u.target is ops.zero for u in users)
        like = next((v for v in others if _has_size_of(v, value, zeros)), None)
        for user in users:
            if like is not None:
                user.replace_operand(value, like)
            elif user.target in (np.shape, np.size, len):
                user.result.replace_with(_ask_early(user, value, forward))
                assert user.parent is not None
                user.parent.ops.remove(user)
                user.drop()


def _results_of(op: Op, region: Region) -> list[Value]:
    """The results of an operation that are there where this region of it has run."""
    if op.kind != "if":
        return list(op.results)
    given = zip(op.results, region.yields, strict=True)
    return [result for result, value in given if _is_assigned(value)]


def _is_assigned(value: Value) -> bool:
    """Is there an array on every path: does no arm of a branch leave it unassigned?"""
    if isinstance(value, Constant):
        return False
    op = value.op
    if op is None or op.kind != "if":
        return True
    k = op.results.index(value)
    return all(_is_assigned(region.yields[k]) for region in op.regions)


def _has_size_of(other: Value, value: Value, and_dtype: bool) -> bool:
    a, b = other.type, value.type
    if not (isinstance(a, Array) and isinstance(b, Array)) or a.loose or b.loose or a.scalar:
        return False
    if and_dtype and a.dtype != b.dtype or len(a.dims) != len(b.dims):
        return False
    return all(map(same_size, a.dims, b.dims))


def _ask_early(question: Op, value: Value, forward: Region) -> Value:
    """Put a question about the form of a value in the forward half, where it is computed."""
    copy = clone_op(question, {})
    copy.backward, copy.parent = False, forward
    copy.attrs["derived"] = True
    place = forward.ops.index(value.op) + 1 if value.op is not None else 0
    forward.ops.insert(place, copy)
    return copy.result


def _count_trips(forward: Op) -> Value:
    """A carry that counts the iterations of a loop."""
    step = Op("apply", [Constant(0), Constant(1)], [INT], target=operator.add)
    step.span, step.parent = forward.span, forward.body
    step.result.name = "trips"
    place = 0 if forward.has_exit else len(forward.body.ops) - 1  # nothing follows an exit
    forward.body.ops.insert(place, step)
    carry = add_carry(forward, Constant(0), step.result, "trips")
    step.set_operands([carry, Constant(1)])
    return forward.results[forward.carries.index(carry)]


def _handed_on(forward: Op, kept: set[Value]) -> dict[Value, int]:
    """Values with which the next iteration begins, if it saves what it begins with.

    Going backwards, an iteration gets them from the one that came after it.
    """
    found: dict[Value, int] = {}
    if "checkpoint" in forward.attrs:
        return found
    for k, (carry, value) in enumerate(zip(forward.carries, forward.next_carries, strict=True)):
        same = compatible(carry.type, value.type) and compatible(value.type, carry.type)
        if carry in kept and value in kept and same and isinstance(value.type, Array):
            if enclosing_region(value) is forward.body and value.op is not None:
                found.setdefault(value, k)
    return found


class _Again:
    """What the backward loop has without saving it: indices, and what no iteration changes."""

    def __init__(self, resolver: _Resolver, forward: Op, op: Op):
        self.resolver, self.forward, self.op = resolver, forward, op

    def covers(self, value: Value) -> bool:
        if value.op is None:
            return can_iterate_again(self.forward, value)
        hoists = not self.resolver.sources.saves_everything
        return hoists and is_invariant(value, self.forward.body)

    def make(self, value: Value) -> Value:
        if value.op is None:
            return self.resolver.iterate_again(self.forward, self.op, value)
        return self._hoist(value)

    def _hoist(self, value: Value) -> Value:
        """Compute an invariant before the backward loop, once."""
        if isinstance(value, Constant) or enclosing_region(value) is not self.forward.body:
            return value
        op, region = value.op, self.op.parent
        assert op is not None and region is not None
        copy = clone_op(op, {v: self._hoist(v) for v in op.operands})
        copy.backward, copy.parent = True, region
        region.ops.insert(region.ops.index(self.op), copy)
        return copy.results[op.results.index(value)]


def _is_at_hand(value: Value, at_hand: set[Value], loop: Op | None) -> bool:
    """Does the backward loop around a branch have the value anyway?"""
    if loop is None or enclosing_region(value) is not loop.body:
        return False
    return value in at_hand or value.op is None and can_iterate_again(loop, value)


class _Inserter:
    """Puts recomputed operations at the start of a backward region, in order."""

    def __init__(self, region: Region):
        self.region = region
        self.position = 0
        self.available: dict[Value, Value] = {}

    def insert(self, op: Op) -> None:
        op.parent = self.region
        self.region.ops.insert(self.position, op)
        self.position += 1

    def read(self, state: Value, steps: Sequence[Value], value: Value) -> Value:
        """Read a part of an array, under the name of the value that it is."""
        span = value.op.span if value.op is not None else None
        for step in steps:
            types = [infer(operator.getitem, [state, step], {})]
            op = Op("apply", [state, step], types, target=operator.getitem, span=span)
            op.backward = True
            self.insert(op)
            state = op.result
        state.name = value.name
        return state


def _needed(forward: Region, regions: Iterable[Region]) -> list[Value]:
    """Values of the forward region that the backward regions use, in order of definition."""
    used: set[Value] = set()
    for region in regions:
        for op in region.walk():
            for value in op.operands:
                if not isinstance(value, Constant) and enclosing_region(value) is forward:
                    used.add(value)
    if not used:
        return []
    return _in_order(forward, used)


def _in_order(region: Region, values: set[Value]) -> list[Value]:
    """Those of the values that the region defines, in order of definition."""
    defined = [*region.params, *(r for op in region.ops for r in op.results)]
    return [v for v in defined if v in values]


def _replace_inside(regions: Iterable[Region], old: Value, new: Value) -> None:
    """Replace the uses of `old` in these (backward) regions only."""
    roots = list(regions)
    for user in list(old.users):
        region = user.parent
        while region is not None:
            if region in roots:
                user.replace_operand(old, new)
                break
            region = region.parent.parent if region.parent else None


def add_sequence(op: Op, sequence: Value, element: Value) -> Value:
    """Make a loop run over one more sequence; returns the parameter for its elements."""
    for existing, param in zip(op.sequences, op.elements, strict=True):
        if existing is sequence:
            return param
    position = op.n_sequences
    operands = list(op.operands)
    operands.insert(position, sequence)
    param = Value(element.type, element.name, op.body)
    op.body.params.insert(position, param)
    op.attrs["sequences"] = position + 1
    op.set_operands(operands)
    return param


def _beginning(forward: Op, op: Op, sequence: Value) -> Value:
    """The part of a sequence that a loop has stepped through; counting is less than recording."""
    known = forward.attrs.get("trips")
    if known not in forward.results:
        known = forward.attrs["trips"] = _count_trips(forward)
    trips: Value = known
    start, made = start_of_counter(sequence), sequence.op
    if start is None and made is not None and made.target is range and len(made.operands) == 1:
        start = Constant(0)
    if start is None:
        part = _insert_before(op, slice, [Constant(None), trips, Constant(None)])
        return _insert_before(op, operator.getitem, [sequence, part])
    if isinstance(start, Constant) and start.value == 0:
        return _insert_before(op, range, [trips])
    stop = _insert_before(op, operator.add, [start, trips])
    return _insert_before(op, range, [start, stop])


def _insert_before(op: Op, target: object, operands: list[Value]) -> Value:
    """Append an operation to the region of `op`, just before it."""
    region = op.parent
    assert region is not None
    new = Op("apply", operands, [infer(target, operands, {})], target=target, span=op.span)
    new.backward, new.parent = True, region
    region.ops.insert(region.ops.index(op), new)
    return new.result


__all__ = ["resolve_residuals"]
