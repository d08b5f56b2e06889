"""Whole numbers that are certainly positions of an axis: the counters of loops over it."""

from __future__ import annotations

import itertools
import operator

import numpy as np

from adjoint.ir.core import Constant, Region, Value
from adjoint.ir.types import Array, Dim, Range, Scalar, Size, same_size

#: Functions whose results are positions of the elements of their first argument, of rank 1.
_PLACES = (np.argmax, np.argmin, np.argsort, np.flatnonzero, np.argpartition)


def is_position(index: Value, size: Size) -> bool:
    """Is the index certainly one of an axis of this size?"""
    if isinstance(index, Constant):
        values = np.asarray(index.value)
        if not isinstance(size, int) or values.dtype.kind not in "iu":
            return False
        return bool(np.all(values >= -size) and np.all(values < size))
    op = index.op
    if op is not None and op.target in _PLACES and len(op.operands) == 1:
        type_ = op.operands[0].type
        return isinstance(type_, Array) and type_.rank == 1 and same_size(type_.dims[0], size)
    bounds = _bounds(index)
    if bounds is None:
        return False
    low, stop = bounds  # a negative position counts from the end, where there are so many
    return low >= 0 and _at_most(stop, size) or low == -1 and _at_most(_moved(stop, 1), size)


def counts_from_the_start(index: Value) -> bool:
    """Is this whole number certainly not negative?"""
    bounds = _bounds(index)
    return bounds is not None and bounds[0] >= 0


def is_positive(number: Value) -> bool:
    """Is this whole number certainly larger than 0, as `i + 1` is in a loop over a range?"""
    bounds = _bounds(number)
    return bounds is not None and bounds[0] > 0


def _at_most(stop: Size, size: Size) -> bool:
    if isinstance(stop, int) and isinstance(size, int):
        return stop <= size
    if isinstance(stop, Dim) and isinstance(size, Dim):
        return stop.symbol == size.symbol != 0 and stop.offset <= size.offset
    return False


def _bounds(index: Value) -> tuple[int, Size] | None:
    """The least value of a whole number, and the size that it stays below."""
    op = index.op
    if op is not None and op.target is operator.mod and isinstance(op.operands[1], Constant):
        stop = op.operands[1].value
        whole = isinstance(index.type, Scalar) and index.type.kind == "int"
        return (0, int(stop)) if whole and stop > 0 else None
    if op is not None and op.target in (operator.add, operator.sub):
        a, b = op.operands
        if op.target is operator.add and isinstance(a, Constant):
            a, b = b, a
        if isinstance(b, Constant) and type(b.value) is int:
            inner = _bounds(a)
            by = b.value if op.target is operator.add else -b.value
            return None if inner is None else (inner[0] + by, _moved(inner[1], by))
        return None
    region = index.owner if isinstance(index.owner, Region) else None
    loop = region.parent if region is not None else None
    if loop is None or loop.kind != "for" or index not in loop.elements:
        return None
    return _of_elements(loop.sequences[loop.elements.index(index)], loop.sequences)


def _moved(size: Size, by: int) -> Size:
    """The size and a number; not as that of a slice, which is never below 0."""
    if isinstance(size, int):
        return size + by
    return Dim(size.symbol, size.offset + by) if size.symbol else size


def _of_elements(sequence: Value, beside: list[Value]) -> tuple[int, Size] | None:
    """The bounds of the numbers that a loop gets from a range, or from a counter."""
    if isinstance(sequence, Constant) and isinstance(sequence.value, range):
        numbers = sequence.value
        return (min(numbers), max(numbers) + 1) if numbers else (0, 0)
    op = sequence.op
    if op is None:
        return None
    if op.target is itertools.count:
        start = op.operands[0]
        if not isinstance(start, Constant) or type(start.value) is not int:
            return None
        sizes = [_length(s) for s in beside if s is not sequence]
        known = next((s for s in sizes if s is not None), None)
        return None if known is None else (start.value, _moved(known, start.value))
    if op.target is not range:
        return None
    bounds = op.operands if len(op.operands) > 1 else [Constant(0), op.operands[0]]
    start, stop, *step = bounds
    if step and not (isinstance(step[0], Constant) and step[0].value > 0):
        return _downwards(start, stop, step[0])
    size = _size(stop)
    if size is None or not isinstance(start, Constant):
        return None
    return int(start.value), size


def _downwards(start: Value, stop: Value, step: Value) -> tuple[int, Size] | None:
    """`range(n - 1, -1, -1)` and its like."""
    if not (isinstance(step, Constant) and isinstance(stop, Constant)):
        return None
    size = _size(start)
    return None if size is None else (int(stop.value) + 1, _moved(size, 1))


def _size(value: Value) -> Size | None:
    if isinstance(value, Constant):
        return int(value.value)
    return value.type.size if isinstance(value.type, Scalar) else None


def _length(sequence: Value) -> Size | None:
    match sequence.type:
        case Array(_, dims) if dims:
            return dims[0]
        case Range(size):
            return size
    return None
