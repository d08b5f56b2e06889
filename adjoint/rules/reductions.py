"""Reductions: sum, mean, prod, extrema, variance."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.registry import linear, multilinear, nondifferentiable, rule
from adjoint.rules.staged import (
    call,
    conj,
    count,
    equal,
    eye,
    is_python_number,
    keep,
    rank_of,
    select,
    shape_of,
)
from adjoint.runtime.arrays import prod_others, sum_to


@linear(np.sum)
def sum(y_bar: Any, x: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False) -> Any:
    return np.broadcast_to(keep(y_bar, x, axis, keepdims), shape_of(x))


@linear(np.mean)
def mean(
    y_bar: Any, x: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False
) -> Any:
    return np.broadcast_to(keep(y_bar, x, axis, keepdims) / count(x, axis), shape_of(x))


@rule([np.max, np.min, np.amax, np.amin])
def extremum(y_bar: Any, y: Any, x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Ties share the cotangent evenly."""
    chosen = equal(x, keep(y, x, axis, keepdims))
    options = {} if axis is None else {"axis": axis, "keepdims": True}
    if not is_python_number(x) and x.dtype != np.float64:  # a count is an int64, which widens
        options["dtype"] = x.dtype
    ties = np.sum(chosen, **options)
    return keep(y_bar, x, axis, keepdims) * chosen / ties


@rule(np.prod)
def prod(
    y_bar: Any, y: Any, x: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False
) -> Any:
    return keep(y_bar, x, axis, keepdims) * call(prod_others, x, axis)


@rule(prod_others)
def prod_others_rule(y_bar: Any, y: Any, x: Any, axis: Any = None) -> Any:
    """Row i of a matrix of copies of x, with its i-th element set to 1, has the product y[i]."""
    flat, flat_bar = _last(x, axis), _last(y_bar, axis)
    own = eye(flat.shape[-1])
    rows = np.where(own, 1.0, np.expand_dims(flat, -2))
    rows_bar = np.expand_dims(flat_bar, -1) * call(prod_others, rows, -1)
    flat_bar = np.sum(np.where(own, 0.0, rows_bar), axis=-2)
    if axis is None:
        return np.reshape(flat_bar, shape_of(x))
    if not isinstance(axis, tuple):
        return np.moveaxis(flat_bar, -1, axis)
    moved = np.moveaxis(x, axis, _ends(axis))
    return np.moveaxis(np.reshape(flat_bar, moved.shape), _ends(axis), axis)


def _last(x: Any, axis: Any) -> Any:
    """`x` with the axes of a reduction made one, at the end."""
    if axis is None:
        return np.ravel(x)
    if not isinstance(axis, tuple):
        return np.moveaxis(x, axis, -1)
    moved = np.moveaxis(x, axis, _ends(axis))
    kept = rank_of(x) - len(axis)
    return np.reshape(moved, (*(moved.shape[k] for k in range(kept)), -1))


def _ends(axis: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(range(-len(axis), 0))


@rule(np.var)
def var(
    y_bar: Any, y: Any, x: Any, axis: Any = None, dtype: Any = None, *, ddof: Any = 0,
    correction: Any = 0, keepdims: bool = False,
) -> Any:  # fmt: skip
    centred = conj(x - np.mean(x, axis=axis, keepdims=axis is not None))
    return keep(y_bar, x, axis, keepdims) * (2 / (count(x, axis) - (ddof or correction))) * centred


@rule(np.std)
def std(
    y_bar: Any, y: Any, x: Any, axis: Any = None, dtype: Any = None, *, ddof: Any = 0,
    correction: Any = 0, keepdims: bool = False,
) -> Any:  # fmt: skip
    """A constant row has the derivative 0."""
    centred = conj(x - np.mean(x, axis=axis, keepdims=axis is not None))
    scale = (count(x, axis) - (ddof or correction)) * select(equal(y, 0), 1, y)
    return keep(y_bar / scale, x, axis, keepdims) * centred


@multilinear(sum_to)
def sum_to_rule(y_bar: Any, x: Any, shape: Any) -> Any:
    return np.broadcast_to(y_bar, shape_of(x)), None


@linear(np.trace)
def trace(
    y_bar: Any, x: Any, offset: Any = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None
) -> Any:
    row, column = axis1 % x.ndim, axis2 % x.ndim
    sizes = (x.shape[row], x.shape[column])
    on_diagonal = eye(*sizes) if isinstance(offset, int) and offset == 0 else eye(*sizes, offset)
    if x.ndim == 2:
        return y_bar * (on_diagonal if (row, column) == (0, 1) else on_diagonal.T)
    x_bar = np.expand_dims(y_bar, (-2, -1)) * on_diagonal
    if (row, column) == (x.ndim - 2, x.ndim - 1):
        return x_bar
    return np.moveaxis(x_bar, (-2, -1), (row, column))


@linear(np.cumsum)
def cumsum(y_bar: Any, x: Any, axis: Any = None) -> Any:
    if axis is None:
        return np.reshape(np.flip(np.cumsum(np.flip(y_bar))), shape_of(x))
    return np.flip(np.cumsum(np.flip(y_bar, axis), axis=axis), axis)


@linear(np.diff)
def diff(y_bar: Any, x: Any, n: int = 1, axis: int = -1) -> Any:
    """The transpose of a difference is the negative difference of the padded cotangent."""
    width = tuple((n, n) if k == axis % x.ndim else (0, 0) for k in range(x.ndim))
    x_bar = np.diff(np.pad(y_bar, width), n=n, axis=axis)
    return -x_bar if n % 2 else x_bar


nondifferentiable(np.argmax, np.argmin, np.argsort, np.any, np.all, np.count_nonzero)
