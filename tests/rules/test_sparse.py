"""Sparse matrices, constant and of active entries, and what SciPy's packages say when refused."""

import math

import numpy as np
import pytest
from scipy import integrate, interpolate, ndimage, optimize, sparse
from scipy import linalg as dense
from scipy.sparse import linalg

from adjoint import UnsupportedError, check_grads, grad, vjp

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
    assert sum(line.count(" @ ") for line in body) == 2


B = np.array([1.0, -0.5, 2.0])
M = np.arange(9.0).reshape(3, 3) / 3.0 + 4.0 * np.eye(3)
A0, K0 = sparse.csr_array(M), sparse.csr_matrix(M)
V, R, C = (
    np.array([4.0, 0.5, 3.0, -0.7, 5.0]),
    np.array([0, 0, 1, 2, 2]),
    np.array([0, 1, 1, 0, 2]),
)
POINTERS, MINOR = np.array([0, 2, 3, 5]), np.array([0, 1, 1, 0, 2])


def made(v):
    return sparse.csr_array((v, (R, C)), shape=(3, 3))


#: Functions of entries V and of a vector B.
PROGRAMS = {
    "coordinates": lambda v, b: sparse.coo_array((v, (R, C))) @ b,
    "rows": lambda v, b: sparse.csr_array((v, MINOR, POINTERS)) @ b,
    "columns": lambda v, b: sparse.csc_matrix((v, MINOR, POINTERS)) * b,
    "repeated": lambda v, b: sparse.coo_array((v, (R, R)), shape=(3, 3)) @ b,
    "from the left": lambda v, b: b @ made(v),
    "of matrices": lambda v, b: (made(v) @ A0 @ made(v).T) @ b,
    "with a dense matrix": lambda v, b: made(v) @ np.outer(b, b),
    "sums": lambda v, b: (A0 - made(v) + 2.0 * made(v) / 3.0 - A0 * v[0]) @ b,
    "dense sum": lambda v, b: (made(v) + np.outer(b, b)) ** 2,
    "elements": lambda v, b: made(v).multiply(A0) @ b + (made(v) * np.outer(b, b)) @ b,
    "powers": lambda v, b: made(v).power(2) @ b,
    "dense": lambda v, b: made(v).toarray() @ b,
    "reductions": lambda v, b: made(v).sum() * made(v).sum(axis=0) * made(v).diagonal() * b,
    "slices": lambda v, b: made(v)[0:2, 1:] @ b[1:] * made(v)[2, 0],
    "rows by number": lambda v, b: made(v)[[2, 0, 2]] @ b,
    "triangles": lambda v, b: sparse.tril(made(v)) @ b + sparse.triu(made(v), 1) @ b,
    "blocks": lambda v, b: (
        sparse.block_array([[made(v), None], [sparse.eye_array(3), A0]]) @ np.concatenate([b, b])
    ),
    "stacks": lambda v, b: sparse.vstack([made(v), A0]) @ b,
    "beside": lambda v, b: sparse.hstack([made(v), A0]) @ np.concatenate([b, b]),
    "diagonal blocks": lambda v, b: sparse.block_diag([made(v), A0]) @ np.concatenate([b, b]),
    "kron": lambda v, b: sparse.kron(made(v), A0) @ np.outer(b, b).ravel(),
    "diags": lambda v, b: sparse.diags([v[:2], v[2:], v[:2]], [-1, 0, 1]) @ b,
    "spsolve": lambda v, b: linalg.spsolve(made(v), b),
    "many": lambda v, b: linalg.spsolve(made(v), np.outer(b, b) + np.eye(3)),
    "column": lambda v, b: linalg.spsolve(made(v), b[:, None]) * b,
    "splu": lambda v, b: linalg.splu(made(v).tocsc()).solve(b, "T"),
    "factorized": lambda v, b: linalg.factorized(made(v).tocsc())(b),
    "scaled": lambda v, b: linalg.spsolve(v[0] * K0 + sparse.identity(3), b),
    "from dense": lambda v, b: linalg.spsolve(sparse.csr_matrix(np.outer(v[:3], b) + M), b),
    "cg": lambda v, b: linalg.cg(sparse.diags(v[[0, 2, 4]]) + sparse.eye(3), b, rtol=1e-12)[0],
    "gmres": lambda v, b: linalg.gmres(made(v), b, rtol=1e-12)[0],
    "exponential": lambda v, b: linalg.expm_multiply(0.1 * made(v), b),
    "constant": lambda v, b: linalg.expm_multiply(A0 * 0.1, b) + linalg.spsolve(A0, b * v[0]),
    "norm": lambda v, b: linalg.norm(made(v)) * b,
}


