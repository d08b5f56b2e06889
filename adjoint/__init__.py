"""adjoint: a source-to-source differentiation compiler for Python and NumPy."""

from adjoint import optim
from adjoint.api import (
    GradientFunction,
    grad,
    jacobian,
    register,
    stop_gradient,
    value_and_grad,
    vjp,
)
from adjoint.checkpoint import checkpoint
from adjoint.custom import custom_jvp, custom_vjp
from adjoint.errors import AdjointError, SourceUnavailableError, UnsupportedError
from adjoint.hooks import observe_cotangent, transform_cotangent
from adjoint.implicit import fixed_point, implicit_root
from adjoint.revolve import checkpointed_loop
from adjoint.rules.registry import (
    elementwise,
    linear,
    multilinear,
    nondifferentiable,
    rule,
    undifferentiable,
)
from adjoint.testing.check import check_grads

__version__ = "0.1.0"

__all__ = [
    "AdjointError",
    "GradientFunction",
    "SourceUnavailableError",
    "UnsupportedError",
    "check_grads",
    "checkpoint",
    "checkpointed_loop",
    "custom_jvp",
    "custom_vjp",
    "elementwise",
    "fixed_point",
    "grad",
    "implicit_root",
    "jacobian",
    "linear",
    "multilinear",
    "nondifferentiable",
    "observe_cotangent",
    "optim",
    "register",
    "rule",
    "stop_gradient",
    "transform_cotangent",
    "undifferentiable",
    "value_and_grad",
    "vjp",
]
