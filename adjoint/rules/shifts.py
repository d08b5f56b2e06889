"""Softmax, logsumexp and cross-entropy: functions that a shift of their argument does not change.

    m = np.max(x, axis=1, keepdims=True)
    e = np.exp(x - m)
    p = e / np.sum(e, axis=1, keepdims=True)

The maximum is there so that nothing overflows. Whatever is subtracted, the result is the same, so
`m` has no part in the derivative, which is that of `p` by `x`. Each function here finds one of
them at its last operation, and gives its argument, its pullback and its tangent map.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Value
from adjoint.ir.indexing import index_items
from adjoint.ir.types import (
    Array,
    dims_of,
    is_loose,
    is_rank0,
    proven_equal,
    proven_many,
    rank_of,
    same_size,
)
from adjoint.rules.staged import call, is_complex, keep

Axes = frozenset[int]
Found = tuple[Value, Callable[[Any], Any], Callable[[Any], Any]]

_DIVIDE = (operator.truediv, np.divide)
_ADD = (operator.add, np.add)
_SUBTRACT = (operator.sub, np.subtract)
_MAXIMA = (np.max, np.amax, np.min, np.amin)


def softmax(op: Op) -> Found | None:
    """`e / sum(e)`, for `e = exp(x - m)`."""
    if op.target not in _DIVIDE or op.keywords or not _is_real_array(op.result):
        return None
    e, total = op.operands
    x, axes = _exponent(e, op), _spread_sum_of(total, e, op)
    if x is None or axes is None:
        return None
    p = op.result

    def change(g: Any) -> Any:
        return p * (g - _sum(g * p, axes, p))

    return _without_shift(x, axes, op), change, change


def log_softmax(op: Op) -> Found | None:
    """`z - log(sum(exp(z)))`, for `z = x - m`."""
    if op.target not in _SUBTRACT or op.keywords or not _is_real_array(op.result):
        return None
    z, logarithm = op.operands
    inner = _made_by(_unspread(logarithm, op), (np.log,), op)
    if inner is None:
        return None
    total = inner.operands[0]
    e = _summand(total, op)
    exponent = None if e is None else _exponent(e, op)
    if e is None or exponent is None or not _are_equal(exponent, z, op):
        return None
    axes = _spread_sum_of(logarithm, e, op, total)
    if axes is None:
        return None
    weights = np.exp(op.result)  # type: ignore[call-overload]  # as finite as e / total

    def pull(g: Any) -> Any:
        return g - _sum(g, axes, z) * weights

    def push(x_dot: Any) -> Any:
        return x_dot - _sum(weights * x_dot, axes, z)

    return _without_shift(z, axes, op), pull, push


def logsumexp(op: Op) -> list[Found] | None:
    """`m + log(sum(exp(x - m)))`, with further terms of the sum or without."""
    if op.target not in _ADD or op.keywords:
        return None
    addends = _addends(op.result, op)
    for logarithm in op.operands:
        inner = _made_by(logarithm, (np.log,), op)
        if inner is None:
            continue
        for m in addends:
            found = _logsumexp(m, inner.operands[0], op)
            if found is not None:
                others = [v for v in addends if v is not m and v is not logarithm]
                return [found, *((v, _itself, _itself) for v in others)]
    return None


def _itself(change: Any) -> Any:
    return change


def _addends(value: Value, op: Op) -> list[Value]:
    """The terms of a sum; those of its terms that are sums instead of these."""
    made = op if value is op.result else _made_by(value, _ADD, op)
    return [value] if made is None else [v for w in made.operands for v in _addends(w, op)]


def _logsumexp(m: Value, total: Value, op: Op) -> Found | None:
    """The terms of `m + log(total)`, if that is what the total is a sum of."""
    e = _summand(total, op)
    z = None if e is None else _exponent(e, op)
    difference = None if z is None else _made_by(z, _SUBTRACT, op)
    if e is None or difference is None:
        return None
    axes, keepdims = _axes_of(total)  # type: ignore[misc]
    x, shift = difference.operands
    same = _bare(shift, op) is _bare(m, op) or _are_one_maximum(shift, m, x, op)
    if not same or not _is_constant_along(shift, x, axes, op):
        return None
    if rank_of(m.type) != rank_of(total.type):
        return None
    return _weighted_sum(x, e, total, axes, keepdims)


def cross_entropy(op: Op) -> Found | None:
    """`z[k] - log(sum(exp(z)))` or its negative, for `z = x - m`: one-hot less softmax.

    Of a matrix, it is that for each row: `z[np.arange(n), k] - log(sum(exp(z), axis=1))`.
    """
    if op.target not in _SUBTRACT or op.keywords:
        return None
    for sign, (item, logarithm) in ((1, op.operands), (-1, op.operands[::-1])):
        read, inner = _made_by(item, (operator.getitem,), op), _made_by(logarithm, (np.log,), op)
        if read is None or inner is None:
            continue
        total = inner.operands[0]
        e = _summand(total, op)
        z = None if e is None else _exponent(e, op)
        if e is None or z is not read.operands[0] or not _picks_one(item, read.operands[1], total):
            continue
        axes, _ = _axes_of(total)  # type: ignore[misc]
        return _one_hot(_without_shift(z, axes, op), read.operands[1], e, total, sign)
    return None


def _picks_one(item: Value, index: Value, total: Value) -> bool:
    """Is `item` one element of a vector, or one of each row, beside the sum over the others?"""
    rank = rank_of(total.op.operands[0].type) if total.op is not None else None
    if rank == 1:
        return is_rank0(item.type) and rank_of(total.type) == 0
    items, have, want = index_items(index), dims_of(item.type), dims_of(total.type)
    if rank != 2 or _axes_of(total) != (frozenset({1}), False) or len(items) != 2:
        return False
    rows = items[0].op
    if rows is None or rows.target is not np.arange or len(rows.operands) != 1:
        return False
    if have is None or want is None or not len(have) == len(want) == 1:
        return False
    a, b = have[0], want[0]  # they meet in the difference
    one_each = proven_equal(a, b) or proven_many(a) and proven_many(b)
    return one_each and not is_loose(item.type) and not is_loose(total.type)


def _one_hot(x: Value, index: Value, e: Value, total: Value, sign: int) -> Found:
    axes, _ = _axes_of(total)  # type: ignore[misc]
    options = _options(axes, e)

    def pull(g: Any) -> Any:
        signed = g if sign > 0 else -g
        weights = keep(-signed / total, e, options.get("axis"), False)
        return call(ops.index_add, weights * e, index, signed)

    def push(x_dot: Any) -> Any:
        change = call(operator.getitem, x_dot, index) - np.sum(e * x_dot, **options) / total
        return change if sign > 0 else -change

    return x, pull, push


def _weighted_sum(x: Value, e: Value, total: Value, axes: Axes, keepdims: bool) -> Found:
    options = _options(axes, e)

    def pull(g: Any) -> Any:
        return keep(g / total, x, options.get("axis"), keepdims) * e

    def push(x_dot: Any) -> Any:
        return np.sum(e * x_dot, **options, keepdims=keepdims) / total

    return x, pull, push


# Patterns


def _is_real_array(value: Value) -> bool:
    type_ = value.type
    return (
        isinstance(type_, Array) and bool(type_.dims) and not type_.loose and not is_complex(value)
    )


def _made_by(value: Value, targets: tuple[Any, ...], op: Op) -> Op | None:
    """The operation of the value, if it is one of these, without options, beside the composite."""
    made = value.op
    if made is None or made.target not in targets or made.parent is not op.parent:
        return None
    return None if made.keywords else made


def _exponent(e: Value, op: Op) -> Value | None:
    """The `z` of `exp(z)`, computed beside the operation."""
    made = _made_by(e, (np.exp,), op)
    return made.operands[0] if made is not None and _is_real_array(e) else None


def _are_equal(a: Value, b: Value, op: Op) -> bool:
    """Are both one value, or the same difference, written twice?"""
    if a is b:
        return True
    first, second = (_made_by(v, _SUBTRACT, op) for v in (a, b))
    if first is None or second is None:
        return False
    return all(x is y for x, y in zip(first.operands, second.operands, strict=True))


def _without_shift(z: Value, axes: Axes, op: Op) -> Value:
    """The `x` of `z = x - m`, if `m` is one number along the axes; else `z` itself."""
    made = _made_by(z, _SUBTRACT, op)
    if made is None:
        return z
    x, m = made.operands
    return x if _is_constant_along(m, x, axes, op) else z


def _is_constant_along(m: Value, x: Value, axes: Axes, op: Op) -> bool:
    """Does `x - m` have the shape of x, and subtract one number along these axes?"""
    rank = rank_of(x.type)
    have, want = dims_of(m.type), dims_of(x.type)
    if rank is None or have is None or want is None or len(have) > rank or is_loose(x.type):
        return False
    if is_loose(m.type) or not _is_real_array(x):
        return False
    lost = rank - len(have)
    if not all(a < lost or have[a - lost] == 1 for a in axes):
        return False
    if all(n == 1 or same_size(n, want[lost + k]) for k, n in enumerate(have)):
        return True
    made = _unspread(m, op).op  # a reduction of x itself
    return made is not None and made.target in (*_MAXIMA, np.mean) and made.operands[0] is x


def _summand(total: Value, op: Op) -> Value | None:
    """The `e` of `sum(e)`, if that says no more than the axes."""
    made = total.op
    if made is None or made.target is not np.sum or made.parent is not op.parent:
        return None
    return made.operands[0] if _axes_of(total) is not None else None


def _axes_of(total: Value) -> tuple[Axes, bool] | None:
    """The axes of a reduction, counted from the front, and whether they are kept."""
    made = total.op
    assert made is not None
    positional, named = made.arguments()
    if not set(named) <= {"axis", "keepdims"} or len(positional) > 2:
        return None
    given = named.get("axis", positional[1] if len(positional) > 1 else Constant(None))
    keepdims = named.get("keepdims", Constant(False))
    rank = rank_of(positional[0].type)
    if not rank or not (isinstance(given, Constant) and isinstance(keepdims, Constant)):
        return None
    axis = given.value
    several = range(rank) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return frozenset(a % rank for a in several), bool(keepdims.value)


def _spread_sum_of(spread: Value, e: Value, op: Op, total: Value | None = None) -> Axes | None:
    """The axes along which a value is the sum of `e`, broadcast against it.

    With `total`, the value is a function of that sum, element by element.
    """
    inner = _unspread(spread, op)
    total = inner if total is None else total
    if _summand(total, op) is not e:
        return None
    found, rank = _axes_of(total), rank_of(e.type)
    if found is None or rank is None:
        return None
    axes, keepdims = found
    if keepdims:
        return axes if inner is spread else None
    if inner is spread:  # NumPy puts the missing axes in front
        return axes if axes == frozenset(range(len(axes))) else None
    return axes if rank_of(spread.type) == rank and _new_axes(spread) == axes else None


def _unspread(value: Value, op: Op) -> Value:
    """The array without the axes of length 1 that a view gives it."""
    made = value.op
    if made is None or made.parent is not op.parent or _new_axes(value) is None:
        return value
    return made.operands[0]


def _bare(value: Value, op: Op) -> Value:
    """The array whose elements a value has in their order, with or without axes of length 1."""
    while True:
        made = value.op
        if made is None or made.parent is not op.parent:
            return value
        if _new_axes(value) is None and not _drops_ones(made):
            return value
        value = made.operands[0]


def _drops_ones(op: Op) -> bool:
    """Does it take axes of length 1 away, as `m[:, 0]` and `np.squeeze(m, 1)` do?"""
    if op.target is np.squeeze:
        return True
    if op.target is not operator.getitem:
        return False
    items, dims = index_items(op.operands[1]), dims_of(op.operands[0].type)
    if dims is None or len(items) != len(dims):
        return False
    full = [isinstance(i, Constant) and i.value == slice(None) for i in items]
    first = [isinstance(i, Constant) and type(i.value) is int for i in items]
    return all(f or n and d == 1 for f, n, d in zip(full, first, dims, strict=True))


def _new_axes(value: Value) -> Axes | None:
    """The axes that `s[:, None]` or `np.expand_dims(s, 1)` adds; None for all else."""
    made, rank = value.op, rank_of(value.type)
    if made is None or rank is None:
        return None
    if made.target is np.expand_dims and isinstance(made.operands[1], Constant):
        axis = made.operands[1].value
        return frozenset(a % rank for a in (axis if isinstance(axis, tuple) else (axis,)))
    if made.target is not operator.getitem:
        return None
    items = index_items(made.operands[1])
    if not all(isinstance(i, Constant) for i in items):
        return None
    known = [i.value for i in items if isinstance(i, Constant)]
    if not all(k is None or k is ... or k == slice(None) for k in known):
        return None
    if ... in known:
        place = known.index(...)
        inner = rank_of(made.operands[0].type)
        if inner is None:
            return None
        slices = sum(isinstance(k, slice) for k in known)
        known[place : place + 1] = [slice(None)] * (inner - slices)
    return frozenset(k for k, item in enumerate(known) if item is None)


def _are_one_maximum(a: Value, b: Value, x: Value, op: Op) -> bool:
    """Are both the maximum of x along the same axes, taken twice?"""
    first, second = _unspread(a, op).op, _unspread(b, op).op
    if first is None or second is None or first.target is not second.target:
        return False
    if first.target not in _MAXIMA or not first.operands[0] is second.operands[0] is x:
        return False
    one, other = _axes_of(first.result), _axes_of(second.result)
    return one is not None and other is not None and one[0] == other[0]


# Sums


def _options(axes: Axes, like: Value) -> dict[str, Any]:
    """The axis of a sum over these axes; none where they are all."""
    rank = rank_of(like.type)
    assert rank is not None
    if len(axes) == rank:
        return {}
    (axis, *more) = sorted(axes)
    if more:
        return {"axis": (axis, *more)}
    return {"axis": -1 if axis == rank - 1 and rank > 2 else axis}


def _sum(value: Any, axes: Axes, like: Value) -> Any:
    """The sum over the axes, to be broadcast against what was summed."""
    options = _options(axes, like)
    return np.sum(value, **options, keepdims=True) if options else np.sum(value)
