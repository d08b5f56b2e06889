"""Inequalities between the integers of a program, proven from the bounds of its loops.

An integer is an affine form of symbols: loop indices, lengths, and integers that nothing is known
of. A loop index has the bounds of its range. `Bounds.holds` proves that a form is never negative.
It eliminates one symbol after the other by a bound of it; what it cannot prove is unknown.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from adjoint.ir.core import Constant, Op, Region, Value, start_of_counter
from adjoint.ir.types import Range, Scalar, Size

#: What stands for an integer: a value with the iteration that it belongs to, or a size.
Symbol = tuple[object, int]

#: How many bounds may be put in, one after the other.
DEPTH = 6
#: How many forms are looked at in one proof.
PATIENCE = 600


@dataclass(frozen=True)
class Form:
    """`constant + sum(factor * symbol)`."""

    terms: frozenset[tuple[Symbol, int]] = frozenset()
    constant: int = 0

    def __add__(self, other: Form | int) -> Form:
        if isinstance(other, int):
            return Form(self.terms, self.constant + other)
        terms = dict(self.terms)
        for symbol, factor in other.terms:
            terms[symbol] = terms.get(symbol, 0) + factor
        kept = frozenset((s, f) for s, f in terms.items() if f)
        return Form(kept, self.constant + other.constant)

    def __mul__(self, factor: int) -> Form:
        if not factor:
            return Form()
        return Form(frozenset((s, f * factor) for s, f in self.terms), self.constant * factor)

    def __sub__(self, other: Form | int) -> Form:
        return self + (-other if isinstance(other, int) else other * -1)


_NEGATED = {
    operator.eq: operator.ne,
    operator.ne: operator.eq,
    operator.lt: operator.ge,
    operator.ge: operator.lt,
    operator.gt: operator.le,
    operator.le: operator.gt,
}


def _meet(a: Form, b: Form) -> bool:
    """Would something cancel in the difference?"""
    other = dict(b.terms)
    return any(other.get(symbol, 0) * factor > 0 for symbol, factor in a.terms)


def symbol_of(what: object, tag: int) -> Form:
    return Form(frozenset([((what, tag), 1)]))


class Bounds:
    """What is known of the integers at one place of the program.

    Two iterations are looked at, an earlier one and a later one. A symbol has the tag 1 if it
    belongs to the later one; what is the same in both has the tag 0.

    Parameters
    ----------
    differs : may a value be another one in the later iteration?
    """

    def __init__(self, differs: Callable[[Value], bool] = lambda value: False):
        self.differs = differs
        self.after: dict[Symbol, list[Form]] = {}  # lower bounds, by what came before
        self.before: dict[Symbol, list[Form]] = {}
        self.patience = PATIENCE
        self.facts: list[Form] = []  # never negative
        self.not_zero: list[Form] = []

    def assume_arms(self, region: Region | None, tag: int) -> None:
        """State the conditions of the branches around what runs in a region."""
        while region is not None and region.parent is not None:
            owner = region.parent
            test = owner.operands[0].op if owner.kind == "if" else None
            if test is not None and len(test.operands) == 2:
                if all(_is_integer(v) for v in test.operands):
                    a, b = (self.form(v, tag) for v in test.operands)
                    self._assume(test.target, region is owner.regions[0], a - b)
            region = owner.parent

    def _assume(self, target: object, holds: bool, difference: Form) -> None:
        """State what a comparison says about the difference of its sides."""
        if target not in _NEGATED:
            return
        target = target if holds else _NEGATED[target]
        if target is operator.ne:
            self.not_zero += [difference, difference * -1]
        if target in (operator.eq, operator.ge):
            self.facts.append(difference)
        if target in (operator.eq, operator.le):
            self.facts.append(difference * -1)
        if target is operator.gt:
            self.facts.append(difference - 1)
        if target is operator.lt:
            self.facts.append(difference * -1 - 1)

    def follows(self, loop: Op) -> None:
        """State that the later iteration is one that follows on the earlier one in `loop`."""
        for element, sequence in zip(loop.elements, loop.sequences, strict=True):
            step = step_of(sequence)
            if step is None:
                continue
            if loop.attrs.get("backwards"):
                step = -step
            earlier, later = symbol_of(element, 0), symbol_of(element, 1)
            if step > 0:
                self.after.setdefault((element, 1), []).append(earlier + step)
                self.before.setdefault((element, 0), []).append(later - step)
            else:
                self.before.setdefault((element, 1), []).append(earlier + step)
                self.after.setdefault((element, 0), []).append(later - step)

    def form(self, value: Value, tag: int = 0) -> Form:
        """The value as an affine form; `tag` is 1 for what belongs to the later iteration."""
        if isinstance(value, Constant):
            number = value.value
            if isinstance(number, (int, np.integer)) and not isinstance(number, bool):
                return Form(constant=int(number))
            return symbol_of(value, 0)
        op = value.op
        if op is not None and op.kind == "apply" and _is_integer(value) and not op.keywords:
            if op.target is operator.add:
                return self.form(op.operands[0], tag) + self.form(op.operands[1], tag)
            if op.target is operator.sub:
                return self.form(op.operands[0], tag) - self.form(op.operands[1], tag)
            if op.target is operator.neg:
                return self.form(op.operands[0], tag) * -1
            if op.target is operator.mul:
                a, b = op.operands
                for factor, other in ((a, b), (b, a)):
                    if isinstance(factor, Constant) and type(factor.value) is int:
                        return self.form(other, tag) * factor.value
        its = 1 if tag and self.differs(value) else 0
        return symbol_of(value, its)

    @staticmethod
    def length(size: Size, axis: int) -> Form:
        """The length of the one array that is asked about, along an axis."""
        return Form(constant=size) if isinstance(size, int) else symbol_of(("axis", axis), 0)

    def holds(self, form: Form) -> bool:
        """Is the form certainly never negative?"""
        self.patience = PATIENCE
        return self._holds(form, DEPTH)

    def _holds(self, form: Form, depth: int) -> bool:
        if not form.terms:
            return form.constant >= 0
        self.patience -= 1
        if not depth or self.patience < 0:
            return False
        return self._follows_from_bounds(form, depth) or self._follows_from_facts(form, depth)

    def is_impossible(self) -> bool:
        """Do the conditions exclude each other, so that nothing runs under all of them?"""
        return any(self.holds(fact * -1 - 1) for fact in self.facts)

    def _follows_from_bounds(self, form: Form, depth: int) -> bool:
        for symbol, factor in form.terms:
            rest = form - Form(frozenset([(symbol, factor)]))
            for bound in self._lower(symbol) if factor > 0 else self._upper(symbol):
                if self._holds(rest + bound * factor, depth - 1):
                    return True
        return False

    def _follows_from_facts(self, form: Form, depth: int) -> bool:
        if any(self._holds(form - fact, depth - 1) for fact in self.facts if _meet(form, fact)):
            return True
        return any(form + 1 == d and self._holds(d, depth - 1) for d in self.not_zero)

    def _lower(self, symbol: Symbol) -> list[Form]:
        value, tag = symbol
        found = list(self.after.get(symbol, ()))
        sequence = _sequence(value)
        if sequence is not None:
            counter = start_of_counter(sequence)
            if counter is not None:
                found.append(self.form(counter, tag))
            ends = self._ends(sequence, tag)
            if ends is not None:
                found.append(ends[0])
        elif isinstance(value, Value) and is_length(value):
            found.append(Form())
        elif isinstance(value, tuple):  # the length of an axis
            found.append(Form())
        return found

    def _upper(self, symbol: Symbol) -> list[Form]:
        value, tag = symbol
        found = list(self.before.get(symbol, ()))
        sequence = _sequence(value)
        if sequence is not None:
            ends = self._ends(sequence, tag)
            if ends is not None:
                found.append(ends[1])
        return found

    def _ends(self, sequence: Value, tag: int) -> tuple[Form, Form] | None:
        """The smallest and the largest number of a range that is not empty."""
        parts = range_parts(sequence)
        if parts is None:
            return None
        start, stop, step = parts
        first, last = self.form(start, tag), self.form(stop, tag)
        return (first, last - 1) if step > 0 else (last + 1, first)


def _sequence(value: object) -> Value | None:
    """What a loop runs over to give this value."""
    if not isinstance(value, Value) or isinstance(value, Constant) or value.op is not None:
        return None
    loop = value.owner.parent if isinstance(value.owner, Region) else None
    if loop is None or loop.kind != "for" or value not in loop.elements:
        return None
    return loop.sequences[loop.elements.index(value)]


def _is_integer(value: Value) -> bool:
    """Is this an integer of Python's, which has no largest one?"""
    return isinstance(value.type, Scalar) and value.type.kind == "int"


