"""Jacobians of known sparsity: columns that share no row are found with one direction.

Curtis, Powell and Reid, On the estimation of sparse Jacobian matrices, 1974: columns are put into
groups so that no two of a group have an entry in the same row. The sum of a group's columns then
has each entry in a row of its own. The groups are the colours of a graph (Gebremedhin, Manne and
Pothen, What color is your Jacobian?, 2005), found here by a greedy colouring, columns of many
entries first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

#: The patterns that have a name, with how far from the diagonal they reach.
BANDS = {"diagonal": 0, "tridiagonal": 1}


@dataclass
class Pattern:
    """Where a matrix may have entries.

    Attributes
    ----------
    rows, columns : the places of the entries.
    shape : of the matrix.
    like : the scipy.sparse matrix that gave the pattern, None for a dense array.
    """

    rows: np.ndarray
    columns: np.ndarray
    shape: tuple[int, int]
    like: Any = None

    @property
    def transposed(self) -> Pattern:
        return Pattern(self.columns, self.rows, self.shape[::-1])

    def colours(self) -> np.ndarray:
        """A number for each column; columns of one number have no row in common."""
        m, n = self.shape
        rows_of: list[list[int]] = [[] for _ in range(n)]
        columns_of: list[list[int]] = [[] for _ in range(m)]
        for i, j in zip(self.rows.tolist(), self.columns.tolist(), strict=True):
            rows_of[j].append(i)
            columns_of[i].append(j)
        colours = [-1] * n
        for j in sorted(range(n), key=lambda j: -len(rows_of[j])):
            taken = {colours[k] for i in rows_of[j] for k in columns_of[i]}
            colours[j] = next(c for c in range(n) if c not in taken)
        return np.array(colours, dtype=int)

    def matrix(self, entries: np.ndarray) -> Any:
        """The matrix with these entries, dense or sparse as the pattern was given."""
        if self.like is None:
            dense = np.zeros(self.shape, entries.dtype)
            dense[self.rows, self.columns] = entries
            return dense
        from scipy import sparse

        is_matrix = isinstance(self.like, sparse.spmatrix)
        made = sparse.coo_matrix if is_matrix else sparse.coo_array
        return made((entries, (self.rows, self.columns)), self.shape).asformat(self.like.format)

    def check(self, entries: np.ndarray, direction: np.ndarray, image: np.ndarray) -> None:
        """Compare the product with a direction that took no part in finding the entries.

        Raises
        ------
        ValueError : the matrix has entries outside of the pattern.
        """
        moved = entries * direction[self.columns]
        m = self.shape[0]
        product = np.bincount(self.rows, moved, minlength=m)
        size = np.bincount(self.rows, np.abs(moved), minlength=m) + np.abs(image)
        # Entries and image are rounded differently, by a small part of what they are sums of.
        eps = float(np.finfo(image.dtype).eps)
        finite = np.where(np.isfinite(size), size, 0.0)
        allowed = eps ** (2 / 3) * size + 16 * eps * np.max(finite, initial=0.0)
        same = np.abs(product - image) <= allowed
        same |= ~np.isfinite(product) & ~np.isfinite(image)
        if not np.all(same):
            wrong = np.flatnonzero(~same)
            shown = ", ".join(map(str, wrong[:5])) + (", ..." if len(wrong) > 5 else "")
            raise ValueError(
                f"sparsity: the derivative has entries outside of the pattern in {len(wrong)} of "
                f"{m} rows or columns: {shown}; give a pattern with all places that may differ "
                "from zero"
            )


def pattern_of(given: Any, value_shape: tuple[int, ...], shape: tuple[int, ...]) -> Pattern:
    """The pattern that `sparsity=` means, for a value and an argument of these shapes."""
    m, n = int(np.prod(value_shape)), int(np.prod(shape))
    if isinstance(given, str):
        if given not in BANDS:
            raise ValueError(f"sparsity={given!r}: there are {', '.join(map(repr, BANDS))}")
        offsets = range(-BANDS[given], BANDS[given] + 1)
        bands = [(max(0, -k), min(m, n - k), k) for k in offsets]
        rows = np.concatenate([np.arange(a, max(a, b)) for a, b, _ in bands])
        columns = np.concatenate([np.arange(a, max(a, b)) + k for a, b, k in bands])
        return Pattern(rows, columns, (m, n))
    if hasattr(given, "tocoo"):
        coo = given.tocoo(copy=True)
        coo.sum_duplicates()
        if coo.shape != (m, n):
            raise _wrong_shape(coo.shape, (m, n))
        return Pattern(coo.row.astype(int), coo.col.astype(int), (m, n), given)
    mask = np.asarray(given)
    if mask.shape not in ((m, n), value_shape + shape):
        raise _wrong_shape(mask.shape, (m, n))
    rows, columns = np.nonzero(mask.reshape(m, n))
    return Pattern(rows, columns, (m, n))


def _wrong_shape(have: tuple[int, ...], want: tuple[int, int]) -> ValueError:
    return ValueError(f"sparsity: the pattern has shape {have}, the derivative {want}")
