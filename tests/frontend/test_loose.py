"""Names that are a number on one path and an array on another."""

import numpy as np
import pytest

from adjoint import UnsupportedError, grad, jvp
from tests.oracle import assert_same_gradient, richardson_gradient

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
    "f", [product, chosen, before_the_first_trip, added_in_place], ids=lambda f: f.__name__
)
@pytest.mark.parametrize("n", [0, 1, 2])
def test_how_much_is_summed_is_asked_at_run_time(f, n):
    """The axes over which the cotangent of y is summed depend on the path."""
    assert_same_gradient(grad(f, 1)(M, Y, n), richardson_gradient(f, (M, Y, n), 1))


@pytest.mark.parametrize("n", [0, 2])
def test_a_product_whose_rank_depends_on_the_path_is_refused(n):
    with pytest.raises(UnsupportedError, match="is a number on one path and an array on another"):
        grad(dotted, 1)(M, Y, n)


def either(x, w, c):
    return x * 2.0 if c else w


def of_a_function(x, w, c):
    return np.sum(either(x, w, c) * w)


def of_a_branch(x, w, c):
    z = x
    if not c:
        z = w * x
    return np.mean(np.sin(z) * w) + np.max(z)


def reduced(x, w, c):
    z = np.tanh(w * x)
    if c:
        z = z.mean()
    return np.sum(z * w) + np.sum(z)


def carried(x, w, c):
    z = x
    for _ in range(2 * c):
        z = z * 0.5 + w
    return np.sum(z**2)


def of_two(x, w, c):
    a = x if c else w
    b = w if c else x
    return np.sum(a * b + np.where(a > 0.1, a, b))


@pytest.mark.parametrize(
    "f", [of_a_function, of_a_branch, reduced, carried, of_two], ids=lambda f: f.__name__
)
def test_numbers_with_a_derivative(f):
    """Either path is right, one after the other with one program, forward and backward."""
    slopes, ahead = grad(f, (0, 1)), []
    for c in (True, False, True):
        args = (0.7, np.array([0.4, -1.2, 1.3]), c)
        want = richardson_gradient(f, args, (0, 1))
        assert_same_gradient(slopes(*args), want)
        _, tangent = jvp(f, args, (0.3, np.array([1.0, -2.0, 0.5]), None))
        ahead.append(tangent)
        np.testing.assert_allclose(tangent, 0.3 * want[0] + want[1] @ [1.0, -2.0, 0.5])


def test_a_product_of_what_may_be_numbers_has_no_known_rank():
    def f(v, w, c):
        z = 2.0 if c else w
        return np.sum(np.dot(z, w) * v)

    for c in (True, False):
        args = (np.array([0.4, -1.2, 1.3]), np.array([0.2, 0.9, -0.7]), c)
        try:
            got = grad(f)(*args)
        except UnsupportedError:
            continue
        assert_same_gradient(got, richardson_gradient(f, args))


def test_a_name_that_a_loop_gives_arrays_of_other_sizes():
    def f(v, b):
        w = v[:-1]
        for r in b:
            w = r
        return np.sum(w * w) + v[0]

    v = np.array([0.5, 0.8, 1.1])
    for b in (np.ones((2, 4)), np.ones((1, 2)), np.ones((0, 5))):
        assert_same_gradient(grad(f)(v, b), richardson_gradient(f, (v, b)))
        assert_same_gradient(grad(f, 1)(v, b), richardson_gradient(f, (v, b), 1))


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
