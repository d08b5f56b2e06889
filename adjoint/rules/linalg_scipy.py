"""Functions of scipy.linalg, on matrices (not on batches of them).

Formulas are those of Giles, Collected matrix derivative results (2008), if not said otherwise. A
function that reads one triangle of a matrix has a cotangent in that triangle only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Constant, Value
from adjoint.ir.indexing import items_of
from adjoint.rules.registry import defined_as, rule
from adjoint.rules.staged import call, eye, is_complex, rank_of, shape_of
from adjoint.rules.symmetry import onto_triangle


def _matrix(*operands: Any) -> None:
    if any(rank_of(x) > 2 for x in operands):
        raise UnsupportedError(
            "batches of matrices in scipy.linalg are not differentiated",
            instead="use numpy.linalg",
        )


def _real(*operands: Any) -> None:
    """Functions that take a triangle for a Hermitian matrix conjugate it."""
    if any(map(is_complex, operands)):
        raise UnsupportedError(
            "complex Hermitian matrices in scipy.linalg are not differentiated",
            instead="use cholesky, eigh, eigvalsh or solve of numpy.linalg",
        )


def _outer(a: Any, b: Any) -> Any:
    """a b^T of two vectors, or of two matrices."""
    return np.outer(a, b) if rank_of(a) == 1 else a @ b.T


def _solve(*args: Any, **options: Any) -> Any:
    given = {name: value for name, value in options.items() if value not in (None, False, 0)}
    return call(linalg.solve, *args, **given)


def _triangular(a: Any, b: Any, trans: bool, lower: bool, unit_diagonal: bool = False) -> Any:
    options = {"trans": int(trans), "lower": lower, "unit_diagonal": unit_diagonal}
    return call(linalg.solve_triangular, a, b, **{k: v for k, v in options.items() if v})


# Linear systems


@rule(linalg.solve)
def solve(
    x_bar: Any,
    x: Any,
    a: Any,
    b: Any,
    lower: bool = False,
    *,
    check_finite: bool = True,
    assume_a: str | None = None,
    transposed: bool = False,
) -> Any:
    _matrix(a, b)
    if assume_a in (None, "gen", "general"):
        b_bar = _solve(a, x_bar, transposed=not transposed)
        return -(_outer(x, b_bar) if transposed else _outer(b_bar, x)), b_bar
    if assume_a in ("sym", "symmetric", "her", "hermitian", "pos", "positive definite"):
        _real(a, b)
        b_bar = _solve(a, x_bar, lower=lower, assume_a=assume_a)
        return onto_triangle(-_outer(b_bar, x), a, lower), b_bar
    raise UnsupportedError(f"the derivative of solve is not known with assume_a={assume_a!r}")


@rule(linalg.solve_triangular)
def solve_triangular(
    x_bar: Any,
    x: Any,
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    *,
    check_finite: bool = True,
) -> Any:
    _matrix(a, b)
    plain = trans in (0, "N")
    if trans in (2, "C"):
        _real(a, b)
    b_bar = _triangular(a, x_bar, plain, lower, unit_diagonal)
    a_bar = -(_outer(b_bar, x) if plain else _outer(x, b_bar))
    k = int(unit_diagonal)
    return np.tril(a_bar, -k) if lower else np.triu(a_bar, k), b_bar


@rule(linalg.inv)
def inv(y_bar: Any, y: Any, a: Any, *, check_finite: bool = True) -> Any:
    _matrix(a)
    return -(y.T @ y_bar @ y.T)


@rule(linalg.det)
def det(y_bar: Any, y: Any, a: Any, *, check_finite: bool = True) -> Any:
    _matrix(a)
    return y_bar * y * call(linalg.inv, a).T


# Factors


@rule(linalg.cholesky)
def cholesky(y_bar: Any, y: Any, a: Any, lower: bool = False, *, check_finite: bool = True) -> Any:
    """Murray, Differentiation of the Cholesky decomposition (2016), section 4.3."""
    _matrix(a)
    _real(a)
    m = y.T @ y_bar if lower else y @ y_bar.T
    half = (np.tril(m) + np.tril(m, -1)) / 2
    left = _triangular(y, half, lower, lower)
    return onto_triangle(_triangular(y, left.T, lower, lower), a, lower)


def cho_factor(a: Any, lower: bool = False, check_finite: bool = True) -> Any:
    """Its other triangle is undefined: here it is zero."""
    return linalg.cholesky(a, lower=lower, check_finite=check_finite), lower


@rule(linalg.cho_solve)
def cho_solve(x_bar: Any, x: Any, c_and_lower: Any, b: Any, *, check_finite: bool = True) -> Any:
    """Of a x = b with a = L L^T, by the cotangent of a. The other triangle of c is undefined."""
    lower = _flag(c_and_lower)
    _matrix(b)
    _real(c_and_lower[0], b)
    b_bar = call(linalg.cho_solve, c_and_lower, x_bar)
    a_bar = -_outer(b_bar, x)
    both = a_bar + a_bar.T
    if lower:
        return [np.tril(both @ np.tril(c_and_lower[0])), None], b_bar
    return [np.triu(np.triu(c_and_lower[0]) @ both), None], b_bar


def _flag(c_and_lower: Any) -> bool:
    """Which triangle it is."""
    if not isinstance(c_and_lower, Value):
        return bool(c_and_lower[1])
    items = items_of(c_and_lower)
    flag = items[1] if items else None
    if not isinstance(flag, Constant):
        raise UnsupportedError(
            "which triangle cho_solve reads is known only at run time",
            instead="call cho_factor in the function, or write (c, True)",
        )
    return bool(flag.value)


def norm(
    a: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, check_finite: bool = True
) -> Any:
    return np.linalg.norm(a, ord, axis, keepdims)


defined_as(linalg.cho_factor, cho_factor)
defined_as(linalg.norm, norm)


def _gaps(w: Any) -> Any:
    """1 / (w_j - w_i), with zeros on the diagonal."""
    same = eye(shape_of(w)[0])
    return (1 - same) / (w - w[:, None] + same)


@rule(linalg.eigh)
def eigh(
    y_bar: Any,
    y: Any,
    a: Any,
    *,
    lower: bool = True,
    eigvals_only: bool = False,
    check_finite: bool = True,
) -> Any:
    """Of a matrix whose eigenvalues differ: V (diag(w_bar) + gaps * V^T V_bar) V^T."""
    _matrix(a)
    _real(a)
    if eigvals_only:
        return eigvalsh(y_bar, y, a, lower=lower)
    (w, v), (w_bar, v_bar) = (y[0], y[1]), (y_bar[0], y_bar[1])
    inner = np.diag(w_bar) + _gaps(w) * (v.T @ v_bar)
    return onto_triangle(v @ inner @ v.T, a, lower)


@rule(linalg.eigvalsh)
def eigvalsh(w_bar: Any, w: Any, a: Any, *, lower: bool = True, check_finite: bool = True) -> Any:
    _matrix(a)
    _real(a)
    v = call(linalg.eigh, a, **({} if lower else {"lower": False}))[1]
    return onto_triangle((v * w_bar) @ v.T, a, lower)


# Functions of matrices


def _frechet(a: Any, e: Any) -> Any:
    return call(linalg.expm_frechet, a, e, compute_expm=False)


@rule(linalg.expm, jvp=lambda tangents, y, a: _frechet(a, tangents[0]))
def expm(y_bar: Any, y: Any, a: Any) -> Any:
    """The Frechet derivative at a^T (Al-Mohy and Higham 2009)."""
    _matrix(a)
    return _frechet(a.T, y_bar)


def _frechet_tangent(
    tangents: Any, y: Any, a: Any, e: Any, compute_expm: bool = True, check_finite: bool = True
) -> Any:
    """The Frechet derivative of that of the block matrix in `expm_frechet`."""
    zero, n = np.zeros_like(a), shape_of(a)[0]
    a_dot, e_dot = (zero if dot is None else dot for dot in tangents[:2])
    moved = _frechet(_block(a, e, zero, a), _block(a_dot, e_dot, zero, a_dot))
    frechet_dot = moved[:n, n:]
    return (moved[:n, :n], frechet_dot) if compute_expm else frechet_dot


def _block(a: Any, b: Any, c: Any, d: Any) -> Any:
    rows = [np.concatenate([a, b], axis=1), np.concatenate([c, d], axis=1)]
    return np.concatenate(rows, axis=0)


@rule(linalg.expm_frechet, jvp=_frechet_tangent)
def expm_frechet(
    y_bar: Any, y: Any, a: Any, e: Any, compute_expm: bool = True, check_finite: bool = True
) -> Any:
    """exp of [[a, e], [0, a]] holds exp(a) and the Frechet derivative in its upper half."""
    n = shape_of(a)[0]
    zero = np.zeros_like(a)
    block = _block(a, e, zero, a)
    expm_bar, frechet_bar = (y_bar[0], y_bar[1]) if compute_expm else (zero, y_bar)
    upper = np.concatenate([expm_bar, frechet_bar], axis=1)
    seed = np.concatenate([upper, np.zeros_like(upper)], axis=0)
    bar = _frechet(block.T, seed)
    return bar[:n, :n] + bar[n:, n:], bar[:n, n:]


@rule(linalg.sqrtm)
def sqrtm(y_bar: Any, y: Any, a: Any) -> Any:
    """y y = a, so that y^T a_bar + a_bar y^T = y_bar."""
    _matrix(a)
    return call(linalg.solve_sylvester, y.T, y.T, y_bar)


@rule(linalg.solve_sylvester)
def solve_sylvester(x_bar: Any, x: Any, a: Any, b: Any, q: Any) -> Any:
    """a x + x b = q."""
    q_bar = call(linalg.solve_sylvester, a.T, b.T, x_bar)
    return -(q_bar @ x.T), -(x.T @ q_bar), q_bar
