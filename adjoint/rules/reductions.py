"""Reductions: sum, mean, prod, extrema, variance."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from adjoint.rules.registry import linear, multilinear, nondifferentiable, rule
from adjoint.rules.staged import (
    both,
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
def sum(
    y_bar: Any, x: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False,
    initial: Any = 0, where: Any = True,
) -> Any:  # fmt: skip
    return _chosen(np.broadcast_to(keep(y_bar, x, axis, keepdims), shape_of(x)), where)


@linear(np.mean)
def mean(
    y_bar: Any, x: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False,
    where: Any = True,
) -> Any:  # fmt: skip
    g = keep(y_bar, x, axis, keepdims) / _count(x, axis, where)
    return _chosen(np.broadcast_to(g, shape_of(x)), where)


@rule([np.max, np.min, np.amax, np.amin])
def extremum(
    y_bar: Any, y: Any, x: Any, axis: Any = None, *, keepdims: bool = False, initial: Any = None,
    where: Any = True,
) -> Any:  # fmt: skip
    """Ties share the cotangent evenly; a nan is equal to nothing."""
    y = keep(y, x, axis, keepdims)
    chosen = equal(x, y)
    if where is not True:
        chosen = both(chosen, where)
    ties = np.sum(chosen, **_over(x, axis))
    if initial is not None:
        ties = ties + equal(initial, y)
    return keep(y_bar, x, axis, keepdims) * chosen / ties


@rule(np.prod)
def prod(
    y_bar: Any, y: Any, x: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False,
    initial: Any = 1, where: Any = True,
) -> Any:  # fmt: skip
    factors = x if where is True else select(where, x, 1)
    over = None if rank_of(x) == 0 else axis
    g = keep(y_bar, x, axis, keepdims) * call(prod_others, factors, over)
    return _chosen(g if initial == 1 else initial * g, where)


def _chosen(x_bar: Any, where: Any) -> Any:
    """Elements that a reduction leaves out have no cotangent."""
    return x_bar if where is True else select(where, x_bar, 0.0)


def _count(x: Any, axis: Any, where: Any) -> Any:
    """How many elements each element of the result stands for, with the reduced axes as ones."""
    if where is True:
        return count(x, axis)
    return np.sum(np.broadcast_to(where, shape_of(x)), **_over(x, axis))


def _over(x: Any, axis: Any) -> dict[str, Any]:
    """The options of a count over the axes of a reduction of x."""
    options = {} if axis is None else {"axis": axis, "keepdims": True}
    if not is_python_number(x) and x.dtype != np.float64:  # a count is an int64, which widens
        options["dtype"] = x.dtype
    return options


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
    correction: Any = 0, keepdims: bool = False, where: Any = True,
) -> Any:  # fmt: skip
    n = _degrees(x, axis, where, ddof or correction)
    scale = math.inf if isinstance(n, int) and n <= 0 else 2 / n  # NumPy divides by zero
    return _chosen(keep(y_bar, x, axis, keepdims) * scale * _centred(x, axis, where), where)


@rule(np.std)
def std(
    y_bar: Any, y: Any, x: Any, axis: Any = None, dtype: Any = None, *, ddof: Any = 0,
    correction: Any = 0, keepdims: bool = False, where: Any = True,
) -> Any:  # fmt: skip
    """A constant row has the derivative 0."""
    n = _degrees(x, axis, where, ddof or correction)
    g = y_bar / select(equal(y, 0), 1, y)
    return _chosen(keep(g, x, axis, keepdims) / n * _centred(x, axis, where), where)


def _degrees(x: Any, axis: Any, where: Any, lost: Any) -> Any:
    """The degrees of freedom of a variance."""
    n = _count(x, axis, where)
    return n if isinstance(lost, (int, float)) and lost == 0 else n - lost


def _centred(x: Any, axis: Any, where: Any) -> Any:
    options: dict[str, Any] = {} if axis is None else {"axis": axis, "keepdims": True}
    if where is not True:
        options["where"] = where
    return conj(x - np.mean(x, **options))


# Without the nans: the same reductions, of the elements that are numbers


def numbers_of(x: Any, where: Any = True) -> Any:
    """The mask of what is no nan. It is the outermost selection, so that 0 * nan never happens."""
    numbers = call(operator.invert, np.isnan(x))
    return numbers if where is True else both(numbers, where)


@linear(np.nansum, affine=True)
def nansum(
    y_bar: Any, x: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False,
    initial: Any = 0, where: Any = True,
) -> Any:  # fmt: skip
    return sum(y_bar, x, axis, keepdims=keepdims, where=numbers_of(x, where))


@linear(np.nanmean, affine=True)
def nanmean(
    y_bar: Any, x: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False,
    where: Any = True,
) -> Any:  # fmt: skip
    return mean(y_bar, x, axis, keepdims=keepdims, where=numbers_of(x, where))


@rule(np.nanprod)
def nanprod(
    y_bar: Any, y: Any, x: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False,
    initial: Any = 1, where: Any = True,
) -> Any:  # fmt: skip
    numbers = numbers_of(x, where)
    return prod(y_bar, y, x, axis, keepdims=keepdims, initial=initial, where=numbers)


@rule([np.nanmax, np.nanmin])
def nan_extremum(
    y_bar: Any, y: Any, x: Any, axis: Any = None, *, keepdims: bool = False, initial: Any = None,
    where: Any = True,
) -> Any:  # fmt: skip
    options = {"keepdims": keepdims, "initial": initial, "where": where}
    return _chosen(extremum(y_bar, y, x, axis, **options), numbers_of(x))


@rule(np.nanvar)
def nanvar(
    y_bar: Any, y: Any, x: Any, axis: Any = None, dtype: Any = None, *, ddof: Any = 0,
    correction: Any = 0, keepdims: bool = False, where: Any = True,
) -> Any:  # fmt: skip
    numbers = numbers_of(x, where)
    return var(y_bar, y, x, axis, ddof=ddof or correction, keepdims=keepdims, where=numbers)


@rule(np.nanstd)
def nanstd(
    y_bar: Any, y: Any, x: Any, axis: Any = None, dtype: Any = None, *, ddof: Any = 0,
    correction: Any = 0, keepdims: bool = False, where: Any = True,
) -> Any:  # fmt: skip
    numbers = numbers_of(x, where)
    return std(y_bar, y, x, axis, ddof=ddof or correction, keepdims=keepdims, where=numbers)


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


nondifferentiable(
    np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.argsort, np.any, np.all,
    np.count_nonzero,
)  # fmt: skip
