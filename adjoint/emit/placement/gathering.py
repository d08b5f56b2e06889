"""One statement for what is added to a cotangent: `x_bar += a + b`.

Reverse mode adds contributions one after the other, as it meets the uses of a value. A person adds
them up where the last one is known.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from adjoint.emit.memory.sharing import is_sum
from adjoint.emit.names.labels import Labels
from adjoint.emit.placement.barriers import Barriers, has_expression
from adjoint.emit.placement.widths import Widths
from adjoint.ir.core import Constant, Op, Value, free_values

_SUMS = (operator.add, operator.sub)


class Gathering:
    """Gathers the sums of a region, before it is decided what is written inside of them."""

    def __init__(self, barriers: Barriers, widths: Widths):
        self.barriers, self.widths = barriers, widths
        self.left: list[Op] = []
        self.labels = Labels(lambda value: value)
        self.region, self.nested, self.storage = barriers.region, barriers.nested, barriers.storage

    def gather(self, op: Op, limit: int) -> bool:
        """Take the contribution before this one into the same statement, where it fits a line."""
        earlier = self._earlier(op)
        if earlier is None:
            return False
        own = self._adds_to_own(earlier)
        width = self.widths.measure(earlier) + self.widths.of(op.operands[1]) + 6
        width += 0 if own else len(op.result.name)
        if width > limit or self.barriers.has_effects(earlier, op):
            return False
        if not self.can_sink(earlier.result, earlier, op):
            if not self.can_rise(op.operands[1], earlier, op):
                self.left.append(op)
                return False
            self.raise_behind(earlier, op)
        if own:
            self._join(earlier, op)
        elif earlier.target is np.copy:  # the sum is new memory, too
            op.set_operands([earlier.operands[0], op.operands[1]])
            self.remove(earlier)
        else:
            self.nested.add(earlier)
        self.widths.measure(op)
        return True

    def gather_again(self, limit: int) -> None:
        """Try once more, now that other sums have been gathered further below."""
        for op in [*self.left]:
            self.gather(op, limit)

    def _earlier(self, op: Op) -> Op | None:
        """The statement that makes the cotangent which this one only adds to."""
        if op.target not in _SUMS or not op.result.name or not is_sum(op):
            return None
        first = op.operands[0]
        earlier = first.op
        if earlier is None or earlier in self.nested or earlier.parent is not self.region:
            return None
        if first.name != op.result.name or first.users != {op: 1} or not earlier.backward:
            return None
        return earlier if earlier.kind == "apply" and has_expression(earlier) else None

    def _adds_to_own(self, op: Op) -> bool:
        """Is this `x_bar += a`, and not `x_bar = a + b`?"""
        return (
            op.target in _SUMS
            and op.operands[0].name == op.result.name
            and is_sum(op)
            and (op.operands[0].op is None or op.operands[0].op not in self.nested)
            and not isinstance(op.operands[0], Constant)
        )

    def can_sink(self, value: Value, earlier: Op, op: Op) -> bool:
        """Can what the text of a value reads, which `earlier` does, be read where `op` is?"""
        leaves = list(self._leaves(value, earlier))
        if self.barriers.passed(leaves, earlier, op):
            return False
        names = {self._name(v): v for v in leaves}
        return not any(
            names.get(self._name(v), v) is not v
            for each in self._between(earlier, op)
            for inner in (each, *(o for r in each.regions for o in r.walk()))
            for v in [*inner.results, *(p for r in inner.regions for p in r.params)]
            if inner not in self.nested
        )

    def _name(self, value: Value) -> str:
        """What a variable for the value is called, if nothing else has that name."""
        return value.name or self.labels.label(value)

    def can_rise(self, added: Value, earlier: Op, op: Op) -> bool:
        """Is all that the text of a value reads there already where `earlier` is?"""
        leaves = list(self._leaves(added))
        made = {v for each in self._between(earlier, op) for v in each.results}
        made -= {o.result for o in self._tree(added)}
        made.add(earlier.result)
        return made.isdisjoint(leaves) and not self.barriers.passed(leaves, earlier, op)

    def raise_behind(self, earlier: Op, op: Op) -> None:
        """Put `op`, and what is written inside of it, behind `earlier`."""
        inside = {o for v in op.operands for o in self._tree(v)}
        start = self.region.ops.index(earlier)
        moved = [o for o in self.region.ops[start + 1 :] if o is op or o in inside]
        rest = [o for o in self.region.ops if o not in moved]
        self.region.ops[:] = [*rest[: start + 1], *moved, *rest[start + 1 :]]
        for each in moved:
            self.barriers.places[each] = self.barriers.places[earlier]

    def _between(self, earlier: Op, op: Op) -> list[Op]:
        ops = self.region.ops
        return ops[ops.index(earlier) + 1 : ops.index(op)]

    def _tree(self, value: Value) -> list[Op]:
        """The operations of the region that are written inside of the text of a value."""
        op = value.op
        if op is None or op not in self.nested or op.parent is not self.region:
            return []
        read = [*op.operands, *(v for r in op.regions for v in free_values(r))]
        return [*(o for v in read for o in self._tree(v)), op]

    def _leaves(self, value: Value, made: Op | None = None) -> Iterator[Value]:
        """The variables in the text of a value, which is nested or made by `made`."""
        op = value.op
        if isinstance(value, Constant):
            return
        if op is None or op not in self.nested and op is not made:
            yield value
            return
        for each in [*op.operands, *(v for region in op.regions for v in free_values(region))]:
            yield from self._leaves(each)

    def _join(self, earlier: Op, op: Op) -> None:
        """`x += a` and `x += b`, which are these operations, become `x += a + b`."""
        total, first = earlier.operands
        second = op.operands[1]
        signs = earlier.target is operator.add, op.target is operator.add
        a, b = (second, first) if signs == (False, True) else (first, second)
        kind = operator.add if signs[0] == signs[1] else operator.sub
        op.target = operator.sub if signs == (False, False) else operator.add
        op.set_operands([total, self.joined(a, b, op, kind)])
        if earlier not in self.storage.in_place:  # somebody reads the old sum later
            self.storage.in_place.discard(op)
        self.remove(earlier)

    def joined(self, a: Value, b: Value, op: Op, kind: Any = operator.add) -> Value:
        """The sum or difference of two values, written inside of `op`."""
        if kind is operator.add and (parts := self._negative(b)):  # `a - p - q` for `a + (-p - q)`
            return self.joined(self.joined(a, parts[0], op), parts[1], op, operator.sub)
        first, second = a, b
        for x, y in ((a, b), (b, a)):  # `y - x` for `-x + y`
            if kind is operator.add and x.op in self.nested and x.op.target is operator.neg:
                a, b, kind = y, x.op.operands[0], operator.sub
        new = Op("apply", [a, b], [b.type], target=kind, span=op.span)
        new.backward, new.parent = True, self.region
        self.region.ops.insert(self.region.ops.index(op), new)
        self.barriers.places[new] = self.barriers.places[op]
        self.widths.measure(new)
        self.nested.add(new)
        for value in (first, second):  # a sign that the difference has taken over
            made = value.op
            if made is not None and made.target is operator.neg and not value.users:
                self.remove(made)
        return new.result

    def _negative(self, value: Value) -> list[Value]:
        """The `-p` and the `q` of a difference `-p - q` that is written inside of a statement."""
        op = value.op
        if op is None or op not in self.nested or op.target is not operator.sub:
            return []
        first = op.operands[0].op
        if first is None or first not in self.nested or first.target is not operator.neg:
            return []
        parts = list(op.operands)
        self.remove(op)
        return parts

    def remove(self, op: Op) -> None:
        self.region.ops.remove(op)
        op.drop()
