"""The rules of `adjoint.rules.batching`, for NumPy and for the compiler's own operations."""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.indexing import index_items, items_of, python_argument
from adjoint.ir.staging import stage
from adjoint.ir.types import Array, Struct, is_differentiable
from adjoint.rules.batching import (
    Call,
    NotBatched,
    Operand,
    aligned,
    batches,
    behind_count,
    elementwise,
    moved,
    sizes,
)
from adjoint.runtime.arrays import sum_to

# Element by element


@batches(ops.select)
def select(c: Call) -> Any:
    condition, a, b = c.args
    if condition.batched:
        return stage(np.where, *(aligned(x, c.rank) for x in c.args))
    return stage(ops.select, condition.value, c.spread(a), c.spread(b))


@batches(np.copy, np.array)
def array(c: Call) -> Any:
    c.only(positional=1)
    (x,) = c.args
    if isinstance(x.type, Array):
        return stage(c.target, x.value)
    return stage(np.stack, [c.spread(i) for i in parts(c, x)], axis=1)


@batches(np.astype)
def astype(c: Call) -> Any:
    return stage(np.astype, c.args[0].value, c.static(1, "dtype", None))


# Along axes


@batches(np.sum, np.mean)
def reduction(c: Call) -> Any:
    c.only("axis", "keepdims", positional=2)
    x, axis = c.args[0], c.static(1, "axis", None)
    keepdims = c.static(9, "keepdims", False)
    if x.rank == 0:
        if axis not in (None, ()):
            raise NotBatched("an axis of a number")
        return x.value
    axes = tuple(range(1, x.rank + 1)) if axis is None else moved(axis, x.rank)
    if isinstance(axes, tuple) and len(axes) == 1:
        (axes,) = axes
    named = {"keepdims": True} if keepdims else {}
    return stage(c.target, x.value, axis=axes, **named)


@batches(np.cumsum, np.roll)
def running(c: Call) -> Any:
    """Functions that flatten an array where no axis is named."""
    x, place = c.args[0], 2 if c.target is np.roll else 1
    c.only("axis", "shift", positional=place + 1)
    axis = c.static(place, "axis", None)
    if axis is None and x.rank != 1:
        raise NotBatched("an array that is flattened")
    axis = 1 if axis is None else moved(axis, x.rank)
    shift = [c.static(1, "shift", None)] if c.target is np.roll else []
    return stage(c.target, x.value, *shift, axis=axis)


@batches(np.flip)
def flip(c: Call) -> Any:
    c.only("axis", positional=2)
    axis = c.static(1, "axis", None)
    axes = tuple(range(1, c.rank + 1)) if axis is None else moved(axis, c.rank)
    return stage(np.flip, c.args[0].value, axis=axes)


@batches(np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft)
def transformed(c: Call) -> Any:
    """Along the last axis, if no other is named."""
    c.only("n", "axis", "norm", positional=3)
    named = {k: c.static(9, k, None) for k in c.kwargs}
    axis = c.static(2, "axis", -1)
    if c.args[1:2]:
        named["n"] = c.static(1, "n", None)
    if axis != -1:
        named["axis"] = moved(axis, c.rank)
    return stage(c.target, c.args[0].value, **named)


@batches(np.concatenate, np.stack)
def joined(c: Call) -> Any:
    c.only("axis", positional=2)
    axis = c.static(1, "axis", 0)
    items = [c.spread(x) for x in parts(c, c.args[0])]
    return stage(c.target, items, axis=moved(axis, c.rank))


@batches(np.take)
def take(c: Call) -> Any:
    c.only("axis", positional=3)
    x, index = c.args[:2]
    axis = c.static(2, "axis", None)
    if index.batched or axis is None and x.rank != 1:
        raise NotBatched("an array that is flattened, or indices that differ")
    return stage(np.take, x.value, index.value, axis=1 if axis is None else moved(axis, x.rank))


# Forms of arrays


@batches(np.reshape)
def reshape(c: Call) -> Any:
    c.only("shape", positional=2)
    shape = c.kwargs["shape"] if "shape" in c.kwargs else c.args[1]
    return stage(np.reshape, c.args[0].value, behind_count(shape.value, c.count))


@batches(np.ravel)
def ravel(c: Call) -> Any:
    c.only(positional=1)
    return stage(np.reshape, c.args[0].value, (c.count(), stage_size(c.args[0])))


def stage_size(x: Operand) -> Any:
    """The number of elements of a single operand."""
    total: Any = 1
    for size in sizes(x):
        total = size if isinstance(total, int) and total == 1 else total * size
    return total


@batches(np.broadcast_to)
def broadcast_to(c: Call) -> Any:
    c.only(positional=2)
    x, shape = c.args
    return stage(np.broadcast_to, aligned(x, c.rank), behind_count(shape.value, c.count))


