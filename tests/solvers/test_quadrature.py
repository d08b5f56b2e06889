"""Integrals of scipy.integrate: derivatives against closed forms and differences."""

import cmath
import math
from typing import Any

import numpy as np
import pytest
from scipy import integrate, optimize

from adjoint import UnsupportedError, assume_smooth, check_grads, grad, jvp, vjp
from tests.solvers.oracle import check

W = np.array([1.0, 2.0])
Y = np.array([1.0, 0.7, 2.0, 1.5, 0.3, 0.9])
X = np.array([0.0, 0.3, 0.7, 1.5, 2.0, 2.2])


def test_a_limit_and_a_parameter() -> None:
    def f(a: Any) -> Any:
        return integrate.quad(lambda t: math.exp(-a * t), 0.0, a)[0]

    check(f, 0.7, exact=lambda a: (1 - math.exp(-a * a)) / a)


def test_infinite_limits_and_arguments() -> None:
    def f(a: Any, b: Any) -> Any:
        value, _ = integrate.quad(lambda t, c: math.exp(-a * c * t), b, np.inf, args=(b,))
        return value

    check(f, 0.7, 2.0, exact=lambda a, b: math.exp(-a * b * b) / (a * b))


def test_arrays_as_parameters_and_as_values() -> None:
    def scalar(w: Any) -> Any:
        return integrate.quad(lambda t: np.sum(np.exp(-w * t) * w), 0.0, w[1], epsabs=1e-12)[0]

    check(scalar, W, exact=lambda w: np.sum(1 - np.exp(-w * w[1])))

    def vector(w: Any) -> Any:
        return np.sum(integrate.quad_vec(lambda t: np.exp(-w * t) * w, 0.0, w[1])[0] ** 2)

    check(vector, W, exact=lambda w: np.sum((1 - np.exp(-w * w[1])) ** 2))


def test_double_integrals() -> None:
    def f(a: Any) -> Any:
        return integrate.dblquad(lambda y, x: x * y * a, 0, a, 0, lambda x: x * a)[0]

    check(f, 0.7, exact=lambda a: a**7 / 8)


def test_an_integral_inside_of_a_root() -> None:
    def f(a: Any) -> Any:
        def area(z: Any) -> Any:
            return integrate.quad(lambda t: math.exp(-a * t), 0, z)[0] - 0.3

        return optimize.brentq(area, 0, 2, xtol=1e-14)

    check(f, 0.7, exact=lambda a: -math.log(1 - 0.3 * a) / a)


def test_a_singular_end_counts_only_if_it_moves() -> None:
    def f(a: Any, low: Any) -> Any:
        return integrate.quad(lambda t: a / math.sqrt(t), low, a)[0]

    def fixed(a: Any) -> Any:
        return integrate.quad(lambda t: a * t**-0.5, 0.0, a)[0]

    assert grad(fixed)(0.7) == pytest.approx(3 * math.sqrt(0.7), rel=1e-7)
    assert grad(f)(0.7, 0.1) == pytest.approx(3 * math.sqrt(0.7) - 2 * math.sqrt(0.1), rel=1e-7)
    with np.errstate(divide="ignore"), pytest.raises(ArithmeticError, match="not finite"):
        grad(lambda a: integrate.quad(lambda t: np.float64(t) ** -0.5, a, 1.0)[0])(0.0)


def test_what_may_jump_is_refused() -> None:
    def step(a: Any) -> Any:
        return integrate.quad(lambda t: 1.0 if t < a else 0.0, 0.0, 1.0)[0]

    def rounded(a: Any) -> Any:
        return integrate.quad(lambda t: np.floor(a * t), 0.0, 3.0)[0]

    def masked(a: Any) -> Any:
        return integrate.quad(lambda t: np.where(t < a, 1.0, 0.0), 0.0, 1.0)[0]

    for f in (step, rounded, masked):
        with pytest.raises(UnsupportedError, match="jump"):
            grad(f)(0.7)
        with pytest.raises(UnsupportedError, match="jump"):
            jvp(f, (0.7,), (1.0,))


@pytest.mark.parametrize(
    "integrand",
    [
        lambda z: math.atan2(z, -1.0),
        lambda z: np.arctan2(z, np.array([-1.0]))[0],
        lambda z: np.angle(-1 + 1j * z),
        lambda z: cmath.phase(complex(-1.0, z)),
        lambda z: cmath.log(-1 + 1j * z).imag,
        lambda z: cmath.sqrt(-1 + 1j * z).imag,
        lambda z: ((-1 + 1j * z) ** 0.5).imag,
        lambda z: np.log(np.array([-1 + 1j * z]))[0].imag,
        lambda z: np.unwrap(np.array([0.0, 9.0 * z]))[1],
        lambda z: np.interp(z, [-1.0, 0.0], [1.0, 2.0], right=0.0),
        lambda z: np.interp(z, [0.0, 1.0], [1.0, 2.0], 0.0),
    ],
)  # fmt: skip
def test_a_branch_cut_is_a_jump(integrand: Any) -> None:
    def f(a: Any) -> Any:
        return integrate.quad(lambda t: integrand(t - a), 0.0, 1.0)[0]

    with pytest.raises(UnsupportedError, match="jump"):
        grad(f)(0.31)


