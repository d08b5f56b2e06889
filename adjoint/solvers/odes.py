"""Ordinary differential equations, by their sensitivity equations.

For y' = f(t, y, p) the derivative S = ∂y/∂q with respect to a parameter q solves
S' = ∂f/∂y S + ∂f/∂q, beside y itself, with the method and the tolerances of the program. Where the
time at which the solution is asked for moves, f itself comes in; where the begin moves, minus the
derivative with respect to the initial values, times f. (Hairer, Nørsett and Wanner, Solving
Ordinary Differential Equations I, section I.14.)

A terminal event ends at the time T with g(T, y(T), p) = 0, so that
dT/dp = -(∂g/∂p + ∂g/∂y ∂y/∂p) / (dg/dt).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import integrate

from adjoint.api import grad
from adjoint.jacobians import jacobian
from adjoint.rules.registry import solves
from adjoint.runtime.solvers import (
    as_event,
    check_crossing,
    check_solved,
    ends_with,
    event_states,
    event_times,
    has_fired,
    span_end,
)
from adjoint.solvers.primitives import (
    added,
    attribute_of,
    by_part,
    entry,
    field,
    has_derivative,
    pose,
    pose_continuous,
    posed,
    refuse,
    run,
    solved,
    underived,
    without,
)
from adjoint.solvers.results import Dense, Ended, Eventful, Instants, Steps, Trajectory
from adjoint.solvers.roots import as_array, as_tuple, as_vector, start

# The theorem


def _trajectory(
    f: Any, t0: Any, y0: Any, times: Any, options: Any, p: Any, y: Any, y_bar: Any
) -> Any:
    """Of the solution at some times, one in a column."""
    n = len(y0)
    S0 = np.eye(n)
    flow = sensitivities(f, None, t0, y0, times, options, p, S0)
    y0_bar = np.tensordot(flow, y_bar, ((0, 2), (0, 1)))
    t0_bar = -f(t0, y0, p) @ y0_bar
    rates = np.stack([f(times[k], y[:, k], p) for k in range(len(times))], axis=1)
    times_bar = np.sum(y_bar * rates, axis=0)

    def of_part(q: Any, put: Any) -> Any:
        def slopes(t: Any, v: Any) -> Any:
            return np.reshape(jacobian(lambda r: f(t, v, put(r)))(q), (n, -1))

        S = sensitivities(f, slopes, t0, y0, times, options, p, np.zeros((n, np.size(q))))
        total = np.tensordot(S, y_bar, ((0, 2), (0, 1)))
        return total[0] if np.ndim(q) == 0 else np.reshape(total, np.shape(q))

    return t0_bar, y0_bar, times_bar, None, by_part(of_part, p)


def sensitivities(
    f: Any, slopes: Any, t0: Any, y0: Any, times: Any, options: Any, p: Any, S0: Any
) -> Any:
    """The solution of S' = ∂f/∂y S + slopes at some times: for each a matrix like S0."""
    n, m = len(y0), np.shape(S0)[1]

    def rate(t: Any, z: Any) -> Any:
        y, S = z[:n], np.reshape(z[n:], (n, m))
        J = jacobian(lambda v: f(t, v, p))(y)
        change = J @ S if slopes is None else J @ S + slopes(t, y)
        return np.concatenate([f(t, y, p), np.ravel(change)])

    z0 = np.concatenate([y0, np.ravel(S0)])
    z = integrate.solve_ivp(
        rate, (t0, span_end(t0, times)), z0, t_eval=times, **_of_sensitivities(options, m)
    ).y
    return np.reshape(z[n:], (n, m, len(times)))


def _of_sensitivities(options: Any, m: Any) -> Any:
    """The options of solve_ivp for y and m sensitivities of each component."""
    found = without(options, "atol")
    if "atol" in options:
        atol = options["atol"]
        found["atol"] = atol if np.ndim(atol) == 0 else np.concatenate([atol, np.repeat(atol, m)])
    return found


def _event_time(
    f: Any, g: Any, fired: Any, t0: Any, t1: Any, y0: Any, state: Any, options: Any, p: Any,
    T: Any, T_bar: Any,
) -> Any:  # fmt: skip
    """Of the time of a terminal event; the end of the span where there was none."""
    times, ends = np.array([T]), np.reshape(state, (-1, 1))
    seen = solved(ends, _trajectory, posed(p, f), t0, y0, times, options)
    state = seen[:, 0]
    slope, change = _crossing(f, g, T, state, p)
    check_crossing(fired, change)
    happened = float(fired)
    w = -happened * T_bar / (happened * change + (1.0 - happened))
    t0_bar, y0_bar, _, _, p_bar = _trajectory(
        f, t0, y0, times, options, p, seen, np.reshape(w * slope, (-1, 1))
    )
    own = grad(lambda q: w * g(T, state, q))(p) if has_derivative(p) else None
    total = p_bar if own is None else added(p_bar, own)
    return None, t0_bar, T_bar * (1.0 - happened), y0_bar, None, None, total


