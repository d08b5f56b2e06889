"""Closure: the output of the compiler is a program that the compiler differentiates."""

import math

import numpy as np
import pytest

from adjoint import (
    UnsupportedError,
    derivative,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    value_and_grad,
    vjp,
)
from adjoint.higher import DerivativeFunction
from adjoint.transforms.gradient import Request
from benchmarks.orders import SCALAR_PROGRAMS, text_sizes
from tests.corpus import Case
from tests.oracle import richardson_gradient
from tests.test_corpus import CASES


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


# To the sixth order, against closed forms: x**m exp(c x)


def product_of(m: int, c: float, x: float, order: int) -> float:
    """The derivative of x**m exp(c x), by Leibniz' rule."""
    return sum(
        math.comb(order, j) * math.perm(m, j) * x ** (m - j) * c ** (order - j)
        for j in range(min(m, order) + 1)
    ) * math.exp(c * x)


def powers_in_a_loop(x: float, n: int = 5) -> float:
    s = 1.0
    for _ in range(n):
        s = s * x
    return s * math.exp(x)


def branches_in_a_loop(x: float) -> float:
    s = 1.0
    for i in range(5):
        if i % 2:
            s = s * x * x
        elif s > -1.0:
            s = s * math.exp(x)
    return s


def table_that_fills(x: float) -> float:
    y = np.zeros(5)
    y[0] = math.exp(2.0 * x)
    for i in range(1, 5):
        y[i] = y[i - 1] * x
    y[1:] *= x
    return y[4]


def product_by_halves(x: float) -> float:
    base, count, total = x, 6, 1.0
    while count > 0:
        if count % 2 == 1:
            total = total * base
        base, count = base * base, count // 2
    return total / math.exp(-3.0 * x)


def list_that_grows(x: float) -> float:
    terms = [math.exp(x)]
    for _ in range(3):
        terms.append(terms[-1] * x)
    return terms[-1]


CLOSED_FORMS = [
    (powers_in_a_loop, 5, 1.0), (branches_in_a_loop, 4, 3.0), (table_that_fills, 5, 2.0),
    (product_by_halves, 6, 3.0), (list_that_grows, 3, 1.0),
]  # fmt: skip


@pytest.mark.parametrize("order", range(1, 7))
@pytest.mark.parametrize(("f", "m", "c"), CLOSED_FORMS)
def test_derivatives_to_the_sixth_order(f, m: int, c: float, order: int) -> None:
    want = product_of(m, c, 0.8, order)
    assert derivative(f, order)(0.8) == pytest.approx(want, rel=1e-10)
    by_reverse = f
    for _ in range(order):
        by_reverse = grad(by_reverse)
    assert by_reverse(0.8) == pytest.approx(want, rel=1e-10)
    mixed = derivative(grad(f), order - 1)
    assert mixed(0.8) == pytest.approx(want, rel=1e-10)


def test_powers_at_zero() -> None:
    """A power that has run out has the derivative 0, not 0 / 0."""
    for n in range(7):
        for order in range(7):
            want = float(math.factorial(n)) if n == order else 0.0
            assert derivative(lambda x: x**n, order)(0.0) == want  # noqa: B023


@pytest.mark.parametrize("program", SCALAR_PROGRAMS, ids=lambda f: f.__name__)
def test_the_text_grows_with_the_square_of_the_order(program) -> None:
    found = text_sizes(program, range(1, 7))
    lines, nodes = zip(*found, strict=True)
    assert lines[3] <= 5 * lines[0] and lines[5] <= 8 * lines[0]
    assert nodes[3] <= 7 * nodes[0] and nodes[5] <= 12 * nodes[0]


WITH_NUMBERS = [
    (case, k) for case in CASES for k, x in enumerate(case.args) if type(x) is float
][::3]  # fmt: skip