@pytest.mark.filterwarnings("ignore::scipy.sparse.SparseEfficiencyWarning")
@pytest.mark.generated
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    f = PROGRAMS[name]
    np.testing.assert_allclose(vjp(f, V, B)[0], f(V, B), rtol=1e-10, atol=1e-12)
    check_grads(f, (V, B), modes=("forward", "reverse"), rtol=1e-5, atol=1e-6)


def test_second_order():
    check_grads(lambda v, b: linalg.spsolve(made(v), b), (V, B), order=2, rtol=1e-5, atol=1e-6)


def test_finite_elements():
    def energy(k, load):
        n = len(k)
        here, after = np.arange(n - 1), np.arange(1, n)
        rows = np.concatenate([np.arange(n), here, after])
        cols = np.concatenate([np.arange(n), after, here])
        entries = np.concatenate([k + 1.0, -k[1:], -k[1:]])
        K = sparse.csr_matrix((entries, (rows, cols)), shape=(n, n))
        return load @ linalg.spsolve(K, load)

    check_grads(energy, (np.linspace(1.0, 2.0, 5), np.ones(5)), rtol=1e-6)


def test_matrices_in_loops():
    def f(v, b):
        matrix = made(v)
        for _ in range(3):
            b = np.tanh(matrix @ b) + b
        return b

    check_grads(f, (V, B), modes=("forward", "reverse"))


def test_of_an_argument():
    f = grad(lambda x, A: np.sum(linalg.spsolve(A, x) + (2.0 * A) @ x))
    np.testing.assert_allclose(f(B, A0), np.linalg.inv(M).sum(axis=0) + 2.0 * M.sum(axis=0))


def test_a_singular_matrix_raises():
    with pytest.raises(np.linalg.LinAlgError):
        grad(lambda v: np.sum(linalg.spsolve(sparse.diags(v).tocsc(), np.ones(2))))(
            np.array([1.0, 0.0])
        )


def test_banded_systems():
    bands = np.array([[0.0, 0.3, 0.2], [4.0, 5.0, 3.0], [0.1, -0.4, 0.0]])
    check_grads(lambda ab, b: dense.solve_banded((1, 1), ab, b), (bands, B), order=2)
    check_grads(lambda ab, b: dense.solveh_banded(ab, b), (bands[:2], B))


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda v: made(v).tolil()[0, 0], "lil_matrix"),
        (lambda v: made(v).maximum(0.3).sum(), "'maximum' of this object"),
        (lambda v: linalg.spsolve(made(v), A0)[0, 0], "dense right side"),
        (lambda v: (made(v) / A0).sum(), "divided by an array"),
        (lambda v: made(v).sum(axis=(0, 1)), "along one axis"),
        (lambda v: linalg.cg(made(v), B, x0=B)[0][0], "without x0"),
        (lambda v: (made(v * 1j) @ B).real[0], "complex"),
        (lambda v: (np.sum(v), made(v)), "returned"),
    ],
)
def test_refused(f, message):
    with pytest.raises(UnsupportedError, match=message):
        grad(f, has_aux="returned" in message)(V)


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: optimize.shgo(lambda y: (y[0] - x) ** 2, [(0.0, 3.0)]).x[0], "custom_root"),
        (lambda x: integrate.qmc_quad(lambda t: t[0] * x, [0.0], [1.0])[0], "custom_vjp"),
        (lambda x: interpolate.Rbf([0.0, 1.0], [0.0, 1.0])(x), "adjoint.elementwise"),
        (lambda x: ndimage.median_filter(np.ones(3) * x, 3)[0], "scipy.signal.convolve"),
        (
            lambda x: math.ulp(x) * x + ndimage.rank_filter(np.ones(3) * x, 1, 3)[0],
            "adjoint.linear",
        ),
    ],
)
def test_other_packages(f, message):
    with pytest.raises(UnsupportedError, match=message):
        grad(f)(0.5)
