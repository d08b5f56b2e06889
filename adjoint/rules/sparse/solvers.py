"""Solvers of scipy.sparse.linalg by the rule of linear systems: one more solve, transposed."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg as dense_linalg
from scipy.sparse import linalg

from adjoint.ir.core import Value
from adjoint.ir.types import dims_of
from adjoint.rules.interpolation.parts import refuse
from adjoint.rules.registry import composed, is_reached, stands_in
from adjoint.rules.sparse.construction import as_sparse
from adjoint.rules.sparse.matrices import Sparse, as_dense
from adjoint.rules.staged import as_array, rank_of
from adjoint.runtime.with_scipy.entries import exponential, iterated, solution


def solved(matrix: Any, b: Any) -> Any:
    if isinstance(b, Sparse):
        refuse("spsolve is differentiated with a dense right side", "give it b.toarray()")
    return solution(matrix.entries, matrix.row, matrix.col, as_dense(b))


@stands_in(linalg.spsolve)
def spsolve(A: Any, b: Any, permc_spec: Any = None, use_umfpack: bool = True) -> Any:
    return without_column(solved(as_sparse(A), b))


@composed
def without_column(x: Any) -> Any:
    """A single column comes back as a vector."""
    dims: Any = dims_of(x.type) if isinstance(x, Value) else np.shape(x)
    if dims is None:
        refuse("the rank of the right side of spsolve is not known")
    return np.reshape(x, -1) if len(dims) == 2 and dims[1] == 1 else x


class Factors:
    """What `splu` and `factorized` give: they solve."""

    def __init__(self, matrix: Any):
        self.matrix = matrix
        self.shape = matrix.shape

    def solve(self, rhs: Any, trans: str = "N") -> Any:
        return solved(self.matrix if trans == "N" else self.matrix.T, rhs)

    def __call__(self, b: Any) -> Any:
        return solved(self.matrix, b)


@stands_in(linalg.splu)
def splu(
    A: Any, permc_spec: Any = None, diag_pivot_thresh: Any = None, relax: Any = None,
    panel_size: Any = None, options: Any = None,
) -> Any:  # fmt: skip
    return Factors(as_sparse(A))


@stands_in(linalg.factorized)
def factorized(A: Any) -> Any:
    return Factors(as_sparse(A))


@stands_in(linalg.inv)
def inv(A: Any) -> Any:
    refuse("the inverse of a sparse matrix is not differentiated", "solve with spsolve")


# Iterative solvers


def iterative(solver: str, A: Any, b: Any, rtol: Any, atol: Any, options: Any) -> Any:
    matrix = as_sparse(A)
    b = vector_of(b)
    found = iterated(matrix.entries, matrix.row, matrix.col, b, solver, rtol, atol, options)
    return found, 0


@composed
def without_guess(x0: Any, M: Any, callback: Any) -> None:
    if x0 is not None or M is not None or callback is not None:
        refuse("iterative solvers are differentiated without x0, M and callback")


@composed
def vector_of(b: Any) -> Any:
    b = as_array(b)
    if rank_of(b) != 1:
        refuse("iterative solvers are differentiated with a vector on the right side")
    return b


@stands_in(linalg.cg)
def cg(
    A: Any, b: Any, x0: Any = None, *, rtol: Any = 1e-5, atol: Any = 0.0, maxiter: Any = None,
    M: Any = None, callback: Any = None,
) -> Any:  # fmt: skip
    without_guess(x0, M, callback)
    return iterative("cg", A, b, rtol, atol, (("maxiter", maxiter),))


@stands_in(linalg.bicgstab)
def bicgstab(
    A: Any, b: Any, x0: Any = None, *, rtol: Any = 1e-5, atol: Any = 0.0, maxiter: Any = None,
    M: Any = None, callback: Any = None,
) -> Any:  # fmt: skip
    without_guess(x0, M, callback)
    return iterative("bicgstab", A, b, rtol, atol, (("maxiter", maxiter),))


@stands_in(linalg.gmres)
def gmres(
    A: Any, b: Any, x0: Any = None, *, rtol: Any = 1e-5, atol: Any = 0.0, restart: Any = None,
    maxiter: Any = None, M: Any = None, callback: Any = None, callback_type: Any = None,
) -> Any:  # fmt: skip
    without_guess(x0, M, callback)
    return iterative("gmres", A, b, rtol, atol, (("restart", restart), ("maxiter", maxiter)))


@stands_in(linalg.expm_multiply)
def expm_multiply(
    A: Any, B: Any, start: Any = None, stop: Any = None, num: Any = None, endpoint: Any = None,
    traceA: Any = None,
) -> Any:  # fmt: skip
    if start is not None or stop is not None or num is not None:
        refuse("expm_multiply is differentiated at one time", "multiply A with each time")
    matrix = as_sparse(A)
    if is_reached(matrix.entries):
        return dense_linalg.expm(matrix.toarray()) @ as_dense(B)
    return exponential(matrix.entries, matrix.row, matrix.col, as_dense(B))


@stands_in(linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None) -> Any:
    if axis is not None or ord not in (None, "fro"):
        refuse("the norm of a sparse matrix is differentiated for 'fro' only",
               "take the norm of A.toarray()")  # fmt: skip
    return np.linalg.norm(as_sparse(x).united().entries)

