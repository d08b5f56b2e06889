"""Products with Toeplitz matrices, and the sums along their diagonals."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg


def product(c: Any, r: Any, x: Any) -> Any:
    """T x, for the first column c and the first row r, whose first element is not read."""
    return linalg.matmul_toeplitz((c, r), x, check_finite=False)


def solution(c: Any, r: Any, b: Any) -> Any:
    """The solution of T x = b.

    Raises
    ------
    numpy.linalg.LinAlgError : a principal minor is singular.
    """
    return linalg.solve_toeplitz((c, r), b)


def along_column(a: Any, b: Any) -> Any:
    """The cotangent of the first column of T in a^T T b: sums over the lower diagonals."""
    a, b = _columns(a), _columns(b)
    m, n = len(a), len(b)
    return _correlated(a, b)[n - 1 : n - 1 + m]


def along_row(a: Any, b: Any) -> Any:
    """The same for the first row; its first element is the corner, which the column has."""
    a, b = _columns(a), _columns(b)
    found = _correlated(b, a)[len(a) - 1 : len(a) - 1 + len(b)]
    found[0] = 0.0
    return found


def _columns(x: Any) -> Any:
    x = np.asarray(x)
    return x.reshape(len(x), -1)


def _correlated(a: Any, b: Any) -> Any:
    """Sum over j of a[k + j] b[j], for k from 1 - len(b) to len(a) - 1."""
    n = len(a) + len(b) - 1
    spectrum = np.fft.rfft(a, n, axis=0) * np.fft.rfft(b[::-1], n, axis=0)
    return np.fft.irfft(spectrum.sum(axis=1), n)