def is_length(value: Value) -> bool:
    """Is this the length of something?"""
    op = value.op
    if op is None or op.kind != "apply":
        return False
    if op.target in (len, np.size):
        return True
    made = op.operands[0].op if op.target is operator.getitem else None
    return made is not None and made.target is np.shape


def range_parts(sequence: Value) -> tuple[Value, Value, int] | None:
    """Start, stop and constant step of a range; the numbers of one that is turned around."""
    op = sequence.op
    if isinstance(sequence, Constant) and isinstance(sequence.value, range):
        r = sequence.value
        return Constant(r.start), Constant(r.stop), r.step
    if op is None or op.kind != "apply":
        return None
    if op.target is operator.getitem and _turns_around(op):
        return range_parts(op.operands[0])
    if op.target is not range:
        return None
    start, stop, step = Constant(0), op.operands[0], Constant(1)
    if len(op.operands) > 1:
        start, stop = op.operands[:2]  # type: ignore[assignment]
    if len(op.operands) > 2:
        step = op.operands[2]  # type: ignore[assignment]
    if not isinstance(step, Constant) or type(step.value) is not int or not step.value:
        return None
    return start, stop, step.value


def step_of(sequence: Value) -> int | None:
    """By how much each number of a sequence is above the one before; None for other things."""
    if start_of_counter(sequence) is not None:
        return 1
    turned = 1
    op = sequence.op
    while op is not None and op.target is operator.getitem and _turns_around(op):
        sequence, turned = op.operands[0], -turned
        op = sequence.op
    parts = range_parts(sequence)
    return None if parts is None else parts[2] * turned


def _turns_around(op: Op) -> bool:
    index = op.operands[1]
    known = isinstance(index, Constant) and index.value == slice(None, None, -1)
    return known and isinstance(op.operands[0].type, Range)


__all__ = ["Bounds", "Form", "range_parts", "step_of"]
