"""Functions that move elements, or make others of their axes."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Value
from adjoint.rules.registry import expand, linear, multilinear
from adjoint.rules.staged import call, rank_of, shape_of


@linear(np.transpose)
def transpose(y_bar: Any, x: Any, axes: Any = None) -> Any:
    if axes is None:
        return np.transpose(y_bar)
    return np.transpose(y_bar, tuple(int(i) for i in np.argsort([a % x.ndim for a in axes])))


@linear(np.swapaxes)
def swapaxes(y_bar: Any, x: Any, axis1: int, axis2: int) -> Any:
    return np.swapaxes(y_bar, axis1, axis2)


@linear(np.moveaxis)
def moveaxis(y_bar: Any, x: Any, source: Any, destination: Any) -> Any:
    return np.moveaxis(y_bar, destination, source)


@linear(np.rollaxis)
def rollaxis(y_bar: Any, x: Any, axis: int, start: int = 0) -> Any:
    axis, start = axis % x.ndim, start + x.ndim if start < 0 else start
    return np.moveaxis(y_bar, start - 1 if start > axis else start, axis)


@linear(np.matrix_transpose)
def matrix_transpose(y_bar: Any, x: Any) -> Any:
    return np.matrix_transpose(y_bar)


@linear(np.reshape)
def reshape(y_bar: Any, x: Any, shape: Any = None, order: str = "C", copy: Any = None) -> Any:
    return _back_in_order(y_bar, x, order)


@linear(np.ravel)
def ravel(y_bar: Any, x: Any, order: str = "C") -> Any:
    return _back_in_order(y_bar, x, order)


def _back_in_order(y_bar: Any, x: Any, order: str) -> Any:
    if order == "C":
        return np.reshape(y_bar, shape_of(x))
    if order == "F":
        return np.reshape(y_bar, shape_of(x), order="F")
    raise UnsupportedError(
        f"order={order!r} depends on how the array lies in memory", instead="use 'C' or 'F'"
    )


@linear(np.squeeze)
def squeeze(y_bar: Any, x: Any, axis: Any = None) -> Any:
    return np.reshape(y_bar, shape_of(x)) if axis is None else np.expand_dims(y_bar, axis)


@linear(np.expand_dims)
def expand_dims(y_bar: Any, x: Any, axis: Any) -> Any:
    return np.squeeze(y_bar, axis=axis)


@linear([np.atleast_1d, np.atleast_2d, np.atleast_3d])
def at_least(y_bar: Any, x: Any) -> Any:
    return np.reshape(y_bar, shape_of(x))


def _each(target: Any) -> None:
    """`np.atleast_1d(a, b)` is a tuple of the arrays that it makes of each."""

    @expand(target)
    def each(*arrays: Any) -> Any:
        made = [call(target, x) for x in arrays]
        return made[0] if len(made) == 1 else tuple(made)


_each(np.atleast_1d)
_each(np.atleast_2d)
_each(np.atleast_3d)


@multilinear(np.broadcast_to)
def broadcast_to(y_bar: Any, x: Any, shape: Any) -> Any:
    return y_bar, None


@linear(np.flip)
def flip(y_bar: Any, x: Any, axis: Any = None) -> Any:
    return np.flip(y_bar, axis)


@linear(np.fliplr)
def fliplr(y_bar: Any, x: Any) -> Any:
    return np.fliplr(y_bar)


@linear(np.flipud)
def flipud(y_bar: Any, x: Any) -> Any:
    return np.flipud(y_bar)


@linear(np.rot90)
def rot90(y_bar: Any, x: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    return np.rot90(y_bar, -k, axes)


@linear(np.roll)
def roll(y_bar: Any, x: Any, shift: Any, axis: Any = None) -> Any:
    several = isinstance(shift, (tuple, list)) or rank_of(shift) is None
    back = tuple(-shift[k] for k in range(len(shift))) if several else -shift
    return np.roll(y_bar, back, axis)


@linear(np.tril)
def tril(y_bar: Any, x: Any, k: int = 0) -> Any:
    return np.tril(y_bar, k)


@linear(np.triu)
def triu(y_bar: Any, x: Any, k: int = 0) -> Any:
    return np.triu(y_bar, k)


@linear(np.diag)
def diag(y_bar: Any, x: Any, k: int = 0) -> Any:
    if x.ndim == 1:
        return np.diagonal(y_bar, k)
    return _onto_diagonal(y_bar, x, k)


@expand(np.diagflat)
def diagflat(v: Any, k: int = 0) -> Any:
    return np.diag(np.ravel(call(np.asarray, v)), k)


@linear(np.diagonal)
def diagonal(y_bar: Any, x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    row, column = axis1 % x.ndim, axis2 % x.ndim
    if (row, column) == (x.ndim - 2, x.ndim - 1):
        return _onto_diagonal(y_bar, x, offset)
    x_bar = _onto_diagonal(y_bar, np.moveaxis(x, (row, column), (-2, -1)), offset)
    return np.moveaxis(x_bar, (-2, -1), (row, column))


def _onto_diagonal(y_bar: Any, x: Any, k: int) -> Any:
    """Zeros like x, with y_bar on the k-th diagonal of its matrices."""
    places = call(np.arange, call(np.size, y_bar) if y_bar.ndim == 1 else y_bar.shape[-1])
    if isinstance(k, Value):
        rows, columns = places + np.maximum(-k, 0), places + np.maximum(k, 0)
    else:
        rows, columns = (places - k, places) if k < 0 else (places, places + k if k else places)
    index = (rows, columns) if x.ndim == 2 else (..., rows, columns)
    return call(ops.index_add, call(ops.zero, x), index, y_bar)


def _index_add_tangent(tangents: Any, y: Any, accumulator: Any, index: Any, value: Any) -> Any:
    change, _, value_dot = tangents
    if value_dot is None:
        return change
    change = call(ops.zero, accumulator) if change is None else change
    return call(ops.index_add, change, index, value_dot)


@multilinear(ops.index_add, jvp=_index_add_tangent)
def index_add(y_bar: Any, accumulator: Any, index: Any, value: Any) -> Any:
    return y_bar, None, call(operator.getitem, y_bar, index)
