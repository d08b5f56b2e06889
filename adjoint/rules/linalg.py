"""Linear systems, inverses, determinants and what is made of them, on stacks of matrices.

Sources: Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008), sections 2.2 and 2.3; Golub and Pereyra, "The differentiation of
pseudo-inverses and nonlinear least squares problems" (1973). With the convention for complex
numbers (docs/conventions.md) what is holomorphic has the same text as for real matrices.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Value
from adjoint.ir.types import List, dims_of, same_size
from adjoint.rules.norms import matrix_norm_bar
from adjoint.rules.products import matmul, outer, tensordot, transposed, vecdot
from adjoint.rules.reductions import trace
from adjoint.rules.registry import linear, multilinear, nondifferentiable, rule
from adjoint.rules.shaping import diagonal
from adjoint.rules.staged import call, conj, equal, is_complex, parts_of, rank_of


def adjoint_of(x: Any) -> Any:
    """The conjugate transpose."""
    return transposed(conj(x))


def columns(x: Any) -> Any:
    """A vector for each matrix of a stack, spread over its columns: `A * columns(x)`."""
    return x if x.ndim == 1 else np.expand_dims(x, -2)


def scalars(x: Any) -> Any:
    """A number for each matrix of a stack, to be broadcast against the matrices."""
    return x if rank_of(x) == 0 else np.expand_dims(x, (-2, -1))


# Systems and inverses


@rule(np.linalg.solve)
def solve(x_bar: Any, x: Any, A: Any, b: Any) -> Any:
    """Giles 2.2.3. Only a b of rank 1 is a vector; all others are (stacks of) matrices."""
    if b.ndim > 1:
        b_bar = np.linalg.solve(transposed(A), x_bar)
        return -b_bar @ transposed(x), b_bar
    if A.ndim == 2:
        b_bar = np.linalg.solve(A.T, x_bar)
        return -np.outer(b_bar, x), b_bar
    b_bar = np.linalg.solve(transposed(A), np.expand_dims(x_bar, -1))
    return -b_bar * np.expand_dims(x, -2), np.squeeze(b_bar, -1)


@rule(np.linalg.inv)
def inv(Y_bar: Any, Y: Any, A: Any) -> Any:
    """Giles 2.2.3."""
    Yt = transposed(Y)
    return -Yt @ Y_bar @ Yt


@rule(np.linalg.pinv)
def pinv(
    P_bar: Any, P: Any, A: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None
) -> Any:
    """Golub and Pereyra, equation 4.12, for matrices whose rank does not change nearby."""
    if hermitian:
        raise UnsupportedError("pinv is not differentiated with hermitian=True")
    Pt, X = transposed(P), transposed(P_bar)
    left = (X - A @ (P @ X)) @ P @ adjoint_of(P)
    right = adjoint_of(P) @ P @ (X - (X @ P) @ A)
    return conj(left + right) - Pt @ P_bar @ Pt


@rule(np.linalg.lstsq)
def lstsq(y_bar: Any, y: Any, A: Any, b: Any, rcond: Any = None) -> Any:
    """The solution x = pinv(A) b, with the pullback of the pseudo-inverse multiplied out."""
    x, (x_bar, *others) = y[0], parts_of(y_bar)
    if others[0] is not None or others[2] is not None:
        raise UnsupportedError(
            "of the results of lstsq only the solution is differentiated",
            instead="write np.sum((A @ x - b) ** 2) for the residuals, np.linalg.svdvals(A) for "
            "the singular values",
        )
    if is_complex(A) or is_complex(b):
        raise UnsupportedError("lstsq is not differentiated for complex systems")
    P = call(np.linalg.pinv, A, rcond) if rcond is not None else call(np.linalg.pinv, A, rtol=None)
    b_bar = P.T @ x_bar
    residual, null = b - A @ x, x_bar - A.T @ b_bar
    if b.ndim == 1:
        pairs = np.outer(residual, P @ b_bar) + np.outer(P.T @ x, null)
        return pairs - np.outer(b_bar, x), b_bar
    return residual @ (P @ b_bar).T + P.T @ x @ null.T - b_bar @ x.T, b_bar


@rule(np.linalg.tensorinv)
def tensorinv(y_bar: Any, y: Any, a: Any, ind: int = 2) -> Any:
    """The inverse of the map from the last axes J of `a` to its first `ind` axes."""
    J = tuple(range(a.ndim - ind))
    I_ = tuple(range(a.ndim - ind, a.ndim))
    t = np.tensordot(y, y_bar, axes=(J, J))
    return -np.tensordot(t, y, axes=(tuple(range(ind, 2 * ind)), I_))


@rule(np.linalg.tensorsolve)
def tensorsolve(x_bar: Any, x: Any, a: Any, b: Any, axes: Any = None) -> Any:
    """As `solve`; `axes` of a are moved to its end first."""
    moved = () if axes is None else tuple(k % a.ndim for k in axes)
    order = (*(k for k in range(a.ndim) if k not in moved), *moved)
    Q = order[b.ndim :]
    b_bar = np.linalg.tensorsolve(np.transpose(a, (*Q, *order[: b.ndim])), x_bar)
    a_bar = -np.tensordot(b_bar, x, axes=0)
    if axes is None:
        return a_bar, b_bar
    return np.transpose(a_bar, tuple(int(k) for k in np.argsort(order))), b_bar


# Determinants


@rule(np.linalg.det)
def det(y_bar: Any, y: Any, A: Any) -> Any:
    """Giles 2.2.4; a singular matrix raises LinAlgError, as the inverse does."""
    return scalars(y_bar * y) * transposed(np.linalg.inv(A))


@rule(np.linalg.slogdet)
def slogdet(y_bar: Any, y: Any, A: Any) -> Any:
    """d log|det| = Re tr(A^-1 dA), and the sign of a complex determinant turns by Im tr(...)."""
    sign_bar, log_bar = parts_of(y_bar)
    if not is_complex(A):
        return None if log_bar is None else scalars(log_bar) * transposed(np.linalg.inv(A))
    total = log_bar
    if sign_bar is not None:
        turn = 1j * np.imag(sign_bar * y[0])
        total = turn if total is None else total + turn
    return scalars(total) * transposed(np.linalg.inv(A))


@rule(np.linalg.cond)
def cond(y_bar: Any, y: Any, A: Any, p: Any = None) -> Any:
    """The quotient of two singular values, or the norm of A times that of its inverse."""
    if p in (None, 2, -2):
        U, s, Vh = _svd(A)
        above, below = slice(None, 1), slice(-1, None)
        if p == -2:
            above, below = below, above
        scale = scalars(y_bar / s[..., 0 if p == -2 else -1])
        grown = U[..., above] @ Vh[..., above, :]
        shrunk = U[..., below] @ Vh[..., below, :]
        return conj(scale * (grown - scalars(y) * shrunk))
    inverse = np.linalg.inv(A)
    axis = (-2, -1)
    own, other = (np.linalg.norm(x, p, axis=axis) for x in (A, inverse))
    inverse_bar = matrix_norm_bar(y_bar * own, other, inverse, p, axis, False)
    return matrix_norm_bar(y_bar * other, own, A, p, axis, False) + inv(inverse_bar, inverse, A)


def _svd(A: Any) -> tuple[Any, Any, Any]:
    factors = call(np.linalg.svd, A, full_matrices=False)
    return factors[0], factors[1], factors[2]


# Products


def _frechet_of_power(A: Any, E: Any, n: Any) -> Any:
    """The derivative of A^n in the direction E.

    The powers of a block triangular matrix hold it in their corner:
    f([[A, E], [0, A]]) = [[f(A), Df(A)[E]], [0, f(A)]] (Higham, Functions of Matrices, 3.2).
    """
    size = A.shape[-1]
    above = np.concatenate([A, E], axis=-1)
    below = np.concatenate([np.zeros_like(A), A], axis=-1)
    blocks = np.linalg.matrix_power(np.concatenate([above, below], axis=-2), n)
    return blocks[..., :size, size:]


@rule(np.linalg.matrix_power, jvp=lambda tangents, Y, A, n: _frechet_of_power(A, tangents[0], n))
def matrix_power(Y_bar: Any, Y: Any, A: Any, n: Any) -> Any:
    At = transposed(A)
    if isinstance(n, int) and n in (0, 1, 2, -1):
        if n < 0:
            return inv(Y_bar, Y, A)
        return (None, Y_bar, At @ Y_bar + Y_bar @ At)[n]
    return _frechet_of_power(At, Y_bar, n)


@rule(np.linalg.multi_dot)
def multi_dot(Y_bar: Any, Y: Any, arrays: Any) -> Any:
    """One cotangent for each factor: those before it, Y_bar, those behind it, all transposed."""
    if isinstance(arrays, Value) and isinstance(arrays.type, List):
        raise UnsupportedError(
            "multi_dot of a list whose length is known only at run time is not differentiated",
            instead="pass the arrays as arguments of their own, or multiply them in a loop",
        )
    factors = parts_of(arrays)
    wide = list(factors)
    if factors[0].ndim == 1:
        wide[0], Y_bar = np.expand_dims(wide[0], 0), np.expand_dims(Y_bar, 0)
    if factors[-1].ndim == 1:
        wide[-1], Y_bar = np.expand_dims(wide[-1], 1), np.expand_dims(Y_bar, -1)
    cotangents = []
    for k, factor in enumerate(factors):
        before = [x.T for x in wide[:k][::-1]]
        behind = [x.T for x in wide[k + 1 :][::-1]]
        chain = [*before, Y_bar, *behind]
        bar = chain[0] @ chain[1] if len(chain) == 2 else np.linalg.multi_dot(chain)
        cotangents.append(bar if factor.ndim == 2 else np.reshape(bar, factor.shape))
    return cotangents


@rule(np.vander)
def vander(Y_bar: Any, Y: Any, x: Any, N: Any = None, increasing: bool = False) -> Any:
    """The derivative of a column of powers is a multiple of its neighbour."""
    size = Y.shape[1]
    if increasing:
        powers = call(np.arange, 1, size, dtype=x.dtype)
        return (Y_bar[:, 1:] * Y[:, :-1]) @ powers
    powers = call(np.arange, size - 1, 0, -1, dtype=x.dtype)
    return (Y_bar[:, :-1] * Y[:, 1:]) @ powers


@multilinear(np.cross)
def cross(
    c_bar: Any, a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1,
    axis: int | None = None,
) -> Any:  # fmt: skip
    """A triple product is cyclic: c_bar . (a x b) = a . (b x c_bar) = b . (c_bar x a)."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a_size, b_size = _sizes(a)[axisa], _sizes(b)[axisb]
    _refuse_plane(a_size, a, axisa)
    if not same_size(a_size, b_size):
        _refuse_plane(b_size, b, axisb)
    a_last, b_last, c_bar = _to_end(a, axisa), _to_end(b, axisb), _to_end(c_bar, axisc)
    a_bar, b_bar = np.linalg.cross(b_last, c_bar), np.linalg.cross(c_bar, a_last)
    return _from_end(a_bar, axisa, a.ndim), _from_end(b_bar, axisb, b.ndim)


