"""Roots, by the implicit function theorem: f(x, p) = 0 gives ∂x/∂p = -(∂f/∂x)⁻¹ ∂f/∂p."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import optimize

from adjoint.api import grad
from adjoint.rules.registry import solves
from adjoint.runtime.solvers import check_root, check_scalar_root
from adjoint.solvers.primitives import has_derivative, run, solution

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
    return np.reshape([grad(lambda z: f(z, p)[k])(x) for k in range(n)], (n, n))


# Of one number


def _scalar(f: Any, args: Any) -> Any:
    """The equation as a function of one number, whose value is one."""
    given = args if isinstance(args, tuple) else (args,)

    def residual(x: Any) -> Any:
        value = f(x, *given)
        return value if np.ndim(value) == 0 else np.reshape(value, ())

    return residual


@solves(optimize.brentq, optimize.brenth, optimize.ridder, optimize.bisect, optimize.toms748)
def _bracketed(solver: Any, f: Any, a: Any, b: Any, args: Any = (), **options: Any) -> Any:
    residual = _scalar(f, args)
    return solution(
        _scalar_root, lambda g: run(solver, 0.0, g, a, b, **options), (),
        residual=(residual, (0.0,)),
    )  # fmt: skip
