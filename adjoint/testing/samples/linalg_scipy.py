"""Samples of scipy.linalg."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg

from adjoint.rules.registry import load_optional
from adjoint.testing.samples.table import any_, between, call, sample

load_optional()


def regular(n: int, dtype: Any = float) -> Any:
    """Diagonally dominant, not symmetric."""
    return (any_(n, n) / n + 3.0 * np.eye(n)).astype(dtype)


def spread(n: int, dtype: Any = float) -> Any:
    """The same with eigenvalues that are far apart."""
    return (between(-0.3, 0.3)(n, n) + np.diag(1.0 + np.arange(n))).astype(dtype)


for b in (any_(3), any_(3, 2), any_(3, 1)):
    for options in ({}, {"transposed": True}, {"assume_a": "gen"}):
        sample(linalg.solve, regular(3), b, **options)
    for kind in ("pos", "sym"):
        sample(linalg.solve, regular(3), b, assume_a=kind)
        sample(linalg.solve, regular(3), b, assume_a=kind, lower=True)
    for trans in (0, 1, "T"):
        for lower in (False, True):
            sample(linalg.solve_triangular, regular(3), b, trans=trans, lower=lower)
    sample(linalg.solve_triangular, regular(3), b, unit_diagonal=True)
    sample(linalg.solve_triangular, regular(3), b, lower=True, unit_diagonal=True)
sample(linalg.solve, regular(3, np.float32), any_(3, dtype=np.float32))
sample(linalg.solve_triangular, regular(3, np.float32), any_(3, dtype=np.float32))
sample(linalg.solve_triangular, regular(3).T, any_(6)[::2], 1, True)
for function in (linalg.inv, linalg.det, linalg.cholesky, linalg.expm, linalg.sqrtm):
    for n in (3, 1):
        sample(function, regular(n))
    sample(function, np.asfortranarray(regular(2)))
for function in (linalg.inv, linalg.cholesky):
    sample(function, regular(3, np.float32))
sample(linalg.cholesky, regular(3), lower=True)
sample(linalg.cholesky, regular(3), True)
for options in ({}, {"lower": False}):
    sample(linalg.eigvalsh, spread(3), **options)
sample(linalg.expm_frechet, any_(3, 3), any_(3, 3))
sample(linalg.expm_frechet, any_(2, 2), any_(2, 2), compute_expm=False)
sample(linalg.solve_sylvester, regular(3), regular(2), any_(3, 2))
call("linalg.cho_solve(linalg.cho_factor({0}), {1})", regular(3), any_(3))
call("linalg.cho_solve(linalg.cho_factor({0}, lower=True), {1})", regular(3), any_(3, 2))
call("linalg.cho_solve((linalg.cholesky({0}, lower=True), True), {1})", regular(3), any_(3))
sample(linalg.cho_solve, (np.tril(regular(3)), True), any_(3))
sample(linalg.cho_solve, (regular(3), False), any_(3, 2))
call("linalg.cho_solve(({0}, False), {1})", regular(3), any_(3))
call("linalg.eigh({0}, eigvals_only=True)", spread(3))
call("linalg.eigh({0})[0] + linalg.eigh({0})[1][0] ** 2", spread(3))
call("linalg.eigh({0}, lower=False)[1] ** 2", spread(3))
