"""Derivatives of solutions: against closed forms, and against those of the unrolled iteration."""

import math
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import UnsupportedError, custom_root, fixed_point, grad, value_and_grad, vjp
from tests.oracle import richardson_gradient

rng = np.random.default_rng(0)
A, b, v = 0.3 * rng.normal(size=(3, 3)), rng.normal(size=3), rng.normal(size=3)


def heron(x: Any, a: Any) -> Any:
    return 0.5 * (x + a / x)


def layer(x: Any, A: Any, b: Any) -> Any:
    return np.tanh(A @ x + b)


def test_a_fixed_point_as_a_plain_function() -> None:
    assert fixed_point(heron, 1.0, 2.0) == pytest.approx(math.sqrt(2.0), rel=1e-15)
    x = fixed_point(layer, np.zeros(3), A, b)
    np.testing.assert_allclose(layer(x, A, b), x, rtol=1e-10)


def test_three_derivatives_of_the_square_root() -> None:
    def f(a: Any) -> Any:
        return fixed_point(heron, 1.0, a)

    assert value_and_grad(f)(2.0) == pytest.approx((2.0**0.5, 0.5 * 2.0**-0.5), rel=1e-14)
    assert grad(grad(f))(2.0) == pytest.approx(-0.25 * 2.0**-1.5, rel=1e-12)
    assert grad(grad(grad(f)))(2.0) == pytest.approx(0.375 * 2.0**-2.5, rel=1e-12)


def test_the_starting_point_has_no_influence() -> None:
    def f(x0: Any, a: Any) -> Any:
        return fixed_point(heron, x0, a)

    assert grad(f)(3.0, 2.0) == 0.0


def test_a_vector_fixed_point_against_the_linear_system() -> None:
    """x = tanh(Ax + b) has dx = D (A dx + dA x + db), D = diag(1 - x²)."""

    def f(A: Any, b: Any) -> Any:
        return v @ fixed_point(layer, np.zeros(3), A, b)

    A_bar, b_bar = grad(f, (0, 1))(A, b)
    x = fixed_point(layer, np.zeros(3), A, b)
    D = np.diag(1 - x * x)
    w = D @ np.linalg.solve((np.eye(3) - D @ A).T, v)
    np.testing.assert_allclose(b_bar, w, rtol=1e-10)
    np.testing.assert_allclose(A_bar, np.outer(w, x), rtol=1e-10)


def test_a_vector_fixed_point_against_unrolling_to_second_order() -> None:
    def implicit(b: Any) -> Any:
        return v @ fixed_point(layer, np.zeros(3), A, b)

    def unrolled(b: Any) -> Any:
        x = np.zeros(3)
        for _ in range(80):
            x = layer(x, A, b)
        return v @ x

    def along(f: Any) -> Any:
        return lambda b: v @ grad(f)(b) ** 2

    np.testing.assert_allclose(grad(implicit)(b), grad(unrolled)(b), rtol=1e-10)
    got, want = grad(along(implicit))(b), grad(along(unrolled))(b)
    np.testing.assert_allclose(got, want, rtol=1e-8)


def test_fixed_points_of_containers() -> None:
    """x = a y, y = b - x / 2 have x = ab / (1 + a/2) and y = b / (1 + a/2)."""

    def step(z: Any, p: Any) -> Any:
        return {"x": p["a"] * z["y"], "y": p["b"] - 0.5 * z["x"]}

    def f(p: Any) -> Any:
        z = fixed_point(step, {"x": np.zeros(2), "y": np.zeros(2)}, p)
        return np.sum(z["x"]) + np.sum(z["y"])

    a, b = 0.8, np.array([1.0, 3.0])
    got = grad(f)({"a": a, "b": b, "name": "p"})
    d = 1 + a / 2
    assert got["a"] == pytest.approx(np.sum(b) * (1 / d - (1 + a) / (2 * d * d)), rel=1e-10)
    np.testing.assert_allclose(got["b"], np.full(2, (1 + a) / d), rtol=1e-10)
    assert got["name"] == "p"


def test_inside_of_loops_and_branches_and_with_views() -> None:
    def f(B: Any, n: int) -> Any:
        total = 0.0
        x = np.ones(3)
        for k in range(n):
            x = x * fixed_point(layer, x, A, B[k])
            if k != 1:
                total = total + fixed_point(heron, 1.0, 2.0 + np.sum(x))
        return total

    B = rng.normal(size=(3, 3))
    got = grad(f)(B, 3)
    np.testing.assert_allclose(got, richardson_gradient(f, (B, 3)), rtol=1e-8, atol=1e-11)


