"""Roots, by the implicit function theorem: f(x, p) = 0 gives ∂x/∂p = -(∂f/∂x)⁻¹ ∂f/∂p."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import optimize

from adjoint.api import grad
from adjoint.rules.registry import solves
from adjoint.runtime.solvers import check_root, check_scalar_root
from adjoint.solvers.primitives import field, has_derivative, pose, refuse, run, solved
from adjoint.solvers.results import Root, ScalarRoot

# The theorem


def _scalar_root(f: Any, p: Any, x: Any, x_bar: Any) -> Any:
    if not has_derivative(p):
        return (None,)
    slope = grad(f)(x, p)
    check_scalar_root(f(x, p), slope, x)
    w = -x_bar / slope
    return (grad(lambda q: w * f(x, q))(p),)


def _root(f: Any, p: Any, x: Any, x_bar: Any) -> Any:
    if not has_derivative(p):
        return (None,)
    J = jacobian_of(f, x, p)
    check_root(f(x, p), J, x)
    w = -np.linalg.solve(J.T, x_bar)
    return (grad(lambda q: w @ f(x, q))(p),)


def jacobian_of(f: Any, x: Any, p: Any) -> Any:
    """The matrix ∂f/∂x, row by row."""
    n = len(x)
    return np.reshape([grad(lambda z: f(z, p)[k])(x) for k in range(n)], (n, n))  # noqa: B023


def as_tuple(args: Any) -> Any:
    """The further arguments of a function, as SciPy takes them."""
    return args if isinstance(args, tuple) else (args,)


def as_vector(value: Any) -> Any:
    """What a function returns, as the array that SciPy makes of it."""
    array = np.array(value) if isinstance(value, (list, tuple)) else value
    return array if np.ndim(array) == 1 else np.reshape(array, (-1,))


def start(x0: Any) -> Any:
    """Where a solver begins: an array of floats."""
    if isinstance(x0, (list, tuple)):
        return np.array(x0, dtype=float)
    if np.ndim(x0) == 0:
        return np.array([x0], dtype=float)
    if np.ndim(x0) != 1:
        return np.ravel(np.asarray(x0, dtype=float))
    if x0.dtype == np.float64:
        return x0
    if np.issubdtype(x0.dtype, np.complexfloating):
        refuse("a solution of complex numbers")
    return np.asarray(x0, dtype=float)


# Of one number


def _scalar(f: Any, args: Any) -> Any:
    """The equation as a function of one number, whose value is one."""
    given = as_tuple(args)

    def residual(x: Any) -> Any:
        value = f(x, *given)
        return value if np.ndim(value) == 0 else np.reshape(value, ())

    return residual


@solves(
    optimize.brentq, optimize.brenth, optimize.ridder, optimize.bisect, optimize.toms748,
    raises=(ValueError, RuntimeError),
)  # fmt: skip
def _bracketed(solver: Any, f: Any, a: Any, b: Any, args: Any = (), **options: Any) -> Any:
    residual, problem = pose(residual=(_scalar(f, args), (0.0,)))
    if options.get("full_output", False):
        result = run(solver, object, residual, a, b, **options)
        x = solved(field(result, 0, 0.0), _scalar_root, problem)
        return x, ScalarRoot(field(result, 1, object), x)
    x = run(solver, 0.0, residual, a, b, **options)
    return solved(x, _scalar_root, problem)


@solves(optimize.newton, raises=(RuntimeError,))
def _newton(
    solver: Any, func: Any, x0: Any, fprime: Any = None, args: Any = (), tol: Any = 1.48e-8,
    maxiter: Any = 50, fprime2: Any = None, **options: Any,
) -> Any:  # fmt: skip
    if np.ndim(x0) > 0:
        return _newton_of_arrays(
            solver, func, x0, fprime, args, fprime2, tol=tol, maxiter=maxiter, **options
        )
    begin = float(x0)
    residual, problem = pose(residual=(_scalar(func, args), (begin,)))
    given = dict(options, tol=tol, maxiter=maxiter)
    if fprime is not None:
        given["fprime"], _ = pose(slope=(_scalar(fprime, args), (begin,)))
    if fprime2 is not None:
        given["fprime2"], _ = pose(curvature=(_scalar(fprime2, args), (begin,)))
    if options.get("full_output", False):
        result = run(solver, object, residual, begin, **given)
        x = solved(field(result, 0, 0.0), _scalar_root, problem)
        return x, ScalarRoot(field(result, 1, object), x)
    x = run(solver, 0.0, residual, begin, **given)
    return solved(x, _scalar_root, problem)


def _newton_of_arrays(
    solver: Any, func: Any, x0: Any, fprime: Any, args: Any, fprime2: Any, **options: Any
) -> Any:
    """Many equations, each of one number."""
    given, begin = as_tuple(args), start(x0)

    def residual(x: Any) -> Any:
        return as_vector(func(x, *given))

    equations, problem = pose(residual=(residual, (begin,)))
    if fprime is not None:
        options["fprime"], _ = pose(slope=(lambda x: fprime(x, *given), (begin,)))
    if fprime2 is not None:
        options["fprime2"], _ = pose(curvature=(lambda x: fprime2(x, *given), (begin,)))
    x = run(solver, begin, equations, begin, **options)
    return solved(x, _root, problem)


@solves(optimize.root_scalar)
def _root_scalar(
    solver: Any, f: Any, args: Any = (), method: Any = None, bracket: Any = None,
    fprime: Any = None, fprime2: Any = None, x0: Any = None, **options: Any,
) -> Any:  # fmt: skip
    given = dict(options)
    if method is not None:
        given["method"] = method
    if bracket is not None:
        given["bracket"] = bracket
    if x0 is not None:
        given["x0"] = x0
    if fprime is True:
        further = as_tuple(args)
        residual, problem = pose(residual=(_scalar(lambda x: f(x, *further)[0], ()), (0.0,)))
        equation, _ = pose(value_and_slope=(lambda x: f(x, *further), (0.0,)))
        result = run(solver, object, equation, fprime=True, **given)
        return ScalarRoot(result, solved(field(result, "root", 0.0), _scalar_root, problem))
    if fprime is not None and fprime is not False:
        given["fprime"], _ = pose(slope=(_scalar(fprime, args), (0.0,)))
    if fprime2 is not None and fprime2 is not False:
        given["fprime2"], _ = pose(curvature=(_scalar(fprime2, args), (0.0,)))
    residual, problem = pose(residual=(_scalar(f, args), (0.0,)))
    result = run(solver, object, residual, **given)
    return ScalarRoot(result, solved(field(result, "root", 0.0), _scalar_root, problem))


# Of systems


@solves(optimize.fsolve)
def _fsolve(
    solver: Any, func: Any, x0: Any, args: Any = (), fprime: Any = None, full_output: Any = 0,
    col_deriv: Any = 0, xtol: Any = 1.49012e-8, **options: Any,
) -> Any:  # fmt: skip
    given, begin = as_tuple(args), start(x0)

    def residual(x: Any) -> Any:
        return as_vector(func(x, *given))

    equations, problem = pose(residual=(residual, (begin,)))
    if fprime is not None:
        options["fprime"], _ = pose(slopes=(lambda x: as_array(fprime(x, *given)), (begin,)))
        options["col_deriv"] = col_deriv
    if full_output:
        result = run(solver, object, equations, begin, full_output=True, xtol=xtol, **options)
        x = solved(field(result, 0, begin), _root, problem)
        return x, field(result, 1, object), field(result, 2, int), field(result, 3, str)
    x = run(solver, begin, equations, begin, xtol=xtol, **options)
    return solved(x, _root, problem)


def as_array(value: Any) -> Any:
    return np.array(value) if isinstance(value, (list, tuple)) else value


@solves(optimize.root)
def _root_of(
    solver: Any, fun: Any, x0: Any, args: Any = (), method: Any = "hybr", jac: Any = None,
    tol: Any = None, **options: Any,
) -> Any:  # fmt: skip
    given, begin = as_tuple(args), start(x0)
    further = dict(options)
    if method != "hybr":
        further["method"] = method
    if tol is not None:
        further["tol"] = tol
    if jac is True:
        equations, _ = pose(value_and_slopes=(lambda x: _pair(fun(x, *given)), (begin,)))
        _, problem = pose(residual=(lambda x: as_vector(fun(x, *given)[0]), (begin,)))
        further["jac"] = True
    else:
        equations, problem = pose(residual=(lambda x: as_vector(fun(x, *given)), (begin,)))
        if jac is not None and jac is not False:
            further["jac"], _ = pose(slopes=(lambda x: as_array(jac(x, *given)), (begin,)))
    result = run(solver, object, equations, begin, **further)
    x = solved(field(result, "x", begin), _root, problem)
    return Root(result, x, field(result, "fun", begin))


def _pair(found: Any) -> Any:
    return as_vector(found[0]), as_array(found[1])
