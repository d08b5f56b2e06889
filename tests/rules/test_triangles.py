"""Functions that read one triangle of a matrix: their derivative is in that triangle.

The matrices are not symmetric, so that differences of single elements tell what is read.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import linalg

from adjoint import grad, hvp, jvp
from tests.oracle import assert_same_gradient, richardson_gradient

RNG = np.random.default_rng(3)
A = 0.3 * RNG.normal(size=(3, 3)) + np.diag([2.0, 3.0, 4.5])
C = A + 0.2j * RNG.normal(size=(3, 3))
V = RNG.normal(size=(3, 3))
W = RNG.normal(size=(3, 3))

LOWER: list[Callable[..., Any]] = [
    lambda A: np.sum(W * np.linalg.cholesky(A)),
    lambda A: np.sum(np.linalg.eigvalsh(A) ** 3),
    lambda A: np.sum(W * np.linalg.eigh(A)[1] ** 2) + np.sum(np.linalg.eigh(A, "l")[0] ** 3),
    lambda A: np.sum(W * np.linalg.cholesky(np.stack([A, 2.0 * A]))),
    lambda A: np.sum(W * linalg.cholesky(A, lower=True)),
    lambda A: np.sum(W * linalg.eigh(A)[1] ** 2),
    lambda A: np.sum(linalg.eigvalsh(A) ** 3),
    lambda A: np.sum(W * linalg.solve(A, W, assume_a="pos", lower=True)),
    lambda A: np.sum(W * linalg.cho_solve(linalg.cho_factor(A, lower=True), W)),
]
UPPER: list[Callable[..., Any]] = [
    lambda A: np.sum(W * np.linalg.cholesky(A, upper=True)),
    lambda A: np.sum(np.linalg.eigvalsh(A, UPLO="U") ** 3),
    lambda A: np.sum(W * np.linalg.eigh(A, "U")[1] ** 2) + np.sum(np.linalg.eigh(A, "u")[0] ** 3),
    lambda A: np.sum(W * linalg.cholesky(A)),
    lambda A: np.sum(linalg.eigvalsh(A, lower=False) ** 3),
    lambda A: np.sum(W * linalg.solve(A, W, assume_a="sym")),
    lambda A: np.sum(W * linalg.cho_solve(linalg.cho_factor(A), W)),
]


@pytest.mark.parametrize("f", [*LOWER, *UPPER])
def test_derivatives_of_single_elements(f: Callable[..., Any]) -> None:
    want = richardson_gradient(f, (A,))
    got = grad(f)(A)
    np.testing.assert_allclose(got, want, rtol=1e-7, atol=1e-9)
    assert not np.any(np.triu(got, 1) if f in LOWER else np.tril(got, -1))
    assert jvp(f, (A,), (V,))[1] == pytest.approx(np.sum(want * V), rel=1e-7)


@pytest.mark.parametrize("f", [*LOWER, *UPPER])
def test_second_order(f: Callable[..., Any]) -> None:
    slope = grad(f)
    want = richardson_gradient(lambda A: np.sum(slope(A) * V), (A,))
    assert_same_gradient(hvp(f)(A, V), want, 1e-6, 1e-8)


@pytest.mark.parametrize(
    "f",
    [
        lambda A: np.sum(np.abs(W * np.linalg.cholesky(A)) ** 2),
        lambda A: np.sum(np.abs(W * np.linalg.cholesky(A, upper=True)) ** 2),
        lambda A: np.sum(np.linalg.eigvalsh(A) ** 3),
        lambda A: np.sum(np.linalg.eigvalsh(A, "U") ** 3),
        lambda A: np.sum(W * np.abs(np.linalg.eigh(A)[1]) ** 2),
    ],
)
def test_hermitian(f: Callable[..., Any]) -> None:
    """The imaginary part of the diagonal is not read."""
    assert_same_gradient(grad(f)(C), richardson_gradient(f, (C,)), 1e-6, 1e-8)


@pytest.mark.parametrize(
    "f",
    [
        lambda A: linalg.cholesky(A)[0, 0].real,
        lambda A: linalg.eigvalsh(A)[0],
        lambda A: np.abs(linalg.eigh(A)[1][0, 0]),
    ],
)
def test_hermitian_matrices_of_scipy_are_refused(f: Callable[..., Any]) -> None:
    with pytest.raises(Exception, match="numpy.linalg"):
        grad(f)(C)


@pytest.mark.parametrize(
    "f",
    [
        lambda A: np.sum(W * np.linalg.cholesky(A @ A.T + 0.1 * np.eye(3))),
        lambda A: np.sum(W * np.linalg.cholesky(A.T @ np.diag(np.array([1.0, 2.0, 3.0])) @ A)),
        lambda A: np.sum(W * np.linalg.eigh(0.5 * (A + A.T))[1] ** 2),
        lambda A: np.sum(np.linalg.eigvalsh(np.exp(A + np.swapaxes(A, 0, 1)) / 9.0)),
        lambda A: np.sum(W * linalg.cholesky(A @ np.transpose(A))),
    ],
)
def test_symmetric_by_construction(f: Callable[..., Any]) -> None:
    """The cotangent needs no triangle then: the text has none."""
    slope = grad(f)
    assert_same_gradient(slope(A), richardson_gradient(f, (A,)), 1e-7, 1e-9)
    assert "np.triu" not in slope.source
    want = richardson_gradient(lambda A: np.sum(slope(A) * V), (A,))
    assert_same_gradient(hvp(f)(A, V), want, 1e-6, 1e-8)


@pytest.mark.parametrize(
    "f",
    [
        lambda A: np.sum(W * np.linalg.cholesky(A @ A)),
        lambda A: np.sum(W * np.linalg.cholesky(A.T @ A + A)),
        lambda A: np.sum(W * np.linalg.cholesky((A + A.T) * np.array([1.0, 2.0, 3.0]))),
        lambda A: np.sum(W * np.linalg.cholesky(np.tril(A + A.T))),
        lambda A: np.sum(W * np.linalg.cholesky(np.eye(3, k=1) + A + A.T)),
    ],
)
def test_almost_symmetric(f: Callable[..., Any]) -> None:
    assert_same_gradient(grad(f)(A), richardson_gradient(f, (A,)), 1e-7, 1e-9)
