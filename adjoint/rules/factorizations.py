"""Factorizations of matrices: Cholesky, eigenvalues, singular values, QR; on stacks of matrices.

Sources: Murray, "Differentiation of the Cholesky decomposition" (2016); Giles, "An extended
collection of matrix derivative results" (2008), section 3; Walter and Lehmann, "Algorithmic
differentiation of linear algebra functions" (2010); Seeger et al., "Auto-differentiating linear
algebra" (2017).

Where eigenvalues or singular values tie, the vectors have no derivative: it is inf or nan, from a
division by their difference. Phases that a complex factorization leaves open must not matter.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Value
from adjoint.ir.types import dims_of, proven_equal
from adjoint.rules.linalg import adjoint_of, columns
from adjoint.rules.products import transposed
from adjoint.rules.registry import rule
from adjoint.rules.staged import call, conj, equal, eye, is_complex, parts_of
from adjoint.rules.symmetry import onto_triangle


def _rows(x: Any) -> Any:
    """A vector for each matrix of a stack, spread over its rows: `rows(x) * A`."""
    return np.expand_dims(x, -1)


@rule(np.linalg.cholesky)
def cholesky(L_bar: Any, L: Any, A: Any, /, *, upper: bool = False) -> Any:
    """Murray (10): S_bar = L^-T P L^-1 / 2, where P mirrors the lower half of L^T L_bar."""
    if upper:
        L, L_bar = adjoint_of(L), adjoint_of(L_bar)
    Lt = transposed(L)
    P = np.tril(Lt @ L_bar)
    if is_complex(L):
        P = 0.5 * (P + np.tril(P, -1))
        P = P + adjoint_of(P)
    else:
        P = P + transposed(np.tril(P, -1))
    S_bar = 0.5 * np.linalg.solve(Lt, adjoint_of(np.linalg.solve(Lt, P)))
    return onto_triangle(S_bar, A, lower=not upper)


# Eigenvalues


def _differences(w: Any) -> Any:
    """w_j - w_i at i, j, and 1 on the diagonal."""
    return columns(w) - _rows(w) + eye(w.shape[-1])


def _check_phases(turned: Any, bars: Any, what: str) -> None:
    """A complex vector times exp(i phi) is as good: nothing may depend on phi.

    What does is `turned`, to be compared with the size of the cotangents of the vectors.
    """
    tolerance = 1e-3 if bars.dtype == np.complex64 else 1e-6
    condition = call(np.allclose, turned, 0.0, atol=tolerance * np.linalg.norm(bars))
    call(ops.check, condition, f"the function depends on the phases of {what}: it has no gradient")


@rule(np.linalg.eigh)
def eigh(y_bar: Any, y: Any, A: Any, UPLO: str = "L") -> Any:
    """Giles 3.1, of the symmetric matrix with the triangle of A that is read."""
    w, V = y[0], y[1]
    w_bar, V_bar = parts_of(y_bar)
    if V_bar is None:
        return onto_triangle((conj(V) * columns(w_bar)) @ transposed(V), A, is_lower(UPLO))
    if is_complex(A):
        _check_phases(np.imag(np.sum(V * V_bar, axis=-2)), V_bar, "eigenvectors")
    own = 0.0 if w_bar is None else columns(w_bar)
    inner = transposed(V) @ V_bar / _differences(w)
    core = np.where(eye(w.shape[-1]), own, inner)
    return onto_triangle(conj(V) @ core @ transposed(V), A, is_lower(UPLO))


def is_lower(UPLO: str) -> bool:
    return UPLO.upper() == "L"


@rule(np.linalg.eigvalsh)
def eigvalsh(w_bar: Any, w: Any, A: Any, UPLO: str = "L") -> Any:
    V = (call(np.linalg.eigh, A) if is_lower(UPLO) else call(np.linalg.eigh, A, UPLO))[1]
    return onto_triangle((conj(V) * columns(w_bar)) @ transposed(V), A, is_lower(UPLO))


@rule(np.linalg.eig)
def eig(y_bar: Any, y: Any, A: Any) -> Any:
    """Giles 3.1, with the length and the phase of eigenvectors as LAPACK has them.

    The columns have length 1 and one real element, the largest of those that are real.
    """
    w, V = y[0], y[1]
    w_bar, V_bar = parts_of(y_bar)
    Vt = transposed(V)
    if V_bar is None:
        return np.linalg.solve(Vt, _rows(w_bar) * Vt)
    along = np.sum(V * V_bar, axis=-2, keepdims=True)  # what V_bar has in the direction of V
    sizes = np.abs(V) * equal(np.imag(V), 0)
    places = call(np.arange, V.shape[-1])
    pivots = equal(np.expand_dims(np.argmax(sizes, axis=-2), -2), np.expand_dims(places, -1))
    turn = 1j * np.imag(along) / np.sum(pivots * V, axis=-2, keepdims=True)
    inner = Vt @ (V_bar - np.real(along) * np.conj(V) - turn * pivots) / _differences(w)
    own = 0.0 if w_bar is None else columns(w_bar)
    return np.linalg.solve(Vt, np.where(eye(w.shape[-1]), own, inner) @ Vt)


# Singular values


@rule(np.linalg.svdvals)
def svdvals(s_bar: Any, s: Any, A: Any, /) -> Any:
    factors = call(np.linalg.svd, A, full_matrices=False)
    return conj((factors[0] * columns(s_bar)) @ factors[2])


@rule(np.linalg.svd)
def svd(y_bar: Any, y: Any, A: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Giles 3.2, for matrices of any shape (Townsend, "Differentiating the SVD", 2016)."""
    if not compute_uv:
        return svdvals(y_bar, y, A)
    U, s, Vh = y[0], y[1], y[2]
    U_bar, s_bar, Vh_bar = parts_of(y_bar)
    if U_bar is None and Vh_bar is None:
        if full_matrices:
            return svdvals(s_bar, s, A)
        return conj((U * columns(s_bar)) @ Vh)
    if full_matrices:
        message = "the vectors of svd need full_matrices=False for a matrix that is not square"
        call(ops.check, equal(U.shape[-1], Vh.shape[-1]), message)
    s_columns, gaps = columns(s), _differences(s * s)
    core: Any = 0.0
    own, outside = s_bar, []
    if U_bar is not None:
        inner = transposed(U) @ U_bar
        core = _skew(inner) / gaps * s_columns
        if not (full_matrices or _is_square(U)):
            outside.append((U_bar - conj(U) @ inner) / s_columns @ conj(Vh))
    if Vh_bar is not None:
        inner = Vh @ transposed(Vh_bar)
        core = core + _rows(s) * (_skew(conj(inner)) / gaps)
        if not (full_matrices or _is_square(Vh)):
            rest = Vh_bar - transposed(inner) @ conj(Vh)
            outside.append(conj(U) @ (rest / _rows(s)))
    if is_complex(A):
        turned = 0.0 if U_bar is None else np.imag(np.sum(U * U_bar, axis=-2))
        back = 0.0 if Vh_bar is None else np.imag(np.sum(Vh * Vh_bar, axis=-1))
        _check_phases(turned - back, Vh_bar if U_bar is None else U_bar, "singular vectors")
        if U_bar is not None:
            own = 1j * turned / s if own is None else own + 1j * turned / s
    if own is not None:
        core = np.where(eye(s.shape[-1]), columns(own), core)
    A_bar = conj(U) @ core @ conj(Vh)
    for term in outside:
        A_bar = A_bar + term
    return A_bar


