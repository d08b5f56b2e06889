"""A singular operation before a branch whose taken arm does not use it: the arm's derivative."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad, hvp, jvp, value_and_grad, vjp
from tests.oracle import assert_same_gradient, richardson_gradient


def linear(a: Any) -> Any:
    return a[0] + 2.0 * a[1]


def norm_of_a_root(a):
    n = np.sqrt(a @ a)
    if n < 1e-4:
        return a[0] + 2.0 * a[1]
    return n


def conditional_expression(a):
    n = np.sqrt(np.sum(a * a))
    return a[0] + 2.0 * a[1] if n == 0.0 else 3.0 * n


def unit_vector(a):
    u = a / np.linalg.norm(a)
    if np.all(a == 0.0):
        return a[0] + 2.0 * a[1]
    return u[0] * u[1]


def power_with_steps_between(a):
    r = np.sum(a**2) ** 0.5
    k = 2.0 * r + 1.0
    e = np.exp(-k)
    if r < 1e-5:
        s = a[0] + 2.0 * a[1]
    else:
        s = e
    return s


def logarithm(a):
    x = a @ a
    entropy = np.log(x) * x
    if x <= 0.0:
        entropy = 0.0
    return entropy + a[0] + 2.0 * a[1]


def loop_in_the_arm(a):
    n = np.sqrt(a @ a)
    m = n * n + n
    if n > 1e-4:
        for _ in range(3):
            m = m / n + 1.0
    else:
        m = a[0] + 2.0 * a[1]
    return m


def branches_in_branches(a):
    n = np.sqrt(a @ a)
    m = 2.0 * n
    if n < 1e-4 or a[0] > 7.0:
        t = a[0] + 2.0 * a[1]
    elif n > 1.0:
        t = m
    else:
        t = n * m
    return t


def branch_in_a_loop(a):
    s = 0.0
    for i in range(3):
        n = np.sqrt(a @ a) * i
        if n < 1e-4:
            s += a[0] + 2.0 * a[1]
        else:
            s += 1.0 / n
    return s / 3.0


def determinant(a):
    A = np.outer(a, np.ones(2)) + np.diag(a)
    d = np.linalg.det(A)
    if np.abs(d) < 1e-9:
        return a[0] + 2.0 * a[1]
    return np.log(np.abs(d))


def in_a_helper(a):
    return safe_norm(a) + a[0] + 2.0 * a[1]


def safe_norm(a):
    n = np.sqrt(np.dot(a, a))
    if n == 0.0:
        return 0.0
    return n


OF_ARRAYS = [
    norm_of_a_root, conditional_expression, unit_vector, power_with_steps_between, logarithm,
    loop_in_the_arm, branches_in_branches, branch_in_a_loop, determinant, in_a_helper,
]  # fmt: skip


@pytest.mark.parametrize("f", OF_ARRAYS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_at_the_singular_point(f: Callable[..., Any]) -> None:
    zero, v = np.zeros(2), np.array([0.5, 2.0])
    value, a_bar = value_and_grad(f)(zero)
    assert value == f(zero)
    np.testing.assert_array_equal(a_bar, [1.0, 2.0])
    np.testing.assert_array_equal(vjp(f, zero)[1](1.0)[0], [1.0, 2.0])
    assert jvp(f, (zero,), (v,))[1] == 4.5
    if f is not determinant:  # whose second derivative needs the inverse in two branches
        np.testing.assert_array_equal(hvp(f)(zero, v), [0.0, 0.0])


@pytest.mark.parametrize("f", OF_ARRAYS)
@pytest.mark.parametrize("a", [np.array([0.3, -0.4]), np.array([1.3, 0.4])])
def test_elsewhere(f: Callable[..., Any], a: Any) -> None:
    v, slope = np.array([0.5, 2.0]), grad(f)
    want = richardson_gradient(f, (a,))
    assert_same_gradient(slope(a), want, 1e-7, 1e-9)
    assert jvp(f, (a,), (v,))[1] == pytest.approx(want @ v)
    second = richardson_gradient(lambda a: slope(a) @ v, (a,))
    assert_same_gradient(hvp(f)(a, v), second, 1e-6, 1e-8)


def root(x):
    y = math.sqrt(x)
    if x == 0.0:
        return 2.0 * x
    return y


def quotient_of_a_root(x):
    y = math.sqrt(x * x)
    return x / y if y else 2.0 * x


def power(x):
    y = x**0.5
    return 2.0 * x if y < 1e-5 else y


def angle(x):
    y = math.atan2(x, x)
    return 2.0 * x if x == 0.0 else y + x


@pytest.mark.parametrize("f", [root, quotient_of_a_root, power, angle])
def test_numbers_of_python(f: Callable[..., Any]) -> None:
    """Here the slope is not infinite: it raises ZeroDivisionError."""
    assert grad(f)(0.0) == 2.0
    assert jvp(f, (0.0,), (1.0,))[1] == 2.0
    want = richardson_gradient(f, (0.7,))
    assert grad(f)(0.7) == pytest.approx(want, abs=1e-9)
    assert jvp(f, (0.7,), (1.0,))[1] == pytest.approx(want, abs=1e-9)


def test_the_pullback_is_in_the_arm() -> None:
    text = grad(norm_of_a_root).source_for(np.zeros(2))
    backward = text.partition("# backward")[2]
    assert "(2 * n)" in backward.partition("else:")[2].partition("# line")[0]


def regularised(x, k):
    y = x / k
    if y > 1.0:
        return y * y
    return x


def test_what_no_condition_guards_stays() -> None:
    """The condition does not ask about the denominator."""
    text = grad(regularised, (0, 1)).source_for(np.float64(1.0), np.float64(2.0))
    after_branch = text.rpartition("# line")[2]
    assert "-(y_bar * y / k)" in after_branch
