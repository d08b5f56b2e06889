"""Norms of vectors and matrices, along any axes.

A norm at 0 has the derivative 0, the middle of its subdifferential; elements or singular values
that tie share the cotangent evenly, as those of `max` do.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.rules.registry import rule
from adjoint.rules.staged import call, conj, equal, is_complex, keep, rank_of, select, sign


@rule(np.linalg.norm)
def norm(
    y_bar: Any, y: Any, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False
) -> Any:
    if axis is None and ord is not None:
        axis = (0, 1) if rank_of(x) == 2 else 0
    if ord is not None and isinstance(axis, tuple) and len(axis) == 2:
        return matrix_norm_bar(y_bar, y, x, ord, axis, keepdims)
    return vector_norm_bar(y_bar, y, x, 2 if ord is None else ord, axis, keepdims)


@rule(np.linalg.vector_norm)
def flat_vector_norm(
    y_bar: Any, y: Any, x: Any, *, axis: Any = None, keepdims: bool = False, ord: Any = 2
) -> Any:
    return vector_norm_bar(y_bar, y, x, ord, axis, keepdims)


@rule(np.linalg.matrix_norm)
def matrix_norm(y_bar: Any, y: Any, x: Any, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return matrix_norm_bar(y_bar, y, x, ord, (-2, -1), keepdims)


def vector_norm_bar(y_bar: Any, y: Any, x: Any, p: Any, axis: Any, keepdims: bool) -> Any:
    """The pullback of the p-norm over all elements along `axis`."""
    if p == 0:
        return None
    y_bar, y = _kept(y_bar, x, axis, keepdims), _kept(y, x, axis, keepdims)
    if p == 2:
        return y_bar / _nonzero(y) * conj(x)
    if p == 1:
        return y_bar * _direction(x)
    size = np.abs(x)
    if p in (math.inf, -math.inf):
        return y_bar * _direction(x) * _share(equal(size, y), axis, x)
    ratio = size / _nonzero(y) if p > 1 else _nonzero(size) / _nonzero(y)
    return y_bar * _direction(x) * ratio ** (p - 1)


def matrix_norm_bar(
    y_bar: Any, y: Any, x: Any, p: Any, axis: tuple[int, int], keepdims: bool
) -> Any:
    """The pullback of a norm of the matrices that the two axes hold."""
    rank = rank_of(x)
    row, column = (k % rank for k in axis)
    if p == "fro":
        return vector_norm_bar(y_bar, y, x, 2, axis, keepdims)
    y_bar, y = _kept(y_bar, x, axis, keepdims), _kept(y, x, axis, keepdims)
    if p in (1, -1, math.inf, -math.inf):  # the largest or smallest sum of a column or row
        summed, other = (row, column) if p in (1, -1) else (column, row)
        sums = np.sum(np.abs(x), axis=summed, keepdims=True)
        return y_bar * _direction(x) * _share(equal(sums, y), other, x)
    if p not in (2, -2, "nuc"):
        raise UnsupportedError(f"the matrix norm with ord={p!r} is not differentiated")
    if (row, column) != (rank - 2, rank - 1):
        x = np.moveaxis(x, (row, column), (-2, -1))
        if rank_of(y_bar) > 0:
            y_bar = np.moveaxis(y_bar, (row, column), (-2, -1))
    factors = call(np.linalg.svd, x, full_matrices=False)
    U, s, Vh = factors[0], factors[1], factors[2]
    s = s if rank == 2 else np.expand_dims(s, -2)
    if p == "nuc":
        slopes = sign(s)
    else:
        slopes = _share(equal(s, s[..., :1] if p == 2 else s[..., -1:]), -1, x)
    x_bar = conj((U * (y_bar * slopes)) @ Vh)
    if (row, column) != (rank - 2, rank - 1):
        x_bar = np.moveaxis(x_bar, (-2, -1), (row, column))
    return x_bar


def _kept(y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """As `keep`, but a number stays one: it broadcasts as it is."""
    return y if rank_of(y) == 0 else keep(y, x, axis, keepdims)


def _nonzero(y: Any) -> Any:
    return select(equal(y, 0), 1, y)


def _direction(x: Any) -> Any:
    """x / |x|, conjugated: the cotangent of |x|."""
    return np.conj(x) / _nonzero(np.abs(x)) if is_complex(x) else sign(x)


def _share(chosen: Any, axis: Any, x: Any) -> Any:
    """The share of each chosen element in the cotangent, in the precision of x."""
    options = {} if axis is None else {"axis": axis, "keepdims": True}
    if x.dtype in (np.float32, np.complex64):  # a count is an int64, which widens
        options["dtype"] = np.float32
    return chosen / np.sum(chosen, **options)