@batches(sum_to)
def summed(c: Call) -> Any:
    c.only(positional=2)
    x, shape = c.args
    value, extra = x.value, x.rank - c.rank
    if extra < 0:
        raise NotBatched("a sum to a larger shape")
    if extra:
        value = stage(np.sum, value, axis=1 if extra == 1 else tuple(range(1, extra + 1)))
    return c.known(stage(sum_to, value, behind_count(shape.value, c.count)))


@batches(np.transpose, np.permute_dims)
def transpose(c: Call) -> Any:
    c.only("axes", positional=2)
    axes = c.static(1, "axes", None)
    order = range(c.rank)[::-1] if axes is None else axes
    return stage(np.transpose, c.args[0].value, (0, *(moved(a, c.rank) for a in order)))


@batches(np.swapaxes, np.moveaxis)
def exchange(c: Call) -> Any:
    c.only(positional=3)
    axes = [moved(c.static(k, "axis", None), c.rank) for k in (1, 2)]
    return stage(c.target, c.args[0].value, *axes)


@batches(np.expand_dims)
def expand_dims(c: Call) -> Any:
    c.only("axis", positional=2)
    return stage(np.expand_dims, c.args[0].value, moved(c.static(1, "axis", None), c.rank))


@batches(np.squeeze)
def squeeze(c: Call) -> Any:
    c.only("axis", positional=2)
    x, axis = c.args[0], c.static(1, "axis", None)
    return stage(np.squeeze, x.value, axis=moved(axis, x.rank))


@batches(np.tril, np.triu)
def of_matrices(c: Call) -> Any:
    """Functions of the last two axes."""
    if any(x.batched for x in [*c.args[1:], *c.kwargs.values()]) or c.args[0].rank < 2:
        raise NotBatched("no matrix")
    rest = [x.value for x in c.args[1:]]
    named = {k: x.value for k, x in c.kwargs.items()}
    return stage(c.target, c.args[0].value, *rest, **named)


@batches(np.diagonal, np.trace)
def diagonal(c: Call) -> Any:
    c.only("offset", positional=2)
    if c.args[0].rank != 2:
        raise NotBatched("no matrix")
    return stage(c.target, c.args[0].value, c.static(1, "offset", 0), 1, 2)


@batches(np.diag)
def diag(c: Call) -> Any:
    c.only("k", positional=2)
    (x, *_), k = c.args, c.static(1, "k", 0)
    if x.rank == 2:
        return stage(np.diagonal, x.value, k, 1, 2)
    if k != 0:
        raise NotBatched("a diagonal beside the main one")
    mask = stage(np.eye, sizes(x)[0], dtype=bool)
    return stage(np.where, mask, x.value[:, None, :], 0.0)


# Products


@batches(np.matmul, operator.matmul, np.dot, np.inner, np.vdot)
def matmul(c: Call) -> Any:
    c.only(positional=2)
    a, b = c.args
    ranks = a.rank, b.rank
    if c.target is np.dot and 0 in ranks:
        return elementwise(replace(c, target=np.multiply))
    if c.target in (np.inner, np.vdot) and ranks != (1, 1):
        raise NotBatched("a product of matrices")
    if 0 in ranks or max(ranks) > 2 and c.target is np.dot:
        raise NotBatched("a product with a number, or over several axes")
    x, y = a.value, b.value
    if a.batched and b.batched:
        if ranks == (1, 1):
            return stage(np.sum, x * y, axis=1)
        if a.rank == 1:
            return c.known(stage(np.squeeze, x[:, None, :] @ y, axis=-2))
        if b.rank == 1:
            return c.known(stage(np.squeeze, x @ y[:, :, None], axis=-1))
        rank = max(ranks)
        return aligned(a, rank) @ aligned(b, rank)
    if a.batched:
        if a.rank == 1 and b.rank > 2:
            raise NotBatched("a vector times many matrices")
        if a.rank < b.rank and a.rank > 1:
            x = aligned(a, b.rank)
        return x @ y
    if b.rank == 1:  # the rows are the vectors
        if a.rank > 2:
            raise NotBatched("many matrices times a vector")
        return y @ (stage(np.transpose, x) if a.rank == 2 else x)
    return x @ (aligned(b, a.rank) if b.rank < a.rank else y)


@batches(np.outer)
def outer(c: Call) -> Any:
    c.only(positional=2)
    a, b = c.args
    if (a.rank, b.rank) != (1, 1):
        raise NotBatched("arrays that are flattened")
    x = a.value[:, :, None] if a.batched else a.value[:, None]
    y = b.value[:, None, :] if b.batched else b.value
    return x * y


