"""The equations between sizes that follow from one operation, given that it runs."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Value
from adjoint.ir.indexing import index_dims, index_items, items_of
from adjoint.ir.infer import is_elementwise
from adjoint.ir.sizes import Sizes
from adjoint.ir.types import (
    Array,
    Dims,
    List,
    Range,
    Scalar,
    Size,
    Struct,
    Type,
    dims_of,
    is_loose,
    is_many,
)
from adjoint.transforms.sizes.agreement import SQUARE, plain

Pairs = Iterator[tuple[Size, Size]]

_LIKE: tuple[Any, ...] = (
    ops.zero, ops.alias, ops.stop_gradient, np.copy, np.zeros_like, np.ones_like, np.asarray,
    np.array, np.astype, np.cumsum, np.sort, np.flip, np.linalg.inv, np.linalg.cholesky,
)  # fmt: skip
_PRODUCTS = (operator.matmul, np.matmul, np.dot, np.inner)
_REDUCTIONS = (
    np.sum, np.mean, np.max, np.min, np.amax, np.amin, np.prod, np.std, np.var, np.any, np.all,
)  # fmt: skip
_JOINS = (np.concatenate, np.stack, np.vstack, np.hstack, np.column_stack)


def equations(op: Op, sizes: Sizes) -> Pairs:
    """Pairs of equal sizes; `sizes` says what is known of them already."""
    target = op.target
    if any(is_loose(v.type) for v in [*op.operands, *op.results]):
        return
    if target is ops.unpack:
        yield from _unpacked(op)
        return
    if len(op.results) != 1:
        return
    result = op.result.type
    first = op.operands[0].type if op.operands else result
    if is_elementwise(target):
        dims = [d for v in op.operands if (d := dims_of(v.type))]
        yield from _meeting(dims, dims_of(result), sizes)
    elif target in _PRODUCTS:
        yield from _product(target, [dims_of(v.type) or () for v in op.operands], result)
    elif target is operator.getitem:
        yield from _item(op, sizes)
    elif target in (ops.store, ops.index_add):
        yield from _same(first, result)
        yield from _written(op, sizes)
    elif target is np.transpose and len(op.operands) == 1 and isinstance(first, Array):
        yield from _equal(first.dims[::-1], dims_of(result))
    elif target is np.outer and isinstance(result, Array):
        yield from _equal(sum((dims_of(v.type) or () for v in op.operands), ()), result.dims)
    elif target in _REDUCTIONS:
        yield from _reduced(op)
    elif target in _JOINS:
        yield from _joined(op)
    elif target in _LIKE:
        yield from _same(first, result)
    square = dims_of(first) or ()
    if target in SQUARE and len(square) > 1:
        yield square[-1], square[-2]
    if target is np.linalg.solve:
        yield from _solved([dims_of(v.type) or () for v in op.operands[:2]], result)


def ambiguous(op: Op, sizes: Sizes) -> Pairs:
    """Pairs of sizes that meet, and are equal unless one of them is 1."""
    if any(is_loose(v.type) for v in [*op.operands, *op.results]):
        return
    if op.kind == "for" and not op.is_aligned:
        lengths = [n for v in op.sequences if (n := length_of(v.type)) is not None]
        yield from combinations(lengths, 2)
        return
    if op.kind != "apply":
        return
    shapes = [d for v in op.operands if (d := dims_of(v.type))]
    if op.target in (ops.store, ops.index_add):
        place, have = _place(op, sizes)
        shapes = [place or (), have or ()]
    elif not is_elementwise(op.target):
        return
    for a, b in combinations(shapes, 2):
        for m, n in zip(reversed(a), reversed(b), strict=False):
            m, n = sizes.find(m), sizes.find(n)
            if m != 1 != n and m != n and not (is_many(m) and is_many(n)):
                yield m, n


def length_of(type_: Type) -> Size | None:
    """The length of what a loop may run over, where its type says it."""
    match type_:
        case Array(_, dims) if dims:
            return dims[0]
        case List(_, size) | Range(size):
            return size
    return None


def _equal(a: Dims | None, b: Dims | None) -> Pairs:
    if a is not None and b is not None and len(a) == len(b):
        yield from zip(a, b, strict=True)


def _same(a: Type, b: Type) -> Pairs:
    """All sizes in two values of which one is made like the other."""
    match a, b:
        case Array(), Array():
            yield from _equal(a.dims, b.dims)
        case Scalar(_, size_a), Scalar(_, size_b) if size_a is not None and size_b is not None:
            yield size_a, size_b
        case Struct(_, these), Struct(_, those) if len(these) == len(those):
            for one, other in zip(these, those, strict=True):
                yield from _same(one, other)


def _meeting(shapes: Sequence[Dims], result: Dims | None, sizes: Sizes) -> Pairs:
    """Sizes that are broadcast against each other are equal where neither is 1."""
    rank = max(map(len, shapes), default=0)
    for k in range(1, rank + 1):
        met = [sizes.find(dims[-k]) for dims in shapes if len(dims) >= k]
        met = [size for size in met if size != 1]
        many = [size for size in met if is_many(size)]
        for size in many[1:]:
            yield many[0], size
        if result is not None and len(result) == rank:
            if many:
                yield result[-k], many[0]
            elif met and all(size == met[0] for size in met):
                yield result[-k], met[0]


def _product(target: Any, shapes: Sequence[Dims], result: Type) -> Pairs:
    if len(shapes) != 2 or not all(shapes):
        return
    a, b = shapes
    at = -1 if len(b) == 1 or target is np.inner else -2
    if len(a) > 2 or len(b) > 2:
        if target is not np.inner and target is not np.dot:
            yield a[-1], b[at]
        return
    yield a[-1], b[at]
    rest = b[:-1] if target is np.inner else b[:-2] + b[-1:] if len(b) > 1 else ()
    yield from _equal((*a[:-1], *rest), dims_of(result))


def _item(op: Op, sizes: Sizes) -> Pairs:
    base, index = op.operands
    if isinstance(base.type, Struct) and isinstance(index, Constant):
        if isinstance(index.value, (int, str)):
            yield from _same(base.type.items[base.type.position(index.value)], op.result.type)
    elif isinstance(base.type, Array):
        yield from _equal(_selected(base.type.dims, index, sizes), dims_of(op.result.type))


def _selected(dims: Dims, index: Value, sizes: Sizes) -> Dims | None:
    try:
        return index_dims(tuple(map(plain, map(sizes.find, dims))), index_items(index))
    except UnsupportedError:
        return None


def _written(op: Op, sizes: Sizes) -> Pairs:
    """What is written somewhere has the size of that place, or is broadcast to it."""
    place, have = _place(op, sizes)
    for m, n in zip(reversed(have or ()), reversed(place or ()), strict=False):
        if is_many(sizes.find(m)):
            yield m, n


def _place(op: Op, sizes: Sizes) -> tuple[Dims | None, Dims | None]:
    """The dimensions of the part of an array that is written, and of what is written there."""
    base, value = op.operands[0].type, op.operands[1 if op.target is ops.store else 2].type
    have = dims_of(value)
    if not isinstance(base, Array) or not have:
        return None, None
    if op.target is ops.index_add:
        return _selected(base.dims, op.operands[1], sizes), have
    path = op.operands[2]
    steps = path.value if isinstance(path, Constant) else None
    if steps == ():
        return base.dims, have
    if steps == ((operator.getitem, 1),):
        return _selected(base.dims, op.operands[3], sizes), have
    return None, None


def _reduced(op: Op) -> Pairs:
    positional, named = op.arguments()
    dims, result = dims_of(positional[0].type), dims_of(op.result.type)
    axis = named.get("axis", positional[1] if len(positional) > 1 else Constant(None))
    keep = named.get("keepdims", Constant(False))
    if dims is None or not isinstance(axis, Constant) or not isinstance(keep, Constant):
        return
    if axis.value is None or len(positional) > 2:
        return
    axes = axis.value if isinstance(axis.value, tuple) else (axis.value,)
    gone = {k % len(dims) for k in axes} if dims else set()
    kept = [1 if k in gone else d for k, d in enumerate(dims) if keep.value or k not in gone]
    yield from _equal(tuple(kept), result)


def _joined(op: Op) -> Pairs:
    """Arrays that are joined have equal sizes along all the other axes."""
    parts = items_of(op.operands[0])
    _, named = op.arguments()
    axis = named.get("axis", op.operands[1] if len(op.operands) > 1 else Constant(0))
    shapes = [dims_of(v.type) for v in parts or ()]
    rank = len(shapes[0] or ()) if shapes else 0
    if not rank or any(d is None or len(d) != rank for d in shapes):
        return
    if not isinstance(axis, Constant) or axis.value is None:
        return
    along = {
        np.stack: rank, np.vstack: 0 if rank > 1 else 1, np.hstack: 1 if rank > 1 else 0,
        np.column_stack: 1,
    }.get(op.target, axis.value % rank)  # fmt: skip
    result = dims_of(op.result.type)
    for k in range(rank):
        if k == along:
            continue
        yield from combinations([d[k] for d in shapes if d], 2)
        if result is not None and len(result) == rank and shapes[0] is not None:
            yield shapes[0][k], result[k]


def _solved(shapes: Sequence[Dims], result: Type) -> Pairs:
    a, b = shapes
    if len(a) == 2 and len(b) in (1, 2):
        yield a[-1], b[0]
        yield from _equal((a[-1], *b[1:]), dims_of(result))


def _unpacked(op: Op) -> Pairs:
    type_ = op.operands[0].type
    if isinstance(type_, Struct):
        for item, result in zip(type_.items, op.results, strict=False):
            yield from _same(item, result.type)
