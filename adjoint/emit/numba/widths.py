"""How many bits an integer of the program may need, so that few of them have to be checked.

Python's integers have any size, those of the machine have 64 bits. Sizes, counters and sums of a
few of them cannot reach that: the arguments of a compiled program are below 2 to the 40th, which
its entry checks.
"""

from __future__ import annotations

import itertools
import operator

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Region, Value
from adjoint.ir.types import Range, Scalar

#: Larger arguments go to the program in NumPy.
ARGUMENT = 40
#: No memory holds more elements, and no loop ends that makes more iterations.
_SIZE = 47
#: Nothing is known: as many as there are.
FULL = 64

_SIZES = (len, np.size, np.argmax, np.argmin, ops.index_of_max, ops.index_of_min)


class Widths:
    """Bounds for the integers of one function."""

    def __init__(self, params: list[Value], entry: bool):
        self.known: dict[Value, int] = {}
        if entry:
            for param in params:
                if isinstance(param.type, Scalar) and param.type.kind == "int":
                    self.known[param] = ARGUMENT

    def of(self, value: Value) -> int:
        if value not in self.known:
            self.known[value] = FULL  # of a loop that goes on from itself
            self.known[value] = min(FULL, self._find(value))
        return self.known[value]

    def _find(self, value: Value) -> int:
        if isinstance(value, Constant):
            number = value.value
            return int(number).bit_length() if isinstance(number, (int, np.integer)) else FULL
        if isinstance(value.type, Scalar) and value.type.kind == "bool":
            return 1
        op = value.op
        if op is None:
            return self._of_element(value)
        if op.kind == "if":
            k = op.results.index(value)
            return max(self.of(region.yields[k]) for region in op.regions)
        if op.kind != "apply":
            return FULL
        if op.target in _SIZES:
            return _SIZE
        if op.target in (ops.literal, operator.pos, operator.neg, abs):
            return self.of(op.operands[0])
        if op.target in (operator.add, operator.sub):
            return max(map(self.of, op.operands)) + 1
        if op.target is operator.mul:
            return sum(map(self.of, op.operands))
        if op.target is operator.floordiv:
            return self.of(op.operands[0]) + 1
        if op.target is operator.mod:
            return self.of(op.operands[1])
        if op.target in (max, min):
            return max(map(self.of, op.operands))
        if op.target is ops.select:
            return max(map(self.of, op.operands[1:]))
        if op.target is operator.getitem:
            made = op.operands[0].op
            return _SIZE if made is not None and made.target is np.shape else FULL
        return FULL

    def _of_element(self, value: Value) -> int:
        loop = value.owner.parent if isinstance(value.owner, Region) else None
        if loop is None or loop.kind != "for" or value not in loop.elements:
            return FULL
        sequence = loop.sequences[loop.elements.index(value)]
        made = sequence.op
        if isinstance(sequence.type, Range) and made is not None and made.target is range:
            return max(map(self.of, made.operands[:2]))
        if made is not None and made.target is itertools.count:
            return max(_SIZE, self.of(made.operands[0])) + 1
        return FULL