@pytest.mark.parametrize(
    ("case", "number"), WITH_NUMBERS, ids=[f"{case.name}-{k}" for case, k in WITH_NUMBERS]
)
def test_all_orders_at_once_and_one_after_the_other(case: Case, number: int) -> None:
    nested = case.function
    for order in (1, 2, 3):
        nested = DerivativeFunction(nested, Request("derivative"), number)
        try:
            want = nested(*case.args, **case.kwargs)
        except UnsupportedError:  # it is written out for an argument, not known inside
            assert order > 1
            return
        found = derivative(case.function, order, number)(*case.args, **case.kwargs)
        np.testing.assert_allclose(found, want, rtol=1e-8, atol=1e-8)


def steers_by_its_own_slope(x: float) -> float:
    """The cosine decides a branch, and is in the derivative of the sine as well."""
    c = math.cos(x)
    if c > 0.0:
        return math.sin(x) + x**2
    return math.sin(x)


def test_what_only_decides_a_branch_has_derivatives_all_the_same() -> None:
    assert derivative(steers_by_its_own_slope, 3)(0.3) == pytest.approx(-math.cos(0.3))
    assert derivative(steers_by_its_own_slope, 4)(2.5) == pytest.approx(math.sin(2.5))


def curve(t: float, A: np.ndarray) -> np.ndarray:
    x = np.array([np.sin(t), t**2, np.exp(t) / (1.0 + t)])
    y = A @ x * t + np.outer(x, x)[0]
    return np.concatenate([y, np.tanh(y[:1]) * x.sum()])


def test_curves() -> None:
    A, h = np.arange(9.0).reshape(3, 3) / 9.0, 1e-3
    for order in (2, 3, 4):
        lower = derivative(curve, order - 1)
        first = (lower(0.6 + h, A) - lower(0.6 - h, A)) / (2 * h)
        second = (lower(0.6 + 2 * h, A) - lower(0.6 - 2 * h, A)) / (4 * h)
        want = (4.0 * first - second) / 3.0
        np.testing.assert_allclose(derivative(curve, order)(0.6, A), want, rtol=1e-7, atol=1e-7)


def test_derivatives_of_derivatives() -> None:
    outer = grad(lambda t: derivative(cubic_sine, 2)(t) * t)
    second = derivative(cubic_sine, 2)
    want = derivative(cubic_sine, 3)(0.7) * 0.7 + second(0.7)
    assert outer(0.7) == pytest.approx(want, rel=1e-12)
    made_outside = grad(lambda t: second(t) * t)
    assert made_outside(0.7) == pytest.approx(want, rel=1e-12)
    assert derivative(second, 2)(0.7) == pytest.approx(derivative(cubic_sine, 4)(0.7), rel=1e-12)


# Arrays: forward and reverse mode over each other


X = np.array([0.4, -0.7, 1.1])
V, U = np.array([1.0, 0.5, -2.0]), np.array([0.3, 2.0, 1.0])


def quartic(x):
    return np.sum(x**4) + x[0] * x[1] ** 2 * x[2]


def quartic_hessian(x: np.ndarray) -> np.ndarray:
    a, b, c = x
    return np.diag(12.0 * x**2) + np.array(
        [[0.0, 2 * b * c, b * b], [2 * b * c, 2 * a * c, 2 * a * b], [b * b, 2 * a * b, 0.0]]
    )


def quartic_third(x: np.ndarray) -> np.ndarray:
    a, b, c = x
    third = np.zeros((3, 3, 3))
    for i in range(3):
        third[i, i, i] = 24.0 * x[i]
    for i, j, k, value in ((0, 1, 1, 2 * c), (0, 1, 2, 2 * b), (1, 1, 2, 2 * a)):
        for place in {(i, j, k), (i, k, j), (j, i, k), (j, k, i), (k, i, j), (k, j, i)}:
            third[place] = value
    return third


