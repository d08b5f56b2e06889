"""How many columns the text of an operation takes: an estimate, before there are names."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Value
from adjoint.ir.printer import constant_text

_SUMS = (operator.add, operator.sub)
_PRODUCTS = (operator.mul, operator.truediv, operator.matmul, operator.floordiv, operator.mod)
#: What is added to the text of the operand: `x.T`, `x[:, None]`, `-x`.
_AROUND: dict[Any, int] = {np.transpose: 2, np.expand_dims: 9, operator.neg: 1, np.copy: 7}
#: What is called in the text, besides the operands: brackets and commas only.
_DISPLAYS = (ops.make_tuple, ops.make_list)
#: The width of a value that has no name yet.
UNNAMED = 12


class Widths:
    """Estimates widths; `nested` are the operations that are written inside of others."""

    def __init__(self, nested: set[Op]):
        self.nested = nested
        self.known: dict[Op, int] = {}
        self._depths: dict[Op, int] = {}

    def of(self, value: Value) -> int:
        if isinstance(value, Constant):
            if isinstance(value.value, slice):
                return 6
            return len(value.text) or min(len(constant_text(value.value)), 20)
        if value.op is not None and value.op in self.nested:
            return self.known.get(value.op, UNNAMED)
        return len(value.name) or UNNAMED

    def measure(self, op: Op) -> int:
        """The width of an operation whose operands have been measured; it is kept."""
        self.known[op] = width = self._width(op, self.of)
        self._depths[op] = 1 + max((self.depth(v.op) for v in op.operands), default=0)
        return width

    def depth(self, op: Op | None) -> int:
        """How many expressions stand inside of each other in the text of an operand."""
        return self._depths.get(op, 1) if op is not None and op in self.nested else 0

    def _width(self, op: Op, of: Callable[[Value], int]) -> int:
        operands = op.operands
        if op.target is ops.store:  # the path is no part of the text
            operands = [operands[1], *operands[3:]]
        if op.target is ops.check and len(operands) > 2:  # what it raises has a line of its own
            operands = operands[:1]
        if op.target is ops.make_record:  # nor are the names of the fields
            operands = operands[2:]
        if op.target is ops.index_add:  # `x[i] += g`, whatever x is made from
            return len(op.result.name) + 6 + sum(map(of, operands[1:]))
        inside = sum(map(of, operands))
        if op.target in _SUMS:
            return inside + 3
        if op.target in _PRODUCTS:
            made = [v.op for v in operands if v.op is not None and v.op in self.nested]
            return inside + 3 + 2 * sum(m.target in _SUMS for m in made)
        if op.target in _AROUND:
            return of(operands[0]) + _AROUND[op.target]
        if op.target is slice:
            return 2 + sum(of(v) for v in operands if not _is_none(v))
        commas = 2 * max(len(operands) - 1, 0)
        if op.target is operator.getitem:
            return inside + 2
        if op.target in _DISPLAYS:
            return inside + commas + 2
        keywords = sum(len(k) + 1 for k in op.keywords)
        return len(getattr(op.target, "__name__", "")) + 5 + inside + commas + keywords


def _is_none(value: Value) -> bool:
    return isinstance(value, Constant) and value.value is None
