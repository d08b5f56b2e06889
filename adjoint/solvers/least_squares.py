"""Sums of squares: minima whose function is given by its residuals, and linear ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import optimize

from adjoint.api import grad
from adjoint.rules.registry import solves
from adjoint.runtime.solvers import (
    active_bounds,
    check_bounds,
    check_minimum,
    check_regular,
)
from adjoint.solvers.minima import _bounded_minimum, _least, _minimum, limits
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
from adjoint.solvers.results import LeastSquares
from adjoint.solvers.roots import as_array, as_tuple, as_vector, start

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
    if full_output:
        refuse("the full output of curve_fit")
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