def test_what_has_no_cut_is_no_jump() -> None:
    def f(a: Any) -> Any:
        def integrand(t: Any) -> Any:
            z = complex(math.cos(t * a), math.sin(t * a))
            known = np.interp(t - a, [-1.0, 0.0, 1.0], [1.0, 2.0, 2.5])
            return (z**2).real + cmath.exp(z).imag + math.sqrt(t + a) + known

        return integrate.quad(integrand, 0.0, 1.0, points=[0.31])[0]

    assert grad(f)(0.31) == pytest.approx((f(0.31001) - f(0.30999)) / 2e-5, rel=1e-6)


def test_a_branch_on_what_has_no_derivative_is_no_jump() -> None:
    def f(a: Any, n: Any) -> Any:
        def integrand(t: Any) -> Any:
            if n > 2:
                return math.exp(-a * t)
            return abs(a * t)

        return integrate.quad(integrand, 0.0, 1.0)[0]

    assert grad(f)(0.7, 1) == pytest.approx(0.5)
    assert grad(f)(1.0, 3) == pytest.approx(2 / math.e - 1)

    def with_switch(a: Any, s: Any) -> Any:
        return integrate.quad(lambda t: a * t if s > 0.5 else t, 0.0, 1.0)[0]

    assert grad(with_switch)(0.7, 1.0) == pytest.approx(0.5)
    with pytest.raises(UnsupportedError, match="jump"):
        grad(with_switch, 1)(0.7, 1.0)


def test_the_promise_holds_for_the_first_derivative() -> None:
    def f(a: Any) -> Any:
        ramp = assume_smooth(lambda t: t if t < a else a)
        return integrate.quad(ramp, 0.0, 1.0, points=[0.7])[0]

    assert grad(f)(0.7) == pytest.approx(0.3)
    with pytest.raises(UnsupportedError, match="jump"):
        grad(grad(f))(0.7)


@pytest.mark.parametrize("n", [5, 6])
def test_rules_for_samples(n: int) -> None:
    def simpson(y: Any, x: Any) -> Any:
        return integrate.simpson(y, x=x) ** 2 + integrate.simpson(y, dx=0.3)

    def cumulative(y: Any, x: Any) -> Any:
        one = integrate.cumulative_simpson(y, x=x, initial=0)
        other = integrate.cumulative_trapezoid(y, x, initial=0)
        return one @ other + integrate.trapezoid(y, x)

    for f in (simpson, cumulative):
        check(f, Y[:n], X[:n], second=False, rtol=1e-9)


def test_samples_along_an_axis() -> None:
    def f(y: Any) -> Any:
        total = np.sum(integrate.simpson(y, dx=0.3, axis=0) ** 2)
        return total + np.sum(integrate.cumulative_simpson(y, dx=0.2, axis=0) ** 2)

    check(f, np.outer(Y, Y[:3]), second=False, rtol=1e-9)


def test_gauss_legendre() -> None:
    def f(a: Any, b: Any) -> Any:
        return integrate.fixed_quad(lambda x, c: c * x**3 * a, a, b, args=(b,), n=4)[0]

    check(f, 0.3, 2.0, exact=lambda a, b: a * b * (b**4 - a**4) / 4)


def test_nested():
    check_grads(
        lambda a: integrate.nquad(
            lambda y, x: np.exp(-a * x * y), [lambda x: [0.0, a * x], [0.0, 1.0]]
        )[0],
        (1.3,),
    )
    check_grads(lambda a: integrate.nquad(
        lambda z, y, x, q: np.exp(-q * x * y) * z, [(0, 1), (0, a), (0, 1.0)], args=(a,))[0],
        (1.3,))  # fmt: skip


@pytest.mark.parametrize("n", [2, 3, 9])
def test_romberg(n):
    y = np.exp(np.linspace(0.0, 1.0, n))
    assert np.isclose(vjp(lambda y: integrate.romb(y, 0.3), y)[0], integrate.romb(y, 0.3))
    check_grads(lambda y, h: integrate.romb(np.stack([y, y**2], axis=1), h, 0), (y, 0.3))
