"""Stand-ins for `vjp`, the Jacobians and `hessian` where a compiled program calls them.

These are ordinary programs over `grad` and `jvp`, which the compiler expands.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import adjoint.public  # noqa: F401  (under whose names programs are written)
from adjoint.api import grad, value_and_grad, vjp
from adjoint.frontend.derivatives.checkpoint import call_checkpoint
from adjoint.frontend.derivatives.custom import call_contract
from adjoint.frontend.derivatives.hooks import call_observe, call_transform
from adjoint.frontend.derivatives.nested import register_maker
from adjoint.frontend.derivatives.solutions import (
    call_added,
    call_attribute_of,
    call_by_part,
    call_entry,
    call_field,
    call_has_derivative,
    call_parameter_count,
    call_pose,
    call_pose_continuous,
    call_posed,
    call_refuse,
    call_replaced,
    call_run,
    call_smooth,
    call_smoothly,
    call_solved,
    call_spread,
    call_underived,
    call_when_varied,
    call_without,
    replaced,
)
from adjoint.frontend.library.builtins import BUILTINS
from adjoint.higher import derivative, elementwise_grad, gnvp, hessian, hvp
from adjoint.hooks import observe_cotangent, transform_cotangent
from adjoint.jacobians import jacfwd, jacobian, jacrev
from adjoint.pushforwards import jvp, linearize
from adjoint.recompute import checkpoint
from adjoint.requests import smoothly
from adjoint.rules.registry import defined_as, nondifferentiable
from adjoint.runtime.containers import contract
from adjoint.runtime.revolve import split
from adjoint.smoothness import assume_smooth
from adjoint.solvers.primitives import (
    added,
    attribute_of,
    by_part,
    entry,
    field,
    has_derivative,
    parameter_count,
    pose,
    pose_continuous,
    posed,
    refuse,
    run,
    smooth,
    solved,
    spread,
    underived,
    when_varied,
    without,
)


def _vjp(f: Any, *primals: Any, argnums: Any = None, has_aux: bool = False) -> Any:
    value_of = _value_of(f) if has_aux else f

    def pullback(y_bar: Any) -> Any:
        def along(args: Any) -> Any:
            return contract(value_of(*args), y_bar)

        def along_some(*args: Any) -> Any:
            return contract(value_of(*args), y_bar)

        return grad(along)(primals) if argnums is None else grad(along_some, argnums)(*primals)

    if has_aux:
        value, aux = f(*primals)
        return value, pullback, aux
    return f(*primals), pullback


def _value_of(f: Any) -> Any:
    """A function without the aux value that it returns, too."""

    def value(*args: Any) -> Any:
        return f(*args)[0]

    return value


def _linearize(f: Any, *primals: Any, argnums: Any = None, has_aux: bool = False) -> Any:
    def tangent(*tangents: Any) -> Any:
        given = tangents[0] if isinstance(argnums, int) else tangents
        return jvp(f, primals, given, has_aux, argnums=argnums)[1]

    if has_aux:
        value, aux = f(*primals)
        return value, tangent, aux
    return f(*primals), tangent


def _jacfwd(f: Any, argnums: int = 0) -> Any:
    def columns(*args: Any) -> Any:
        x = args[argnums]
        if np.ndim(x) == 0:
            return jvp(f, args, 1.0, argnums=argnums)[1]
        units = np.reshape(np.eye(np.size(x)), (-1, *np.shape(x)))
        found = np.stack([jvp(f, args, unit, argnums=argnums)[1] for unit in units], axis=-1)
        if np.ndim(x) == 1:
            return found
        return np.reshape(found, (*np.shape(found)[:-1], *np.shape(x)))

    return columns


def _jacrev(f: Any, argnums: int = 0) -> Any:
    def rows(*args: Any) -> Any:
        x, y = args[argnums], f(*args)
        if np.ndim(y) == 0:
            return grad(f, argnums)(*args)
        units = np.reshape(np.eye(np.size(y)), (-1, *np.shape(y)))
        found = np.stack(
            [grad(lambda *a: contract(f(*a), unit), argnums)(*args) for unit in units]  # noqa: B023
        )
        if np.ndim(y) == 1:
            return found
        return np.reshape(found, (*np.shape(y), *np.shape(x)))

    return rows


def _hessian(f: Any, argnums: int = 0) -> Any:
    return jacfwd(grad(f, argnums), argnums)


def _gnvp(f: Any, loss: Any = None, argnums: Any = 0) -> Any:
    def product(*args: Any) -> Any:
        *primals, v = args
        y, tangent = jvp(f, primals, v, argnums=argnums)
        if loss is not None:
            tangent = hvp(loss)(y, tangent)
        return vjp(f, *primals, argnums=argnums)[1](tangent)

    return product


def _elementwise_grad(f: Any, argnums: int = 0) -> Any:
    def slopes(*args: Any) -> Any:
        def total(*inner: Any) -> Any:
            return np.sum(f(*inner))

        return grad(total, argnums)(*args)

    return slopes


BUILTINS[contract] = call_contract
BUILTINS[checkpoint] = call_checkpoint
BUILTINS[transform_cotangent] = call_transform
BUILTINS[observe_cotangent] = call_observe
BUILTINS[parameter_count] = call_parameter_count
BUILTINS[spread] = call_spread
BUILTINS[pose_continuous] = call_pose_continuous
BUILTINS[smooth] = call_smooth
BUILTINS[assume_smooth] = call_smooth
BUILTINS[smoothly] = call_smoothly
BUILTINS[by_part] = call_by_part
BUILTINS[replaced] = call_replaced
BUILTINS[when_varied] = call_when_varied
BUILTINS[added] = call_added
BUILTINS[entry] = call_entry
BUILTINS[without] = call_without
BUILTINS[attribute_of] = call_attribute_of
BUILTINS[posed] = call_posed
BUILTINS[refuse] = call_refuse
BUILTINS[pose] = call_pose
BUILTINS[solved] = call_solved
BUILTINS[underived] = call_underived
BUILTINS[run] = call_run
BUILTINS[field] = call_field
BUILTINS[has_derivative] = call_has_derivative
nondifferentiable(split)
register_maker(grad, "gradient")
register_maker(value_and_grad, "value_and_gradient")
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
