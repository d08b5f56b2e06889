"""Toeplitz matrices, and calls of SciPy on constants whose structure the program needs."""

import numpy as np
import pytest
from scipy import interpolate, linalg, signal

from adjoint import check_grads, grad, vjp

C, R = np.array([4.0, 1.0, 3.0, 2.0]), np.array([4.0, 0.5, 0.1, 0.3])
ROW = np.sin(np.arange(30.0)) + 0.1 * np.arange(30.0)


def filtered(x):
    b, a = signal.butter(2, 0.3)
    return signal.lfilter(b, a, x) * b[0]


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lambda c, b: linalg.solve_toeplitz(c, b), (C, R)),
        (lambda c, r, b: linalg.solve_toeplitz((c, r), b), (C, R, np.outer(C, R[:2]))),
        (lambda c, r, x: linalg.matmul_toeplitz((c, r), x), (C[:3], R, C)),
        (lambda c: np.linalg.inv(linalg.toeplitz(c)), (C,)),
        (lambda c, r: linalg.toeplitz(c, r), (C[:3], R)),
    ],
)
def test_toeplitz(f, args):
    assert np.allclose(vjp(f, *args)[0], f(*args), rtol=1e-12)
    check_grads(f, args, order=2)


def test_singular():
    with pytest.raises(np.linalg.LinAlgError):
        grad(lambda c: np.sum(linalg.solve_toeplitz(c, C)))(np.ones(4))


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: signal.filtfilt(*signal.butter(2, 0.3), x), ROW),
        (lambda x: signal.sosfilt(signal.butter(2, 0.3, output="sos"), x), ROW),
        (lambda x: signal.fftconvolve(x, signal.windows.hann(5), mode="same"), ROW),
        (lambda x: signal.convolve(x, signal.firwin(5, 0.3), mode="same"), ROW),
        (filtered, ROW),
        (lambda t: interpolate.interp1d([0, 2, 1, 3], [1, 0, 2, 4])(t), 1.7),
        (lambda t: interpolate.interp1d([0, 2, 1, 3], [1, t, 2 * t, 4], kind="cubic")(1.2), 1.7),
        (lambda t: interpolate.CubicSpline([0, 1, 2, 3], [1.0, 2.0, t, 4.0])(1.5), 1.7),
        (lambda t: interpolate.RegularGridInterpolator(
            ([0, 1, 2], [0, 1, 2]), np.arange(9.0).reshape(3, 3) ** 2)([t, 0.5]), 1.7),
        (lambda t: interpolate.RegularGridInterpolator(
            ([0, 1, 2], [0, 1, 2]), np.arange(9.0).reshape(3, 3) ** 2)(([t, 0.5], [0.1, t])), 1.7),
        (lambda t: interpolate.LinearNDInterpolator(
            [[0, 0], [3, 0], [0, 3.0]], [1.0, 2.0, t])([0.4, 0.3]), 1.7),
    ],
)  # fmt: skip
def test_constants(f, x):
    value, _ = vjp(f, x)
    assert np.shape(value) == np.shape(f(x)) and np.allclose(value, f(x))
    check_grads(f, (x,))
