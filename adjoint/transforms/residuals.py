"""Residuals: what backward code needs of a forward loop or branch is saved, or computed again.

`reverse` leaves backward regions that refer to values inside forward ones. Here each reference is
made legal, from the innermost pair of loops outwards. A value is recomputed when it is cheap and
all it needs is at hand anyway; a loop index is iterated again; everything else is recorded in a
stack, one element per iteration, or for a branch handed out of it. So a scalar is saved instead of
the array it was read from, and a condition is evaluated again instead of being stored.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable

from adjoint.ir import ops
from adjoint.ir.core import (
    Constant,
    Function,
    Op,
    Region,
    Value,
    clone_op,
    enclosing_region,
    start_of_counter,
)
from adjoint.ir.effects import is_cheap, is_pure, is_update, looks
from adjoint.ir.infer import infer, is_elementwise
from adjoint.ir.types import INT, UNDEFINED, Array, List, Range, Struct, Type, is_rank0
from adjoint.transforms.carries import add_carry


def resolve_residuals(function: Function, halves: bool = False) -> None:
    """Make every reference of backward code into a forward region legal.

    With `halves`, the function is to be cut in two: computing again saves handing over.
    """
    _Resolver(halves).region(function.body, None)


class _Resolver:
    def __init__(self, halves: bool):
        self.halves = halves

    def region(self, region: Region, loop: Op | None) -> None:
        for op in list(region.ops):
            mirror = op.attrs.get("mirror")
            inner_loop = op if op.kind in ("for", "while") else loop
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
        needed = _needed(forward, [backward])
        if not needed:
            return
        at_hand: set[Value] = set()
        if loop is not None:
            at_hand = {v for o in loop.body.walk() for v in o.operands}
        position = forward_op.regions.index(forward)
        inserter = _Inserter(backward)
        for value in needed:
            missing: set[Value] = set()
            counts = loop is not None or self.halves
            if counts and self.can_recompute(value, forward, at_hand, loop, missing):
                if len(missing) <= 1:
                    at_hand |= missing
                    self.recompute(value, forward, inserter, {})
                    continue
            result = self.hand_out(forward_op, position, value)
            _replace_inside([backward], value, result)

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

    def can_recompute(
        self,
        value: Value,
        forward: Region,
        at_hand: set[Value],
        loop: Op | None,
        missing: set[Value],
    ) -> bool:
        """Is the value cheap? What it is computed from and is not at hand goes into `missing`."""
        op = value.op
        if op is None or not is_repeatable(op) or _reads_overwritten(op):
            return False
        for operand in op.operands:
            if isinstance(operand, Constant):
                continue
            if enclosing_region(operand) is not forward:
                mirror = loop.attrs.get("mirror") if loop is not None else None
                inside = mirror is not None and enclosing_region(operand) is mirror.body
                if inside and operand not in at_hand and not _is_index(mirror, operand):
                    missing.add(operand)
                continue
            if not self.can_recompute(operand, forward, at_hand, loop, missing):
                return False
        return True

    def recompute(
        self, value: Value, forward: Region, inserter: _Inserter, done: dict[Value, Value]
    ) -> Value:
        """Clone the operation of `value` (and what it needs) into the backward region."""
        if value in inserter.clones:
            return inserter.clones[value]
        op = value.op
        assert op is not None
        for operand in op.operands:
            if enclosing_region(operand) is forward and not isinstance(operand, Constant):
                if operand.op is not None and operand not in inserter.available:
                    self.recompute(operand, forward, inserter, done)
        mapping = {**inserter.available, **inserter.clones}
        copy = clone_op(op, mapping)
        copy.backward = True
        inserter.insert(copy)
        for old, new in zip(op.results, copy.results, strict=True):
            inserter.clones[old] = new
            _replace_inside([inserter.region], old, new)
        return inserter.clones[value]

    # Loops

    def loop(self, forward: Op, op: Op) -> None:
        body = forward.body
        needed = _needed(body, op.regions)
        inserter = _Inserter(op.body)
        costly = [v for v in needed if not self._cheap_chain(v, forward)]
        for value in costly:
            if _can_iterate_again(forward, value):
                inserter.available[value] = self.iterate_again(forward, op, value)
            else:
                inserter.available[value] = self.save(forward, op, value)
            _replace_inside(op.regions, value, inserter.available[value])
        for value in needed:
            if value in inserter.available:
                continue
            if self._from_available(value, forward, op, inserter):
                self.recompute(value, body, inserter, {})
            else:
                inserter.available[value] = self.save(forward, op, value)
                _replace_inside(op.regions, value, inserter.available[value])
        if not op.sequences:
            self.count(forward, op)

    @staticmethod
    def _cheap_chain(value: Value, forward: Op) -> bool:
        return value.op is not None and is_cheap(value.op) and not _reads_overwritten(value.op)

    def _from_available(self, value: Value, forward: Op, op: Op, inserter: _Inserter) -> bool:
        """Can the value be recomputed from what is saved anyway?"""
        if value in inserter.available or value in inserter.clones:
            return True
        if enclosing_region(value) is not forward.body or isinstance(value, Constant):
            return True
        if value.op is None:
            if _can_iterate_again(forward, value):
                inserter.available[value] = self.iterate_again(forward, op, value)
                return True
            return False
        if not is_cheap(value.op) or _reads_overwritten(value.op):
            return False
        return all(self._from_available(v, forward, op, inserter) for v in value.op.operands)

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
        if _may_end_early(forward):
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


def _reads_overwritten(op: Op) -> bool:
    """Does the operation read an array that is written to afterwards?

    Then what was read is saved: to read it again, all of the array would have to be.
    """
    if op.target is not operator.getitem and not looks(op):
        return False
    return is_overwritten(op.operands[0])


def is_overwritten(value: Value) -> bool:
    """Does the program write to this array or list afterwards?"""
    return _is_overwritten(value, set())


def _is_overwritten(value: Value, seen: set[Value]) -> bool:
    if value in seen or isinstance(value, Constant):
        return False
    seen.add(value)
    op = value.op
    if op is not None and (op.target is operator.getitem or looks(op)):
        if isinstance(value.type, (Array, List)) and _is_overwritten(op.operands[0], seen):
            return True
    later: list[Value] = []
    for user in value.users:
        if user.kind == "apply" and is_update(user.target) and user.operands[0] is value:
            if not user.backward:
                return True
        elif user.kind in ("for", "while"):
            later += [c for c, init in zip(user.carries, user.inits, strict=True) if init is value]
        elif user.kind == "yield" and user.parent is not None and user.parent.parent is not None:
            owner = user.parent.parent
            if owner.kind == "if":
                later += [
                    r for r, v in zip(owner.results, user.operands, strict=True) if v is value
                ]
            elif user.parent is owner.body:
                pairs = zip(owner.next_carries, owner.carries, owner.results, strict=False)
                later += [v for n, c, r in pairs if n is value for v in (c, r)]
    return any(_is_overwritten(v, seen) for v in later)


def is_repeatable(op: Op) -> bool:
    """Is it better to compute this again than to hand it over?"""
    return is_cheap(op) or op.target is ops.unpack or _is_scalar_function(op)


def _is_scalar_function(op: Op) -> bool:
    """A pure function of single numbers: cheaper to call again than to explain a placeholder."""
    if op.kind != "apply" or not is_pure(op.target):
        return False
    numbers = all(is_rank0(v.type) for v in [*op.operands, *op.results])
    module = getattr(op.target, "__module__", "")
    return numbers and (is_elementwise(op.target) or module == "math")


class _Inserter:
    """Puts recomputed operations at the start of a backward region, in order."""

    def __init__(self, region: Region):
        self.region = region
        self.position = 0
        self.clones: dict[Value, Value] = {}
        self.available: dict[Value, Value] = {}

    def insert(self, op: Op) -> None:
        op.parent = self.region
        self.region.ops.insert(self.position, op)
        self.position += 1


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
    defined = [*forward.params, *(r for op in forward.ops for r in op.results)]
    return [v for v in defined if v in used]


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


def _is_index(loop: Op | None, value: Value) -> bool:
    return loop is not None and value.op is None and _can_iterate_again(loop, value)


def _can_iterate_again(loop: Op, value: Value) -> bool:
    """Is `value` an element of a sequence that the backward loop can step through as well?"""
    if loop.kind != "for" or value not in loop.elements:
        return False
    if _may_end_early(loop):
        type_ = loop.sequences[loop.elements.index(value)].type
        indexed = isinstance(type_, (Array, Range)) or isinstance(type_, List) and not type_.tape
        return "checkpoint" in loop.attrs and (indexed or not isinstance(type_, (List, Struct)))
    counter = start_of_counter(loop.sequences[loop.elements.index(value)]) is not None
    return not counter or loop.n_sequences > 1


def _may_end_early(loop: Op) -> bool:
    """May the loop end before its sequences do?"""
    return loop.has_exit or not loop.is_aligned


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


__all__ = ["resolve_residuals", "Array", "Struct", "Type"]
