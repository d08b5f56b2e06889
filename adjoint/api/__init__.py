"""Reverse mode, and what all derivatives share: finding or compiling the program for a call."""

from adjoint.api.classes import register
from adjoint.api.function import GradientFunction
from adjoint.api.jacobians import JacobianFunction, jacrev
from adjoint.api.reverse import grad, in_form_of, pull, value_and_grad, vjp
from adjoint.ir.ops import stop_gradient

__all__ = [
    "GradientFunction",
    "JacobianFunction",
    "grad",
    "in_form_of",
    "jacrev",
    "pull",
    "register",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]
