"""What callables do besides computing a result.

Frontend, in-place, cse, recomputation and nesting all read this one table. A callable that is in
no set here is taken to have effects that must stay in order, and may keep what it is given.
"""

from __future__ import annotations

import itertools
import math
import operator
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Value
from adjoint.ir.indexing import index_items, is_slice
from adjoint.ir.types import Array, List, Scalar, Struct
from adjoint.runtime.arrays import sum_to, with_length
from adjoint.runtime.draws import random_state, swap_random_state
from adjoint.runtime.snapshots import Snapshots

#: Results share memory with the first argument, always or sometimes.
VIEWS: frozenset[Any] = frozenset({
    np.transpose, np.reshape, np.ravel, np.swapaxes, np.squeeze, np.expand_dims, np.broadcast_to,
    np.asarray, np.moveaxis, np.diagonal, np.atleast_1d, np.atleast_2d, np.real, np.imag,
    np.flip, np.rollaxis, np.diag, np.rot90, np.fliplr, np.flipud, np.atleast_3d,
    np.ascontiguousarray, np.permute_dims, np.matrix_transpose, np.real_if_close,
    ops.stop_gradient, ops.alias, ops.custom, ops.select, ops.literal, sum_to, np.split,
    np.array_split, np.hsplit, np.vsplit, np.dsplit, np.broadcast_arrays, list, np.asanyarray,
    np.asfortranarray, np.require, np.trim_zeros, np.unstack, np.linalg.diagonal,
    np.linalg.matrix_transpose, np.linalg.matrix_power, with_length,
    np.lib.stride_tricks.sliding_window_view,
})  # fmt: skip

#: Some of these results cannot be written to, whoever owns the memory.
MAYBE_READ_ONLY: frozenset[Any] = frozenset({
    np.broadcast_to, sum_to, np.diagonal, np.linalg.diagonal, with_length,
})  # fmt: skip

#: Results are containers, or parts of containers, that hold the arguments themselves.
HOLDERS: frozenset[Any] = frozenset({
    ops.make_tuple, ops.make_list, ops.make_dict, ops.make_record, ops.unpack, ops.append,
    ops.drop_last, ops.reverse_list, ops.join_lists, ops.pad_zeros, ops.add_containers,
    Snapshots.again,
})  # fmt: skip

#: Cheap enough to compute again in the backward pass instead of keeping the result.
CHEAP_SCALAR: frozenset[Any] = frozenset({
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod,
    operator.neg, operator.pos, operator.lt, operator.le, operator.gt, operator.ge, operator.eq,
    operator.ne, operator.not_, operator.and_, operator.or_, operator.getitem, operator.is_,
    operator.is_not, operator.contains, len, abs, slice, ops.make_tuple, isinstance,
    np.shape, np.size, range,
})  # fmt: skip

#: Cheap on arrays as well: they copy nothing.
CHEAP_ARRAY: frozenset[Any] = VIEWS - {np.real, np.imag, np.linalg.matrix_power, with_length} | {
    np.shape, np.size, len, slice, ops.make_tuple, range,
}  # fmt: skip

_RANDOM = {
    getattr(np.random, name)
    for name in dir(np.random)
    if not name.startswith("_") and callable(getattr(np.random, name))
}
_BUILTINS = {
    abs, all, any, bool, complex, divmod, enumerate, float, getattr, hasattr, hash, id, int,
    isinstance, len, list, max, min, pow, range, repr, reversed, round, slice, sorted, str, sum,
    tuple, zip, dict, itertools.count, type, issubclass, callable, set, frozenset, format,
    ord, chr, bin, oct, hex,
}  # fmt: skip
_OPERATORS = {f for name, f in vars(operator).items() if callable(f) and not name.startswith("_")}
_OPS = {f for f in vars(ops).values() if callable(f)} - {
    ops.check, ops.fail, ops.cotangent, ops.follow, ops.stage_or_call,
}  # fmt: skip
_SCIPY = ("scipy.special", "scipy.linalg", "scipy.signal")
_WRITERS = {
    np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis, np.save,
    np.savetxt, np.savez, np.add.at,
}  # fmt: skip
#: What they do depends on all draws and snapshots before, and later ones on them.
_ORDERED = {random_state, swap_random_state, Snapshots.append}


def is_random(target: Any) -> bool:
    """Is this a draw, of `np.random` or of a generator: another one each time?"""
    owner = getattr(target, "__self__", None)
    if isinstance(owner, (np.random.Generator, np.random.RandomState, np.random.BitGenerator)):
        return True
    try:
        return target in _RANDOM
    except TypeError:
        return False


