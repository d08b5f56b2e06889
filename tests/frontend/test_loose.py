"""Names that are a number on one path and an array on another."""

import numpy as np
import pytest

from adjoint import UnsupportedError, grad, jvp

M, Y = np.arange(6.0).reshape(2, 3), np.array([1.0, -0.5, 2.0])


def product(matrix, y, n):
    s = 1.0
    for _ in range(n):
        s = s * matrix
    return np.sum(s * y)


def chosen(matrix, y, n):
    s = 1.0
    if n > 0:
        s = matrix
    return np.sum(s * y)


def before_the_first_trip(matrix, y, n):
    s, total = 1.0, 0.0
    for _ in range(n):
        total += np.sum(s * y)
        s = s * matrix
    return total


def dotted(matrix, y, n):
    s = 2.0
    if n > 0:
        s = matrix[0]
    return np.sum(np.dot(s, y))


def added_in_place(matrix, y, n):
    s = 2.0
    if n > 0:
        s = matrix
    s += y
    return np.sum(s * s)


@pytest.mark.parametrize(
    "f", [product, chosen, before_the_first_trip, dotted, added_in_place], ids=lambda f: f.__name__
)
@pytest.mark.parametrize("n", [0, 2])
def test_what_broadcasts_with_both_is_refused(f, n):
    """How many axes the cotangent of y is summed over depends on the path."""
    with pytest.raises(UnsupportedError, match="is a number on one path and an array on another"):
        grad(f, 1)(M, Y, n)


def test_the_array_has_the_gradient():
    np.testing.assert_allclose(grad(product)(M, Y, 1), np.tile(Y, (2, 1)))
    np.testing.assert_allclose(grad(product)(M, Y, 0), np.zeros((2, 3)))
    np.testing.assert_allclose(grad(chosen)(M, Y, 0), np.zeros((2, 3)))
    value, tangent = jvp(product, (M, Y, 2), (np.ones((2, 3)), None, None))
    np.testing.assert_allclose([value, tangent], [np.sum(M * M * Y), np.sum(2.0 * M * Y)])


def test_a_loop_that_makes_a_trip_leaves_an_array():
    def f(matrix, y):
        s = 1.0
        for _ in range(2):
            s = s * matrix
        return np.sum(s * y)

    np.testing.assert_allclose(grad(f, 1)(M, Y), np.sum(M * M, axis=0))


def test_sums_that_begin_with_a_number():
    def f(matrix):
        total, chosen = 0.0, 0
        for row in matrix:
            total += row
            if row[0] > 1.0:
                chosen = chosen + row * row
        return np.sum(total**2) + np.sum(chosen * total)

    for matrix in (M, M[:1], M[:0]):
        total = np.sum(matrix, axis=0)
        above = matrix[:, :1] > 1.0
        squares = np.sum(above * matrix**2, axis=0)
        want = 2.0 * total + squares + above * 2.0 * matrix * total
        np.testing.assert_allclose(grad(f)(matrix), want + np.zeros_like(matrix))


def asks_for_its_rank(x):
    s = 0.0
    if x[0] > 0.0:
        s = x * 2
    return x[1] * 3 if np.ndim(s) == 1 else np.sum(x)


def asks_for_its_class(x):
    s = 0.0
    for row in np.outer(x, x):
        if row[0] > 5.0:
            s = s + row
    return x[1] * 3 if isinstance(s, np.ndarray) else np.sum(x)


def asks_for_its_shape(x):
    s = 0.0
    if x[0] > 0.0:
        s = x * 2
    return x[1] * 3 if np.shape(s) == x.shape else np.sum(x)


@pytest.mark.parametrize("f", [asks_for_its_rank, asks_for_its_class, asks_for_its_shape])
def test_questions_are_refused(f):
    """They were answered as for the array, whatever the path."""
    with pytest.raises(UnsupportedError, match="asks about a name that is a number"):
        grad(f)(np.linspace(-0.5, 1.0, 40))
