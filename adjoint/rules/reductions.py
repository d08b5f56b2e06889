"""Reductions: sum, mean, prod, extrema, variance."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.registry import linear, multilinear, nondifferentiable, rule
from adjoint.rules.staged import call, count, equal, eye, keep, select
from adjoint.runtime.arrays import prod_others, sum_to


@linear(np.sum)
def sum(y_bar: Any, x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return np.broadcast_to(keep(y_bar, x, axis, keepdims), x.shape)


@linear(np.mean)
def mean(y_bar: Any, x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return np.broadcast_to(keep(y_bar, x, axis, keepdims) / count(x, axis), x.shape)


@rule([np.max, np.min, np.amax, np.amin])
def extremum(y_bar: Any, y: Any, x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Ties share the cotangent evenly."""
    chosen = equal(x, keep(y, x, axis, keepdims))
    ties = np.sum(chosen, axis=axis, keepdims=True) if axis is not None else np.sum(chosen)
    return keep(y_bar, x, axis, keepdims) * chosen / ties


@rule(np.prod)
def prod(y_bar: Any, y: Any, x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return keep(y_bar, x, axis, keepdims) * call(prod_others, x, axis)


@rule(prod_others)
def prod_others_rule(y_bar: Any, y: Any, x: Any, axis: Any = None) -> Any:
    """Row i of a matrix of copies of x, with its i-th element set to 1, has the product y[i]."""
    if axis is None:
        flat, flat_bar = np.ravel(x), np.ravel(y_bar)
    else:
        flat, flat_bar = np.moveaxis(x, axis, -1), np.moveaxis(y_bar, axis, -1)
    own = eye(flat.shape[-1])
    rows = np.where(own, 1.0, np.expand_dims(flat, -2))
    rows_bar = np.expand_dims(flat_bar, -1) * call(prod_others, rows, -1)
    flat_bar = np.sum(np.where(own, 0.0, rows_bar), axis=-2)
    return np.reshape(flat_bar, x.shape) if axis is None else np.moveaxis(flat_bar, -1, axis)


@rule(np.var)
def var(
    y_bar: Any, y: Any, x: Any, axis: Any = None, *, ddof: Any = 0, keepdims: bool = False
) -> Any:
    centred = x - np.mean(x, axis=axis, keepdims=axis is not None)
    return keep(y_bar, x, axis, keepdims) * (2 / (count(x, axis) - ddof)) * centred


@rule(np.std)
def std(
    y_bar: Any, y: Any, x: Any, axis: Any = None, *, ddof: Any = 0, keepdims: bool = False
) -> Any:
    """A constant row has the derivative 0."""
    centred = x - np.mean(x, axis=axis, keepdims=axis is not None)
    scale = (count(x, axis) - ddof) * select(equal(y, 0), 1, y)
    return keep(y_bar / scale, x, axis, keepdims) * centred


@multilinear(sum_to)
def sum_to_rule(y_bar: Any, x: Any, shape: Any) -> Any:
    return np.broadcast_to(y_bar, x.shape), None


@linear(np.trace)
def trace(y_bar: Any, x: Any) -> Any:
    return y_bar * call(np.eye, x.shape[0], x.shape[1])


@linear(np.cumsum)
def cumsum(y_bar: Any, x: Any, axis: Any = None) -> Any:
    if axis is None:
        return np.reshape(np.flip(np.cumsum(np.flip(y_bar))), x.shape)
    return np.flip(np.cumsum(np.flip(y_bar, axis), axis=axis), axis)


nondifferentiable(np.argmax, np.argmin, np.argsort, np.any, np.all, np.count_nonzero)
