"""Polynomials, given by their coefficients, the highest power first."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.rules.registry import expand, multilinear, rule, undifferentiable
from adjoint.rules.staged import as_array, call, is_python_number, rank_of


@expand(np.polyval)
def polyval_of_array(p: Any, x: Any) -> Any:
    return call(np.polyval, as_array(p), as_array(x))


@rule(np.polyval)
def polyval(y_bar: Any, y: Any, p: Any, x: Any) -> Any:
    """The value is the product of the powers of x with the coefficients."""
    p = as_array(p)
    n = call(np.size, p)
    slope = p[:-1] * _counted(p, n - 1, 0, -1)
    x_bar = y_bar * call(np.polyval, slope, x)
    if rank_of(x) == 0:
        return y_bar * x ** _counted(x, n - 1, -1, -1), x_bar
    flat, flat_bar = (x, y_bar) if x.ndim == 1 else (np.ravel(x), np.ravel(y_bar))
    if flat.dtype == np.float64:
        return flat_bar @ np.vander(flat, n), x_bar
    return flat_bar @ np.expand_dims(flat, -1) ** _counted(x, n - 1, -1, -1), x_bar


def _counted(like: Any, *args: Any) -> Any:
    """np.arange in the precision of a single operand, which integers would widen."""
    single = not is_python_number(like) and like.dtype.kind in "fc" and like.dtype != np.float64
    return call(np.arange, *args, **({"dtype": like.dtype} if single else {}))


@rule(np.vander)
def vander(V_bar: Any, V: Any, x: Any, N: Any = None, increasing: bool = False) -> Any:
    """A column is x times the one of the power below it."""
    n = V.shape[1]
    if increasing:
        return np.sum(V_bar[:, 1:] * V[:, :-1] * _counted(x, 1, n), axis=1)
    return np.sum(V_bar[:, :-1] * V[:, 1:] * _counted(x, n - 1, 0, -1), axis=1)


@expand(np.polyder)
def polyder(p: Any, m: int = 1) -> Any:
    p = as_array(p) if m else p
    for _ in range(m):
        p = p[:-1] * call(np.arange, call(np.size, p) - 1, 0, -1)
    return p


@expand(np.polyint)
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    if m != 1:
        raise UnsupportedError("np.polyint is supported with m=1", instead="call it several times")
    p = as_array(p)
    last = np.zeros(1) if k is None else call(np.reshape, k, (1,))
    return call(np.concatenate, [p / call(np.arange, call(np.size, p), 0, -1), last])


@multilinear(np.polyadd, affine=True)
def polyadd(y_bar: Any, a: Any, b: Any) -> Any:
    """The shorter one begins at the power of its length."""
    return _lowest(y_bar, a), _lowest(y_bar, b)


@multilinear(np.polysub, affine=True)
def polysub(y_bar: Any, a: Any, b: Any) -> Any:
    return _lowest(y_bar, a), -_lowest(y_bar, b)


def _lowest(y_bar: Any, a: Any) -> Any:
    if rank_of(a) == 0:
        return y_bar[-1]
    return y_bar[call(np.size, y_bar) - call(np.size, a) :]


@expand(np.polyfit)
def polyfit(
    x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None,
    cov: bool = False,
) -> Any:  # fmt: skip
    """Least squares on the powers of x, each divided by its norm."""
    if full or cov:
        raise UnsupportedError("np.polyfit is supported with full=False and cov=False")
    powers = call(np.vander, as_array(x), deg + 1)
    y = as_array(y)
    if w is not None:
        powers = powers * call(np.expand_dims, as_array(w), 1)
        y = y * (call(np.expand_dims, w, 1) if rank_of(y) == 2 else w)
    norms = np.sqrt(np.sum(powers * powers, axis=0))
    rcond = call(len, x) * float(np.finfo(float).eps) if rcond is None else rcond
    c = call(np.linalg.lstsq, powers / norms, y, rcond)[0]
    return (c.T / norms).T if rank_of(y) == 2 else c / norms


undifferentiable(
    [np.polymul, np.polydiv],
    "the number of coefficients depends on which of them are zero; multiply with np.convolve",
)
undifferentiable(np.poly, "multiply the factors with np.convolve")