def test_captured_values_are_refused_where_they_would_lose_their_derivative() -> None:
    def f(a: Any, c: Any) -> Any:
        return fixed_point(lambda x, a: 0.5 * (x + c * a / x), 1.0, a)

    assert grad(f)(2.0, 3.0) == pytest.approx(0.5 * math.sqrt(3.0 / 2.0), rel=1e-12)
    with pytest.raises(UnsupportedError, match="'c' that _fixed_point uses"):
        grad(f, 1)(2.0, 3.0)


@pytest.mark.filterwarnings("ignore:overflow")
def test_iterations_that_do_not_converge() -> None:
    def f(a: Any) -> Any:
        return fixed_point(lambda x, a: 3.0 * x + a, 1.0, a)

    for call in (f, grad(f)):
        with pytest.raises(ArithmeticError, match="converge"):
            call(1.0)
    with pytest.raises(ArithmeticError, match="Newton"):
        custom_root(lambda x, a: x * x + a, 0.7, 1.0)


def cubic(x: Any, A: Any, b: Any) -> Any:
    return A @ x + x + x**3 - b


def test_roots_as_plain_functions() -> None:
    assert custom_root(lambda x, a: x * x - a, 1.0, 2.0) == pytest.approx(math.sqrt(2.0))
    x = custom_root(cubic, np.zeros(3), A, b)
    np.testing.assert_allclose(cubic(x, A, b), 0.0, atol=1e-14)


def test_keplers_equation_to_second_order() -> None:
    """E - e sin E = M has dE/dM = 1 / (1 - e cos E) and d²E/dM² = -e sin E / (1 - e cos E)³."""

    def anomaly(M: Any, e: Any) -> Any:
        return custom_root(lambda E, e, M: E - e * math.sin(E) - M, M, e, M)

    M, e = 0.7, 0.4
    E = anomaly(M, e)
    slope = 1 - e * math.cos(E)
    assert grad(anomaly, (0, 1))(M, e) == pytest.approx(
        (1 / slope, math.sin(E) / slope), rel=1e-12
    )
    assert grad(grad(anomaly))(M, e) == pytest.approx(-e * math.sin(E) / slope**3, rel=1e-12)


def test_vector_roots_against_the_linear_system_and_differences() -> None:
    def f(A: Any, b: Any) -> Any:
        return v @ custom_root(cubic, np.zeros(3), A, b)

    A_bar, b_bar = grad(f, (0, 1))(A, b)
    x = custom_root(cubic, np.zeros(3), A, b)
    w = np.linalg.solve((A + np.diag(1 + 3 * x**2)).T, v)
    np.testing.assert_allclose(b_bar, w, rtol=1e-10)
    np.testing.assert_allclose(A_bar, -np.outer(w, x), rtol=1e-10)
    np.testing.assert_allclose(A_bar, richardson_gradient(f, (A, b)), rtol=1e-8)


def test_the_pullback_of_a_vector_root() -> None:
    x, pullback = vjp(lambda b: custom_root(cubic, np.zeros(3), A, b), b)
    np.testing.assert_allclose(cubic(x, A, b), 0.0, atol=1e-14)
    slope = A + np.diag(1 + 3 * x**2)
    rows = [pullback(row)[0] for row in np.eye(3)]
    np.testing.assert_allclose(rows, np.linalg.inv(slope), rtol=1e-10)


def bisection(x0: Any, a: Any) -> Any:
    low, high = 0.0, 8.0
    while high - low > 1e-15 * high:
        middle = 0.5 * (low + high)
        if middle * middle < a:
            low = middle
        else:
            high = middle
    return low


def test_any_solver_will_do() -> None:
    """Bisection itself has no derivative: its result is always a fraction of its bounds."""

    def f(a: Any) -> Any:
        return custom_root(lambda x, a: x * x - a, 1.0, a, solver=bisection)

    assert grad(lambda a: bisection(1.0, a))(2.0) == 0.0
    assert f(2.0) == pytest.approx(math.sqrt(2.0), rel=1e-14)
    assert grad(f)(2.0) == pytest.approx(0.5 / math.sqrt(2.0), rel=1e-14)


def test_a_solver_without_source() -> None:
    optimize = pytest.importorskip("scipy.optimize")

    calls = []

    def brent(x0: float, a: float) -> float:
        calls.append(a)
        return float(optimize.brentq(lambda x: x**3 - a, 0.0, 10.0))

    adjoint.nondifferentiable(brent)

    def f(a: Any) -> Any:
        return custom_root(lambda x, a: x**3 - a, 1.0, a, solver=brent)

    assert grad(f)(8.0) == pytest.approx(1.0 / 12.0, rel=1e-10)
    assert calls[-1] == 8.0
    assert grad(grad(f))(8.0) == pytest.approx(-1.0 / 144.0, rel=1e-10)
