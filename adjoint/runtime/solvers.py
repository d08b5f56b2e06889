"""What a theorem supposes of a solution is checked where its derivative is taken."""

from __future__ import annotations

from typing import Any

import numpy as np

#: A step of Newton's method from a root to a better one is at most so long, relatively.
_ROOT = 1e-6
#: The same from a minimum; the derivative is taken where the step leads.
_MINIMUM = 1e-3
#: The largest condition number of the matrix of a theorem.
_CONDITION = 1e13
#: How near to a bound or constraint a solver stops, and from which length on the step beyond it
#: is one that the bound prevents; both are relative.
_NEAR, _BEYOND = 1e-6, 1e-5
#: The same for a bounded search of one number.
_END = 1e-4


def check_scalar_root(residual: Any, slope: Any, x: Any) -> None:
    """Raise where x is no simple root of the function of this value and slope."""
    if not abs(residual) <= _ROOT * abs(slope) * (1.0 + abs(x)) or slope == 0.0:
        raise ArithmeticError(
            f"x = {float(x)!r} is no root, or none with a derivative: the function is "
            f"{float(residual)!r} there, and its slope {float(slope)!r}; is the tolerance of the "
            "solver too large?"
        )


def check_root(residual: Any, jacobian: Any, x: Any) -> None:
    """Raise where x is no simple root of the system of these values and this Jacobian."""
    check_regular(jacobian, "the Jacobian of the equations")
    step = np.linalg.solve(jacobian, residual)
    if not _length(step) <= _ROOT * (1.0 + _length(x)):
        raise ArithmeticError(
            f"the solver has stopped {_length(step):.1e} from a root, so that there is no "
            "derivative: make its tolerance smaller, or begin elsewhere"
        )


def check_regular(matrix: Any, what: str) -> None:
    """Raise where a matrix is singular, so that the solution is no function of the parameters."""
    if not np.all(np.isfinite(matrix)) or np.size(matrix) and np.linalg.cond(matrix) > _CONDITION:
        raise ArithmeticError(
            f"{what} is singular at the solution, which has no derivative there"
        )


def check_minimum(step: Any, x: Any) -> None:
    """Raise where Newton's step from x to a stationary point is not short."""
    if not _length(step) <= _MINIMUM * (1.0 + _length(x)):
        raise ArithmeticError(
            f"the solver has stopped {_length(step):.1e} from a stationary point, so that there "
            "is no derivative: make its tolerance smaller, or begin elsewhere"
        )


def check_scalar_minimum(slope: Any, curvature: Any, x: Any) -> None:
    """Raise where x is no minimum of the function of this slope and curvature."""
    if not abs(slope) <= _MINIMUM * abs(curvature) * (1.0 + abs(x)) or curvature == 0.0:
        raise ArithmeticError(
            f"x = {float(x)!r} is no minimum, or none with a derivative: the slope is "
            f"{float(slope)!r} there, and the curvature {float(curvature)!r}; is the tolerance of "
            "the solver too large?"
        )


def active_bounds(x: Any, low: Any, high: Any, slope: Any, curvature: Any) -> Any:
    """-1 where the lower bound holds a variable, 1 where the upper one does, and 0 elsewhere.

    A bound holds a variable if the function falls beyond it.
    """
    near_lower, near_upper = _near(x, low, 1.0), _near(x, high, -1.0)
    beyond = np.abs(slope) > _BEYOND * np.abs(curvature) * (1.0 + np.abs(x))
    fixed = np.where(near_lower & near_upper & (np.asarray(low) == high), -1, 0)
    found = np.where(near_upper & beyond & (slope < 0), 1, fixed)
    return np.where(near_lower & beyond & (slope > 0), -1, found)


def held_side(x: Any, low: Any, high: Any, slope: Any, curvature: Any) -> int:
    """The same for a number, which a solver leaves farther from the bound."""
    beyond = abs(slope) > _BEYOND * abs(curvature) * (1.0 + abs(x))
    if beyond and slope > 0 and x - low <= _END * (1.0 + abs(x)):
        return -1
    if beyond and slope < 0 and high - x <= _END * (1.0 + abs(x)):
        return 1
    return 0


def away_from_bounds(x: Any, low: Any, high: Any) -> Any:
    """1.0 where a variable is at no bound, 0.0 where it is at one."""
    return np.where(_near(x, low, 1.0) | _near(x, high, -1.0), 0.0, 1.0)


