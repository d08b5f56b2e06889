"""Shapes of arrays, and arrays put together."""

from __future__ import annotations

import numpy as np

from adjoint.emit.numba.expressions import (
    Expressions,
    dtype_of_result,
    function_text,
    lowers,
    shape_text,
)
from adjoint.emit.numba.kinds import (
    is_array,
    is_number,
    need_array,
    rank,
    refuse,
)
from adjoint.ir.core import Op
from adjoint.ir.types import Struct


@lowers(np.shape)
def _shape(e: Expressions, op: Op) -> str:
    (x,) = op.operands
    if is_number(x.type):
        raise refuse("the shape of a number", op.span)
    need_array(x, op)
    return f"{e.value(x)}.shape"


@lowers(np.size)
def _size(e: Expressions, op: Op) -> str:
    x, *axis = op.operands
    if is_number(x.type):
        return "1"
    need_array(x, op)
    if axis:
        return f"{e.value(x)}.shape[{e.static(axis[0], None, op)}]"
    return f"{e.value(x)}.size"


@lowers(np.transpose)
def _transpose(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x axes")
    need_array(given["x"], op)
    axes = e.static(given.get("axes"), None, op)
    if axes is None:
        return f"{e.value(given['x'])}.T"
    axes = tuple(k % rank(given["x"]) for k in axes)
    return f"np.transpose({e.value(given['x'])}, {axes})"


@lowers(np.swapaxes)
def _swapaxes(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x axis1 axis2")
    need_array(given["x"], op)
    axes = list(range(rank(given["x"])))
    a, b = (e.static(given[k], None, op) for k in ("axis1", "axis2"))
    axes[a], axes[b] = axes[b], axes[a]
    return f"np.transpose({e.value(given['x'])}, {tuple(axes)})"


@lowers(np.moveaxis)
def _moveaxis(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x source destination")
    need_array(given["x"], op)
    n = rank(given["x"])
    a, b = (e.static(given[k], None, op) for k in ("source", "destination"))
    if not (isinstance(a, int) and isinstance(b, int)):
        raise refuse("np.moveaxis of several axes", op.span)
    order = [k for k in range(n) if k != a % n]
    order.insert(b % n, a % n)
    return f"np.transpose({e.value(given['x'])}, {tuple(order)})"


@lowers(np.reshape)
def _reshape(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x shape")
    if not is_array(given["x"].type) or not is_array(op.result.type):
        raise refuse("an array without dimensions", op.span)
    shape = shape_text(e, given["shape"], op)
    return f"np.ascontiguousarray({e.value(given['x'])}).reshape({shape})"


@lowers(np.ravel, np.ndarray.flatten)
def _ravel(e: Expressions, op: Op) -> str:
    if len(op.operands) != 1:
        raise refuse("ravel in another order", op.span)
    need_array(op.operands[0], op)
    return f"np.ascontiguousarray({e.value(op.operands[0])}).reshape((-1, ))"


@lowers(np.expand_dims)
def _expand_dims(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x axis")
    x, axis = given["x"], e.static(given["axis"], None, op)
    need_array(x, op)
    n = rank(op.result)
    new = {k % n for k in (axis if isinstance(axis, (tuple, list)) else (axis,))}
    return f"{e.value(x)}[{', '.join('None' if k in new else ':' for k in range(n))}]"


@lowers(np.squeeze)
def _squeeze(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x axis")
    x = given["x"]
    need_array(x, op)
    n, axis = rank(x), e.static(given.get("axis"), None, op)
    if axis is None or not is_array(op.result.type):
        raise refuse("np.squeeze without an axis", op.span)
    gone = {k % n for k in (axis if isinstance(axis, (tuple, list)) else (axis,))}
    text = e.value(x)
    sizes = "".join(f"{text}.shape[{k}], " for k in range(n) if k not in gone)
    return f"np.ascontiguousarray({text}).reshape(({sizes}))"


@lowers(np.broadcast_to)
def _broadcast_to(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x shape")
    x, shape = given["x"], given["shape"]
    if not is_array(op.result.type):
        return e.value(x)
    if is_number(x.type):
        return f"np.full({shape_text(e, shape, op)}, {e.value(x)}, {dtype_of_result(op)})"
    return f"np.broadcast_to({e.value(x)}, {shape_text(e, shape, op)}).copy()"


@lowers(np.concatenate, np.stack, np.hstack, np.vstack)
def _joined(e: Expressions, op: Op) -> str:
    given = e.bound(op, "arrays axis")
    items = given["arrays"]
    if not isinstance(items.type, Struct):
        raise refuse("a list of arrays is joined", op.span)
    if not all(is_array(t) and t.dtype == op.result.type.dtype for t in items.type.items):  # type: ignore
        raise refuse("numbers or arrays of different dtypes are joined", op.span)
    if op.target in (np.hstack, np.vstack):
        return f"{function_text(op)}({e.value(items)})"
    axis = e.static(given.get("axis"), 0, op)
    if axis is None:
        raise refuse("arrays are flattened and joined", op.span)
    axis %= rank(op.result)
    return f"{function_text(op)}({e.value(items)}, axis={axis})"


@lowers(np.diag, np.tril, np.triu)
def _diagonal(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x k")
    need_array(given["x"], op)
    if op.target is np.diag and "k" in given or rank(given["x"]) > 2:
        raise refuse(f"this form of {function_text(op)}", op.span)
    if op.target is not np.diag and rank(given["x"]) != 2:
        raise refuse(f"this form of {function_text(op)}", op.span)
    offset = f", {e.static(given['k'], 0, op)}" if "k" in given else ""
    made = f"{function_text(op)}({e.value(given['x'])}{offset})"
    return f"{made}.copy()" if op.target is np.diag else made
