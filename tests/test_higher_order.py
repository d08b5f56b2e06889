"""Closure: the output of the compiler is a program that the compiler differentiates."""

import math

import numpy as np
import pytest

from adjoint import grad, value_and_grad
from tests.oracle import richardson_gradient


def cubic_sine(x):
    return x**3 * math.sin(x)


def growth(x, n):
    s = 1.0
    for i in range(n):
        if s > 2.0:
            s = s * math.sin(x)
        elif i == 3:
            continue
        else:
            s = s + x * s
    return s


def newton(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


def energy(x, A):
    return np.sum(np.tanh(A @ x) ** 2) + x[0] * x[1]


def test_second_and_third_derivative_of_a_closed_form() -> None:
    x, s, c = 0.7, math.sin(0.7), math.cos(0.7)
    second = 6 * x * s + 6 * x**2 * c - x**3 * s
    third = 6 * s + 18 * x * c - 9 * x**2 * s - x**3 * c
    assert grad(grad(cubic_sine))(x) == pytest.approx(second, rel=1e-12)
    assert grad(grad(grad(cubic_sine)))(x) == pytest.approx(third, rel=1e-12)


@pytest.mark.parametrize("n", [0, 1, 5, 8])
def test_loops_with_branches_to_third_order(n: int) -> None:
    first = grad(growth)
    second = grad(first)
    third = grad(second)
    assert second(0.9, n) == pytest.approx(richardson_gradient(first, (0.9, n), 0), rel=1e-7)
    assert third(0.9, n) == pytest.approx(richardson_gradient(second, (0.9, n), 0), rel=1e-7)


def test_while_loop_to_second_order() -> None:
    assert grad(grad(newton))(2.0) == pytest.approx(-0.25 * 2.0**-1.5, rel=1e-9)


def test_gradient_of_a_gradient_component() -> None:
    rng = np.random.default_rng(0)
    A, x, v = rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=3)
    first = grad(energy)

    def along(x, A, v):
        return np.dot(first(x, A), v)

    product = grad(along)(x, A, v)
    want = richardson_gradient(lambda t: first(x + t * v, A) @ v, (0.0,), 0)
    assert np.dot(product, v) == pytest.approx(want, rel=1e-7)
    h = 1e-5
    differences = (first(x + h * v, A) - first(x - h * v, A)) / (2 * h)
    np.testing.assert_allclose(product, differences, rtol=1e-6)


def test_perturbations_are_not_confused() -> None:
    """Siskind and Pearlmutter (2005): d/dx x (d/dy x + y) = 1."""
    assert grad(lambda x: x * grad(lambda y: x + y)(2.0))(3.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert grad(lambda x: x * grad(lambda y: x * y * y)(2.0))(3.0) == pytest.approx(24.0)


def train(w, rate, steps):
    target = np.array([1.0, -1.0])

    def loss(v):
        return np.sum((v - target) ** 2)

    for _ in range(steps):
        w = w - rate * grad(loss)(w)
    return loss(w)


def test_through_a_training_loop_against_the_closed_form() -> None:
    """On a quadratic each step contracts the error by 1 - 2 rate."""
    w, rate, steps = np.array([0.3, 0.5]), 0.1, 7
    error = w - np.array([1.0, -1.0])
    factor = (1 - 2 * rate) ** (2 * steps)
    w_bar, rate_bar = grad(train, (0, 1))(w, rate, steps)
    np.testing.assert_allclose(w_bar, 2 * factor * error, rtol=1e-12)
    slope = -4 * steps * (1 - 2 * rate) ** (2 * steps - 1)
    assert rate_bar == pytest.approx(slope * np.sum(error**2), rel=1e-12)


def momentum(w, rate, friction, x, y):
    speed = np.zeros(3)
    for _ in range(4):
        value, slope = value_and_grad(lambda v: np.mean(np.tanh(x @ v - y) ** 2))(w)
        if value < 1e-9:
            break
        speed = friction * speed - rate * slope
        w = w + speed
    return np.mean(np.tanh(x @ w - y) ** 2)


def test_through_momentum_with_early_stopping() -> None:
    rng = np.random.default_rng(1)
    args = (rng.normal(size=3), 0.3, 0.8, rng.normal(size=(5, 3)), rng.normal(size=5))
    got = grad(momentum, (0, 1, 2))(*args)
    for k in range(3):
        np.testing.assert_allclose(got[k], richardson_gradient(momentum, args, k), rtol=1e-7)


def test_a_decorated_helper_is_its_gradient() -> None:
    @grad
    def slope(x):
        return x**4

    def f(x):
        return slope(x) * x

    assert grad(f)(1.5) == pytest.approx(16 * 1.5**3, rel=1e-12)


@pytest.mark.parametrize("n", [0, 1, 4])
def test_recursion_to_first_order(n: int) -> None:
    assert grad(power)(1.3, n) == pytest.approx(n * 1.3 ** (n - 1) if n else 0.0)


def test_functions_of_one_name_are_told_apart() -> None:
    """A recursive function for two types of arguments is there twice, as are two of one name."""

    def times(x, n):
        if n == 0:
            return x * 0.0 + 1.0
        return x * times(x, n - 1)

    def f(x, v):
        return times(x, 3) + np.sum(times(v, 2))

    x_bar, v_bar = grad(f, (0, 1))(2.0, np.array([1.0, 3.0]))
    assert x_bar == 12.0 and v_bar.tolist() == [2.0, 6.0]

    def g(x):
        def power(x, n):
            if n == 0:
                return 2.0
            return x * power(x, n - 1)

        return power(x, 2) + times(x, 1) + globals_power(x, 3)

    assert grad(g)(2.0) == 8.0 + 1.0 + 12.0


globals_power = power


@pytest.mark.parametrize("n", [0, 2])
def test_items_of_a_list_that_a_branch_makes(n: int) -> None:
    """The gradient hands the list out of its branch; what goes through its items comes back."""

    def f(v, n):
        if n > 1:
            for e in [0.5, np.sum(v)]:
                for c in [e * e, e]:
                    v = v * c
            for e in [np.sum(v)]:
                v = v * e
        return np.sum(v * v)

    weights = np.array([1.0, 2.0, -1.0])

    def along(v, n):
        return np.sum(grad(f)(v, n) * weights)

    v = np.array([0.8, 0.9, 1.1])
    np.testing.assert_allclose(
        grad(along)(v, n), richardson_gradient(along, (v, n)), rtol=1e-8, atol=1e-9
    )
