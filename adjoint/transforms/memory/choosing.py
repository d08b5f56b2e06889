"""Which values of an iteration are saved: one decision for all of them together.

The backward half needs some values of an iteration of the forward loop. Each of them can be saved,
or be computed again from others: from indices and outer values, which cost nothing, or from values
that are saved in turn. `choose` looks for the cheapest set of saved values.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Sequence

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import (
    Constant,
    Function,
    Op,
    Region,
    Value,
    enclosing_region,
    start_of_counter,
)
from adjoint.ir.effects import is_cheap, is_pure, looks, reads_form
from adjoint.ir.infer import is_elementwise
from adjoint.ir.raising import errors_of_op
from adjoint.ir.types import (
    Array,
    List,
    Range,
    Scalar,
    Struct,
    Type,
    Unknown,
    dims_of,
    is_loose,
    is_rank0,
)
from adjoint.transforms.memory.rereading import Reread, Rereading, is_overwritten

#: What it costs to save a value of an iteration, beside the effort to compute one again.
_ARRAY, _NUMBER, _UNNAMED, _IN_ONE_ARM = 1000, 100, 5, 100
_ARITHMETIC, _FUNCTION, _WHOLE_ARRAY = 1, 10, 300

#: How many values are tried. More of them in one body are decided one by one.
_TRIED = 64

_SIMPLE = (
    operator.add, operator.sub, operator.mul, operator.neg,
    np.add, np.subtract, np.multiply, np.negative,
)  # fmt: skip

_POWERS = (operator.pow, np.power)


_REDUCTIONS = (np.sum, np.mean, np.outer, operator.matmul, np.matmul, np.dot)


class Sources:
    """What the backward half computes a value of the forward half from, if it is not saved.

    Parameters
    ----------
    saves_everything : compute nothing again but indices; for tests, which compare the two.
    """

    def __init__(self, function: Function, saves_everything: bool = False):
        self.rereading = Rereading(function)
        self.saves_everything = saves_everything
        self.known: dict[Value, Sequence[Value] | None] = {}
        self.reads: dict[Value, Reread] = {}

    def of(self, value: Value) -> Sequence[Value] | None:
        """The operands of the value if it is computed again; None where it has to be saved."""
        if value not in self.known:
            self.known[value] = self._find(value)
        return self.known[value]

    def _find(self, value: Value) -> Sequence[Value] | None:
        op = value.op
        if self.saves_everything:
            return op.operands if op is not None and _is_of_indices(op) else None
        changes = op is not None and reads_overwritten(op)
        again = op is not None and not changes and is_recomputable(op)
        if not (again and op is not None and op.target is operator.getitem):
            reread = self.rereading.of(value)
            if reread is not None and (_is_large(value) or all(map(_is_free, reread.steps))):
                self.reads[value] = reread
                return [reread.state, *reread.steps]
        return op.operands if again and op is not None else None


def choose(
    needed: Collection[Value],
    regions: Sequence[Region],
    is_free: Callable[[Value], bool],
    sources: Sources,
) -> set[Value]:
    """The values of the regions to save, so that all the `needed` ones can be computed.

    What is defined outside of the regions is free. The first region may be the arm of a branch:
    then what is saved of it needs a placeholder where the other arm is taken.
    """
    plan = _Plan(needed, regions, is_free, sources)
    saved = {v for v in needed if v.op is not None and reads_form(v.op.target)}
    cost, kept, computed = plan.follow(saved)
    while True:
        best: set[Value] | None = None
        for value in [*computed[:_TRIED], *saved]:
            changed = saved ^ {value}
            lower = plan.follow(changed)[0]
            if lower < cost:
                best, cost = changed, lower
        if best is None:
            return kept
        saved = best
        cost, kept, computed = plan.follow(saved)


class _Plan:
    def __init__(
        self,
        needed: Collection[Value],
        regions: Sequence[Region],
        is_free: Callable[[Value], bool],
        sources: Sources,
    ):
        self.needed, self.regions, self.is_free, self.sources = needed, regions, is_free, sources

    def follow(self, saved: set[Value]) -> tuple[int, set[Value], list[Value]]:
        """The cost, what is saved, and what is computed again, if `saved` are among the saved."""
        cost, kept, computed = 0, set[Value](), list[Value]()
        seen: set[Value] = set()
        work = list(self.needed)
        while work:
            value = work.pop()
            if value in seen or isinstance(value, Constant):
                continue
            seen.add(value)
            region = enclosing_region(value)
            if region not in self.regions or self.is_free(value):
                continue
            sources = self.sources.of(value)
            if value in saved or sources is None:
                kept.add(value)
                cost += self._price(value, region)
            else:
                computed.append(value)
                cost += self._effort(value)
                work += sources
        return cost, kept, computed

    def _price(self, value: Value, region: Region | None) -> int:
        price = _price_of(value.type) + (_UNNAMED if not value.name else 0)
        parts = [len(u.results) for u in value.users if u.target is ops.unpack]
        if parts:  # `x, y = u`: as little as its parts
            price = min(price, _NUMBER * parts[0] - 1)
        return price + (_IN_ONE_ARM if region is not self.regions[-1] else 0)

    def _effort(self, value: Value) -> int:
        op = value.op
        if value in self.sources.reads or op is None or looks(op):
            return _ARITHMETIC
        if _is_large(value):
            return _WHOLE_ARRAY
        return _ARITHMETIC if op.target in _SIMPLE else _FUNCTION


def _price_of(type_: Type) -> int:
    match type_:
        case Scalar():
            return _NUMBER
        case Array(_, dims):
            return _ARRAY * len(dims) if dims else _NUMBER
        case Struct(_, items):
            return sum(map(_price_of, items))
    return _ARRAY


def _is_large(value: Value) -> bool:
    return isinstance(value.type, (Array, Unknown)) and not is_rank0(value.type)


def reads_overwritten(op: Op) -> bool:
    """Does the operation read an array that is written to afterwards?"""
    if op.target is not operator.getitem and not looks(op):
        return False
    return is_overwritten(op.operands[0])


def is_recomputable(op: Op) -> bool:
    """Would an expert compute this again, if what it needs is at hand?

    Arithmetic on numbers, parts of arrays and containers; of arrays, `1 - z` and `x[:, None] - x`.
    """
    if is_cheap(op) or _is_in_an_arm(op) and _is_scalar_function(op):
        return True
    if op.kind == "apply" and (op.target is ops.unpack or _is_item(op)):
        return True
    if op.kind == "apply" and all(is_rank0(v.type) for v in [*op.operands, *op.results]):
        if op.target in _POWERS and isinstance(op.operands[-1], Constant):
            return True
        if op.target in (min, max):
            return True
    if op.kind != "apply" or not isinstance(op.result.type, Array):
        return False
    arrays = [v for v in op.operands if not is_rank0(v.type)]
    if op.target is operator.getitem:  # with arrays of positions
        return True
    return op.target in _SIMPLE and (len(arrays) == 1 or all(_is_spread(v, op) for v in arrays))


def is_repeatable(op: Op) -> bool:
    """Is it better to compute this again than to hand it over to another function?"""
    return is_recomputable(op) or _is_scalar_function(op)


def _is_spread(value: Value, op: Op) -> bool:
    """Does broadcasting make more elements of this operand, as of `x[:, None] - x[None, :]`?"""
    have, want = dims_of(value.type), dims_of(op.result.type)
    if have is None or want is None or is_loose(value.type):
        return False
    return len(have) < len(want) or any(a == 1 != b for a, b in zip(have, want, strict=True))


def _is_item(op: Op) -> bool:
    """Is it an item of a container?"""
    return op.target is operator.getitem and isinstance(op.operands[0].type, (Struct, List))


def _is_in_an_arm(op: Op) -> bool:
    return op.parent is not None and op.parent.parent is not None and op.parent.parent.kind == "if"


def _is_scalar_function(op: Op) -> bool:
    """A pure function of single numbers: cheaper to call again than to explain a placeholder."""
    if op.kind != "apply" or not is_pure(op.target):
        return False
    numbers = all(is_rank0(v.type) for v in [*op.operands, *op.results])
    module = getattr(op.target, "__module__", "")
    return numbers and (is_elementwise(op.target) or module == "math")


def is_invariant(value: Value, body: Region) -> bool:
    """Is this the same in all iterations, worth computing once, and computed without an error?"""
    op = value.op
    if op is None or op.kind != "apply" or is_cheap(op) or looks(op):
        return False
    if not (is_elementwise(op.target) or op.target in _REDUCTIONS) or errors_of_op(op):
        return False
    return all(_is_outside(v, body) for v in op.operands)


def _is_outside(value: Value, body: Region) -> bool:
    """Is the value from outside of the loop, or a part of an array that is?"""
    if isinstance(value, Constant) or enclosing_region(value) is not body:
        return True
    op = value.op
    if op is None or not (is_cheap(op) or is_invariant(value, body)):
        return False
    if errors_of_op(op) or reads_overwritten(op):
        return False
    return all(_is_outside(v, body) for v in op.operands)


def can_iterate_again(loop: Op, value: Value) -> bool:
    """Is `value` an element of a sequence that the backward loop can step through as well?"""
    if loop.kind != "for" or value not in loop.elements:
        return False
    if may_end_early(loop):
        type_ = loop.sequences[loop.elements.index(value)].type
        indexed = isinstance(type_, (Array, Range)) or isinstance(type_, List) and not type_.tape
        return "checkpoint" in loop.attrs and (indexed or not isinstance(type_, (List, Struct)))
    counter = start_of_counter(loop.sequences[loop.elements.index(value)]) is not None
    return not counter or loop.n_sequences > 1


def may_end_early(loop: Op) -> bool:
    """May the loop end before its sequences do?"""
    return loop.has_exit or not loop.is_aligned


def _is_of_indices(op: Op) -> bool:
    return is_cheap(op) and all(map(_is_free, op.operands))


def _is_free(value: Value) -> bool:
    """Is this an index, or computed from indices and what no loop changes?"""
    if isinstance(value, Constant):
        return True
    region = enclosing_region(value)
    op = value.op
    if region is None or region.parent is None:
        return True
    if op is None:
        return can_iterate_again(region.parent, value) and not _is_large(value)
    return is_cheap(op) and not reads_overwritten(op) and all(map(_is_free, op.operands))


__all__ = ["Sources", "can_iterate_again", "choose", "is_invariant", "may_end_early"]
