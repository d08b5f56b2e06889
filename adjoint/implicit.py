"""Solutions of equations, with derivatives by the implicit function theorem.

The derivative of a solution follows from the equation that it solves, whatever steps have found
it: nothing of the iteration is kept. Differentiating a loop that iterates (unrolling it) needs no
function from here, and gives the derivative of just those steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from adjoint.api import grad
from adjoint.custom import custom_vjp
from adjoint.runtime.containers import contract, tree_leaves, tree_map

X = TypeVar("X")


def fixed_point(
    f: Callable[..., X], x0: X, *args: Any, tol: float = 1e-12, max_steps: int = 1000
) -> X:
    """Iterate x ← f(x, *args) from `x0` to a solution, with an implicit derivative.

    For the cotangent x̄ of the solution, w = x̄ + (∂f/∂x)ᵀ w is iterated to its own fixed point.
    It is reached at the same rate, if the first iteration is a contraction. The cotangents of
    `args` are (∂f/∂args)ᵀ w, and that of `x0` is zero. (Christianson, "Reverse accumulation and
    attractive fixed points", 1994.)

    Parameters
    ----------
    f : callable
        It takes x and `args`, and returns the next x. A value that it captures has no derivative;
        in a program that is differentiated with respect to it, it is refused.
    x0 : number, array or container
        The starting point.
    *args
        The values to differentiate with respect to.
    tol : float
        The iteration ends when a step is no longer than `tol (1 + |x|)`.
    max_steps : int
        The most steps of either iteration.

    Returns
    -------
    number, array or container
        The solution, in the structure and shapes of `x0`.

    Raises
    ------
    ArithmeticError
        If an iteration does not converge.

    Examples
    --------
    >>> def settled(a):
    ...     return fixed_point(lambda x, a: 0.5 * x + a, 0.0, a)
    >>> round(settled(1.0), 9), round(grad(settled)(1.0), 9)
    (2.0, 2.0)
    """
    return _fixed_point(f, tol, max_steps, x0, args)


def custom_root(
    f: Callable[..., Any],
    x0: X,
    *args: Any,
    solver: Callable[..., Any] | None = None,
    tol: float = 1e-12,
    max_steps: int = 50,
) -> X:
    """Find a solution of f(x, *args) = 0 near `x0`, with an implicit derivative.

    For the cotangent x̄ of the solution, (∂f/∂x)ᵀ w = -x̄ is solved with the dense Jacobian. The
    cotangents of `args` are (∂f/∂args)ᵀ w, and that of `x0` is zero.

    Parameters
    ----------
    f : callable
        It takes x and `args`, and returns as many numbers as x has. A value that it captures has
        no derivative: pass it in `args`.
    x0 : float or array of shape (n,)
        The starting point.
    *args
        The values to differentiate with respect to.
    solver : callable, optional
        Called as `solver(x0, *args)`, it returns x. Declare a solver without Python source with
        `adjoint.nondifferentiable`. The default is Newton's method.
    tol : float
        Newton's method ends when a step is no longer than `tol (1 + |x|)`.
    max_steps : int
        The most steps of Newton's method.

    Returns
    -------
    float or array of shape (n,)
        The solution.

    Raises
    ------
    ArithmeticError
        If Newton's method does not converge.

    Examples
    --------
    >>> def root(a):
    ...     return custom_root(lambda x, a: x * x - a, 1.0, a)
    >>> round(root(4.0), 9), round(float(grad(root)(4.0)), 9)
    (2.0, 0.25)
    """
    if solver is None:
        return _root(f, _newton(f, tol, max_steps), x0, args)
    return _root(f, solver, x0, args)


# Fixed points


def _iterate(f: Any, x: Any, tol: Any, max_steps: Any) -> Any:
    """The limit of x, f(x), f(f(x)), ..."""
    for _ in range(max_steps):
        before, x = x, f(x)
        if _norm(tree_map(lambda a, b: a - b, x, before)) <= tol * (1.0 + _norm(x)) < math.inf:
            return x
    raise ArithmeticError("the fixed-point iteration does not converge")


def _norm(x: Any) -> Any:
    return math.sqrt(contract(x, x))


def _along(x: Any, args: Any, f: Any, w: Any) -> Any:
    """The inner product of f(x, *args) and w, whose gradient is a pullback of w."""
    return contract(f(x, *args), w)


@custom_vjp(nondiff_argnums=(0, 1, 2))  # type: ignore[untyped-decorator]
def _fixed_point(f: Any, tol: Any, max_steps: Any, x0: Any, args: Any) -> Any:
    return _iterate(lambda x: f(x, *args), x0, tol, max_steps)


def _fixed_point_fwd(f: Any, tol: Any, max_steps: Any, x0: Any, args: Any) -> Any:
    x = _fixed_point(f, tol, max_steps, x0, args)
    return x, (x, args)


def _fixed_point_bwd(f: Any, tol: Any, max_steps: Any, residuals: Any, x_bar: Any) -> Any:
    x, args = residuals

    def transposed(w: Any) -> Any:
        return tree_map(lambda a, b: a + b, x_bar, grad(_along)(x, args, f, w))

    w = _iterate(transposed, x_bar, tol, max_steps)
    return None, grad(_along, 1)(x, args, f, w) if tree_leaves(args) else None


_fixed_point.defvjp(_fixed_point_fwd, _fixed_point_bwd)


# Roots


def _newton(f: Any, tol: Any, max_steps: Any) -> Any:
    def solver(x: Any, *args: Any) -> Any:
        for _ in range(max_steps):
            step = _solve(_jacobian(f, x, args), f(x, *args))
            x = x - step
            if _norm(step) <= tol * (1.0 + _norm(x)) < math.inf:
                return x
        raise ArithmeticError("Newton's method does not converge")

    return solver


def _solve(A: Any, b: Any) -> Any:
    return b / A if np.ndim(A) == 0 else np.linalg.solve(A, b)


def _jacobian(f: Any, x: Any, args: Any) -> Any:
    """The matrix ∂f/∂x, row by row."""
    if np.ndim(x) == 0:
        return grad(_whole)(x, args, f)
    n = len(x)
    return np.reshape([grad(_component)(x, args, f, k) for k in range(n)], (n, n))


def _whole(x: Any, args: Any, f: Any) -> Any:
    return f(x, *args)


def _component(x: Any, args: Any, f: Any, k: Any) -> Any:
    return f(x, *args)[k]


@custom_vjp(nondiff_argnums=(0, 1))  # type: ignore[untyped-decorator]
def _root(f: Any, solver: Any, x0: Any, args: Any) -> Any:
    x = solver(x0, *args)
    return float(x) if np.ndim(x0) == 0 else np.reshape(x, np.shape(x0))


def _root_fwd(f: Any, solver: Any, x0: Any, args: Any) -> Any:
    x = _root(f, solver, x0, args)
    return x, (x, args)


def _root_bwd(f: Any, solver: Any, residuals: Any, x_bar: Any) -> Any:
    x, args = residuals
    if not tree_leaves(args):
        return None, None
    w = -_solve(np.transpose(_jacobian(f, x, args)), x_bar)
    return None, grad(_along, 1)(x, args, f, w)


_root.defvjp(_root_fwd, _root_bwd)
