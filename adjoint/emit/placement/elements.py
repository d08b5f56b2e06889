"""One statement for what is added to a part of an array: `x_bar[i] += a + b`."""

from __future__ import annotations

from collections.abc import Iterator

from adjoint.emit.placement.gathering import Gathering
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Value, python_value
from adjoint.ir.effects import may_repeat
from adjoint.ir.indexing import same_index
from adjoint.ir.types import Array, equal_dims, is_immutable_number, is_loose


class Elements:
    """Gathers additions to one and the same part. Additions to other parts may stand between."""

    def __init__(self, sums: Gathering):
        self.sums = sums

    def gather(self, op: Op, limit: int) -> bool:
        """Let an earlier write to the same part and this addition be one, where that fits."""
        if op.target is not ops.index_add or not self._is_plain(op):
            return False
        index, added = op.operands[1:]
        for earlier in self._before(op):
            if not same_index(index, _index(earlier)):
                continue
            given = _given(earlier)
            stores = earlier.target is ops.store
            replaces = isinstance(given, Constant) and given.value == 0.0
            if not (stores and replaces) and not _alike(given, added):
                return False
            if stores and may_repeat(index) or self.sums.barriers.has_effects(earlier, op):
                return False
            width = self.sums.widths.measure(op) + 6
            width += 0 if replaces else self.sums.widths.of(given)
            if width > limit:
                return False
            if self.sums.can_rise(added, earlier, op):
                self._rise(earlier, op)
            elif not stores or op.operands[0] is earlier.result:
                if not self.sums.can_sink(given, earlier, op):
                    return False
                self._sink(earlier, op)
            else:
                return False
            return True
        return False

    def _is_plain(self, op: Op) -> bool:
        """Is this written as `x[i] += g` or `x[i] = g`, in place?"""
        base = op.operands[0]
        begins = base.op is not None and base.op.target is ops.zero
        if op not in self.sums.storage.in_place or not op.backward:
            return False
        named = begins or base.name == op.result.name
        return named and isinstance(base.type, Array) and not is_loose(base.type)

    def _before(self, op: Op) -> Iterator[Op]:
        """The writes before this one whose results nobody reads but the next of them."""
        state = op.operands[0]
        while state.op is not None and sum(state.users.values()) == 1:
            earlier = state.op
            if earlier.parent is not op.parent or not _writes(earlier):
                return
            if not self._is_plain(earlier):
                return
            yield earlier
            if earlier.target is ops.store:  # an addition to the same part does not go before it
                return
            state = earlier.operands[0]

    def _rise(self, earlier: Op, op: Op) -> None:
        """Put the addition where the earlier write is."""
        self.sums.raise_behind(earlier, op)
        last = op.operands[0]
        if last is not earlier.result:
            op.result.replace_with(last)
        earlier.result.replace_with(op.result)
        self._replace(earlier, op)

    def _sink(self, earlier: Op, op: Op) -> None:
        """Put the earlier write where the addition is."""
        last = op.operands[0]
        state = earlier.operands[0]
        if last is not earlier.result:
            earlier.result.replace_with(state)
            state = last
        self._replace(earlier, op, state)

    def _replace(self, earlier: Op, op: Op, state: Value | None = None) -> None:
        index, added = op.operands[1:]
        base, given = earlier.operands[0] if state is None else state, _given(earlier)
        stores = earlier.target is ops.store
        zero = stores and isinstance(given, Constant) and given.value == 0.0
        total = added if zero else self.sums.joined(given, added, op)
        if stores:
            op.target = ops.store
            op.set_operands([base, total, *earlier.operands[2:]])
        else:
            op.set_operands([base, index, total])
        self.sums.remove(earlier)


def _writes(op: Op) -> bool:
    """Does it add to a part of its operand, or store one by a subscript?"""
    if op.target is ops.store:
        return len(op.operands) == 4 and len(python_value(op.operands[2])) == 1
    return op.target is ops.index_add


def _index(op: Op) -> Value:
    return op.operands[3 if op.target is ops.store else 1]


def _given(op: Op) -> Value:
    return op.operands[1 if op.target is ops.store else 2]


def _alike(a: Value, b: Value) -> bool:
    """Have the two the same shape and dtype, so that they can be added up?"""
    if is_immutable_number(a.type) or is_immutable_number(b.type):
        return a.type == b.type
    if not isinstance(a.type, Array) or not isinstance(b.type, Array):
        return False
    loose = is_loose(a.type) or is_loose(b.type)
    return not loose and a.type.dtype == b.type.dtype and equal_dims(a.type.dims, b.type.dims)
