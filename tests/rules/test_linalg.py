"""Linear algebra and Fourier transforms in programs: what the samples of the rules do not show."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, check_grads, grad, vjp
from tests.oracle import assert_same_gradient, richardson_gradient

RNG = np.random.default_rng(5)
A = RNG.normal(size=(3, 3)) + 2.0 * np.eye(3)
B = RNG.normal(size=(4, 3))
S = A @ A.T


def by_names(A: Any) -> Any:
    r = np.linalg.svd(A, full_matrices=False)
    e = np.linalg.eigh(A.T @ A)
    q = np.linalg.qr(A)
    d = np.linalg.slogdet(A.T @ A)
    vectors = np.sum(np.abs(r.U @ r.Vh)) + e.eigenvectors[0, 1] ** 2
    return vectors + r.S[0] * e.eigenvalues[1] + q.Q[0, 0] * q.R[1, 1] + d.sign * d.logabsdet


def by_unpacking(A: Any) -> Any:
    U, s, Vh = np.linalg.svd(A, full_matrices=False)
    w, V = np.linalg.eigh(A.T @ A)
    Q, R = np.linalg.qr(A)
    sign, logdet = np.linalg.slogdet(A.T @ A)
    return np.sum(np.abs(U @ Vh)) + V[0, 1] ** 2 + s[0] * w[1] + Q[0, 0] * R[1, 1] + sign * logdet


def of_a_branch(A: Any) -> Any:
    if np.sum(A) > 0.0:
        factors = np.linalg.svd(A, full_matrices=False)
    else:
        factors = np.linalg.svd(2.0 * A, full_matrices=False)
    return factors.S[0] + np.sum(factors.U * factors.U[0])


@pytest.mark.parametrize("f", [by_names, by_unpacking, of_a_branch])
@pytest.mark.parametrize("x", [A, B])
def test_results_with_names(f: Callable[..., Any], x: Any) -> None:
    assert_same_gradient(grad(f)(x), richardson_gradient(f, (x,)), 1e-6, 1e-8)


def test_tuples_are_taken_apart_in_one_statement() -> None:
    f = grad(by_unpacking)
    f(A)
    assert "U, s, Vh = np.linalg.svd(A, full_matrices=False)" in f.source
    assert "Q, R = np.linalg.qr(A)" in f.source
    assert "sum_to" not in f.source


def test_a_named_tuple_is_a_result() -> None:
    value, pullback = vjp(lambda A: np.linalg.eigh(A), S)
    assert type(value).__name__ == "EighResult"
    (S_bar,) = pullback((np.ones(3), np.zeros((3, 3))))
    np.testing.assert_allclose(S_bar, np.eye(3), atol=1e-12)


def in_a_loop(A: Any, b: Any, n: int) -> Any:
    for _ in range(n):
        b = np.linalg.solve(A, b)
        b = b / np.linalg.norm(b)
        A = A + np.outer(b, b) * np.linalg.det(A)
    return b @ A @ b


def log_density(x: Any, mean: Any, K: Any) -> Any:
    L = np.linalg.cholesky(K @ K.T + np.eye(3))
    z = np.linalg.solve(L, x - mean)
    return -0.5 * np.sum(z**2) - np.sum(np.log(np.diag(L)))


def spectral_radius(A: Any) -> Any:
    return np.max(np.abs(np.linalg.eigvals(A)))


def expm(A: Any, t: float) -> Any:
    w, V = np.linalg.eigh(A + A.T)
    return np.sum((V * np.exp(t * w)) @ V.T * np.arange(9.0).reshape(3, 3))


def convolution(x: Any, h: Any) -> Any:
    n = len(x) + len(h) - 1
    return np.sum(np.fft.irfft(np.fft.rfft(x, n) * np.fft.rfft(h, n), n) ** 3)


def padded_to(x: Any, n: int) -> Any:
    return np.sum(np.abs(np.fft.rfft2(x, (n, 4))) ** 2) + np.sum(
        np.fft.fft2(x, s=(3, n)).real ** 3
    )


def chain(A: Any, B: Any, x: Any) -> Any:
    return np.sum(np.linalg.multi_dot([B, A, A.T, x]) ** 2)


@pytest.mark.parametrize(
    "f, args",
    [
        (in_a_loop, (A, np.ones(3), 3)),
        (log_density, (np.ones(3), np.zeros(3), A)),
        (spectral_radius, (A,)),
        (spectral_radius, (np.array([[1.0, 3.0], [-2.0, 1.0]]),)),
        (expm, (A, 0.3)),
        (convolution, (np.arange(5.0), np.array([1.0, -2.0, 0.5]))),
        (padded_to, (B, 2)),
        (padded_to, (B, 7)),
        (chain, (A, B, np.ones(3))),
    ],
)
def test_programs(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    check_grads(f, args)


@pytest.mark.parametrize(
    "f",
    [
        lambda A: np.linalg.eigh(A @ A.T)[1][:, 0] @ np.arange(3.0),
        lambda A: np.linalg.eigvalsh(A @ A.T)[0],
        lambda A: np.linalg.cholesky(A @ A.T)[2, 1],
        lambda A: np.linalg.lstsq(A, np.ones(3))[0][1],
        lambda A: np.linalg.svd(A)[0][0, 1],
        lambda A: np.linalg.qr(A[:, :2])[0][1, 1],
        lambda A: np.linalg.qr(A[:2])[1][1, 2],
        lambda A: np.abs(np.linalg.eigvals(A @ A.T))[0],
        lambda A: np.abs(np.linalg.eig(A)[1])[0, 0],
        lambda A: np.linalg.norm(A, "nuc"),
    ],
)
def test_second_order(f: Callable[..., Any]) -> None:
    """Gradients of gradients, for what the samples call in a symmetric form only."""
    slope = grad(f)

    def along(A: Any) -> Any:
        return np.sum(slope(A) * np.arange(9.0).reshape(3, 3))

    assert_same_gradient(grad(along)(A), richardson_gradient(along, (A,)), 1e-5, 1e-6)


def test_gradient_of_log_det() -> None:
    np.testing.assert_allclose(
        grad(lambda A: np.linalg.slogdet(A).logabsdet)(A), np.linalg.inv(A).T
    )


def test_parseval() -> None:
    x = np.arange(6.0)
    np.testing.assert_allclose(
        grad(lambda x: np.sum(np.abs(np.fft.fft(x)) ** 2))(x), 2.0 * 6.0 * x, atol=1e-12
    )


@pytest.mark.parametrize(
    "f",
    [
        lambda A: np.linalg.qr(A, mode="r")[0, 0],
        lambda A: np.linalg.qr(A, mode="complete")[0][0, 0],
        lambda A: np.linalg.lstsq(A, A[:, 0])[1][0],
        lambda A: np.linalg.lstsq(A, A[:, 0])[3][0],
        lambda A: np.linalg.pinv(A, hermitian=True)[0, 0],
        lambda A: np.linalg.svd(A, hermitian=True)[1][0],
        lambda A: np.sum(np.sign(A * 1j).real),
        lambda A: np.real_if_close(A + 0j)[0, 0],
        lambda A: np.linalg.inv(A + 0j)[0, 0],
    ],
)
def test_refused(f: Callable[..., Any]) -> None:
    with pytest.raises(UnsupportedError):
        grad(f)(A)


def test_full_svd_of_a_matrix_that_is_not_square() -> None:
    f = grad(lambda A: np.linalg.svd(A)[0][0, 0])
    assert np.all(np.isfinite(f(A)))
    with pytest.raises(AssertionError, match="full_matrices=False"):
        f(B)


def test_vectors_in_the_plane() -> None:
    """Whether they have two or three elements is known when they are there."""
    f = grad(lambda x, y: np.sum(np.cross(x, y)))
    # NumPy 2.5 refuses such vectors itself
    with pytest.raises((AssertionError, ValueError), match="vectors in the plane|3-dimensional"):
        f(np.ones((3, 2)), np.ones((3, 2)))


@pytest.mark.parametrize(
    "f",
    [
        lambda A: np.linalg.eigh(A)[1][0, 1],
        lambda A: np.linalg.eig(A)[1][0, 1].real,
        lambda A: np.linalg.svd(A)[0][0, 1],
    ],
)
def test_vectors_of_equal_values_have_no_derivative(f: Callable[..., Any]) -> None:
    with np.errstate(all="ignore"):
        assert not np.all(np.isfinite(grad(f)(np.eye(3))))


@pytest.mark.parametrize(
    "f",
    [
        lambda A: np.sum(np.linalg.eigh(A + A.conj().T)[1] * (1 + 2j)).real,
        lambda A: np.sum(np.linalg.svd(A)[0] * (1 + 2j)).real,
    ],
)
def test_phases_must_not_matter(f: Callable[..., Any]) -> None:
    with pytest.raises(AssertionError, match="phases"):
        grad(f)(A + 1j * S)


def test_phases_that_cancel() -> None:
    def f(A: Any) -> Any:
        U, s, Vh = np.linalg.svd(A)
        w, V = np.linalg.eigh(A + A.conj().T)
        return (U[0, 0] * Vh[0, 1] + (V * np.exp(1j * w)) @ V.conj().T)[0, 2].imag

    C = A + 1j * B[:3]
    assert_same_gradient(grad(f)(C), richardson_gradient(f, (C,)), 1e-6, 1e-8)


def mandelbrot(c: complex, n: int) -> float:
    z = 0j
    for _ in range(n):
        z = z * z + c
    return abs(z)


def stored(z: Any) -> Any:
    w = np.zeros(3, dtype=complex)
    w[0] = z[0] * 2j
    w[1:] += np.conj(z[:2]) * w[0]
    return np.sum(w).imag + sum(abs(v) ** 2 for v in z)


def of_both(x: Any, z: Any) -> Any:
    if z[0].real > 0.0:
        z = z * x
    return np.sum(np.abs(z - x) ** 2) + np.vdot(z, x).imag


@pytest.mark.parametrize(
    "f, args",
    [
        (mandelbrot, (0.3 + 0.2j, 4)),
        (stored, (np.array([1 + 2j, 0.3 - 1j, 2j]),)),
        (of_both, (np.arange(1.0, 4.0), np.array([1 + 2j, 0.3 - 1j, 2j]))),
        (of_both, (np.arange(1.0, 4.0, dtype=np.float32), np.array([-1 + 2j, 1j, 2j]))),
    ],
)
def test_complex_programs(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    wrt = tuple(k for k, x in enumerate(args) if not isinstance(x, int))
    got, want = grad(f, wrt)(*args), richardson_gradient(f, args, wrt)
    assert_same_gradient(got, want, 1e-5, 1e-6)
    check_grads(f, args)


def test_single_precision_stays() -> None:
    z = np.array([1 + 2j, 0.3 - 1j], dtype=np.complex64)
    x = np.array([1.0, 2.0], dtype=np.float32)
    f = grad(lambda z, x: np.sum(np.abs(np.fft.fft(z * x)) * np.angle(z)), (0, 1))
    z_bar, x_bar = f(z, x)
    assert z_bar.dtype == np.complex64 and x_bar.dtype == np.float32
    assert "float64" not in f.source and "complex128" not in f.source
