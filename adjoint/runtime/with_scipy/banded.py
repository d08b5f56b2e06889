"""Banded matrices in the form of `scipy.linalg.solve_banded`: ab[u + i - j, j] is A[i, j]."""

from __future__ import annotations

from typing import Any

import numpy as np


def _pairs(n: int, k: int, m: int | None = None) -> tuple[slice, slice]:
    """The rows and columns of the diagonal with j - i = k in a matrix with n rows, m columns."""
    m = n if m is None else m
    size = max(min(n - max(-k, 0), m - max(k, 0)), 0)
    first = max(-k, 0)
    return slice(first, first + size), slice(first + k, first + k + size)


def banded_product(ab: Any, x: Any, lower: int, upper: int, transposed: bool = False) -> Any:
    """A x, or A^T x; entries of `ab` outside of the matrix are not read."""
    ab, x = np.asarray(ab), np.asarray(x)
    out = np.zeros(x.shape, np.result_type(ab, x))
    for row in range(lower + upper + 1):
        i, j = _pairs(len(x), upper - row)
        band = ab[row, j].reshape(-1, *(1,) * (x.ndim - 1))
        if transposed:
            out[j] += band * x[i]
        else:
            out[i] += band * x[j]
    return out


def outer_bands(a: Any, b: Any, lower: int, upper: int) -> Any:
    """The entries of a b^T inside of the bands, in the form of `ab`."""
    a, b = np.asarray(a), np.asarray(b)
    out = np.zeros((lower + upper + 1, len(a)), np.result_type(a, b))
    for row in range(lower + upper + 1):
        i, j = _pairs(len(a), upper - row)
        products = a[i] * b[j]
        out[row, j] = products.reshape(len(products), -1).sum(axis=1)
    return out


def transposed_bands(ab: Any, lower: int, upper: int) -> Any:
    """A^T in the form of `ab`, with `upper` diagonals below and `lower` above."""
    ab = np.asarray(ab)
    out = np.zeros_like(ab)
    for row in range(lower + upper + 1):
        i, j = _pairs(ab.shape[1], upper - row)
        out[lower + upper - row, i] = ab[row, j]
    return out
