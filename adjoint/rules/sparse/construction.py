"""Sparse matrices made of active entries: of places, of compressed entries, of diagonals."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from adjoint.rules.interpolation.parts import constant, refuse
from adjoint.rules.registry import composed, stands_in
from adjoint.rules.sparse.matrices import Sparse, as_dense
from adjoint.rules.staged import as_array, call, is_complex, rank_of, shape_of
from adjoint.runtime.with_scipy.entries import expanded, extent, on_diagonal


def made(arg: Any, shape: Any, is_matrix: bool, format: str) -> Any:
    if isinstance(arg, Sparse):
        return Sparse(arg.entries, arg.row, arg.col, arg.shape, is_matrix, format)
    form = form_of_argument(arg)
    if form == "coordinates":
        data, places = arg
        row, col = whole(places[0]), whole(places[1])
        shape = extent(row, col) if shape is None else shape
        return Sparse(real_entries(data), row, col, shape, is_matrix, format)
    if form == "compressed":
        data, minor, pointers = arg
        major, minor = expanded(pointers), whole(minor)
        row, col = (minor, major) if format == "csc" else (major, minor)
        shape = extent(row, col) if shape is None else shape
        return Sparse(real_entries(data), row, col, shape, is_matrix, format)
    array = real_entries(arg)
    rows, columns = size(array, 0), size(array, 1)
    row, col = np.repeat(np.arange(rows), columns), np.tile(np.arange(columns), rows)
    return Sparse(np.ravel(array), row, col, (rows, columns), is_matrix, format)


@composed
def real_entries(data: Any) -> Any:
    data = as_array(data)
    if is_complex(data):
        refuse("sparse matrices of complex entries are not differentiated")
    return data


@composed
def form_of_argument(arg: Any) -> str:
    if isinstance(arg, tuple):
        if len(arg) == 2 and isinstance(arg[1], (tuple, list)):
            return "coordinates"
        if len(arg) == 3:
            return "compressed"
        refuse("this way to make a sparse matrix has no derivative")
    if rank_of(as_array(arg)) != 2:
        refuse("a sparse matrix is made of an array that is no matrix")
    return "dense"


@composed
def whole(index: Any) -> Any:
    return call(np.asarray, index)


@composed
def size(array: Any, axis: int) -> Any:
    return shape_of(array)[axis]


def _constructor(is_matrix: bool, format: str) -> Any:
    if is_matrix:
        if format == "csr":
            return csr_matrix
        return csc_matrix if format == "csc" else coo_matrix
    if format == "csr":
        return csr_array
    return csc_array if format == "csc" else coo_array


def csr_matrix(arg1: Any, shape: Any = None, dtype: Any = None, copy: bool = False) -> Any:
    check_dtype(dtype)
    return made(arg1, shape, True, "csr")


def csc_matrix(arg1: Any, shape: Any = None, dtype: Any = None, copy: bool = False) -> Any:
    check_dtype(dtype)
    return made(arg1, shape, True, "csc")


def coo_matrix(arg1: Any, shape: Any = None, dtype: Any = None, copy: bool = False) -> Any:
    check_dtype(dtype)
    return made(arg1, shape, True, "coo")


def csr_array(arg1: Any, shape: Any = None, dtype: Any = None, copy: bool = False) -> Any:
    check_dtype(dtype)
    return made(arg1, shape, False, "csr")


def csc_array(arg1: Any, shape: Any = None, dtype: Any = None, copy: bool = False) -> Any:
    check_dtype(dtype)
    return made(arg1, shape, False, "csc")


def coo_array(arg1: Any, shape: Any = None, dtype: Any = None, copy: bool = False) -> Any:
    check_dtype(dtype)
    return made(arg1, shape, False, "coo")


@composed
def check_dtype(dtype: Any) -> None:
    if dtype is not None and np.dtype(dtype) != np.dtype(float):
        refuse("sparse matrices are differentiated in double precision")


for _format in ("csr", "csc", "coo"):
    stands_in(getattr(sparse, f"{_format}_matrix"))(_constructor(True, _format))
    stands_in(getattr(sparse, f"{_format}_array"))(_constructor(False, _format))


@composed
def as_format(format: Any, default: str) -> str:
    return default if format is None else format


def eye_of(m: Any, n: Any, k: int, is_matrix: bool, format: Any) -> Any:
    n = m if n is None else n
    count = max(min(m + min(k, 0), n - max(k, 0)), 0)
    row, col = on_diagonal(count, k)
    return Sparse(np.ones(count), row, col, (m, n), is_matrix, as_format(format, "dia"))


@stands_in(sparse.eye)
def eye(m: Any, n: Any = None, k: int = 0, dtype: Any = float, format: Any = None) -> Any:
    return eye_of(m, n, k, True, format)


@stands_in(sparse.identity)
def identity(n: Any, dtype: Any = "d", format: Any = None) -> Any:
    return eye_of(n, None, 0, True, format)


@stands_in(sparse.eye_array)
def eye_array(
    m: Any, n: Any = None, *, k: int = 0, dtype: Any = float, format: Any = None
) -> Any:
    return eye_of(m, n, k, False, format)


def diagonals_of(
    diagonals: Any, offsets: Any, shape: Any, is_matrix: bool, format: Any
) -> Any:
    if is_one_diagonal(diagonals, offsets):
        diagonals, offsets = one_of(diagonals), [single(offsets)]
    parts, rows, cols = [], [], []
    first = as_dense(diagonals[0])
    if shape is None:
        n = len(first) + abs(offsets[0])
        shape = (n, n)
    for diagonal, k in zip(diagonals, offsets, strict=True):
        k = constant(None, k)
        count = max(min(shape[0] + min(k, 0), shape[1] - max(k, 0)), 0)
        row, col = on_diagonal(count, k)
        parts.append(as_dense(diagonal) * np.ones(count))
        rows.append(row)
        cols.append(col)
    data, row, col = np.concatenate(parts), np.concatenate(rows), np.concatenate(cols)
    return Sparse(data, row, col, shape, is_matrix, as_format(format, "dia"))


@composed
def is_one_diagonal(diagonals: Any, offsets: Any) -> bool:
    if not isinstance(diagonals, (list, tuple)):
        return rank_of(diagonals) == 1
    return not any(isinstance(d, (list, tuple)) or rank_of(d) for d in diagonals) and (
        not isinstance(offsets, (list, tuple, np.ndarray))
    )


@composed
def one_of(diagonals: Any) -> Any:
    return [as_array(diagonals)]


@composed
def single(offsets: Any) -> Any:
    return offsets[0] if isinstance(offsets, (list, tuple)) else offsets


@stands_in(sparse.diags)
def diags(
    diagonals: Any, offsets: Any = 0, shape: Any = None, format: Any = None, dtype: Any = None
) -> Any:
    check_dtype(dtype)
    return diagonals_of(diagonals, offsets, shape, True, format)


@stands_in(sparse.diags_array)
def diags_array(
    diagonals: Any, /, *, offsets: Any = 0, shape: Any = None, format: Any = None,
    dtype: Any = None,
) -> Any:  # fmt: skip
    check_dtype(dtype)
    return diagonals_of(diagonals, offsets, shape, False, format)


def as_sparse(block: Any) -> Any:
    return block if isinstance(block, Sparse) else made(block, None, False, "coo")