@batches(np.einsum)
def einsum(c: Call) -> Any:
    c.only(positional=len(c.args))
    form = c.static(0, "subscripts", None)
    if not isinstance(form, str) or "->" not in form or "." in form:
        raise NotBatched("subscripts without a result")
    inputs, _, output = form.replace(" ", "").partition("->")
    new = next(letter for letter in "zyxwvutsrqponmlkjihgfedcbaZYXWVU" if letter not in form)
    terms = [
        new + term if x.batched else term
        for term, x in zip(inputs.split(","), c.args[1:], strict=True)
    ]
    values = [x.value for x in c.args[1:]]
    return c.known(stage(np.einsum, f"{','.join(terms)}->{new}{output}", *values))


@batches(np.tensordot)
def tensordot(c: Call) -> Any:
    c.only("axes", positional=3)
    a, b = c.args[:2]
    axes = c.static(2, "axes", 2)
    if isinstance(axes, int):
        axes = (tuple(range(a.rank - axes, a.rank)), tuple(range(axes)))
    of_a, of_b = (each if isinstance(each, tuple) else (each,) for each in map(_tuple, axes))
    if a.batched and b.batched:
        raise NotBatched("two factors that differ")
    if a.batched:
        of_a = moved(of_a, a.rank)
        return c.known(stage(np.tensordot, a.value, b.value, axes=(of_a, of_b)))
    of_b = moved(of_b, b.rank)
    found = stage(np.tensordot, a.value, b.value, axes=(of_a, of_b))
    return c.known(stage(np.moveaxis, found, a.rank - len(of_a), 0))


def _tuple(axes: Any) -> Any:
    return tuple(axes) if isinstance(axes, (list, tuple)) else axes


@batches(np.linalg.solve)
def solve(c: Call) -> Any:
    c.only(positional=2)
    A, b = c.args
    if A.rank != 2 or b.rank not in (1, 2):
        raise NotBatched("many systems")
    if b.rank == 2:
        return c.known(stage(np.linalg.solve, A.value, b.value))
    if not A.batched:
        found = stage(np.linalg.solve, A.value, stage(np.transpose, b.value))
        return c.known(stage(np.transpose, found))
    right = b.value[:, :, None] if b.batched else b.value[:, None]
    return c.known(stage(np.squeeze, stage(np.linalg.solve, A.value, right), axis=-1))


# Subscripts and stores


def behind(index: Value) -> Any:
    """The subscript of a single array as that of a batched one."""
    items = index_items(index)
    if items == [index] and isinstance(index.type, Struct) and issubclass(index.type.kind, tuple):
        items = [stage(operator.getitem, index, k) for k in range(len(index.type.items))]
    return (slice(None), *(i.value if isinstance(i, Constant) else i for i in items))


@batches(operator.getitem)
def getitem(c: Call) -> Any:
    base, index = c.args
    if index.batched or not isinstance(base.type, Array):
        raise NotBatched("subscripts that differ")
    if index_items(index.value):
        return base.value[behind(index.value)]
    return base.value


@batches(ops.index_add)
def index_add(c: Call) -> Any:
    base, index, value = c.args
    if index.batched:
        raise NotBatched("subscripts that differ")
    own = c.spread(base)
    place = behind(index.value)
    return stage(ops.index_add, own, place, _fitting(c, own, place, value))


@batches(ops.store)
def store(c: Call) -> Any:
    base, value, path, *arguments = c.args
    steps = python_argument(path.value)
    if any(step != (operator.getitem, 1) for step in steps) or any(x.batched for x in arguments):
        raise NotBatched("a store through a view")
    own: Any = c.spread(base)
    places = [behind(x.value) for x in arguments]
    view = own
    for place in places[:-1]:
        view = view[place]
    fitting = _fitting(c, view, places[-1] if places else ..., value)
    return stage(ops.store, own, fitting, steps, *places)


def _fitting(c: Call, base: Any, place: Any, value: Operand) -> Any:
    """The value written to `base[place]`, with axes of size 1 if it has fewer."""
    part = base[place]
    if not isinstance(part.type, Array) or part.type.dims[:1] != (c.size,):
        raise NotBatched("subscripts that put the new axis elsewhere")
    rank = len(part.type.dims) - 1
    if value.rank > rank:
        raise NotBatched("a value of more axes than its place")
    return aligned(value, rank)


# Containers


def parts(c: Call, x: Operand) -> list[Operand]:
    """The items of a list or tuple that the program makes."""
    items, single = items_of(x.value), items_of(x.single)
    if items is None or single is None:
        raise NotBatched("a list that is known only at run time")
    return [
        Operand(item, own, x.batched and is_differentiable(own.type))
        for item, own in zip(items, single, strict=True)
    ]