def _crossing(f: Any, g: Any, t: Any, y: Any, p: Any) -> Any:
    """The derivatives of an event, with respect to the solution and along it."""
    slope = jacobian(lambda v: g(t, v, p))(y)
    return slope, grad(lambda s: g(s, y, p))(t) + slope @ f(t, y, p)


def _event_times(
    f: Any, g: Any, t0: Any, y0: Any, states: Any, options: Any, p: Any, T: Any, T_bar: Any
) -> Any:
    """Of all times at which one event has happened; there is at least one."""
    seen = solved(states, _trajectory, posed(p, f), t0, y0, T, options)
    weights, y_bar = np.zeros_like(T), np.zeros_like(seen)
    for k in range(len(T)):
        slope, change = _crossing(f, g, T[k], seen[:, k], p)
        check_crossing(True, change)
        weights[k] = -T_bar[k] / change
        y_bar[:, k] = weights[k] * slope
    t0_bar, y0_bar, _, _, p_bar = _trajectory(f, t0, y0, T, options, p, seen, y_bar)

    def weighted(q: Any) -> Any:
        total = 0.0
        for k in range(len(T)):
            total = total + weights[k] * g(T[k], seen[:, k], q)
        return total

    own = grad(weighted)(p) if has_derivative(p) else None
    return t0_bar, y0_bar, None, None, p_bar if own is None else added(p_bar, own)


# solve_ivp


@solves(integrate.solve_ivp)
def _solve_ivp(
    solver: Any, fun: Any, t_span: Any, y0: Any, method: Any = "RK45", t_eval: Any = None,
    dense_output: Any = False, events: Any = None, vectorized: Any = False, args: Any = None,
    **options: Any,
) -> Any:  # fmt: skip
    given, begin = () if args is None else as_tuple(args), start(y0)
    t0, t1 = float(t_span[0]), float(t_span[1])

    def rate(t: Any, y: Any) -> Any:
        return as_vector(fun(t, y, *given))

    rates, problem = pose_continuous(rate=(rate, (0.0, begin)))
    further = without(options, "jac")
    if not isinstance(method, str) or method != "RK45":
        further["method"] = method
    of_solver = dict(further)
    if "jac" in options:
        of_solver["jac"] = _jacobian_of(options["jac"], given, begin)
    if dense_output:
        of_solver["dense_output"] = True
    if events is not None:
        return _with_event(
            solver, rate, rates, problem, t0, t1, begin, t_eval, events, given, further, of_solver
        )
    anywhere = begin[begin > 0.0]  # an array of another size
    if t_eval is None:
        result = run(solver, object, rates, (t0, t1), begin, **of_solver)
        check_solved(field(result, "success", bool), field(result, "message", str))
        whole = field(result, "y", np.outer(begin, anywhere))
        end = solved(whole[:, -1:], _trajectory, problem, t0, begin, np.array([t1]), further)
        y = Steps(underived(whole, _STEPS, problem, t0, begin), end[:, 0])
        t = Instants(underived(field(result, "t", anywhere), _STEPS, problem, t0, begin), t1)
    else:
        t = as_array(t_eval)
        result = run(solver, object, rates, (t0, t1), begin, t_eval=t, **of_solver)
        check_solved(field(result, "success", bool), field(result, "message", str))
        whole = field(result, "y", np.outer(begin, t))
        y = solved(whole, _trajectory, problem, t0, begin, t, further)
    sol = None
    if dense_output:
        sol = Dense(field(result, "sol", object), _trajectory, problem, t0, begin, further)
    return Trajectory(result, t, y, sol)


def _with_event(
    solver: Any, rate: Any, rates: Any, problem: Any, t0: Any, t1: Any, begin: Any, t_eval: Any,
    events: Any, given: Any, options: Any, of_solver: Any,
) -> Any:  # fmt: skip
    """With one terminal event, which ends the integration."""
    event = events[0] if isinstance(events, (list, tuple)) and len(events) == 1 else events
    if isinstance(event, (list, tuple)) or not attribute_of(event, "terminal", False):
        several = events if isinstance(events, (list, tuple)) else [events]
        return _with_events(
            solver, rate, rates, problem, t0, t1, begin, t_eval, several, given, options, of_solver
        )
    if t_eval is not None:
        refuse("a terminal event together with t_eval")

    def crossing(t: Any, y: Any) -> Any:
        value = event(t, y, *given)
        return value if np.ndim(value) == 0 else np.reshape(value, ())

    _, crossings, both = pose_continuous(
        rate=(rate, (0.0, begin)), crossing=(crossing, (0.0, begin))
    )
    hit = run(as_event, object, crossings, float(attribute_of(event, "direction", 0.0)))
    result = run(solver, object, rates, (t0, t1), begin, events=hit, **of_solver)
    check_solved(field(result, "success", bool), field(result, "message", str))
    anywhere = begin[begin > 0.0]
    whole, instants = field(result, "y", np.outer(begin, anywhere)), field(result, "t", anywhere)
    fired, state = has_fired(field(result, "status", int)), whole[:, -1]
    T = solved(
        float(instants[-1]), _event_time, both, fired, t0, t1, begin, state, options
    )
    end = solved(whole[:, -1:], _trajectory, problem, t0, begin, np.array([T]), options)[:, 0]
    y = Steps(underived(whole, _STEPS, problem, t0, begin), end)
    t = Instants(underived(instants, _STEPS, problem, t0, begin), T)
    sol = None
    if "dense_output" in of_solver:
        sol = Dense(field(result, "sol", object), _trajectory, problem, t0, begin, options)
    return Ended(result, t, y, sol, T, end)