def test_third_order_of_an_array_program() -> None:
    third = quartic_third(X)
    for make in (
        jacfwd(hessian(quartic)),
        jacrev(jacfwd(jacrev(quartic))),
        hessian(lambda x, v: grad(quartic)(x) @ v),
    ):
        if make.__name__ == "quartic":
            np.testing.assert_allclose(make(X), third, rtol=1e-12, atol=1e-12)
        else:
            np.testing.assert_allclose(make(X, V), third @ V, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(grad(lambda x: V @ hessian(quartic)(x) @ U)(X), third @ V @ U)
    np.testing.assert_allclose(hvp(lambda x: grad(quartic)(x) @ V)(X, U), third @ V @ U)


def test_modes_over_modes() -> None:
    H = quartic_hessian(X)

    def forward(x):
        return jvp(quartic, (x,), (V,))[1]

    def backward(x):
        return vjp(quartic, x)[1](1.0)[0]

    np.testing.assert_allclose(jvp(backward, (X,), (V,))[1], H @ V)
    np.testing.assert_allclose(vjp(forward, X)[1](1.0)[0], H @ V)
    np.testing.assert_allclose(vjp(backward, X)[1](V)[0], H @ V)
    np.testing.assert_allclose(jvp(forward, (X,), (U,))[1], U @ H @ V)
    np.testing.assert_allclose(jacobian(jacobian(quartic))(X), H)
    np.testing.assert_allclose(jacobian(jacobian(lambda x: np.sin(x) * x[0]))(X)[1, 1, 1],
                               -np.sin(X[1]) * X[0])  # fmt: skip


def test_hessian_of_a_program_with_a_hessian_product() -> None:
    """f = v H(x) v: its Hessian needs the fourth derivatives."""

    def f(x):
        return hvp(quartic)(x, V) @ V

    want = np.diag(24.0 * V**2)
    for i, j, value in ((0, 1, V[1] * V[2] * 4), (0, 2, 2 * V[1] ** 2), (1, 1, 4 * V[0] * V[2]),
                        (1, 2, 4 * V[0] * V[1])):  # fmt: skip
        want[i, j] += value
        want[j, i] += value if i != j else 0.0
    np.testing.assert_allclose(hessian(f)(X), want, rtol=1e-12, atol=1e-12)


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


# Functions that are given to others, which take their derivatives


def slope_at_one(f):
    return jvp(f, (1.0,), (1.0,))[1]


def slope_by_reverse_mode(f):
    return grad(f)(1.0)


def captures_an_argument(p):
    return slope_at_one(lambda x: x**3 * p) * p


def has_a_default(p):
    return slope_at_one(lambda x, q=p * p: x**3 * q) * p


def is_made_by_another(p):
    def cubic(a):
        return lambda x: a * x**3

    return slope_by_reverse_mode(cubic(p * p)) * p


def is_wrapped_by_another(p):
    def inner(x):
        return x**3 * p

    def outer(g):
        return slope_by_reverse_mode(lambda z: g(z) * p)

    return outer(inner) * p


def changes_in_a_loop(p):
    total = 0.0
    for k in range(3):
        q = p * k
        total = total + slope_at_one(lambda x: x**2 * q * p)  # noqa: B023
    return total * p


def has_a_curvature(p):
    def f(x):
        return np.sum((x**2 - p) ** 2 * x)

    return np.sum(hessian(f)(np.array([1.0, 0.5])) ** 2)


@pytest.mark.parametrize(
    "f",
    [captures_an_argument, has_a_default, is_made_by_another, is_wrapped_by_another,
     changes_in_a_loop, has_a_curvature],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_functions_that_others_differentiate(f) -> None:
    """What they capture belongs to a function further out; it was lost in second derivatives."""
    p = 1.3
    np.testing.assert_allclose(grad(f)(p), richardson_gradient(f, (p,)), rtol=1e-8)
    want = richardson_gradient(grad(f), (p,))
    np.testing.assert_allclose(hvp(f)(p, 1.0), want, rtol=1e-8)
    np.testing.assert_allclose(grad(grad(f))(p), want, rtol=1e-8)
    np.testing.assert_allclose(derivative(f, 2)(p), want, rtol=1e-8)
