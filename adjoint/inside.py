"""What stands for `vjp`, the Jacobians and `hessian` where a program that is compiled calls them.

These are ordinary programs over `grad` and `jvp`, which the compiler expands.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.api import grad, jacrev, vjp
from adjoint.frontend.custom import contract
from adjoint.frontend.nested import register_maker
from adjoint.higher import derivative, elementwise_grad, gnvp, hessian, hvp, jacobian
from adjoint.pushforwards import jacfwd, jvp, linearize
from adjoint.rules.registry import defined_as


def _vjp(f: Any, *primals: Any) -> Any:
    def pullback(y_bar: Any) -> Any:
        def along(args: Any) -> Any:
            return contract(f(*args), y_bar)

        return grad(along)(primals)

    return f(*primals), pullback


def _linearize(f: Any, *primals: Any) -> Any:
    def tangent(*tangents: Any) -> Any:
        return jvp(f, primals, tangents)[1]

    return f(*primals), tangent


def _jacfwd(f: Any, argnums: int = 0) -> Any:
    def columns(x: Any, *rest: Any) -> Any:
        if argnums != 0:
            raise NotImplementedError("a Jacobian inside is with respect to the first argument")

        def along(moving: Any) -> Any:
            return f(moving, *rest)

        if np.ndim(x) == 0:
            return jvp(along, (x,), (1.0,))[1]
        units = np.reshape(np.eye(np.size(x)), (-1, *np.shape(x)))
        found = np.stack([jvp(along, (x,), (unit,))[1] for unit in units], axis=-1)
        if np.ndim(x) == 1:
            return found
        return np.reshape(found, (*np.shape(found)[:-1], *np.shape(x)))

    return columns


def _jacrev(f: Any, argnums: int = 0) -> Any:
    def rows(x: Any, *rest: Any) -> Any:
        if argnums != 0:
            raise NotImplementedError("a Jacobian inside is with respect to the first argument")

        def along(moving: Any) -> Any:
            return f(moving, *rest)

        y = along(x)
        if np.ndim(y) == 0:
            return grad(along)(x)
        units = np.reshape(np.eye(np.size(y)), (-1, *np.shape(y)))
        found = np.stack(
            [grad(lambda moving: contract(along(moving), unit))(x) for unit in units]  # noqa: B023
        )
        if np.ndim(y) == 1:
            return found
        return np.reshape(found, (*np.shape(y), *np.shape(x)))

    return rows


def _hessian(f: Any, argnums: int = 0) -> Any:
    return jacfwd(grad(f, argnums), argnums)


def _gnvp(f: Any, loss: Any = None) -> Any:
    def product(x: Any, v: Any) -> Any:
        y, tangent = jvp(f, (x,), (v,))
        if loss is not None:
            tangent = hvp(loss)(y, tangent)
        return vjp(f, x)[1](tangent)[0]

    return product


def _elementwise_grad(f: Any, argnums: int = 0) -> Any:
    def slopes(*args: Any) -> Any:
        def total(*inner: Any) -> Any:
            return np.sum(f(*inner))

        return grad(total, argnums)(*args)

    return slopes


register_maker(jvp, "pushforward")
register_maker(hvp, "tangent")
register_maker(derivative, "derivative")
defined_as(vjp, _vjp)
defined_as(linearize, _linearize)
defined_as(jacfwd, _jacfwd)
defined_as(jacrev, _jacrev)
defined_as(jacobian, _jacrev)
defined_as(hessian, _hessian)
defined_as(gnvp, _gnvp)
defined_as(elementwise_grad, _elementwise_grad)
