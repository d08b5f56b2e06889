"""Reads and writes that cancel: items of what was just made, stores of what is there anyway."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Value, python_value
from adjoint.ir.effects import may_repeat, reads_form
from adjoint.ir.infer import is_elementwise
from adjoint.ir.types import Array, List, Scalar, Struct, dims_of, is_loose, is_rank0
from adjoint.transforms.simplify.cse import operand_key
from adjoint.transforms.simplify.rewriting import (
    MULTIPLY,
    Rewriter,
    Rule,
    agree,
    broadcast_of,
    is_zero_bar,
)

#: The path of `x[i] = v`.
_ONE_ITEM = ((operator.getitem, 1),)


def _getitem(new: Rewriter, op: Op) -> Value | None:
    base, index = op.operands
    inner = base.op
    if inner is None or not isinstance(index, Constant) or isinstance(index.value, slice):
        return None
    if inner.target in (ops.make_tuple, ops.make_list) and isinstance(index.value, int):
        return inner.operands[index.value]
    if inner.target in (ops.make_dict, ops.make_record):
        assert isinstance(base.type, Struct)
        position = base.type.position(index.value)
        return inner.operands[ops.CONTAINERS[inner.target] + position]
    if inner.target is ops.zero and inner.backward:
        item = new(operator.getitem, inner.operands[0], index)
        return new(ops.zero, item)
    return None


def is_read_backwards(value: Value) -> bool:
    """Does the backward half read the elements of this value, and not only its form?"""
    return any(u.backward and not (u.target and reads_form(u.target)) for u in value.users)


def _shape_query(new: Rewriter, op: Op) -> Value | None:
    """The shape of an element-wise result is that of an operand: `(a ** 2).size` is `a.size`."""
    value = op.operands[0]
    dims = dims_of(value.type)
    inner = value.op
    if inner is None or dims is None or len(op.operands) != 1 or not is_elementwise(inner.target):
        return None
    in_a_loop = inner.parent is not None and inner.parent.parent is not None
    if in_a_loop and not inner.backward and is_read_backwards(value):
        return None  # it is kept anyway
    for operand in inner.operands:
        have = dims_of(operand.type)
        if have is None or is_loose(operand.type):
            continue
        if len(have) == len(dims) and all(map(agree, have, dims)):
            return new(op.target, operand)
    return None


def _shape(new: Rewriter, op: Op) -> Value | None:
    """The shape of a product of matrices is told by its operands, which need not be multiplied."""
    same = _shape_query(new, op)
    inner = op.operands[0].op
    if same is not None or inner is None or inner.backward or inner.target is not operator.matmul:
        return same
    if op.operands[0].name or any(len(dims_of(v.type) or ()) != 2 for v in inner.operands):
        return None
    if any(user.backward and user is not op for user in op.operands[0].users):
        return None
    a, b = (new(operator.getitem, new(np.shape, v), k) for k, v in enumerate(inner.operands))
    return new(ops.make_tuple, a, b)


def _zero(new: Rewriter, op: Op) -> Value | None:
    """The zero of a Python float is the number 0.0; that of a zero is itself."""
    (like,) = op.operands
    if isinstance(op.result.type, Scalar) and op.result.type.kind == "float":
        return Constant(0.0)
    if isinstance(op.result.type, Array) and op.result.type.scalar:
        if op.result.type.dtype == np.float64:
            return Constant(0.0, op.result.type)
        return Constant(op.result.type.dtype.type(0))
    made = like.op
    if made is not None and (
        made.target is ops.zero or made.backward and made.target is ops.index_add
    ):
        return new(ops.zero, made.operands[0])
    return None


def _index_add(new: Rewriter, op: Op) -> Value | None:
    """Write a value that is added to a cleared part; add two changes at once."""
    accumulator, index, change = op.operands
    if _puts_back(op):
        return op.operands[0]
    wide = broadcast_of(change)
    element = accumulator.type.element if isinstance(accumulator.type, List) else accumulator.type
    if wide is not None and is_rank0(wide[0].type) and isinstance(element, Array) and element.dims:
        return new(ops.index_add, accumulator, index, wide[0])
    store = accumulator.op
    if store is not None and store.target is ops.index_add and list(accumulator.users) == [op]:
        first, where, earlier = store.operands
        numbers = isinstance(change.type, (Array, Scalar)) and earlier.type == change.type
        if numbers and _same_index(where, index) and store.backward:
            return new(ops.index_add, first, index, new(operator.add, earlier, change))
    if store is None or store.target is not ops.store or list(accumulator.users) != [op]:
        return None
    base, cleared, path, *arguments = store.operands
    single = python_value(path) == _ONE_ITEM
    if not single or not is_zero_bar(cleared) or not _same_index(arguments[0], index):
        return None
    if may_repeat(index):
        return None
    return new(ops.store, base, change, path, index)


def _puts_back(op: Op) -> bool:
    """Is what `x[i] += v` cleared added again, other changes in between? Then neither is done.

    Sums may be taken in any order; the store that clears is dropped here.
    """
    _, index, change = op.operands
    read, step = change.op, op.operands[0].op
    if read is None or read.target is not operator.getitem or may_repeat(index):
        return False
    user = op
    while step is not None and step.target is ops.index_add and list(step.result.users) == [user]:
        user, step = step, step.operands[0].op
    if step is None or step.target is not ops.store or list(step.result.users) != [user]:
        return False
    base, cleared, path, *arguments = step.operands
    single = python_value(path) == _ONE_ITEM
    same = single and _same_index(arguments[0], index) and _same_index(read.operands[1], index)
    if not same or not is_zero_bar(cleared) or read.operands[0] is not base:
        return False
    step.result.replace_with(base)
    return True


def _store(new: Rewriter, op: Op) -> Value | None:
    """Writing back what was read there changes nothing."""
    base, value, path, *arguments = op.operands
    read = value.op
    if python_value(path) != _ONE_ITEM:
        return None
    if read is None or read.target is not operator.getitem or read.operands[0] is not base:
        return None
    return base if _same_index(read.operands[1], arguments[0]) else None


def _same_index(a: Value, b: Value) -> bool:
    return a is b or operand_key(a) == operand_key(b)


def _transpose(new: Rewriter, op: Op) -> Value | None:
    inner = op.operands[0].op
    if inner is not None and inner.target is np.transpose and len(op.operands) == 1:
        if len(inner.operands) == 1:
            return inner.operands[0]
    once = inner is not None and inner.backward and len(op.operands[0].users) == 1
    if not once or inner is None or len(op.operands) != 1:
        return None
    ranks = [len(dims_of(v.type) or ()) for v in inner.operands]
    if inner.target is operator.matmul and ranks == [2, 2]:
        a, b = inner.operands
        return new(operator.matmul, new(np.transpose, b), new(np.transpose, a))
    if inner.target is np.outer and ranks == [1, 1]:
        return new(np.outer, *reversed(inner.operands))
    if inner.target is operator.neg:
        return new(operator.neg, new(np.transpose, inner.operands[0]))
    return None


def _squeeze(new: Rewriter, op: Op) -> Value | None:
    """The squeeze of a sum that kept the axis is the sum that does not keep it."""
    (a, *axes), named = op.arguments()
    inner = a.op
    axis = axes[0] if axes else named.get("axis")
    if inner is None or not inner.backward or not isinstance(axis, Constant):
        return None
    if inner.target is np.expand_dims and _same_axes(inner.operands[1], axis, a):
        return inner.operands[0]
    if inner.target is operator.neg and len(a.users) == 1:
        return new(operator.neg, new(np.squeeze, inner.operands[0], *axes, **named))
    if inner.target in MULTIPLY and len(a.users) == 1 and is_rank0(inner.operands[0].type):
        number, array = inner.operands
        return new(operator.mul, number, new(np.squeeze, array, *axes, **named))
    (x, *rest), kept = inner.arguments()
    if inner.target is np.sum and not rest and set(kept) == {"axis", "keepdims"}:
        if len(a.users) == 1 and _same_axes(kept["axis"], axis, a):
            return new(np.sum, x, axis=kept["axis"])
    return None


def _same_axes(a: Value, b: Value, like: Value) -> bool:
    return _axes(a, like) == _axes(b, like) and _axes(a, like) is not None


def _axes(axis: Value, like: Value) -> tuple[int, ...] | None:
    """Axes, which may count from the end, as positions in the array `like`."""
    rank = len(dims_of(like.type) or ())
    if not isinstance(axis, Constant) or axis.value is None or not rank:
        return None
    axes = axis.value if isinstance(axis.value, tuple) else (axis.value,)
    return tuple(sorted(k % rank for k in axes))


def _add_containers(new: Rewriter, op: Op) -> Value | None:
    """A sum with a zero list is the other list."""
    a, b = op.operands
    for zero, other in ((a, b), (b, a)):
        if zero.op is not None and zero.op.target is ops.zero and zero.op.backward:
            return other
    return None


def _reverse_list(new: Rewriter, op: Op) -> Value | None:
    inner = op.operands[0].op
    if inner is not None and inner.target is ops.reverse_list:
        return inner.operands[0]
    return None


ACCESSES: dict[Any, Rule] = {
    operator.getitem: _getitem,
    ops.zero: _zero,
    ops.index_add: _index_add,
    ops.store: _store,
    ops.reverse_list: _reverse_list,
    ops.add_containers: _add_containers,
    np.transpose: _transpose,
    np.squeeze: _squeeze,
    np.shape: _shape,
    np.size: _shape_query,
    len: _shape_query,
}
