"""Which sizes the operations that certainly run make agree: they would raise otherwise.

Types of the backward half cannot be asked, since they were found on the assumption that all
shapes fit. The dimensions of its arrays are worked out again here, from the operations that are
left.
"""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Region, Value
from adjoint.ir.indexing import broadcast_dims, index_dims, index_items, is_slice
from adjoint.ir.infer import is_elementwise
from adjoint.ir.mismatches import Equation, equations_between
from adjoint.ir.types import Array, Dim, Size, dims_of, is_many

_LIKE = (ops.zero, np.zeros_like, np.ones_like, np.copy, ops.index_add, ops.store)
#: Functions that raise for matrices that are not square.
SQUARE = (
    np.linalg.inv, np.linalg.det, np.linalg.slogdet, np.linalg.cholesky, np.linalg.solve,
    np.linalg.eigh, np.linalg.eigvalsh,
)  # fmt: skip
_PRODUCTS = (operator.matmul, np.matmul, np.dot)


def plain(size: Size) -> Size:
    """A size without what is known of it, so that it can be compared."""
    return Dim(size.symbol, size.offset) if isinstance(size, Dim) else size


class Agreement:
    """The equations that running operations are proof of, by the region that they run in."""

    def __init__(self) -> None:
        self.known: dict[Region | None, list[Equation]] = defaultdict(list)
        self._dims: dict[Value, tuple[Size, ...] | None] = {}

    def learn(self, op: Op, region: Region | None) -> None:
        """The operation runs whenever the region does."""
        if op.kind != "apply":
            return
        if op.target in (operator.getitem, ops.index_add, ops.store):
            found = self._of_positions(op)
        else:
            dims = [self.dims(v) for v in op.operands if _is_array(v)]
            found = equations_between(op.target, [d for d in dims if d is not None]) or []
            if op.target in SQUARE and dims and dims[0] is not None and len(dims[0]) > 1:
                found = [*found, (dims[0][-1], dims[0][-2])]
        self.known[region].extend(pair for pair in found if all(map(_is_named, pair)))

    def holds(self, equation: Equation, regions: Sequence[Region]) -> bool:
        """Do operations that run whenever the innermost region does make two sizes agree?"""
        known = [e for region in regions for e in self.known.get(region, ())]
        start, goal = map(plain, equation)
        reached, grown = {start}, True
        while grown and goal not in reached:
            grown = False
            for pair in known:
                a, b = map(plain, pair)
                if (a in reached) != (b in reached):
                    reached |= {a, b}
                    grown = True
        return goal in reached

    def dims(self, value: Value) -> tuple[Size, ...] | None:
        """The dimensions that an array has in fact, where they are known."""
        if value not in self._dims:
            self._dims[value] = None  # a value that depends on itself
            self._dims[value] = self._found(value)
        return self._dims[value]

    def _found(self, value: Value) -> tuple[Size, ...] | None:
        op = value.op
        if op is None:
            region = value.owner if isinstance(value.owner, Region) else None
            backward = region is not None and region.parent is not None and region.parent.backward
            return None if backward else _declared(value)
        if not op.backward:
            return _declared(value)
        if op.kind != "apply" or not isinstance(value.type, Array):
            return _declared(value) if not _is_array(value) else None
        if op.target in _LIKE:
            return self.dims(op.operands[0])
        if op.target in (np.broadcast_to, np.full):
            return self._of_shape(op.operands[1 if op.target is np.broadcast_to else 0])
        shapes = [self.dims(v) for v in op.operands if _is_array(v)]
        if any(s is None for s in shapes) or not shapes:
            return None
        return self._of(op, [s for s in shapes if s is not None])

    def _of_shape(self, shape: Value) -> tuple[Size, ...] | None:
        made = shape.op
        if made is None or made.target is not np.shape:
            return None
        return self.dims(made.operands[0])

    @staticmethod
    def _of(op: Op, shapes: list[tuple[Size, ...]]) -> tuple[Size, ...] | None:
        """The dimensions of the result of a function of arrays."""
        first = shapes[0]
        if is_elementwise(op.target):
            return broadcast_dims(*shapes)
        if op.target in _PRODUCTS and len(shapes) == 2 and max(map(len, shapes)) <= 2:
            a, b = shapes
            return (*a[:-1], *(b[1:] if len(b) > 1 else ()))
        if op.target is np.transpose and len(op.operands) == 1:
            return first[::-1]
        if op.target is np.outer and list(map(len, shapes)) == [1, 1]:
            return (*first, *shapes[1])
        if op.target is np.sum:
            return _of_sum(op, first)
        if op.target is operator.getitem:
            items = index_items(op.operands[1])
            if all(map(_takes_all, items)):
                rest = iter(first)
                taken = [1 if i.value is None else next(rest) for i in items]  # type: ignore[attr-defined]
                return (*taken, *rest)
        return None

    def _of_positions(self, op: Op) -> list[Equation]:
        """Arrays of positions that are used together are broadcast, and what is written there."""
        index = op.operands[-1] if op.target is ops.store else op.operands[1]
        items = index_items(index)
        shapes = [self.dims(i) for i in items if not is_slice(i) and _is_array(i)]
        meeting = list(combinations(shapes, 2))
        base = self.dims(op.operands[0])
        if op.target is ops.index_add and base is not None and _is_array(op.operands[2]):
            meeting.append((index_dims(base, items), self.dims(op.operands[2])))
        found: list[Equation] = []
        for a, b in meeting:
            pairs = zip(reversed(a or ()), reversed(b or ()), strict=False)
            found += [(m, n) for m, n in pairs if is_many(m) and is_many(n)]
        return found


def _declared(value: Value) -> tuple[Size, ...] | None:
    """The dimensions of a type, without what other operations make them equal to."""
    dims = dims_of(value.type)
    if dims is None:
        return None
    return tuple(replace(d, equals=None) if isinstance(d, Dim) else d for d in dims)


def _is_named(size: Size) -> bool:
    """Is this the same size wherever it stands?"""
    return isinstance(size, int) or size.symbol != 0


def _of_sum(op: Op, dims: tuple[Size, ...]) -> tuple[Size, ...] | None:
    _, named = op.arguments()
    axis, keep = named.get("axis"), named.get("keepdims")
    if not isinstance(axis, Constant) or type(axis.value) is not int:
        return None
    at = axis.value % len(dims)
    middle: tuple[Size, ...] = (1,) if isinstance(keep, Constant) and keep.value else ()
    return (*dims[:at], *middle, *dims[at + 1 :])


def _takes_all(index: Value) -> bool:
    """Is this part of an index `None`, or `:`?"""
    if not isinstance(index, Constant):
        return False
    return index.value is None or isinstance(index.value, slice) and index.value == slice(None)


def _is_array(value: Value) -> bool:
    return isinstance(value.type, Array) and bool(value.type.dims)
