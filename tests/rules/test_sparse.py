"""Products of constant sparse matrices with arrays, and what SciPy's packages say when refused."""

import math

import numpy as np
import pytest
from scipy import integrate, interpolate, ndimage, optimize, sparse

from adjoint import UnsupportedError, check_grads, grad

DENSE = np.array([[2.0, 0.0, -1.0], [0.0, 0.0, 3.0]])
KINDS = (sparse.csr_array, sparse.csc_array, sparse.coo_array, sparse.csr_matrix)
x, X = np.array([0.4, 1.2, -0.7]), np.arange(6.0).reshape(3, 2) / 5.0


@pytest.mark.parametrize("kind", KINDS)
def test_products(kind):
    A = kind(DENSE)
    check_grads(lambda x: np.sin(A @ x), (x,), order=2)
    check_grads(lambda x: np.sin(A.dot(x)), (x,))
    check_grads(lambda X: np.sin(A @ X), (X,))
    check_grads(lambda y: np.sin(A.T @ y), (x[:2],))
    check_grads(lambda y: np.sin(y @ A), (x[:2],))
    check_grads(lambda x, A: np.sin(A @ x), (x, A))


def test_in_loops():
    A = sparse.csr_array(DENSE[:, 1:])

    def f(x):
        for _ in range(3):
            x = np.tanh(A @ x) + x
        return np.sum(x)

    check_grads(f, (x[:2],), order=2)


def test_text():
    A = sparse.csr_array(DENSE)
    f = grad(lambda x: np.sum((A @ x) ** 2))
    f(x)
    body = [line for line in f.source.splitlines() if "#" not in line]
    assert sum(" @ " in line for line in body) == 2


def test_other_operations_are_refused():
    A = sparse.csr_array(DENSE)
    with pytest.raises(UnsupportedError, match="sparse"):
        grad(lambda x: np.sum(A * x))(x)
    with pytest.raises(UnsupportedError, match="sparse"):
        grad(lambda x: np.sum((A @ A.T) @ x))(x[:2])


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: optimize.shgo(lambda y: (y[0] - x) ** 2, [(0.0, 3.0)]).x[0], "custom_root"),
        (lambda x: integrate.nquad(lambda s, t: t * s * x, [[0, 1], [0, 1]])[0], "custom_vjp"),
        (lambda x: interpolate.interp1d([0.0, 1.0], [0.0, 1.0])(x), "adjoint.elementwise"),
        (lambda x: ndimage.gaussian_filter(np.ones(3) * x, 1.0)[0], "scipy.signal.convolve"),
        (lambda x: math.ulp(x) * x + ndimage.sobel(np.ones(3) * x)[0], "adjoint.linear"),
    ],
)
def test_other_packages(f, message):
    with pytest.raises(UnsupportedError, match=message):
        grad(f)(0.5)
