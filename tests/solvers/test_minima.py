"""Minima of scipy.optimize: derivatives against closed forms and independent Newton iterations."""

from typing import Any

import numpy as np
import pytest
from scipy import optimize

from adjoint import UnsupportedError, grad
from tests.solvers.oracle import check

A = np.array([1.0, 2.0])
TIMES = np.linspace(0.0, 1.0, 6)
DATA = np.array([1.0, 0.8, 0.5, 0.45, 0.3, 0.2])
MATRIX = np.array([[1.0, 2.0], [0.3, -1.0], [2.0, 0.5]])
RIGHT = np.array([1.0, 2.0, 0.3])
TIGHT = {"xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15}


def quartic(z: Any, a: Any) -> Any:
    return np.sum((z - a) ** 2) + np.sum(z**4) + z[0] * z[1]


def slope(z: Any, a: Any) -> Any:
    return 2 * (z - a) + 4 * z**3 + z[::-1]


def curvature(z: Any, a: Any) -> Any:
    return np.diag(2 + 12 * z**2) + np.array([[0.0, 1.0], [1.0, 0.0]])


def newton(a: Any, free: Any = (0, 1), fixed: Any = 0.0) -> Any:
    """The minimum of the quartic function; a variable that is not free has a fixed value."""
    z, free = np.where(np.isin([0, 1], free), 0.5, fixed), list(free)
    for _ in range(50):
        H = curvature(z, a)[np.ix_(free, free)]
        z[free] -= np.linalg.solve(H, slope(z, a)[free])
    return z


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"jac": slope},
        {"jac": slope, "hess": curvature, "method": "trust-exact"},
        {"jac": slope, "hessp": lambda z, v, a: curvature(z, a) @ v, "method": "Newton-CG"},
        {"method": "Nelder-Mead"},
    ],
    ids=["BFGS", "jac", "hess", "hessp", "Nelder-Mead"],
)
def test_methods_agree_with_the_minimum_itself(options: Any) -> None:
    def f(a: Any) -> Any:
        result = optimize.minimize(quartic, np.ones(2), args=(a,), **options)
        return result.x[0] * result.x[1] + result.fun

    def exact(a: Any) -> Any:
        z = newton(a)
        return z[0] * z[1] + quartic(z, a)

    check(f, A, exact=exact, second=not options, rtol=1e-5)


def test_value_and_slope_together() -> None:
    def f(a: Any) -> Any:
        found = optimize.minimize(lambda z: (quartic(z, a), slope(z, a)), [1, 1], jac=True)
        return found["x"] @ found.x if found.success else 0.0

    check(f, A, exact=lambda a: newton(a) @ newton(a), rtol=1e-5, second=False)


def test_a_bound_that_holds_a_variable_moves_it() -> None:
    def f(a: Any, top: Any) -> Any:
        found = optimize.minimize(
            lambda z: quartic(z, a), [0.1, 0.5], jac=lambda z: slope(z, a), method="L-BFGS-B",
            bounds=[(0, top), (None, None)], tol=1e-13,
        )  # fmt: skip
        return found.x[0] * found.x[1] + found.fun

    def exact(a: Any, top: Any) -> Any:
        z = newton(a, (1,), top)
        return z[0] * z[1] + quartic(z, a)

    check(f, A, 0.1, exact=exact)
    check(f, A, 9.0, exact=lambda a, top: newton(a)[0] * newton(a)[1] + quartic(newton(a), a))


def test_bounds_as_an_object() -> None:
    def f(a: Any) -> Any:
        inside = optimize.Bounds(0.0, [0.1, np.inf])
        return optimize.minimize(quartic, [0.1, 0.1], args=(a,), bounds=inside, tol=1e-12).x[1]

    check(f, A, exact=lambda a: newton(a, (1,), 0.1)[1], second=False)


def test_at_the_edge_of_a_bound_there_is_no_derivative() -> None:
    def f(a: Any) -> Any:
        return optimize.minimize(lambda z: np.sum((z - a) ** 2), [1.0], bounds=[(0, 2)]).x[0]

    assert grad(f)(1.0) == pytest.approx(1.0)
    assert grad(f)(3.0) == 0.0
    with pytest.raises(ArithmeticError, match="bound"):
        grad(f)(2.0)


def test_an_equation_between_variables() -> None:
    def f(a: Any, s: Any) -> Any:
        found = optimize.minimize(
            lambda z: np.sum((z - a) ** 2), [0.1, 0.5], tol=1e-12,
            constraints={"type": "eq", "fun": lambda z: z[0] + z[1] - s},
        )  # fmt: skip
        return found.x[0] * found.x[1] + found.fun

    def exact(a: Any, s: Any) -> Any:
        z = a + (s - a[0] - a[1]) / 2
        return z[0] * z[1] + np.sum((z - a) ** 2)

    check(f, A, 0.7, exact=exact)


def test_inequalities_that_hold_and_that_do_not() -> None:
    def f(a: Any, s: Any) -> Any:
        constraints = [
            {"type": "ineq", "fun": lambda z, top: top - z[0] - z[1], "args": (s,)},
            {"type": "ineq", "fun": lambda z: 10.0 - z},
        ]
        found = optimize.minimize(
            lambda z: np.sum((z - a) ** 2), [0.1, 0.5], method="SLSQP", constraints=constraints,
            bounds=[(-5, 5), (-5, 5)], tol=1e-13,
        )  # fmt: skip
        return found.x[0] * found.x[1]

    def exact(a: Any, s: Any) -> Any:
        z = a + min(s - a[0] - a[1], 0.0) / 2
        return z[0] * z[1]

    check(f, A, 0.7, exact=exact, second=False)
    check(f, A, 9.0, exact=exact, second=False)
    with pytest.raises(ArithmeticError, match="inequality"):
        grad(f)(A, 3.0)


