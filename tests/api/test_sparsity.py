"""Jacobians and Hessians of known sparsity, against the whole ones; wrong patterns are found."""

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from adjoint import UnsupportedError, grad, hessian, jacfwd, jacobian, jacrev
from adjoint.sparsity import pattern_of

RNG = np.random.default_rng(0)
X = RNG.normal(size=9)


def chain(x: Any) -> Any:
    """A tridiagonal Jacobian that is not symmetric."""
    y = np.sin(x)
    y[1:] += 2.0 * x[:-1] ** 2
    y[:-1] += x[1:] * x[:-1]
    return y


def chain_jacobian(x: np.ndarray) -> np.ndarray:
    J = np.diag(np.cos(x)) + np.diag(4.0 * x[:-1], -1) + np.diag(x[:-1], 1)
    J[np.arange(8), np.arange(8)] += x[1:]
    return J


def rosenbrock(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def arrow(x: Any) -> Any:
    """The first row and the first column are full."""
    return np.concatenate([np.array([np.sum(x**3)]), x[1:] * x[0] ** 2])


ARROW = np.eye(9, dtype=bool)
ARROW[0] = ARROW[:, 0] = True


@pytest.mark.parametrize("make", [jacobian, jacfwd, jacrev])
@pytest.mark.parametrize(
    "pattern", ["tridiagonal", sum(np.eye(9, k=k) for k in (-1, 0, 1)), np.ones((9, 9))]
)
def test_bands(make: Any, pattern: Any) -> None:
    found = make(chain, sparsity=pattern)(X)
    np.testing.assert_allclose(found, chain_jacobian(X), rtol=1e-13)


@pytest.mark.parametrize("make", [jacobian, jacfwd, jacrev])
@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.coo_array, sparse.csc_matrix])
def test_scipy_patterns(make: Any, kind: Any) -> None:
    pattern = kind(ARROW.astype(float))
    found = make(arrow, sparsity=pattern)(X)
    assert type(found) is type(pattern)
    assert found.nnz == pattern.nnz
    np.testing.assert_allclose(found.toarray(), jacrev(arrow)(X), rtol=1e-13)


