"""Differential equations of scipy.integrate: derivatives against closed forms and differences."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import integrate, optimize

from adjoint import UnsupportedError, grad, hvp
from tests.solvers.oracle import check

TIMES = np.linspace(0.0, 1.0, 4)
FINE = {"rtol": 1e-11, "atol": 1e-13}


@pytest.mark.parametrize("method", ["RK45", "RK23", "DOP853", "Radau", "BDF", "LSODA"])
def test_all_methods(method: Any) -> None:
    def f(a: Any) -> Any:
        rtol = 1e-7 if method in ("RK23", "Radau", "BDF") else 1e-10
        found = integrate.solve_ivp(
            lambda t, y: -a * y, (0.0, 1.0), [1.0], method=method, rtol=rtol, atol=1e-10
        )
        return found.y[0, -1]

    assert grad(f)(0.5) == pytest.approx(-math.exp(-0.5), rel=1e-5)


def test_initial_values_times_and_arguments() -> None:
    def f(y0: Any, k: Any) -> Any:
        def rate(t: Any, y: Any, k: Any) -> Any:
            u, v = y
            return [v, -k * u]

        found = integrate.solve_ivp(rate, (0, 1), y0, t_eval=TIMES, args=(k,), **FINE)
        return np.sum(found.y**2)

    def exact(y0: Any, k: Any) -> Any:
        w = math.sqrt(k)
        u = y0[0] * np.cos(w * TIMES) + y0[1] / w * np.sin(w * TIMES)
        v = -y0[0] * w * np.sin(w * TIMES) + y0[1] * np.cos(w * TIMES)
        return u @ u + v @ v

    check(f, np.array([1.0, 2.0]), 0.3, exact=exact, second=False)


def test_both_ends_move() -> None:
    def f(a: Any, b: Any) -> Any:
        found = integrate.solve_ivp(lambda t, y: t * y, [a, b], [2.0], **FINE)
        assert found.success
        return found.y[0][-1] * found.t[-1]

    check(f, 0.3, 1.1, exact=lambda a, b: 2.0 * b * math.exp((b * b - a * a) / 2))


def test_dense_output() -> None:
    def f(a: Any, s: Any) -> Any:
        found = integrate.solve_ivp(
            lambda t, y: -a * y, (0, 2), [1.0], dense_output=True, method="DOP853", **FINE
        )
        return found.sol(s)[0] + np.sum(found.sol([0.5, 1.0]))

    check(f, 0.7, 0.3, exact=lambda a, s: sum(math.exp(-a * t) for t in (s, 0.5, 1.0)),
          second=False)  # fmt: skip


def test_odeint() -> None:
    def f(a: Any, y0: Any) -> Any:
        found = integrate.odeint(lambda y, t, k: -k * y, y0, [0.0, 0.5, 1.0], args=(a,), **FINE)
        return found[-1, 0] + found[0, 0] * found[1, 0]

    check(f, 0.7, 1.5, exact=lambda a, y: y * math.exp(-a) + y * y * math.exp(-a / 2), rtol=1e-6)


def test_matrices_and_objects() -> None:
    class Oscillator:
        def __init__(self, k: Any) -> None:
            self.k = k

        def rate(self, t: Any, y: Any) -> Any:
            return np.array([[0.0, 1.0], [-1.0, 0.0]]) @ y * self.k

    def f(k: Any) -> Any:
        system = Oscillator(k)
        found = integrate.solve_ivp(system.rate, (0, 1), [1.0, 0.0], t_eval=[0.5, 1.0], **FINE)
        return found.y[0, 1] * found.y[1, 0]

    check(f, 2.0, exact=lambda k: -math.cos(k) * math.sin(k / 2), second=False)


def ground(t: float, y: Any, g: float) -> Any:
    return y[0]


ground.terminal = True  # type: ignore[attr-defined]
ground.direction = -1  # type: ignore[attr-defined]


def test_a_terminal_event() -> None:
    def f(g: Any, height: Any) -> Any:
        found = integrate.solve_ivp(
            lambda t, y, g: [y[1], -g], [0.0, 9.0], [height, 2.0], events=ground, args=(g,), **FINE
        )
        return found.t[-1] * found.y[1, -1] + found.t_events[0][0]

    def exact(g: Any, height: Any) -> Any:
        T = (2.0 + math.sqrt(4.0 + 2 * g * height)) / g
        return T * (2.0 - g * T) + T

    check(f, 9.81, 1.0, exact=exact)


def test_an_event_made_inside_that_does_not_happen() -> None:
    def f(g: Any, end: Any) -> Any:
        def floor(t: Any, y: Any) -> Any:
            return y[0] + 50.0 * g

        floor.terminal = True  # type: ignore[attr-defined]
        found = integrate.solve_ivp(
            lambda t, y: [y[1], -g], (0.0, end), [1.0, 2.0], events=floor, **FINE
        )
        return found.t[-1] + found.y[0, -1]

    check(f, 9.81, 0.5, exact=lambda g, T: T + 1.0 + 2.0 * T - g * T * T / 2, second=False)


def test_an_event_that_is_only_touched_has_no_time() -> None:
    def f(g: Any) -> Any:
        def top(t: Any, y: Any) -> Any:
            return y[1]

        top.terminal = True  # type: ignore[attr-defined]
        found = integrate.solve_ivp(lambda t, y: [y[1], g * t**2], (-1.0, 5.0), [0.0, -1e-9 / 3],
                                    events=top, **FINE)  # fmt: skip
        return found.t[-1]

    with pytest.raises(ArithmeticError):
        grad(f)(1e-9)


def test_shooting() -> None:
    def f(a: Any) -> Any:
        def miss(s: Any) -> Any:
            found = integrate.solve_ivp(lambda t, y: [y[1], a * y[0]], (0, 1), [0.0, s], **FINE)
            return found.y[0, -1] - 1.0

        return optimize.brentq(miss, 0.1, 5.0, xtol=1e-13)

    check(f, 2.0, exact=lambda a: math.sqrt(a) / math.sinh(math.sqrt(a)), second=False, rtol=1e-6)


def test_steps_that_the_solver_chooses_are_refused() -> None:
    def f(a: Any) -> Any:
        found = integrate.solve_ivp(lambda t, y: -a * y, (0.0, 1.0), [1.0])
        return found.y[0, 3]

    with pytest.raises(UnsupportedError, match="t_eval"):
        grad(f)(0.5)


def test_what_may_jump_is_refused() -> None:
    def f(a: Any) -> Any:
        def rate(t: Any, y: Any) -> Any:
            return -a * y if t < a else a * y

        return integrate.solve_ivp(rate, (0.0, 1.0), [1.0]).y[0, -1]

    with pytest.raises(UnsupportedError, match="jump"):
        grad(f)(0.5)


def test_a_failure_of_the_solver_is_an_error() -> None:
    def f(a: Any) -> Any:
        return integrate.solve_ivp(lambda t, y: y**2, (0.0, 2.0), [a]).y[0, -1]

    with np.errstate(all="ignore"), pytest.raises(ArithmeticError, match="not solved"):
        grad(f)(1.0)


def test_the_solution_at_the_begin_itself() -> None:
    def f(a: Any) -> Any:
        found = integrate.solve_ivp(lambda t, y: -a * y, (0, 1), [a], dense_output=True)
        at_begin = integrate.solve_ivp(lambda t, y: -a * y, (0, 1), [a * a], t_eval=[0.0]).y[0, 0]
        return found.sol(0.0)[0] + at_begin

    assert grad(f)(1.5) == pytest.approx(4.0, rel=1e-6)


def zero(t: Any, y: Any, k: Any) -> Any:
    return y[0]


def top(t: Any, y: Any, k: Any) -> Any:
    return y[1]


def stop(t: Any, y: Any, k: Any) -> Any:
    return t - 2.0 * k


top.direction = -1  # type: ignore[attr-defined]
stop.terminal = True  # type: ignore[attr-defined]


def oscillator(k: Any, end: Any, *events: Any) -> Any:
    return integrate.solve_ivp(
        lambda t, y, k: [y[1], -k * y[0]], (0.0, end), [1.0, 0.1], events=events, args=(k,),
        rtol=1e-10, atol=1e-11,
    )  # fmt: skip


def test_events_that_happen_several_times() -> None:
    def f(k: Any) -> Any:
        found = oscillator(k, 6.0, zero, top)
        states = found.y_events[0][1, 1] + found.t_events[1][0] * found.y_events[1][0, 0]
        return np.sum(found.t_events[0] ** 2) + states

    check(f, 1.3, rtol=1e-6, second=False)
    slope, h = grad(f), 1e-5
    assert hvp(f)(1.3, 1.0) == pytest.approx((slope(1.3 + h) - slope(1.3 - h)) / (2 * h), rel=1e-5)


def test_one_of_several_events_ends_the_integration() -> None:
    def f(k: Any) -> Any:
        found = oscillator(k, 6.0, zero, stop)
        return found.t[-1] * found.y[0, -1] + found.t_events[0][0]

    check(f, 1.3, rtol=1e-6, second=False)


def test_events_that_do_not_happen() -> None:
    def f(k: Any) -> Any:
        found = oscillator(k, 0.2, zero, top)
        return np.sum(found.t_events[0]) + found.y[0, -1]

    check(f, 1.3, rtol=1e-6, second=False)


def test_events_with_other_times_are_refused() -> None:
    def f(k: Any) -> Any:
        return integrate.solve_ivp(
            lambda t, y, k: [y[1], -k * y[0]], (0.0, 1.0), [1.0, 0.1], events=[zero, top],
            args=(k,), t_eval=[0.5],
        ).y[0, 0]  # fmt: skip

    with pytest.raises(UnsupportedError, match="t_eval"):
        grad(f)(1.3)