def test_minima_of_one_variable() -> None:
    def free(a: Any) -> Any:
        found = optimize.minimize_scalar(lambda x: (x - a) ** 2 + x, bracket=(0, 1))
        return found.x * found.fun

    check(free, 2.0, exact=lambda a: (a - 0.5) * (a - 0.25), rtol=1e-6)

    def bounded(a: Any, top: Any) -> Any:
        options = {"xatol": 1e-10}
        return optimize.minimize_scalar(
            lambda x, c: (x - c) ** 2, bounds=(0, top), args=(a,), method="bounded",
            options=options,
        ).x  # fmt: skip

    check(bounded, 2.0, 5.0, exact=lambda a, top: a)
    assert grad(bounded, (0, 1))(2.0, 1.0) == pytest.approx((0.0, 1.0))


def fit(y: Any, scale: Any = 1.0) -> Any:
    """The least squares of scale (a exp(-b t) - y), by Newton's method with the full Hessian."""
    v = np.array([1.0, 1.0])
    for _ in range(60):
        e, w = np.exp(-v[1] * TIMES), scale**2
        r = v[0] * e - y
        J = np.stack([e, -v[0] * TIMES * e], axis=1)
        mixed = w * r @ (-TIMES * e)
        H = (J.T * w) @ J + np.array([[0, mixed], [mixed, w * r @ (v[0] * TIMES**2 * e)]])
        v = v - np.linalg.solve(H, J.T @ (w * r))
    return v


def test_least_squares() -> None:
    def f(y: Any) -> Any:
        found = optimize.least_squares(lambda v: v[0] * np.exp(-v[1] * TIMES) - y, [1.0, 1.0])
        return found.x[0] * found.x[1] + found.cost + found.fun[2]

    def exact(y: Any) -> Any:
        v = fit(y, np.ones(6))
        r = v[0] * np.exp(-v[1] * TIMES) - y
        return v[0] * v[1] + 0.5 * r @ r + r[2]

    check(f, DATA, exact=exact, second=False)


def test_a_robust_loss_with_bounds() -> None:
    def f(y: Any) -> Any:
        def residuals(v: Any, s: Any) -> Any:
            return s * v[0] * np.exp(-v[1] * TIMES) - y

        def slopes(v: Any, s: Any) -> Any:
            e = np.exp(-v[1] * TIMES)
            return np.stack([s * e, -s * v[0] * TIMES * e], axis=1)

        found = optimize.least_squares(
            residuals, np.ones(2), jac=slopes, args=(1.5,), bounds=([0, 0], [np.inf, 1.0]),
            loss="soft_l1", f_scale=0.1, **TIGHT,
        )  # fmt: skip
        return found.x @ found.x + found.cost

    check(f, DATA, second=False, rtol=1e-6)


def decaying(t: Any, a: Any, b: Any) -> Any:
    return a * np.exp(-b * t)


def test_curve_fit_follows_the_whole_hessian() -> None:
    def f(y: Any) -> Any:
        found, _ = optimize.curve_fit(decaying, TIMES, y, sigma=0.1 + TIMES)
        a, b = found
        return a * b

    check(f, DATA, exact=lambda y: np.prod(fit(y, 1 / (0.1 + TIMES))), second=False,
          rtol=1e-6)  # fmt: skip

    def spread(y: Any) -> Any:
        return optimize.curve_fit(decaying, TIMES, y)[1][0, 0]

    with pytest.raises(UnsupportedError, match="pcov"):
        grad(spread)(DATA)


def test_linear_least_squares() -> None:
    def unbounded(M: Any, b: Any) -> Any:
        return np.sum(optimize.lsq_linear(M, b).x ** 2)

    check(unbounded, MATRIX, RIGHT, exact=lambda M, b: np.sum(np.linalg.lstsq(M, b)[0] ** 2))

    def bounded(M: Any, b: Any) -> Any:
        found = optimize.lsq_linear(M, b, bounds=(-0.1, 0.3))
        return np.sum(found.x**2) + found.cost

    check(bounded, MATRIX, RIGHT, second=False)

    def positive(M: Any, b: Any) -> Any:
        x, distance = optimize.nnls(M, b)
        return 2 * np.sum(x**2) + distance

    check(positive, MATRIX, RIGHT, second=False)


def test_other_fields_of_the_result_are_refused() -> None:
    def f(a: Any) -> Any:
        return np.sum(optimize.minimize(quartic, np.ones(2), args=(a,)).jac)

    with pytest.raises(UnsupportedError, match="jac"):
        grad(f)(A)


def test_a_solver_that_has_not_converged_is_an_error() -> None:
    def f(a: Any) -> Any:
        options = {"maxiter": 2}
        return optimize.minimize(quartic, np.ones(2), args=(a,), options=options).x[0]

    with pytest.raises(ArithmeticError, match="stopped"):
        grad(f)(A)

    def flat(a: Any) -> Any:
        return optimize.minimize(lambda z: (z[0] + z[1] - a) ** 2, np.ones(2)).x[0]

    with pytest.raises(ArithmeticError, match="singular"):
        grad(flat)(1.0)
