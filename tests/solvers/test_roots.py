"""Roots of scipy.optimize: derivatives against closed forms and differences."""

import functools
import math
from typing import Any

import numpy as np
import pytest
from scipy import optimize

import adjoint
from adjoint import UnsupportedError, grad
from tests.solvers.oracle import check

FACTOR = 1.3


class Gas:
    """Van der Waals: an equation of state that gives the volume only implicitly."""

    def __init__(self, a: Any, b: Any) -> None:
        self.a, self.b = a, b

    def excess(self, v: Any, pressure: Any, T: Any) -> Any:
        return (pressure + self.a / v**2) * (v - self.b) - T


def decay(x: Any, a: Any, b: Any) -> Any:
    return b * np.exp(x) - a


def wave(x: Any, a: Any) -> Any:
    y = math.sin(x)
    for _ in range(3):
        y = y + a * x
    return y


def test_cube_root_has_three_first_derivatives_right() -> None:
    def root(a: Any) -> Any:
        return optimize.brentq(lambda x: x**3 - a, 0.0, 10.0, xtol=1e-14)

    assert grad(root)(8.0) == pytest.approx(1 / 12, rel=1e-13)
    assert grad(grad(root))(8.0) == pytest.approx(-2 / 9 * 8.0 ** (-5 / 3), rel=1e-12)


@pytest.mark.parametrize(
    "solver",
    [optimize.brentq, optimize.brenth, optimize.ridder, optimize.bisect, optimize.toms748],
    ids=lambda s: s.__name__,
)
def test_bracketed_roots(solver: Any) -> None:
    def f(a: Any, b: Any) -> Any:
        return solver(decay, -5.0, 5.0, args=(a, b), xtol=1e-14)

    check(f, 2.0, 3.0, exact=lambda a, b: math.log(a / b))


def test_what_a_method_and_its_object_hold_is_active() -> None:
    def volume(a: Any, T: Any) -> Any:
        gas = Gas(a, 0.1)
        return optimize.newton(gas.excess, 8.0, args=(0.5, T), tol=1e-13)

    check(volume, 0.4, 5.0)


def test_globals_helpers_and_slopes_that_are_given() -> None:
    def f(a: Any) -> Any:
        def equation(x: Any) -> Any:
            return wave(x, a) - FACTOR

        return optimize.newton(equation, 1, fprime=lambda x: math.cos(x) + 3 * a, tol=1e-13) ** 2

    check(f, 0.4)


def test_in_loops_and_branches() -> None:
    def f(a: Any) -> Any:
        total = 0.0
        for k in range(3):
            result = optimize.root_scalar(lambda x: x**3 + k * x - a, bracket=[0, 5], xtol=1e-14)  # noqa: B023
            if result.converged:
                total = total + result.root * (k + 1)
        return total

    check(f, 2.0)


def test_a_function_with_its_slope() -> None:
    def f(a: Any) -> Any:
        result = optimize.root_scalar(
            lambda x: (x**3 - a, 3 * x**2), fprime=True, x0=1.0, method="newton", xtol=1e-14
        )
        return result.root

    check(f, 2.0, exact=lambda a: a ** (1 / 3))


def test_partial_functions_and_full_output() -> None:
    def f(a: Any) -> Any:
        x, report = optimize.brentq(
            functools.partial(decay, b=a), -5, 5, args=(3.0,), full_output=True, xtol=1e-14
        )
        assert report.converged
        return x * a

    check(f, 2.0, exact=lambda a: math.log(3.0 / a) * a)


def test_one_root_inside_of_another() -> None:
    def f(e: Any) -> Any:
        def outer(y: Any) -> Any:
            return optimize.brentq(lambda x: x - e * math.sin(x) - y, 0, 5, xtol=1e-14) - 2.0

        return optimize.brentq(outer, 0.1, 4.0, xtol=1e-14)

    check(f, 0.3, exact=lambda e: 2.0 - e * math.sin(2.0))


def test_systems() -> None:
    def by_root(a: Any) -> Any:
        return np.sum(optimize.root(lambda z: z**3 + z - a, np.ones(2), tol=1e-13).x ** 2)

    def with_jacobian(a: Any) -> Any:
        found = optimize.root(
            lambda z, a: z**3 + z - a, np.ones(2), args=(a,), method="lm", tol=1e-13,
            jac=lambda z, a: np.diag(3 * z**2 + 1),
        )  # fmt: skip
        return np.sum(found.x**2) if found.success else 0.0

    def by_fsolve(a: Any) -> Any:
        def equations(z: Any, a: Any) -> Any:
            x, y = z
            return [x**3 + x - a[0], y**3 + y - a[1]]

        x, _, status, _ = optimize.fsolve(
            equations, [1.0, 1.0], args=(a,), full_output=True, xtol=1e-13
        )
        return x @ x if status == 1 else 0.0

    def by_newton(a: Any) -> Any:
        return np.sum(optimize.newton(lambda z: z**3 + z - a, np.ones(2), tol=1e-13) ** 2)

    a = np.array([1.0, 2.0])
    want = grad(by_root)(a)
    check(by_root, a)
    for other in (with_jacobian, by_fsolve, by_newton):
        np.testing.assert_allclose(grad(other)(a), want, rtol=1e-10)


def test_the_text_has_one_call_of_the_solver_with_the_function_of_the_user() -> None:
    def f(a: Any) -> Any:
        return optimize.brentq(lambda x: x**3 - a, 0.0, 10.0)

    text = grad(f).source_for(8.0)
    assert text.count(" = optimize.brentq(") == 1
    assert "x**3 - a" in text


def test_what_is_no_simple_root_has_no_derivative() -> None:
    def loose(a: Any) -> Any:
        return optimize.bisect(lambda x: x**3 - a, 0.0, 10.0, xtol=1e-2)

    with pytest.raises(ArithmeticError, match="no root"):
        grad(loose)(8.0)

    def double(a: Any) -> Any:
        return optimize.newton(lambda x: (x - a) ** 2, 3.0, tol=1e-5)

    with pytest.raises(ArithmeticError):
        grad(double)(1.0)

    def singular(a: Any) -> Any:
        return np.sum(optimize.root(lambda z: np.array([z[0] + z[1], z[0] + z[1]]) - a, [0, 0]).x)

    with pytest.raises(ArithmeticError, match="singular"):
        grad(singular)(1.0)


def test_effects_in_a_function_for_a_solver_are_refused() -> None:
    def f(a: Any) -> Any:
        def equation(x: Any) -> Any:
            print(x)
            return x - a

        return optimize.brentq(equation, 0.0, 5.0)

    with pytest.raises(UnsupportedError, match="prints"):
        grad(f)(1.0)


def test_calls_that_no_input_reaches_stay_as_they_are() -> None:
    def f(a: Any) -> Any:
        found = optimize.root(np.cos, 1.0)
        return a * found.x[0] + 0.0 * found.nfev

    assert grad(f)(2.0) == pytest.approx(math.pi / 2, rel=1e-8)


def test_a_third_derivative_by_two_levels_inside() -> None:
    def root(a: Any) -> Any:
        return optimize.brentq(lambda x: x * x - a, 0.0, 10.0, xtol=1e-15)

    third = adjoint.grad(adjoint.grad(adjoint.grad(root)))(2.0)
    assert third == pytest.approx(3 / 8 * 2.0**-2.5, rel=1e-10)