def _with_events(
    solver: Any, rate: Any, rates: Any, problem: Any, t0: Any, t1: Any, begin: Any, t_eval: Any,
    events: Any, given: Any, options: Any, of_solver: Any,
) -> Any:  # fmt: skip
    """With events of which some end the integration; each may happen any number of times."""
    if t_eval is not None:
        refuse("events together with t_eval")
    if "dense_output" in of_solver:
        refuse("several events, or one that does not end the integration, with dense_output")
    hits, both = [], []
    for event in events:
        crossings, posed_both = _posed_event(rate, event, begin, given)
        terminal = bool(attribute_of(event, "terminal", False))
        direction = float(attribute_of(event, "direction", 0.0))
        hits.append(run(as_event, object, crossings, direction, terminal))
        both.append(posed_both)
    result = run(solver, object, rates, (t0, t1), begin, events=hits, **of_solver)
    check_solved(field(result, "success", bool), field(result, "message", str))
    anywhere = begin[begin > 0.0]
    whole, instants = field(result, "y", np.outer(begin, anywhere)), field(result, "t", anywhere)
    T = t1
    all_times, all_states = [], []
    for k, event in enumerate(events):
        found = run(event_times, anywhere, result, k)
        states = run(event_states, np.outer(begin, anywhere), result, k, len(begin))
        if len(found) > 0:
            times = solved(found, _event_times, both[k], t0, begin, states, options)
            states = solved(states, _trajectory, problem, t0, begin, times, options)
        else:
            times = found
        all_times.append(times)
        all_states.append(states.T)
        if attribute_of(event, "terminal", False) and run(ends_with, bool, result, k):
            T = times[-1]
    end = solved(whole[:, -1:], _trajectory, problem, t0, begin, np.array([T]), options)[:, 0]
    y = Steps(underived(whole, _STEPS, problem, t0, begin), end)
    t = Instants(underived(instants, _STEPS, problem, t0, begin), T)
    return Eventful(result, t, y, all_times, all_states)


def _posed_event(rate: Any, event: Any, begin: Any, given: Any) -> Any:
    def crossing(t: Any, y: Any) -> Any:
        value = event(t, y, *given)
        return value if np.ndim(value) == 0 else np.reshape(value, ())

    _, crossings, both = pose_continuous(
        rate=(rate, (0.0, begin)), crossing=(crossing, (0.0, begin))
    )
    return crossings, both


_STEPS = "the solution at the steps that the solver has chosen (say t_eval=...)"


def _jacobian_of(jac: Any, given: Any, begin: Any) -> Any:
    if jac is None or isinstance(jac, (np.ndarray, list, tuple)):
        return jac
    found, _ = pose(slopes=(lambda t, y: as_array(jac(t, y, *given)), (0.0, begin)))
    return found


# odeint


@solves(integrate.odeint)
def _odeint(
    solver: Any, func: Any, y0: Any, t: Any, args: Any = (), Dfun: Any = None,
    col_deriv: Any = 0, full_output: Any = 0, tfirst: Any = False, rtol: Any = None,
    atol: Any = None, **options: Any,
) -> Any:  # fmt: skip
    given, begin, times = as_tuple(args), start(y0), as_array(t)

    def rate(s: Any, y: Any) -> Any:
        return as_vector(func(s, y, *given) if tfirst else func(y, s, *given))

    rates, problem = pose_continuous(rate=(rate, (0.0, begin)))
    known = dict(options)
    if Dfun is not None:
        slopes, _ = pose(slopes=(
            lambda s, y: as_array(Dfun(s, y, *given) if tfirst else Dfun(y, s, *given)),
            (0.0, begin),
        ))  # fmt: skip
        known["Dfun"], known["col_deriv"] = slopes, col_deriv
    # as accurate as odeint is
    further = {"method": "LSODA", "rtol": 1.49012e-8, "atol": 1.49012e-8}
    if rtol is not None:
        known["rtol"] = further["rtol"] = rtol
    if atol is not None:
        known["atol"] = further["atol"] = atol
    result = run(solver, object, rates, begin, times, tfirst=True, full_output=True, **known)
    info = field(result, 1, object)
    message = entry(info, "message", str)
    found = field(result, 0, np.outer(times, begin))
    check_solved("successful" in message, message)
    later = solved(found[1:].T, _trajectory, problem, times[0], begin, times[1:], further)
    y = np.concatenate([np.reshape(begin, (1, -1)), later.T], axis=0)
    return (y, info) if full_output else y
