"""Minima, by the implicit function theorem for the conditions of Karush, Kuhn and Tucker.

At a minimum the gradient of f is zero, so that ∂x/∂p = -H⁻¹ ∂²f/∂x∂p with the Hessian H. A variable
that a bound holds moves with the bound, and the others solve the rest of these equations. Of the
constraints, the equations and the inequalities that hold the solution take part, with their
multipliers. (Fiacco, Introduction to Sensitivity and Stability Analysis in Nonlinear Programming,
1983.)

Solvers stop early, and say so only sometimes. So Newton's next step is computed: if it is long,
that is an error, else the derivative is taken where it leads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import optimize

from adjoint.api import grad
from adjoint.pushforwards import jvp
from adjoint.rules.registry import solves
from adjoint.runtime.solvers import (
    active_bounds,
    active_constraints,
    away_from_bounds,
    check_bounds,
    check_constraints,
    check_minimum,
    check_regular,
    check_scalar_minimum,
    held_side,
)
from adjoint.solvers.primitives import (
    field,
    has_derivative,
    parameter_count,
    pose,
    refuse,
    run,
    solved,
    spread,
    underived,
)
from adjoint.solvers.results import LeastSquares, Minimum, ScalarMinimum
from adjoint.solvers.roots import as_array, as_tuple, as_vector, start

# The theorems


def hessian_of(f: Any, x: Any, p: Any) -> Any:
    """The second derivatives of f with respect to x, column by column."""
    return np.array([jvp(lambda z: grad(f)(z, p), (x,), (e,))[1] for e in np.eye(len(x))])


def _minimum(f: Any, p: Any, x: Any, x_bar: Any) -> Any:
    if not has_derivative(p):
        return (None,)
    H = hessian_of(f, x, p)
    check_regular(H, "the Hessian")
    step = np.linalg.solve(H, grad(f)(x, p))
    check_minimum(step, x)
    z = x - step
    w = -np.linalg.solve(hessian_of(f, z, p), x_bar)
    return (grad(lambda q: w @ grad(f)(z, q))(p),)


def _bounded_minimum(f: Any, lower: Any, upper: Any, p: Any, x: Any, x_bar: Any) -> Any:
    slope, H = grad(f)(x, p), hessian_of(f, x, p)
    held = active_bounds(x, lower, upper, slope, np.diag(H))
    check_bounds(x, lower, upper, held)
    free = np.where(held == 0, 1.0, 0.0)
    reduced = np.outer(free, free) * H + np.diag(1.0 - free)
    check_regular(reduced, "the Hessian of the free variables")
    step = np.linalg.solve(reduced, free * slope)
    check_minimum(step, x)
    z = x - step
    H = hessian_of(f, z, p)
    reduced = np.outer(free, free) * H + np.diag(1.0 - free)
    w = np.linalg.solve(reduced, free * x_bar)
    held_bar = x_bar - H @ w
    lower_bar, upper_bar = np.where(held < 0, held_bar, 0.0), np.where(held > 0, held_bar, 0.0)
    if not has_derivative(p):
        return lower_bar, upper_bar, None
    return lower_bar, upper_bar, grad(lambda q: -w @ grad(f)(z, q))(p)


def _constrained_minimum(
    f: Any, c: Any, lower: Any, upper: Any, equality: Any, p: Any, x: Any, x_bar: Any
) -> Any:
    n, m = len(x), len(equality)
    slope, A, values = grad(f)(x, p), _rows(c, x, p, m), c(x, p)
    near = active_constraints(values, equality)
    inside = away_from_bounds(x, lower, upper)
    reduced = slope - A.T @ _multipliers(A, near, slope, inside)
    held = active_bounds(x, lower, upper, reduced, np.ones(n))
    check_bounds(x, lower, upper, held)
    free = np.where(held == 0, 1.0, 0.0)
    multipliers = _multipliers(A, near, slope, free)
    check_constraints(values, equality, near, multipliers)
    K = _kkt(f, c, x, p, multipliers, near, free, m)
    check_regular(K, "the matrix of the conditions of Karush, Kuhn and Tucker")
    rest = np.concatenate([free * (slope - A.T @ multipliers), near * values])
    step = np.linalg.solve(K, rest)
    check_minimum(step[:n], x)
    z = x - step[:n]
    multipliers = _multipliers(_rows(c, z, p, m), near, grad(f)(z, p), free)
    K = _kkt(f, c, z, p, multipliers, near, free, m)
    solution = np.linalg.solve(K, np.concatenate([free * x_bar, np.zeros(m)]))
    w, v = solution[:n], solution[n:]
    H = hessian_of(lambda y, q: f(y, q) - multipliers @ c(y, q), z, p)
    held_bar = x_bar - H @ w - _rows(c, z, p, m).T @ (near * v)
    lower_bar, upper_bar = np.where(held < 0, held_bar, 0.0), np.where(held > 0, held_bar, 0.0)
    if not has_derivative(p):
        return lower_bar, upper_bar, None, None

    def conditions(q: Any) -> Any:
        stationary = grad(lambda y: f(y, q) - multipliers @ c(y, q))(z)
        return -w @ stationary - (near * v) @ c(z, q)

    return lower_bar, upper_bar, None, grad(conditions)(p)


def _rows(c: Any, x: Any, p: Any, m: Any) -> Any:
    """The Jacobian of the constraints."""
    return np.reshape([grad(lambda z: c(z, p)[k])(x) for k in range(m)], (m, len(x)))  # noqa: B023


def _multipliers(A: Any, active: Any, slope: Any, free: Any) -> Any:
    """Those with which the gradient is a sum of the gradients of the active constraints."""
    held = active[:, None] * A * free
    return np.linalg.solve(held @ held.T + np.diag(1.0 - active), held @ slope)


def _kkt(f: Any, c: Any, x: Any, p: Any, multipliers: Any, active: Any, free: Any, m: Any) -> Any:
    H = hessian_of(lambda y, q: f(y, q) - multipliers @ c(y, q), x, p)
    A = active[:, None] * _rows(c, x, p, m) * free
    above = np.concatenate([np.outer(free, free) * H + np.diag(1.0 - free), A.T], axis=1)
    return np.concatenate(
        [above, np.concatenate([A, np.diag(1.0 - active)], axis=1)], axis=0
    )


def _scalar_minimum(f: Any, p: Any, x: Any, x_bar: Any) -> Any:
    if not has_derivative(p):
        return (None,)
    slope, curvature = grad(f)(x, p), grad(grad(f))(x, p)
    check_scalar_minimum(slope, curvature, x)
    z = x - slope / curvature
    w = -x_bar / grad(grad(f))(z, p)
    return (grad(lambda q: w * grad(f)(z, q))(p),)


def _bounded_scalar_minimum(f: Any, lower: Any, upper: Any, p: Any, x: Any, x_bar: Any) -> Any:
    slope, curvature = grad(f)(x, p), grad(grad(f))(x, p)
    held = held_side(x, lower, upper, slope, curvature)
    check_bounds(x, lower, upper, held)
    lower_bar, upper_bar = x_bar * (held < 0), x_bar * (held > 0)
    if not has_derivative(p):
        return lower_bar, upper_bar, None
    free = float(held == 0)
    check_scalar_minimum(free * slope, free * curvature + (1.0 - free), x)
    z = x - free * slope / (free * curvature + (1.0 - free))
    w = -free * x_bar / (free * grad(grad(f))(z, p) + (1.0 - free))
    return lower_bar, upper_bar, grad(lambda q: w * grad(f)(z, q))(p)


def _least(f: Any, x: Any, p: Any, fun: Any, fun_bar: Any) -> Any:
    """The smallest value depends on p as f does; the part of x is zero where x is free."""
    x_bar = fun_bar * grad(f)(x, p)
    return x_bar, grad(lambda q: fun_bar * f(x, q))(p) if has_derivative(p) else None


# Of functions of several variables


@solves(optimize.minimize)
def _minimize(
    solver: Any, fun: Any, x0: Any, args: Any = (), method: Any = None, jac: Any = None,
    hess: Any = None, hessp: Any = None, bounds: Any = None, constraints: Any = (),
    tol: Any = None, callback: Any = None, options: Any = None,
) -> Any:  # fmt: skip
    given, begin = as_tuple(args), start(x0)
    if callback is not None:
        refuse("a callback of minimize")
    known: Any = {}
    if method is not None:
        known["method"] = method
    if tol is not None:
        known["tol"] = tol
    if options is not None:
        known["options"] = options
    if jac is True:
        objective, _ = pose(value_and_slope=(lambda x: _number_and_slope(fun(x, *given)), (begin,)))
        _, problem = pose(objective=(lambda x: _number(fun(x, *given)[0]), (begin,)))
        known["jac"] = True
    else:
        objective, problem = pose(objective=(lambda x: _number(fun(x, *given)), (begin,)))
        if isinstance(jac, str):
            known["jac"] = jac
        elif jac is not None and jac is not False:
            known["jac"], _ = pose(slope=(lambda x: as_vector(jac(x, *given)), (begin,)))
    if isinstance(hess, str):
        known["hess"] = hess
    elif hess is not None:
        known["hess"], _ = pose(curvature=(lambda x: as_array(hess(x, *given)), (begin,)))
    if hessp is not None:
        known["hessp"], _ = pose(
            product=(lambda x, v: as_vector(hessp(x, v, *given)), (begin, begin))
        )
    if isinstance(constraints, dict):
        constraints = (constraints,)
    if len(constraints) > 0:
        return _constrained(solver, fun, given, begin, bounds, constraints, objective, known)
    if bounds is None:
        result = run(solver, object, objective, begin, **known)
        x = solved(field(result, "x", begin), _minimum, problem)
    else:
        lower, upper = limits(bounds, begin)
        result = run(solver, object, objective, begin,
                  bounds=run(optimize.Bounds, object, lower, upper), **known)  # fmt: skip
        x = solved(field(result, "x", begin), _bounded_minimum, problem, lower, upper)
    return _result(result, x, begin, problem)


def _result(result: Any, x: Any, begin: Any, problem: Any) -> Any:
    fun = solved(field(result, "fun", 0.0), _least, problem, x)
    return Minimum(result, x, fun, problem)


def _constrained(
    solver: Any, fun: Any, given: Any, begin: Any, bounds: Any, constraints: Any, objective: Any,
    known: Any,
) -> Any:  # fmt: skip
    posed = [_constraint(c, begin) for c in constraints]
    equality = np.concatenate([p[1] for p in posed])

    def values(x: Any) -> Any:
        return np.concatenate([_values(c, x) for c in constraints])

    def value(x: Any) -> Any:
        return _number(fun(x, *given))

    _, _, problem = pose(objective=(value, (begin,)), constraints=(values, (begin,)))
    _, of_value = pose(objective=(value, (begin,)))
    if bounds is None:
        lower, upper = np.full(len(begin), -np.inf), np.full(len(begin), np.inf)
        result = run(solver, object, objective, begin, constraints=[p[0] for p in posed], **known)
    else:
        lower, upper = limits(bounds, begin)
        result = run(solver, object, objective, begin, constraints=[p[0] for p in posed],
                  bounds=run(optimize.Bounds, object, lower, upper), **known)  # fmt: skip
    x = solved(field(result, "x", begin), _constrained_minimum, problem, lower, upper, equality)
    return _result(result, x, begin, of_value)


def _constraint(constraint: Any, begin: Any) -> Any:
    """A constraint as the solver takes it, and which of its values are equations."""
    if not isinstance(constraint, dict):
        refuse("a constraint that is no dictionary")
    function, _ = pose(constraint=(lambda x: _values(constraint, x), (begin,)))
    made = {"type": constraint["type"], "fun": function}
    if "jac" in constraint:
        further = as_tuple(constraint.get("args", ()))
        made["jac"], _ = pose(
            slopes=(lambda x: as_array(constraint["jac"](x, *further)), (begin,))
        )
    count = len(_values(constraint, begin))
    return made, np.full(count, constraint["type"] == "eq")


def _values(constraint: Any, x: Any) -> Any:
    return as_vector(constraint["fun"](x, *as_tuple(constraint.get("args", ()))))


def _number(value: Any) -> Any:
    return value if np.ndim(value) == 0 else np.reshape(value, ())


def _number_and_slope(found: Any) -> Any:
    return _number(found[0]), as_vector(found[1])


def limits(bounds: Any, x: Any) -> Any:
    """The lower and upper bounds of x, as arrays."""
    if isinstance(bounds, optimize.Bounds):
        low, high = field(bounds, "lb", object), field(bounds, "ub", object)
        shape = np.shape(x)
        return run(np.broadcast_to, x, low, shape), run(np.broadcast_to, x, high, shape)
    if isinstance(bounds, Limits):
        return bounds.lb + 0.0 * x, bounds.ub + 0.0 * x
    if isinstance(bounds, (list, tuple)):
        lower = np.array([-np.inf if low is None else low for low, _ in bounds], dtype=float)
        upper = np.array([np.inf if high is None else high for _, high in bounds], dtype=float)
        return lower, upper
    return bounds[:, 0], bounds[:, 1]


class Limits:
    """Bounds that depend on inputs."""

    def __init__(self, lb: Any, ub: Any) -> None:
        self.lb, self.ub = as_array(lb), as_array(ub)


@solves(optimize.Bounds)
def _bounds(solver: Any, lb: Any = -np.inf, ub: Any = np.inf, **options: Any) -> Any:
    return Limits(lb, ub)


# Of functions of one variable


@solves(optimize.minimize_scalar)
def _minimize_scalar(
    solver: Any, fun: Any, bracket: Any = None, bounds: Any = None, args: Any = (), **options: Any
) -> Any:
    given = as_tuple(args)
    objective, problem = pose(objective=(lambda x: _number(fun(x, *given)), (0.0,)))
    if bracket is not None:
        options["bracket"] = bracket
    if bounds is None:
        result = run(solver, object, objective, **options)
        x = solved(field(result, "x", 0.0), _scalar_minimum, problem)
    else:
        lower, upper = float(bounds[0]), float(bounds[1])
        result = run(solver, object, objective, bounds=(lower, upper), **options)
        x = solved(field(result, "x", 0.0), _bounded_scalar_minimum, problem, lower, upper)
    return ScalarMinimum(result, x, solved(field(result, "fun", 0.0), _least, problem, x))


# Of sums of squares


@solves(optimize.least_squares)
def _least_squares(
    solver: Any, fun: Any, x0: Any, jac: Any = "2-point", bounds: Any = None, method: Any = "trf",
    loss: Any = "linear", f_scale: Any = 1.0, args: Any = (), kwargs: Any = None, **options: Any,
) -> Any:  # fmt: skip
    given, named, begin = as_tuple(args), {} if kwargs is None else kwargs, start(x0)

    def residuals(x: Any) -> Any:
        return as_vector(fun(x, *given, **named))

    def cost(x: Any) -> Any:
        return 0.5 * f_scale**2 * np.sum(_loss(loss, (residuals(x) / f_scale) ** 2))

    differences, of_residuals = pose(residuals=(residuals, (begin,)))
    _, problem = pose(cost=(cost, (begin,)))
    options = dict(options, method=method)
    if not isinstance(jac, str):
        options["jac"], _ = pose(slopes=(lambda x: as_array(jac(x, *given, **named)), (begin,)))
    else:
        options["jac"] = jac
    if loss != "linear":
        options["loss"], options["f_scale"] = loss, f_scale
    if bounds is None:
        result = run(solver, object, differences, begin, **options)
        x = solved(field(result, "x", begin), _minimum, problem)
    else:
        lower, upper = both_limits(bounds, begin)
        result = run(solver, object, differences, begin, bounds=(lower, upper), **options)
        x = solved(field(result, "x", begin), _bounded_minimum, problem, lower, upper)
    fun = solved(field(result, "fun", residuals(begin)), _value, of_residuals, x)
    return LeastSquares(result, x, fun, solved(field(result, "cost", 0.0), _least, problem, x))


def _loss(loss: Any, z: Any) -> Any:
    if loss == "linear":
        return z
    if loss == "soft_l1":
        return 2.0 * (np.sqrt(1.0 + z) - 1.0)
    if loss == "huber":
        return np.where(z <= 1.0, z, 2.0 * np.sqrt(np.maximum(z, 1.0)) - 1.0)
    if loss == "cauchy":
        return np.log1p(z)
    if loss == "arctan":
        return np.arctan(z)
    refuse("a loss of the user's in least_squares")


def _value(f: Any, x: Any, p: Any, y: Any, y_bar: Any) -> Any:
    """What the function gives at the solution."""
    return (
        grad(lambda z: y_bar @ f(z, p))(x),
        grad(lambda q: y_bar @ f(x, q))(p) if has_derivative(p) else None,
    )


def both_limits(bounds: Any, x: Any) -> Any:
    """Bounds as least_squares and its relatives take them: (lower, upper), or as `limits`."""
    if isinstance(bounds, (list, tuple)) and len(bounds) == 2:
        zero = np.zeros_like(x)
        return as_array(bounds[0]) + zero, as_array(bounds[1]) + zero
    return limits(bounds, x)


@solves(optimize.curve_fit, raises=(RuntimeError,))
def _curve_fit(
    solver: Any, f: Any, xdata: Any, ydata: Any, p0: Any = None, sigma: Any = None,
    absolute_sigma: Any = False, check_finite: Any = True, bounds: Any = None, method: Any = None,
    jac: Any = None, *, full_output: Any = False, nan_policy: Any = None, **options: Any,
) -> Any:  # fmt: skip
    count = parameter_count(f) - 1
    if count < 0:
        count = len(p0)
    begin = np.ones(count) if p0 is None else start(p0)
    ones = (1.0,) * count
    y = as_array(ydata)
    known = dict(options)
    if sigma is not None:
        known["sigma"] = sigma
    if absolute_sigma is not False:
        known["absolute_sigma"] = absolute_sigma
    if method is not None:
        known["method"] = method

    def model(v: Any) -> Any:
        return f(xdata, *spread(v, ones))

    def cost(v: Any) -> Any:
        r = model(v) - y
        if sigma is None:
            return 0.5 * np.sum(r**2)
        if np.ndim(sigma) == 2:
            return 0.5 * np.sum(r * np.linalg.solve(as_array(sigma), r))
        return 0.5 * np.sum((r / as_array(sigma)) ** 2)

    # the solver calls model(xdata, *parameters)
    fitted, _ = pose(model=(lambda x, *v: f(x, *v), (xdata, *ones)))
    _, problem = pose(cost=(cost, (begin,)))
    if jac is not None and not isinstance(jac, str):
        known["jac"], _ = pose(
            slopes=(lambda x, *v: jac(x, *v), (xdata, *ones))
        )
    elif jac is not None:
        known["jac"] = jac
    if bounds is None:
        result = run(solver, object, fitted, xdata, ydata, begin, **known)
        found = solved(field(result, 0, begin), _minimum, problem)
    else:
        lower, upper = both_limits(bounds, begin)
        result = run(solver, object, fitted, xdata, ydata, begin, bounds=(lower, upper), **known)
        found = solved(field(result, 0, begin), _bounded_minimum, problem, lower, upper)
    return found, underived(field(result, 1, np.outer(begin, begin)), "pcov of curve_fit", problem)


# Linear ones


def _free_least_squares(
    A: Any, b: Any, lower: Any, upper: Any, p: Any, x: Any, x_bar: Any
) -> Any:
    slope = A.T @ (A @ x - b)
    held = active_bounds(x, lower, upper, slope, np.sum(A * A, axis=0))
    check_bounds(x, lower, upper, held)
    free = np.where(held == 0, 1.0, 0.0)
    reduced = np.outer(free, free) * (A.T @ A) + np.diag(1.0 - free)
    check_regular(reduced, "the normal matrix of the free variables")
    check_minimum(np.linalg.solve(reduced, free * slope), x)
    w = np.linalg.solve(reduced, free * x_bar)
    held_bar = x_bar - A.T @ (A @ w)
    rest = b - A @ x
    A_bar = np.outer(rest, w) - np.outer(A @ w, x)
    return (
        A_bar, A @ w, np.where(held < 0, held_bar, 0.0), np.where(held > 0, held_bar, 0.0), None
    )  # fmt: skip


def _linear(A: Any, b: Any, x: Any, lower: Any, upper: Any) -> Any:
    return solved(x, _free_least_squares, pose()[0], A, b, lower, upper)


@solves(optimize.nnls, raises=(RuntimeError,))
def _nnls(solver: Any, A: Any, b: Any, **options: Any) -> Any:
    matrix, right = as_array(A), as_array(b)
    zero = np.zeros(np.shape(matrix)[1])
    result = run(solver, object, matrix, right, **options)
    x = _linear(matrix, right, field(result, 0, zero), zero, np.full_like(zero, np.inf))
    return x, np.linalg.norm(matrix @ x - right)


@solves(optimize.lsq_linear)
def _lsq_linear(solver: Any, A: Any, b: Any, bounds: Any = None, **options: Any) -> Any:
    matrix, right = as_array(A), as_array(b)
    zero = np.zeros(np.shape(matrix)[1])
    if bounds is None:
        lower, upper = np.full_like(zero, -np.inf), np.full_like(zero, np.inf)
        result = run(solver, object, matrix, right, **options)
    else:
        lower, upper = both_limits(bounds, zero)
        result = run(solver, object, matrix, right, bounds=(lower, upper), **options)
    x = _linear(matrix, right, field(result, "x", zero), lower, upper)
    rest = matrix @ x - right
    return LeastSquares(result, x, rest, 0.5 * np.sum(rest**2))