def check_bounds(x: Any, low: Any, high: Any, active: Any) -> None:
    """Raise where a variable is at a bound that does not hold it: beside that it moves."""
    near = _near(x, low, 1.0) | _near(x, high, -1.0)
    if np.any(near & (active == 0)):
        raise ArithmeticError(
            "a variable is at its bound, and would be without the bound: the solution has "
            "no derivative there, only one from each side"
        )


def active_constraints(values: Any, equality: Any) -> Any:
    """1.0 for the equations and the inequalities that hold the solution, 0.0 for the others."""
    return np.where(equality | (np.abs(values) <= _NEAR), 1.0, 0.0)


def check_constraints(values: Any, equality: Any, active: Any, multipliers: Any) -> None:
    """Raise where a constraint is not met, or is met without being needed."""
    scale = max(1.0, float(np.max(np.abs(multipliers), initial=0.0)))
    if np.any(np.abs(values[equality]) > 1e-5) or np.any(values[~equality] < -1e-5):
        raise ArithmeticError(
            "a constraint is not met at the solution: make the tolerance of the solver smaller"
        )
    inequalities = (active > 0.5) & ~equality
    if np.any(inequalities & (multipliers < _BEYOND * scale)):
        raise ArithmeticError(
            "an inequality is met with equality, and would be met without being demanded: the "
            "solution has no derivative there, only one from each side"
        )


def check_solved(success: Any, message: Any) -> None:
    """Raise where a differential equation was not solved to the end."""
    if not success:
        raise ArithmeticError(f"the differential equation was not solved: {message}")


def check_crossing(fired: Any, change: Any) -> None:
    """Raise where an event is touched, and not crossed: it happens or not."""
    if fired and not abs(change) > 1e-8:
        raise ArithmeticError(
            "the solution touches the event without crossing it, so that the time of the event "
            "has no derivative"
        )


def has_fired(status: Any) -> bool:
    """Did a terminal event end the integration?"""
    return bool(status == 1)


def romberg_weights(n: int) -> Any:
    """The weights of n samples at distance 1 in Romberg's integral.

    Raises
    ------
    ValueError : n is not one plus a power of two.
    """
    levels = (n - 1).bit_length()
    if n < 2 or n != 1 + (1 << levels - 1):
        raise ValueError("Number of samples must be one plus a non-negative power of 2.")
    table = np.zeros((levels, n))  # of the trapezoidal rules, from the longest step on
    for k in range(levels):
        step = (n - 1) >> k
        table[k, ::step] = step
        table[k, [0, -1]] = step / 2.0
    for k in range(1, levels):
        table = table[1:] + (table[1:] - table[:-1]) / (4.0**k - 1.0)
    return table[0]


def span_end(t0: Any, times: Any) -> float:
    """Where an integration from t0 ends that is asked for these times: a span has a length."""
    last = float(times[-1])
    return last if last != t0 else last + 1e-6 * (1.0 + abs(last))


def event_times(result: Any, k: int) -> Any:
    """When the event of this number has happened."""
    return np.asarray(result.t_events[k], float)


def event_states(result: Any, k: int, n: int) -> Any:
    """The solution at these times, one in a column."""
    return np.reshape(result.y_events[k], (-1, n)).T


def ends_with(result: Any, k: int) -> bool:
    """Has the event of this number ended the integration?"""
    times = result.t_events[k]
    return bool(result.status == 1 and len(times) and times[-1] == result.t[-1])


def as_event(function: Any, direction: float, terminal: Any = True) -> Any:
    """A function as an event of solve_ivp, which ends the integration unless told otherwise."""

    def event(t: Any, y: Any) -> Any:
        return function(t, y)

    event.terminal, event.direction = terminal, direction  # type: ignore[attr-defined]
    return event


def evaluate(function: Any, *args: Any) -> Any:
    """A call of what a solver has returned."""
    return function(*args)


def end_value(value: Any) -> Any:
    """What an integrand is at a limit of the integral that moves."""
    if not np.all(np.isfinite(value)):
        raise ArithmeticError(
            "the integrand is not finite at a limit of integration, so that the integral has no "
            "derivative with respect to this limit"
        )
    return value


def _near(x: Any, bound: Any, side: float) -> Any:
    with np.errstate(invalid="ignore"):
        return side * (x - bound) <= _NEAR * (1.0 + np.abs(x))


def _length(x: Any) -> float:
    return float(np.linalg.norm(x))


#: What is called for the error that it raises.
CHECKS = (check_scalar_root, check_root, check_regular, check_minimum, check_scalar_minimum,
          check_bounds, check_constraints, check_solved, check_crossing)  # fmt: skip
#: Decisions, which are constant between jumps.
DECISIONS = (active_bounds, active_constraints, held_side, away_from_bounds, has_fired, span_end)