def is_pure(target: Any) -> bool:
    """No effect and nothing random: may be dropped, repeated, merged."""
    try:
        if is_random(target) or target in _WRITERS or target in _ORDERED:
            return False
        if target in _BUILTINS or target in _OPERATORS or target in _OPS:
            return True
    except TypeError:
        return False
    if isinstance(target, np.ufunc) or getattr(target, "__objclass__", None) is str:
        return True
    if isinstance(getattr(target, "__self__", None), np.ufunc):
        return target.__name__ != "at"  # np.add.reduce, np.maximum.accumulate
    module = getattr(target, "__module__", "") or ""
    if module.startswith(("adjoint.rules", "adjoint.runtime")):
        return True
    if module in ("math", "cmath") or module.startswith(_SCIPY):
        return True
    return module.split(".")[0] == "numpy" or target in (np.ndarray.item, np.ndarray.tolist)


def op_is_pure(op: Op) -> bool:
    """May this operation, with everything nested in it, be dropped when nobody uses it?"""
    if op.kind == "apply":
        return is_pure(op.target)
    if op.kind == "call":
        return bool(op.attrs["function"].attrs.get("pure"))
    if op.kind in ("yield", "return"):
        return False
    if op.kind == "while":
        return False  # it may not end; dropping it would change that
    return all(o.kind == "yield" or op_is_pure(o) for r in op.regions for o in r.ops)


def may_raise(op: Op) -> bool:
    """Could this operation raise where the user can see it? (Arithmetic is not counted.)"""
    return op.kind != "apply" or op.target is operator.getitem or not is_pure(op.target)


def is_view(op: Op) -> bool:
    """May the result share memory with an operand, or hold one?"""
    if op.kind != "apply":
        return True
    if op.target is operator.getitem:
        base = op.operands[0].type
        if isinstance(base, (Struct, List)):
            return True
        if isinstance(base, Array) and not is_basic_index(op):
            return False
        return not (isinstance(op.result.type, Array) and op.result.type.scalar)
    if op.target is np.einsum:
        return len(op.operands) == 2
    try:
        return op.target in VIEWS or op.target in HOLDERS
    except TypeError:
        return True


def is_cheap(op: Op) -> bool:
    """Would an expert compute this again rather than store it for the backward pass?"""
    if op.kind != "apply" or not is_pure(op.target):
        return False
    arrays = [
        v for v in [*op.operands, *op.results]
        if isinstance(v.type, Array) and not v.type.scalar and v.type.dims
    ]  # fmt: skip
    if not arrays or all(v in op.operands for v in arrays) and op.target is operator.getitem:
        return op.target in CHEAP_SCALAR or (
            getattr(op.target, "__module__", "") == "math" and op.target is not math.fsum
        )
    if op.target is operator.getitem:
        return isinstance(op.operands[0].type, Array) and is_basic_index(op)
    return op.target in CHEAP_ARRAY


def is_basic_index(op: Op) -> bool:
    """Is `op`, a subscript, made of numbers and slices only, so that it gives a view?"""
    index = op.operands[1]
    return not any(_is_sequence(i.type, i is index) for i in index_items(index))


def _is_sequence(type_: Any, alone: bool) -> bool:
    """Does an index of this type select elements one by one? A tuple does inside of another."""
    if isinstance(type_, Struct):
        return type_.kind is list or not alone
    return isinstance(type_, List) or isinstance(type_, Array) and bool(type_.dims)


def may_repeat(index: Value) -> bool:
    """Could this index name an element twice? Then += loses a contribution, and = a write."""
    items = [item for item in index_items(index) if not is_slice(item)]
    return not all(_names_once(item) or _has_no_repeats(item) for item in items)


def _has_no_repeats(item: Value) -> bool:
    """Is this a list of positions, all of them different (and counted from one end)?"""
    if isinstance(item, Constant):
        positions = np.asarray(item.value)
        if positions.ndim != 1 or positions.dtype.kind not in "iu":
            return False
        one_end = bool(np.all(positions >= 0) or np.all(positions < 0))
        return one_end and len(np.unique(positions)) == len(positions)
    return (
        item.op is not None
        and item.op.target in (np.arange, np.argsort, np.argpartition, np.flatnonzero)
        and (isinstance(item.type, Array) and item.type.rank == 1)
    )


def _names_once(item: Value) -> bool:
    """Is this one number, a mask, None or an ellipsis?"""
    if isinstance(item, Constant) and not isinstance(item.value, np.ndarray):
        return item.value is None or item.value is ... or isinstance(item.value, (int, np.integer))
    if isinstance(item.type, Array):
        return not item.type.dims or item.type.dtype.kind == "b"
    return isinstance(item.type, Scalar)


def is_write(op: Op) -> bool:
    """Does the result have the memory of the first operand, changed in place where possible?"""
    return op.kind == "apply" and op.target in WRITES


#: Functional writes: the first operand with a part of it changed.
WRITES: frozenset[Any] = frozenset({ops.store, ops.index_add, ops.append, ops.drop_last})
