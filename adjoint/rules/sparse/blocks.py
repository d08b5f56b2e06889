"""Sparse matrices made of others: side by side, in blocks, products of Kronecker, triangles."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from adjoint.rules.registry import stands_in
from adjoint.rules.sparse.construction import as_format, as_sparse, check_dtype
from adjoint.rules.sparse.matrices import Sparse


def stacked(blocks: Any, along: int, format: Any) -> Any:
    first = as_sparse(blocks[0])
    parts, rows, cols = [], [], []
    shift = 0
    for block in blocks:
        one = as_sparse(block)
        parts.append(one.entries)
        rows.append(one.row + shift if along == 0 else one.row)
        cols.append(one.col + shift if along == 1 else one.col)
        shift = shift + one.shape[along]
    shape = (shift, first.shape[1]) if along == 0 else (first.shape[0], shift)
    data, row, col = np.concatenate(parts), np.concatenate(rows), np.concatenate(cols)
    return Sparse(data, row, col, shape, first.is_matrix, as_format(format, "coo"))


@stands_in(sparse.hstack)
def hstack(blocks: Any, format: Any = None, dtype: Any = None) -> Any:
    check_dtype(dtype)
    return stacked(blocks, 1, format)


@stands_in(sparse.vstack)
def vstack(blocks: Any, format: Any = None, dtype: Any = None) -> Any:
    check_dtype(dtype)
    return stacked(blocks, 0, format)


@stands_in([sparse.bmat, sparse.block_array])
def block_array(blocks: Any, *, format: Any = None, dtype: Any = None) -> Any:
    check_dtype(dtype)
    widths = [width_of(column) for column in zip(*blocks, strict=True)]
    parts, rows, cols = [], [], []
    is_matrix = True
    down = 0
    right = 0
    for line in blocks:
        right = 0
        height = 0
        for block, width in zip(line, widths, strict=True):
            if block is not None:
                one = as_sparse(block)
                is_matrix = is_matrix and one.is_matrix
                parts.append(one.entries)
                rows.append(one.row + down)
                cols.append(one.col + right)
                height = one.shape[0]
            right = right + width
        down = down + height
    data, row, col = np.concatenate(parts), np.concatenate(rows), np.concatenate(cols)
    return Sparse(data, row, col, (down, right), is_matrix, as_format(format, "coo"))


def width_of(column: Any) -> Any:
    width = 0
    for block in column:
        if block is not None:
            width = as_sparse(block).shape[1]
    return width


@stands_in(sparse.block_diag)
def block_diag(mats: Any, format: Any = None, dtype: Any = None) -> Any:
    check_dtype(dtype)
    parts, rows, cols = [], [], []
    down = 0
    right = 0
    is_matrix = True
    for block in mats:
        one = as_sparse(block)
        is_matrix = is_matrix and one.is_matrix
        parts.append(one.entries)
        rows.append(one.row + down)
        cols.append(one.col + right)
        down = down + one.shape[0]
        right = right + one.shape[1]
    data, row, col = np.concatenate(parts), np.concatenate(rows), np.concatenate(cols)
    return Sparse(data, row, col, (down, right), is_matrix, as_format(format, "coo"))


@stands_in(sparse.kron)
def kron(A: Any, B: Any, format: Any = None) -> Any:
    a, b = as_sparse(A), as_sparse(B)
    data = np.ravel(np.outer(a.entries, b.entries))
    row = np.ravel(np.add.outer(a.row * b.shape[0], b.row))
    col = np.ravel(np.add.outer(a.col * b.shape[1], b.col))
    shape = (a.shape[0] * b.shape[0], a.shape[1] * b.shape[1])
    is_matrix = a.is_matrix and b.is_matrix
    return Sparse(data, row, col, shape, is_matrix, as_format(format, "coo"))


@stands_in(sparse.tril)
def tril(A: Any, k: int = 0, format: Any = None) -> Any:
    return as_sparse(A).between(-np.inf, k)


@stands_in(sparse.triu)
def triu(A: Any, k: int = 0, format: Any = None) -> Any:
    return as_sparse(A).between(k, np.inf)