@pytest.mark.parametrize("make", [jacobian, jacfwd, jacrev])
def test_shapes(make: Any) -> None:
    """Arrays of more axes, and results that are smaller and larger than the argument."""
    M = RNG.normal(size=(3, 4))
    rows = np.zeros((3, 3, 4), bool)
    rows[np.arange(3), np.arange(3)] = True
    found = make(lambda M: np.sum(M**2, axis=1), sparsity=rows)(M)
    np.testing.assert_allclose(found, rows * 2.0 * M)
    found = make(lambda M: np.sum(M**2, axis=1), sparsity=rows.reshape(3, 12))(M)
    assert found.shape == (3, 3, 4)
    copies = np.tile(np.eye(3), (2, 1))
    found = make(lambda x: np.concatenate([x**2, x**3]), (0,), sparsity=copies)(M[0, :3])
    want = copies * np.concatenate([2.0 * M[0, :3], 3.0 * M[0, :3] ** 2])[:, None]
    np.testing.assert_allclose(found[0], want)
    found = make(lambda x: x**2, sparsity="diagonal")(X.astype(np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.diag(2.0 * X), rtol=1e-6)
    assert make(lambda x: x**2, sparsity="diagonal")(X[:0]).shape == (0, 0)
    found = make(lambda x: np.sum(x) * 0.0 + 1.0, sparsity=np.zeros((1, 9)))(X)
    np.testing.assert_array_equal(found, np.zeros(9))


def test_hessians() -> None:
    want = hessian(rosenbrock)(X)
    assert np.count_nonzero(want) == 25
    np.testing.assert_allclose(hessian(rosenbrock, sparsity="tridiagonal")(X), want, rtol=1e-12)
    diagonal = hessian(lambda x: np.sum(x**4), sparsity="diagonal")(X)
    np.testing.assert_allclose(diagonal, np.diag(12.0 * X**2), rtol=1e-12)
    pattern = sparse.csr_matrix(want)
    found = hessian(rosenbrock, sparsity=pattern)(X)
    assert sparse.issparse(found) and found.format == "csr"
    np.testing.assert_allclose(found.toarray(), want, rtol=1e-12)

    def with_aux(x: Any) -> Any:
        return rosenbrock(x), x[0]

    found, aux = hessian(with_aux, has_aux=True, sparsity="tridiagonal")(X)
    np.testing.assert_allclose(found, want, rtol=1e-12)
    assert aux == X[0]


WRONG = [
    (jacfwd, chain, "diagonal"),
    (jacrev, chain, "diagonal"),
    (jacobian, chain, np.tri(9)),
    (jacobian, arrow, "tridiagonal"),
    (jacfwd, arrow, np.eye(9)),
    (jacrev, arrow, sparse.csr_array(np.eye(9))),
    (hessian, rosenbrock, "diagonal"),
    (jacfwd, lambda x: np.sum(x) * np.ones(3), np.zeros((3, 9))),
    (jacfwd, lambda x: x[::-1] * 1e-6, "diagonal"),
]


@pytest.mark.parametrize(("make", "f", "pattern"), WRONG)
def test_wrong_patterns_are_found(make: Any, f: Any, pattern: Any) -> None:
    with pytest.raises(ValueError, match="outside of the pattern"):
        make(f, sparsity=pattern)(X)


@pytest.mark.parametrize("missing", range(0, 25, 3))
def test_one_missing_entry_is_found(missing: int) -> None:
    pattern = sum(np.eye(9, k=k) for k in (-1, 0, 1)).astype(bool)
    rows, columns = np.nonzero(pattern)
    pattern[rows[missing], columns[missing]] = False
    for make in (jacfwd, jacrev):
        with pytest.raises(ValueError, match="outside of the pattern"):
            make(chain, sparsity=pattern)(X)


def test_rounding_is_no_wrong_pattern() -> None:
    """Entries that cancel but for rounding, of very different sizes."""

    def f(x: Any) -> Any:
        return 1e8 * x + np.sum(x) * 0.1 - np.sum(x * 0.1) + 1e-3 * x**2

    found = jacfwd(f, sparsity="diagonal")(X)
    np.testing.assert_allclose(found, np.diag(1e8 + 2e-3 * X), rtol=1e-12)


def test_infinite_entries_stay() -> None:
    with np.errstate(all="ignore"):
        found = jacfwd(lambda x: np.sqrt(x), sparsity="diagonal")(np.array([4.0, 0.0]))
    np.testing.assert_array_equal(np.diag(found), [0.25, np.inf])


def test_misuse() -> None:
    with pytest.raises(ValueError, match="'tridiagonal'"):
        jacfwd(chain, sparsity="banded")(X)
    with pytest.raises(ValueError, match=r"shape \(2, 2\)"):
        jacfwd(chain, sparsity=np.eye(2))(X)
    with pytest.raises(ValueError, match=r"shape \(2, 2\)"):
        jacfwd(chain, sparsity=sparse.eye_array(2))(X)
    with pytest.raises(UnsupportedError, match="one array"):
        jacfwd(lambda x: (x, x), sparsity="diagonal")(X)
    with pytest.raises(UnsupportedError, match="one array"):
        jacfwd(lambda x, y: x * y, (0, 1), sparsity="diagonal")(X, X)
    inner = jacfwd(chain, sparsity="tridiagonal")
    with pytest.raises(UnsupportedError, match="sparsity"):
        grad(lambda x: np.sum(inner(x)))(X)


@pytest.mark.parametrize("density", [0.05, 0.2, 0.6])
def test_colours(density: float) -> None:
    """Columns of one colour have no row in common, and the colours are few."""
    mask = np.random.default_rng(1).random((30, 40)) < density
    pattern = pattern_of(mask, (30,), (40,))
    for each, own in ((pattern, mask), (pattern.transposed, mask.T)):
        colours = each.colours()
        for colour in range(np.max(colours) + 1):
            assert np.max(np.sum(own[:, colours == colour], axis=1)) <= 1
        neighbours = (own.T.astype(int) @ own > 0).sum(axis=0)
        assert np.max(colours) + 1 <= np.max(neighbours)  # as many as meet one column, at most


def test_colours_of_bands() -> None:
    for name, count in (("diagonal", 1), ("tridiagonal", 3)):
        assert np.max(pattern_of(name, (50,), (50,)).colours()) + 1 == count
