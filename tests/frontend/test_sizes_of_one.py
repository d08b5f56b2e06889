"""Sizes that turn out to be 1 only at run time: ranks and broadcasts are as NumPy has them."""

import numpy as np
import pytest

from adjoint import AdjointError, UnsupportedError, grad
from tests.oracle import assert_same_gradient, richardson_gradient

X = np.array([0.5, 0.8, 1.1])


def squeezed_product(x, n):
    w = np.squeeze(np.ones((n, 3)) * x)
    return np.sum(w.T @ w)


def squeezed_factor(x, n):
    return np.sum(np.squeeze(np.ones((n, 3)) * x) * x)


def squeezed_method(x, n):
    w = (np.ones((n, 3)) * x).squeeze()
    return np.sum(np.sin(w) * np.arange(1.0, 4))


def squeezed_axis(x, n):
    return np.sum(np.squeeze(np.ones((n, 1, 3)) * x, axis=1) ** 2)


def squeezed_and_summed(x, n):
    w = np.squeeze(np.ones((n, 3)) * x)
    return np.sum(w.sum(axis=0) ** 2)


def squeezed_rows(x, n):
    total = 0.0
    for row in np.squeeze(np.ones((n, 3)) * x):
        total = total + np.sum(row) ** 2
    return total


def squeezed_and_asked(x, n):
    w = np.squeeze(np.ones((n, 3)) * x)
    return np.sum(w) if w.ndim == 1 else np.sum(w**2)


def squeezed_and_written(x, n):
    w = np.squeeze(np.ones((n, 3)) * x)
    w[0] = 2.0
    return np.sum(w * w)


def chosen_by_a_mask(x, n):
    chosen = np.arange(3) < n
    return np.sum(np.outer(np.squeeze(x[chosen]), x))


def covariance(x, n):
    rows = np.ones((n, 3)) * x * np.arange(1.0, n + 1)[:, None]
    return np.sum(2.0 * np.cov(rows))


def correlation(x, n):
    return np.sum(np.corrcoef(np.ones((n, 3)) * x ** np.arange(1, n + 1)[:, None]))


def einsum_of_a_part(x, n):
    return np.einsum("i,i->", x[:n], x)


def einsum_of_two_parts(x, n):
    return np.sum(np.einsum("ij,j->i", np.ones((3, n)) * x[:n], x))


def einsum_of_rows(x, n):
    return np.sum(np.einsum("ij,kj->ik", np.ones((n, 3)) * x, np.ones((2, 1)) * x[0]))


def einsum_of_an_ellipsis(x, n):
    return np.sum(np.einsum("...i,...i->...", np.ones((n, 3)) * x, x))


def interpolated(x, n):
    return np.interp(0.63, x[:n], x[:n] ** 2) + np.sum(x)


def broadcast_columns(x, n):
    return np.sum(np.add(np.ones((n, 3)), x[:n][:, None]) * x)


PROGRAMS = [
    squeezed_product, squeezed_factor, squeezed_method, squeezed_axis, squeezed_and_summed,
    squeezed_rows, squeezed_and_asked, squeezed_and_written, chosen_by_a_mask, covariance,
    correlation, einsum_of_a_part, einsum_of_two_parts, einsum_of_rows, einsum_of_an_ellipsis,
    interpolated, broadcast_columns,
]  # fmt: skip
REFUSED = {squeezed_and_asked, squeezed_and_written}


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_one_program_for_all_sizes(f):
    """The same compiled gradient is called with sizes of 1 and more, in both orders."""
    for order in ((2, 1, 3), (1, 3)):
        slope = grad(f)
        for n in order:
            try:
                want = richardson_gradient(f, (X, n))
            except ValueError:
                with pytest.raises(ValueError):
                    slope(X, n)
                continue
            if f in REFUSED:
                with pytest.raises(UnsupportedError):
                    slope(X, n)
                continue
            assert_same_gradient(slope(X, n), want, 1e-6, 1e-8)


# Whether ravel gives a view is known at run time where a dimension may be 1


def raveled_and_written(x, n):
    y = np.empty((len(x), n))
    for k in range(n):
        y[:, k] = x[:, k] * x[:, k]
    v = y.T.ravel()
    v[-1] += 1.0
    w = np.sum(y)
    y[0, 0] = 5.0
    return w + np.sum(v * v)


def strided_and_written(x, n):
    y = x[0] * 2.0
    s = y[::2].ravel()
    s[0] = x[0, -1]
    s *= x[0, 0]
    y[-1] += s[0]
    return np.sum(y * y) + np.sum(s**3)


def raveled_twice(x, n):
    y = np.empty((2, n))
    y[:] = x[:2, :n]
    v = y.T.ravel()
    u = v.reshape(n, 2).T.ravel()
    return np.sum(v * v * np.arange(2 * n)) + np.sum(np.sin(u))


@pytest.mark.parametrize("f", [raveled_and_written, strided_and_written, raveled_twice],
                         ids=lambda f: f.__name__)  # fmt: skip
def test_ravel_of_what_may_be_thin(f):
    slope = grad(f)
    for shape in ((3, 4), (3, 1), (1, 4), (1, 1), (3, 2)):
        if f is raveled_twice and shape[0] < 2:
            continue
        x = 0.3 + 0.1 * np.arange(1.0, np.prod(shape) + 1).reshape(shape)
        n = shape[1]
        try:
            got = slope(x, n)
        except AssertionError as refusal:  # where it gives a view
            assert 1 in shape or n == 2
            assert "a dimension of this array has size 1" in str(refusal)
            continue
        np.testing.assert_allclose(got, richardson_gradient(f, (x, n)), 1e-8, 1e-10)


# Vectors of two elements have a cross product of another rank, or of another size


@pytest.mark.parametrize(("m", "n"), [(3, 3), (2, 3), (3, 2), (2, 2)])
@pytest.mark.parametrize("wrt", [0, 1, (0, 1)])
def test_cross_product_in_the_plane_is_refused(m, n, wrt):
    def f(a, b):
        return np.sum(np.cross(a, b) * 2.0)

    a, b = np.array([0.3, -0.4, 0.5])[:m], np.array([1.0, 2.0, -3.0])[:n]
    if m == n == 3:
        got, want = grad(f, wrt)(a, b), richardson_gradient(f, (a, b), wrt)
        assert_same_gradient(got, want, 1e-8)
        return
    # NumPy 2.5 refuses such vectors itself
    kinds = (AssertionError, AdjointError, ValueError)
    with pytest.raises(kinds, match="cross product of vectors|3-dimensional"):
        grad(f, wrt)(a, b)


def test_cross_product_of_known_size_in_the_plane_is_refused():
    def f(a, b):
        return np.sum(np.cross(np.array([a, b]), np.array([a * a, b * b, 1.0])))

    with pytest.raises(AdjointError, match="cross product of vectors in the plane"):
        grad(f)(0.3, 0.4)
