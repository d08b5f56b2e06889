"""Derivatives with respect to arguments that are sparse matrices."""

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse import linalg

from adjoint import UnsupportedError, grad, jvp, value_and_grad, vjp

DENSE = np.array([[1.0, 2.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.5, 4.0]])
x = np.array([1.0, 2.0, 3.0])
CLASSES = (
    sparse.csr_array, sparse.csc_array, sparse.coo_array, sparse.csr_matrix, sparse.bsr_array,
    sparse.dia_array,
)  # fmt: skip
PROGRAMS = (
    lambda A: np.sum((A @ x) ** 2),
    lambda A: np.sum(linalg.spsolve(A.tocsc(), x) ** 2),
    lambda A: np.sum(((A.T @ A) @ x) ** 2) + A.sum(),
    lambda A: np.sum((2 * A + A.multiply(A)).toarray() ** 3),
)


def slopes(f, A):
    """Differences with respect to the entries that A has."""
    out, h = np.zeros(A.shape), 1e-6
    stored = A.tocoo()
    for i, j in zip(stored.row, stored.col, strict=True):
        step = np.zeros(A.shape)
        step[i, j] = h
        above, below = type(A)(A.toarray() + step), type(A)(A.toarray() - step)
        out[i, j] = (f(above) - f(below)) / (2 * h)
    return out


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("f", PROGRAMS)
def test_gradient(cls, f):
    A = cls(DENSE)
    value, bar = value_and_grad(f)(A)
    assert type(bar) is cls and bar.shape == A.shape and np.isclose(value, f(A))
    places = (A != 0).toarray()
    assert np.allclose(bar.toarray() * places, slopes(f, A), rtol=1e-5, atol=1e-6)
    _, pullback = vjp(f, A)
    assert np.allclose(pullback(2.0)[0].toarray(), 2.0 * bar.toarray())
    _, tangent = jvp(f, (A,), (A.copy(),))
    assert np.isclose(tangent, np.sum(bar.toarray() * DENSE))


def test_stored_zeros_and_indices():
    A = sparse.csr_array(DENSE)
    A.data[1] = 0.0
    bar = grad(PROGRAMS[0])(A)
    assert np.array_equal(bar.indices, A.indices) and np.array_equal(bar.indptr, A.indptr)
    assert np.allclose(bar.data[1], 2.0 * (A @ x)[0] * x[1]) and bar.data[1] != 0.0
    assert not np.shares_memory(bar.indices, A.indices)
    twice = sparse.coo_array((np.ones(3), ([0, 0, 1], [1, 1, 2])), shape=(3, 3))
    assert grad(PROGRAMS[0])(twice).data.shape == (3,)
    banded = sparse.dia_array(([[0.0, 1.0, 0.0]], [1]), shape=(3, 3))
    assert np.all(grad(lambda A: A.sum())(banded).data == [[0.0, 1.0, 1.0]])


def test_tangent_with_other_places():
    A = sparse.csr_array(DENSE)
    with pytest.raises(ValueError, match="stores its places"):
        jvp(PROGRAMS[0], (A,), (sparse.csr_array(np.eye(3)),))


@pytest.mark.parametrize(
    ("f", "A", "message"),
    [
        (lambda A: A.sum(), sparse.lil_array(DENSE), "tocsr"),
        (lambda A: A.sum(), sparse.csr_array(DENSE.astype(int)), "float64"),
        (lambda A: A.sum() if isinstance(A, sparse.csr_array) else 0.0,
         sparse.csr_array(DENSE), "class of an object"),
        (lambda A: A.sum() if type(A) is sparse.csr_array else 0.0,
         sparse.csr_array(DENSE), "class of an object"),
        (lambda A: A.sum() if hasattr(A, "nnz") else 0.0, sparse.csr_array(DENSE), "nnz"),
    ],
)  # fmt: skip
def test_refused(f, A, message):
    with pytest.raises(UnsupportedError, match=message):
        grad(f)(A)


def test_questions():
    A = sparse.csr_array(DENSE)
    assert grad(lambda A: A.sum() if sparse.issparse(A) else 0.0 * A.sum())(A).data.all()
