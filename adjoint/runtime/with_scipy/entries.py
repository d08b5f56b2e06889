"""Sparse matrices as entries at rows and columns, where entries at the same place are summed.

The places are constant. Products, solutions and conversions are functions of the entries.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse import linalg


def matrix_of(data: Any, row: Any, col: Any, shape: Any) -> Any:
    """The matrix in the form of SciPy."""
    return sparse.coo_array((data, (row, col)), shape=tuple(shape)).tocsr()


# A matrix of SciPy, taken apart


def entries_of(matrix: Any) -> Any:
    """The entries, those that are stored as zero too, in the order of `row_of` and `col_of`."""
    return np.array(matrix.tocoo().data, float)


def row_of(matrix: Any) -> Any:
    return np.asarray(matrix.tocoo().row)


def col_of(matrix: Any) -> Any:
    return np.asarray(matrix.tocoo().col)


def sizes_of(matrix: Any) -> tuple[int, int]:
    rows, columns = matrix.shape
    return rows, columns


# Linear algebra


def product(data: Any, row: Any, col: Any, rows: int, x: Any) -> Any:
    """A x of a vector or of a matrix, for a matrix with so many rows."""
    x = np.asarray(x)
    return matrix_of(data, row, col, (rows, len(x))) @ x


def gathered(a: Any, b: Any, row: Any, col: Any) -> Any:
    """The entries of a b^T at the given places: what an entry of A is multiplied with."""
    products = np.asarray(a)[row] * np.asarray(b)[col]
    return products.reshape(len(products), -1).sum(axis=1)


def solution(data: Any, row: Any, col: Any, b: Any) -> Any:
    """The solution of A x = b, of a vector or of a matrix.

    Raises
    ------
    numpy.linalg.LinAlgError : A is singular.
    """
    b = np.asarray(b, float)
    matrix = matrix_of(data, row, col, (len(b), len(b))).tocsc()
    try:
        return linalg.splu(matrix).solve(b)
    except RuntimeError as error:
        raise np.linalg.LinAlgError(str(error)) from None


def iterated(
    data: Any, row: Any, col: Any, b: Any, solver: str, rtol: float, atol: float, options: Any
) -> Any:
    """The solution by an iterative solver of SciPy.

    Raises
    ------
    numpy.linalg.LinAlgError : it has not converged.
    """
    matrix = matrix_of(data, row, col, (len(b), len(b)))
    found, info = getattr(linalg, solver)(matrix, b, rtol=rtol, atol=atol, **dict(options))
    if info:
        raise np.linalg.LinAlgError(f"{solver} has not converged (info = {info})")
    return found


def exponential(data: Any, row: Any, col: Any, b: Any) -> Any:
    """exp(A) b, without the exponential itself."""
    return linalg.expm_multiply(matrix_of(data, row, col, (len(b), len(b))), b)


def dense(data: Any, row: Any, col: Any, shape: Any) -> Any:
    """The matrix as an array."""
    out = np.zeros(tuple(shape), np.result_type(data, float))
    np.add.at(out, (row, col), data)
    return out


def summed(data: Any, index: Any, count: int) -> Any:
    """The sums of the entries that have the same index."""
    return np.bincount(index, np.asarray(data), count)


# Places


def extent(row: Any, col: Any) -> tuple[int, int]:
    """The shape of a matrix that nobody gives a shape."""
    return int(np.max(row, initial=-1)) + 1, int(np.max(col, initial=-1)) + 1


def expanded(indptr: Any) -> Any:
    """The row of each entry of a compressed matrix."""
    return np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))


def pairs(col: Any, row: Any) -> tuple[Any, Any]:
    """Which entries of a matrix (by their columns) meet which of another one (by their rows)."""
    order = np.argsort(row, kind="stable")
    first = np.searchsorted(row, col, "left", sorter=order)
    count = np.searchsorted(row, col, "right", sorter=order) - first
    left = np.repeat(np.arange(len(col)), count)
    start = np.repeat(np.cumsum(count) - count, count)
    return left, order[np.arange(len(left)) - start + np.repeat(first, count)]


def united(row: Any, col: Any, columns: int) -> tuple[Any, Any, Any]:
    """The place of each entry among the different ones, and their rows and columns."""
    places, index = np.unique(np.asarray(row, np.int64) * columns + col, return_inverse=True)
    return index, places // columns, places % columns


def chosen(row: Any, col: Any, shape: Any, rows: Any, columns: Any) -> tuple[Any, Any, Any]:
    """The entries of A[rows][:, columns], each as often as it is chosen, and their new places."""
    keep, new_row = _along(row, np.arange(shape[0])[rows])
    again, new_col = _along(np.asarray(col)[keep], np.arange(shape[1])[columns])
    return keep[again], new_row[again], new_col


def _along(place: Any, wanted: Any) -> tuple[Any, Any]:
    new, old = pairs(np.atleast_1d(wanted), np.asarray(place))
    return old, new


def chosen_size(size: int, index: Any) -> int:
    """How many rows an index takes out of so many."""
    return len(np.arange(size)[index])


def on_diagonal(n: int, k: int) -> Any:
    """The places along a diagonal, for a diagonal of so many entries."""
    return np.arange(n) + max(-k, 0), np.arange(n) + max(k, 0)


def mask_at(row: Any, col: Any, low: Any, high: Any) -> Any:
    """Where low <= col - row <= high."""
    gap = np.asarray(col) - np.asarray(row)
    return np.nonzero((gap >= low) & (gap <= high))[0]
