"""Arguments that are matrices of scipy.sparse, and that a derivative is asked for.

The program sees a record in the place of the matrix. The cotangent becomes a matrix again: of the
class of the argument, with its indices, also where it stores zeros.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from adjoint.errors import UnsupportedError
from adjoint.rules.registry import ARGUMENTS
from adjoint.rules.sparse.matrices import CLASSES, Sparse


def record_of(matrix: Any) -> Any:
    """The record of a matrix."""
    if matrix.format not in ("csr", "csc", "coo", "bsr", "dia") or matrix.ndim != 2:
        raise UnsupportedError(
            f"the derivative with respect to a {type(matrix).__name__} is asked for",
            instead="convert it with tocsr()",
        )
    if matrix.dtype != np.float64:
        raise UnsupportedError(
            f"the derivative with respect to a sparse matrix of {matrix.dtype} is asked for",
            instead="make it one of float64, as A.astype(float)",
        )
    entries, row, col = _dia_entries(matrix) if matrix.format == "dia" else _entries(matrix)
    is_matrix = isinstance(matrix, sparse.spmatrix)
    rows, columns = matrix.shape
    return Sparse(entries, row, col, (int(rows), int(columns)), is_matrix, matrix.format)


def _entries(matrix: Any) -> Any:
    """Those that are stored, in the order of `matrix.data`."""
    of_places = matrix.tocoo()
    row, col = np.asarray(of_places.row, np.intp), np.asarray(of_places.col, np.intp)
    return np.array(matrix.data, float).ravel(), row, col


def _dia_entries(matrix: Any) -> Any:
    row, col, inside = _dia_places(matrix)
    return np.array(matrix.data[inside]), row, col


def _dia_places(matrix: Any) -> Any:
    col = np.broadcast_to(np.arange(matrix.data.shape[1]), matrix.data.shape)
    row = col - np.asarray(matrix.offsets)[:, None]
    inside = (row >= 0) & (row < matrix.shape[0]) & (col < matrix.shape[1])
    return row[inside], col[inside], inside


def matrix_like(matrix: Any, bar: Any) -> Any:
    """The cotangent of a matrix, with the entries of the record `bar`."""
    cls, entries = type(matrix), np.array(bar.entries, float)
    if matrix.format == "coo":
        return cls((entries, (matrix.row.copy(), matrix.col.copy())), shape=matrix.shape)
    if matrix.format == "dia":
        data = np.zeros(matrix.data.shape)
        data[_dia_places(matrix)[2]] = entries
        return cls((data, matrix.offsets.copy()), shape=matrix.shape)
    data = entries.reshape(matrix.data.shape)
    return cls((data, matrix.indices.copy(), matrix.indptr.copy()), shape=matrix.shape)


ARGUMENTS.update(dict.fromkeys(CLASSES, (record_of, matrix_like)))
