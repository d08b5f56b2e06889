"""adjoint: a source-to-source differentiation compiler for Python and NumPy."""

from adjoint import inside as _inside  # noqa: F401
from adjoint.api import (
    GradientFunction,
    grad,
    jacrev,
    register,
    stop_gradient,
    value_and_grad,
    vjp,
)
from adjoint.custom import custom_jvp, custom_vjp
from adjoint.errors import AdjointError, SourceUnavailableError, UnsupportedError
from adjoint.higher import (
    derivative,
    elementwise_grad,
    gnvp,
    hessian,
    hvp,
    jacobian,
)
from adjoint.pushforwards import jacfwd, jvp, linearize
from adjoint.rules.registry import elementwise, linear, multilinear, nondifferentiable, rule
from adjoint.testing.check import check_grads

__version__ = "0.1.0"

__all__ = [
    "AdjointError",
    "GradientFunction",
    "SourceUnavailableError",
    "UnsupportedError",
    "check_grads",
    "custom_jvp",
    "custom_vjp",
    "derivative",
    "elementwise",
    "elementwise_grad",
    "gnvp",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linear",
    "linearize",
    "multilinear",
    "nondifferentiable",
    "register",
    "rule",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]
