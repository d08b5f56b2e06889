"""Matrices of scipy.sparse as Python objects to differentiate.

The entries carry derivatives, their rows and columns are constant. A sum keeps the entries of
both operands, so that cotangents live on the union of their patterns. Of a dense array all
elements are entries.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from adjoint.ir.core import Value
from adjoint.ir.types import Opaque
from adjoint.rules.interpolation.parts import refuse
from adjoint.rules.registry import adopts, composed, stands_in
from adjoint.rules.staged import as_array, call, rank_of
from adjoint.runtime.with_scipy.entries import (
    chosen,
    chosen_size,
    col_of,
    dense,
    entries_of,
    mask_at,
    pairs,
    product,
    row_of,
    sizes_of,
    summed,
    united,
)


class Sparse:
    """Entries, their rows and columns, the shape; is it a matrix, whose * is a product?

    An argument that a derivative is asked for is such a record, too.
    """

    __adjoint_fields__ = frozenset({"entries"})

    def __init__(self, data: Any, row: Any, col: Any, shape: Any, is_matrix: bool, format: str):
        self.entries = data
        self.row = row
        self.col = col
        self.shape = shape
        self.kind = "matrix" if is_matrix else "array"
        self.format = format

    @property
    def is_matrix(self) -> bool:
        return self.kind == "matrix"

    @property
    def ndim(self) -> int:
        return 2

    def of(self, data: Any, row: Any, col: Any, shape: Any) -> Any:
        return Sparse(data, row, col, shape, self.is_matrix, self.format)

    def with_entries(self, data: Any) -> Any:
        return self.of(data, self.row, self.col, self.shape)

    def united(self) -> Any:
        """The same with one entry for each place."""
        index, row, col = united(self.row, self.col, self.shape[1])
        return self.of(summed(self.entries, index, len(row)), row, col, self.shape)

    # Conversions

    def tocsr(self, copy: bool = False) -> Any:
        return Sparse(self.entries, self.row, self.col, self.shape, self.is_matrix, "csr")

    def tocsc(self, copy: bool = False) -> Any:
        return Sparse(self.entries, self.row, self.col, self.shape, self.is_matrix, "csc")

    def tocoo(self, copy: bool = False) -> Any:
        return Sparse(self.entries, self.row, self.col, self.shape, self.is_matrix, "coo")

    def tolil(self, copy: bool = False) -> Any:
        refuse("a lil_matrix is not differentiated", "make the matrix of its entries, as in "
               "csr_array((data, (row, col)))")  # fmt: skip

    def asformat(self, format: Any, copy: bool = False) -> Any:
        format = self.format if format is None else format
        return Sparse(self.entries, self.row, self.col, self.shape, self.is_matrix, format)

    def copy(self) -> Any:
        return self.with_entries(self.entries)

    def toarray(self) -> Any:
        return dense(self.entries, self.row, self.col, self.shape)

    def todense(self) -> Any:
        if self.is_matrix:
            refuse("todense of a sparse matrix gives an np.matrix", "call toarray")
        return self.toarray()

    @property
    def T(self) -> Any:
        return self.transpose()

    def transpose(self) -> Any:
        other = {"csr": "csc", "csc": "csr"}
        format = other.get(self.format, self.format)
        shape = (self.shape[1], self.shape[0])
        return Sparse(self.entries, self.col, self.row, shape, self.is_matrix, format)

    # Sums and parts

    def sum(self, axis: Any = None) -> Any:
        if axis is None:
            return np.sum(self.entries)
        if self.is_matrix:
            refuse("the sum of a sparse matrix along an axis is an np.matrix",
                   "use a sparse array, such as csr_array")  # fmt: skip
        if axis in (1, -1):
            return summed(self.entries, self.row, self.shape[0])
        if axis not in (0, -2):
            refuse("a sparse matrix is summed along one axis or all of it")
        return summed(self.entries, self.col, self.shape[1])

    def mean(self, axis: Any = None) -> Any:
        total = self.sum(axis)
        return total / (self.shape[0] * self.shape[1] if axis is None else self.shape[axis])

    def diagonal(self, k: int = 0) -> Any:
        if k:
            refuse("diagonals beside the main one are not differentiated",
                   "shift the matrix by a slice")  # fmt: skip
        at = mask_at(self.row, self.col, 0, 0)
        return summed(self.entries[at], self.row[at], min(self.shape[0], self.shape[1]))

    def trace(self) -> Any:
        return np.sum(self.entries[mask_at(self.row, self.col, 0, 0)])

    def between(self, low: Any, high: Any) -> Any:
        at = mask_at(self.row, self.col, low, high)
        return self.of(self.entries[at], self.row[at], self.col[at], self.shape)

    def __getitem__(self, key: Any) -> Any:
        rows, columns = as_pair(key)
        if is_whole(rows) and is_whole(columns):
            at, _, _ = chosen(self.row, self.col, self.shape, [rows], [columns])
            return np.sum(self.entries[at])
        if is_list(rows) and is_list(columns):
            refuse("a sparse matrix is indexed by two lists", "index rows, then columns")
        if is_whole(rows) or is_whole(columns):
            if not self.is_matrix:
                refuse("a single row or column of a sparse array is not differentiated",
                       "take a slice, as in A[i:i + 1]")  # fmt: skip
            rows, columns = in_list(rows), in_list(columns)
        at, row, col = chosen(self.row, self.col, self.shape, rows, columns)
        shape = (chosen_size(self.shape[0], rows), chosen_size(self.shape[1], columns))
        return self.of(self.entries[at], row, col, shape)

    def getrow(self, i: int) -> Any:
        return self[[i]]

    # Operators

    def __neg__(self) -> Any:
        return self.with_entries(-self.entries)

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, Sparse):
            return plus_dense(other, self.toarray(), self.is_matrix)
        data = np.concatenate([self.entries, other.entries])
        row = np.concatenate([self.row, other.row])
        col = np.concatenate([self.col, other.col])
        check_same(self.shape, other.shape)
        return self.of(data, row, col, self.shape)

    def __radd__(self, other: Any) -> Any:
        return self + other

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, Sparse) or not is_number(other):
            refuse("a sparse matrix is divided by an array", "multiply with the inverse elements")
        return self.with_entries(self.entries / other)

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Sparse):
            return self @ other if self.is_matrix else self.multiply(other)
        if is_number(other):
            return self.with_entries(self.entries * other)
        return self @ other if self.is_matrix else self.multiply(other)

    def __rmul__(self, other: Any) -> Any:
        if is_number(other):
            return self.with_entries(self.entries * other)
        return self.__rmatmul__(other) if self.is_matrix else self.multiply(other)

    def multiply(self, other: Any) -> Any:
        """Element by element: the result has places of this matrix only."""
        if isinstance(other, Sparse):
            check_same(self.shape, other.shape)
            a, b = self.united(), other.united()
            columns = self.shape[1]
            left, right = pairs(a.row * columns + a.col, b.row * columns + b.col)
            return self.of(a.entries[left] * b.entries[right], a.row[left], a.col[left], a.shape)
        if is_number(other):
            return self.with_entries(self.entries * other)
        return self.with_entries(self.entries * at_places(other, self.row, self.col, self.shape))

    def power(self, n: Any) -> Any:
        one = self.united()
        return one.with_entries(one.entries**n)

    def __matmul__(self, other: Any) -> Any:
        if isinstance(other, Sparse):
            check_inner(self.shape, other.shape)
            left, right = pairs(self.col, other.row)
            data = self.entries[left] * other.entries[right]
            shape = (self.shape[0], other.shape[1])
            return self.of(data, self.row[left], other.col[right], shape)
        return product(self.entries, self.row, self.col, self.shape[0], as_dense(other))

    def __rmatmul__(self, other: Any) -> Any:
        return transposed_last(product(
            self.entries, self.col, self.row, self.shape[1], transposed_last(as_dense(other))
        ))  # fmt: skip

    def dot(self, other: Any) -> Any:
        return self @ other


# Parts that are decided when compiling


@composed
def as_dense(x: Any) -> Any:
    return as_array(x)


@composed
def transposed_last(x: Any) -> Any:
    return x if rank_of(x) == 1 else np.transpose(x)


@composed
def is_number(x: Any) -> bool:
    return not isinstance(x, (list, tuple)) and rank_of(as_array(x)) == 0


@composed
def plus_dense(other: Any, own: Any, is_matrix: bool) -> Any:
    other = as_array(other)
    if rank_of(other) != 2:
        refuse("a number is added to a sparse matrix")
    if is_matrix:
        refuse("the sum of a sparse matrix and an array is an np.matrix",
               "add A.toarray()")  # fmt: skip
    return own + other


@composed
def at_places(other: Any, row: Any, col: Any, shape: Any) -> Any:
    """The elements of a dense array, which may be broadcast, at the places of the entries."""
    full = call(np.broadcast_to, as_array(other), shape)
    return full[row, col]


@composed
def as_pair(key: Any) -> Any:
    if isinstance(key, tuple):
        if len(key) != 2 or any(part is None or part is Ellipsis for part in key):
            refuse("this index of a sparse matrix is not supported")
        return key
    return key, slice(None)


@composed
def is_whole(index: Any) -> bool:
    if isinstance(index, (slice, list, tuple)):
        return False
    return isinstance(index, (int, np.integer)) or isinstance(index, Value) and is_rank0(index)


def is_rank0(index: Value) -> bool:
    return not isinstance(index.type, Opaque) and rank_of(index) == 0


@composed
def is_list(index: Any) -> bool:
    return isinstance(index, list) or isinstance(index, (Value, np.ndarray)) and not isinstance(
        getattr(index, "type", None), Opaque
    )


@composed
def in_list(index: Any) -> Any:
    if isinstance(index, (slice, list, tuple)) or isinstance(index, Value) and not is_rank0(index):
        return index
    return [index]


def check_same(a: Any, b: Any) -> None:
    if a[0] != b[0] or a[1] != b[1]:
        raise ValueError("inconsistent shapes of sparse matrices")


def check_inner(a: Any, b: Any) -> None:
    if a[1] != b[0]:
        raise ValueError("matmul: dimension mismatch of sparse matrices")


# Objects from outside


@composed
def form_of(matrix: Any) -> Any:
    """Is it a matrix, and its format: of an object, or of an argument of a known class."""
    known = isinstance(matrix, Value) and isinstance(matrix.type, Opaque)
    cls = matrix.type.cls if known else type(matrix)
    return issubclass(cls, sparse.spmatrix), cls.__name__[:3]


CLASSES = [
    getattr(sparse, f"{name}_{kind}")
    for name in ("csr", "csc", "coo", "dia", "bsr", "lil", "dok")
    for kind in ("array", "matrix")
]


@adopts(*CLASSES)
def adopted_matrix(matrix: Any) -> Any:
    is_matrix, format = form_of(matrix)
    data, row, col = entries_of(matrix), row_of(matrix), col_of(matrix)
    return Sparse(data, row, col, sizes_of(matrix), is_matrix, format)


@stands_in(sparse.issparse)
def issparse(x: Any) -> bool:
    return isinstance(x, Sparse)


@stands_in(sparse.isspmatrix)
def isspmatrix(x: Any) -> bool:
    return isinstance(x, Sparse) and x.is_matrix
