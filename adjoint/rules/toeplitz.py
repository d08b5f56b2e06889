"""Toeplitz matrices of scipy.linalg: products with them, and solves by Levinson's recursion.

A Toeplitz matrix is linear in its first column and its first row. So the cotangents of both are
correlations of the vectors on its two sides.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg

from adjoint.errors import UnsupportedError
from adjoint.ir.infer import infer, register_inference
from adjoint.ir.types import UNKNOWN, Array, Type, dims_of
from adjoint.rules.registry import expand, multilinear, rule
from adjoint.rules.staged import as_array, call, is_complex, rank_of, shape_of
from adjoint.runtime.with_scipy import toeplitz as t


def _dims(value: Any) -> Any:
    return dims_of(infer(np.asarray, [value], {}))


def _product_type(args: Any, kwargs: Any) -> Type:
    column, x = _dims(args[0]), _dims(args[2])
    if column is None or x is None:
        return UNKNOWN
    return Array(np.dtype(float), (column[0], *x[1:]))


def _solution_type(args: Any, kwargs: Any) -> Type:
    dims = _dims(args[2])
    return UNKNOWN if dims is None else Array(np.dtype(float), dims)


def _along_type(args: Any, kwargs: Any) -> Type:
    dims = _dims(args[0])
    return UNKNOWN if dims is None else Array(np.dtype(float), dims[:1])


register_inference(t.product, _product_type)
register_inference(t.solution, _solution_type)
register_inference(t.along_column, _along_type)
register_inference(t.along_row, lambda args, kwargs: _along_type(args[1:], kwargs))


@multilinear(t.along_column)
def along_column(c_bar: Any, a: Any, b: Any) -> Any:
    """Linear in both: the products with the lower triangle."""
    zero = np.zeros_like(c_bar)
    n = shape_of(b)[0]
    return (
        call(t.product, c_bar, zero[:1] * np.zeros(n), b),
        call(t.product, _first(c_bar, n), c_bar, a),
    )


def _first(c_bar: Any, n: Any) -> Any:
    """The first column of the transposed lower triangle: the corner, and zeros."""
    return np.concatenate([c_bar[:1], np.zeros(n - 1)])


@multilinear(t.along_row)
def along_row(r_bar: Any, a: Any, b: Any) -> Any:
    """The corner belongs to the column."""
    m = shape_of(a)[0]
    upper = np.concatenate([np.zeros(1), r_bar[1:]])
    return (
        call(t.product, np.zeros(m), upper, b),
        call(t.product, upper, np.zeros(m), a),
    )


@rule(t.product, jvp=None)
def product(y_bar: Any, y: Any, c: Any, r: Any, x: Any) -> Any:
    return (
        call(t.along_column, y_bar, x),
        call(t.along_row, y_bar, x),
        call(t.product, _with_corner(r, c), c, y_bar),
    )


def _with_corner(r: Any, c: Any) -> Any:
    """The first column of the transpose: the row, whose first element SciPy does not read."""
    return np.concatenate([c[:1], r[1:]])


@rule(t.solution)
def solution(x_bar: Any, x: Any, c: Any, r: Any, b: Any) -> Any:
    """T x = b: the transposed system for the cotangent of b; that of T is -b_bar x^T."""
    b_bar = call(t.solution, _with_corner(r, c), c, x_bar)
    return -call(t.along_column, b_bar, x), -call(t.along_row, b_bar, x), b_bar


def _column_and_row(c_or_cr: Any) -> Any:
    if isinstance(c_or_cr, tuple):
        c, r = (as_array(part) for part in c_or_cr)
    else:
        c = r = as_array(c_or_cr)
    if rank_of(c) != 1 or rank_of(r) != 1:
        raise UnsupportedError(
            "a Toeplitz matrix is differentiated with a vector for its first column and row",
            instead="call it once for each matrix",
        )
    _real(c, r)
    return c, r


def _real(*operands: Any) -> None:
    if any(map(is_complex, operands)):
        raise UnsupportedError("complex Toeplitz matrices are not differentiated")


@expand(linalg.solve_toeplitz)
def solve_toeplitz(c_or_cr: Any, b: Any, check_finite: bool = True) -> Any:
    c, r = _column_and_row(c_or_cr)
    b = as_array(b)
    _real(b)
    return call(t.solution, c, r, b)


@expand(linalg.matmul_toeplitz)
def matmul_toeplitz(
    c_or_cr: Any, x: Any, check_finite: bool = False, workers: Any = None
) -> Any:
    c, r = _column_and_row(c_or_cr)
    x = as_array(x)
    _real(x)
    return call(t.product, c, r, x)


@expand(linalg.toeplitz)
def toeplitz(c: Any, r: Any = None) -> Any:
    c, r = _column_and_row(c if r is None else (c, r))
    m, n = shape_of(c)[0], shape_of(r)[0]
    gap = np.expand_dims(call(np.arange, m), 1) - call(np.arange, n)
    entries = np.concatenate([r[:0:-1], c])
    return entries[gap + (n - 1)]