@multilinear(np.linalg.cross)
def cross_of_arrays(c_bar: Any, a: Any, b: Any, *, axis: int = -1) -> Any:
    return cross(c_bar, a, b, axis=axis)


def _sizes(x: Any) -> Any:
    return dims_of(x.type) if isinstance(x, Value) else x.shape


def _refuse_plane(size: Any, x: Any, axis: int) -> None:
    """Refuse vectors of two elements; where only the run knows how many there are, ask there."""
    message = "the cross product of vectors in the plane is not differentiated"
    if size == 2:
        instead = "write a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]"
        raise UnsupportedError(message, instead=instead)
    if not isinstance(size, int):
        call(ops.check, equal(x.shape[axis], 3), message)


def _to_end(x: Any, axis: int) -> Any:
    return x if axis % x.ndim == x.ndim - 1 else np.moveaxis(x, axis, -1)


def _from_end(x: Any, axis: int, rank: int) -> Any:
    """The last axis put back to where it was in an array of that rank, before broadcasting."""
    place = axis - rank if axis >= 0 else axis
    return x if place == -1 else np.moveaxis(x, -1, place)


# Other names of functions that have rules


multilinear(np.linalg.matmul)(matmul)
multilinear(np.linalg.outer)(outer)
multilinear(np.linalg.tensordot)(tensordot)
multilinear(np.linalg.vecdot)(vecdot)


@linear([np.matrix_transpose, np.linalg.matrix_transpose])
def matrix_transpose(y_bar: Any, x: Any) -> Any:
    return transposed(y_bar)


@linear(np.linalg.diagonal)
def diagonal_of_matrices(y_bar: Any, x: Any, *, offset: int = 0) -> Any:
    return diagonal(y_bar, x, offset, -2, -1)


@linear(np.linalg.trace)
def trace_of_matrices(y_bar: Any, x: Any, *, offset: int = 0, dtype: Any = None) -> Any:
    return trace(y_bar, x, offset, -2, -1)


nondifferentiable(np.linalg.matrix_rank)
