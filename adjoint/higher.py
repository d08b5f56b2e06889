"""Derivatives of higher order and Jacobians, put together from both modes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adjoint.api import GradientFunction, JacobianFunction, grad, jacrev, pull
from adjoint.pushforwards import (
    ForwardJacobian,
    PushforwardFunction,
    jacfwd,
    jvp,
    unit_tangents,
)
from adjoint.runtime.containers import is_container, mapped, zeros_like
from adjoint.transforms.gradient import Request


class _CheaperJacobian(JacobianFunction):
    """By rows or by columns, whichever there are fewer of; made by `jacobian`."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        values = self._values(args, kwargs)
        entry, extra = self._find(values)
        self._latest = entry.program
        value, run = self._invoke(entry, values, extra)
        columns = sum(1 for k in self._wrt for _ in unit_tangents(self._argument(values, k)))
        if not isinstance(value, np.ndarray) or value.size <= columns:
            return self._by_rows(values, value, run)
        forward = self.__dict__.get("_forward")
        if forward is None:
            forward = self._forward = ForwardJacobian(
                self.primal, Request("pushforward"), self._argnums, self._argnames, self._bound
            )
        return forward.by_columns(values)


def jacobian(
    f: Callable[..., Any] | None = None,
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
    mode: str | None = None,
) -> Any:
    """The Jacobian of `f`.

    Parameters
    ----------
    mode : "reverse" takes one pullback for each element of the result (`jacrev`), "forward" one
        pushforward for each element of the arguments (`jacfwd`); None takes the fewer.

    The other parameters are those of `grad`.

    Returns
    -------
    A function with the parameters of `f`. For a result of shape r and an argument of shape s the
    Jacobian has shape r + s; a tuple of `argnums` gives a tuple.
    """
    if mode not in (None, "forward", "reverse"):
        raise ValueError(f"mode={mode!r}: there are 'forward' and 'reverse'")
    if f is None:
        return lambda function: jacobian(function, argnums, argnames=argnames, mode=mode)
    if mode is not None:
        made = jacfwd if mode == "forward" else jacrev
        return made(f, argnums, argnames=argnames)
    return _CheaperJacobian(f, Request("pullback"), argnums, argnames)


def hessian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Any:
    """The second derivatives of a function that returns a real number: forward over reverse.

    Returns
    -------
    A function with the parameters of `f`. For an argument of shape s the Hessian has shape s + s.
    A tuple of `argnums` gives a tuple of tuples, a container containers of containers: first those
    of the gradient, inside of them those of its derivatives.
    """
    return jacfwd(grad(f, argnums), argnums)


class HessianProduct(PushforwardFunction):
    """`(*args, v) -> H v`; made by `hvp`."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        *rest, v = args
        return self.push(self._values(tuple(rest), kwargs), [v] if self._single else v)


def hvp(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Any:
    """Products of the Hessian of `f` with vectors, without the Hessian: forward over reverse.

    Returns
    -------
    A function of the arguments of `f` and then of `v`, which has the structure of the argument (of
    a tuple of them, for a tuple of `argnums`), as the product has. It costs about two gradients.

    Examples
    --------
    >>> hvp(lambda x: x**3)(2.0, 1.0)
    12.0
    """
    return HessianProduct(grad(f, argnums), Request("tangent"), argnums)


def gnvp(
    f: Callable[..., Any], loss: Callable[..., Any] | None = None, argnums: int = 0
) -> Callable[..., Any]:
    """Products of the Gauss-Newton matrix with vectors: J^T H J v.

    Parameters
    ----------
    f : the residuals, or what a model predicts.
    loss : a function of the value of `f` that returns a real number, with the Hessian H; without
        it H is the identity, as for half the sum of squares.
    argnums : which parameter of `f` J is with respect to.

    Returns
    -------
    A function of the arguments of `f` and then of `v`.
    """
    curvature = None if loss is None else hvp(loss)

    def product(*args: Any) -> Any:
        *primals, v = args
        tangents = [v if k == argnums % len(primals) else None for k in range(len(primals))]
        value, moved = jvp(f, primals, tangents)
        if curvature is not None:
            moved = curvature(value, moved)
        _, pullback, _ = pull(f, (argnums % len(primals),), primals)
        return pullback(moved)[0]

    return product


def elementwise_grad(f: Callable[..., Any], argnums: int = 0) -> Callable[..., Any]:
    """The derivative of a function that acts element by element, of all elements at once.

    It is the pullback of ones. Where an element of the result depends on several elements of the
    argument, their derivatives are summed.
    """

    def slopes(*args: Any) -> Any:
        position = argnums % len(args)
        value, pullback, _ = pull(f, (position,), args)
        return pullback(_ones_like(value))[0]

    return slopes


def _ones_like(x: Any) -> Any:
    if is_container(x):
        return mapped(_ones_like, x)
    return np.ones_like(x) if isinstance(x, np.ndarray) else zeros_like(x) + 1


class DerivativeFunction(GradientFunction):
    """The derivative of a function of a number; made by `derivative`."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        values = self._values(args, kwargs)
        entry, extra = self._find(values)
        self._latest = entry.program
        return self._invoke(entry, values, extra)


def derivative(f: Callable[..., Any], n: int = 1) -> Any:
    """The n-th derivative of a function of one number, by forward mode, n times over.

    Parameters
    ----------
    f : a function whose first parameter is a float; it may return arrays or containers, as a curve
        does.
    n : the order, from 0.
    """
    if n < 0:
        raise ValueError("the order of a derivative counts from 0")
    for _ in range(n):
        f = DerivativeFunction(f, Request("derivative"))
    return f