def _skew(X: Any) -> Any:
    return X - adjoint_of(X)


def _is_square(X: Any) -> bool:
    """Are the matrices certainly square?"""
    sizes = dims_of(X.type) if isinstance(X, Value) else X.shape
    return sizes is not None and proven_equal(sizes[-2], sizes[-1])


# QR


@rule(np.linalg.qr)
def qr(y_bar: Any, y: Any, A: Any, mode: str = "reduced") -> Any:
    """Walter and Lehmann, for tall matrices; a wide one is [X, Y] = Q [U, Q^H Y] with X = Q U."""
    if mode != "reduced":
        raise UnsupportedError(
            f"qr is not differentiated with mode={mode!r}", instead="leave it out"
        )
    Q, R = y[0], y[1]
    Q_bar, R_bar = parts_of(y_bar)
    if _is_square(R):
        return _qr_of_tall(Q, R, Q_bar, R_bar)
    k = Q.shape[-1]
    rest, U = A[..., k:], R[..., :k]
    if R_bar is None:
        X_bar, rest_bar = _qr_of_tall(Q, U, Q_bar, None), np.zeros_like(rest)
    else:
        U_bar, V_bar = R_bar[..., :k], R_bar[..., k:]
        through_V = conj(rest @ transposed(V_bar))
        Q_bar = through_V if Q_bar is None else Q_bar + through_V
        X_bar, rest_bar = _qr_of_tall(Q, U, Q_bar, U_bar), conj(Q) @ V_bar
    return np.concatenate([X_bar, rest_bar], axis=-1)


def _qr_of_tall(Q: Any, R: Any, Q_bar: Any, R_bar: Any) -> Any:
    """X_bar = (Q_bar + conj(Q) C) R^-T; C mirrors the lower half of R R_bar^T - Q_bar^T Q."""
    M: Any = None if R_bar is None else R @ transposed(R_bar)
    if Q_bar is not None:
        M = -transposed(Q_bar) @ Q if M is None else M - transposed(Q_bar) @ Q
    lower = np.tril(M)
    if is_complex(M):
        lower = 0.5 * (lower + np.tril(M, -1))
        mirrored = lower + adjoint_of(lower)
    else:
        mirrored = lower + transposed(np.tril(M, -1))
    X_bar = conj(Q) @ transposed(mirrored)
    if Q_bar is not None:
        X_bar = Q_bar + X_bar
    return transposed(np.linalg.solve(R, transposed(X_bar)))
