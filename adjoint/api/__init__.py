"""Reverse mode, and what all derivatives share: finding or compiling the program for a call."""

from adjoint.api.backends import use
from adjoint.api.classes import register
from adjoint.api.forms import in_form_of
from adjoint.api.function import GradientFunction
from adjoint.api.nans import debug_nans
from adjoint.api.reverse import Decorator, decorating, grad, value_and_grad, vjp
from adjoint.api.tracebacks import full_tracebacks
from adjoint.requests import stop_gradient

__all__ = [
    "GradientFunction",
    "debug_nans",
    "Decorator",
    "decorating",
    "full_tracebacks",
    "grad",
    "in_form_of",
    "register",
    "stop_gradient",
    "use",
    "value_and_grad",
    "vjp",
]
