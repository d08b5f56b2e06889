"""All public names at once, for type checkers. `adjoint/__init__.py` imports them one by one."""

import types

import adjoint.optim as optim
import adjoint.parallel as parallel
from adjoint.api import (
    GradientFunction,
    debug_nans,
    full_tracebacks,
    grad,
    register,
    stop_gradient,
    use,
    value_and_grad,
    vjp,
)
from adjoint.api.declaring import (
    elementwise,
    linear,
    multilinear,
    nondifferentiable,
    rule,
    undifferentiable,
)
from adjoint.custom import custom_jvp, custom_vjp
from adjoint.errors import (
    AdjointError,
    DisconnectedWarning,
    NativeWarning,
    NonFiniteError,
    SourceUnavailableError,
    UnsupportedError,
)
from adjoint.higher import (
    derivative,
    elementwise_grad,
    gnvp,
    hessian,
    hvp,
)
from adjoint.hooks import observe_cotangent, transform_cotangent
from adjoint.implicit import custom_root, fixed_point
from adjoint.jacobians import jacfwd, jacobian, jacrev
from adjoint.pushforwards import jvp, linearize
from adjoint.recompute import checkpoint, checkpointing
from adjoint.revolve import checkpointed_loop
from adjoint.smoothness import assume_smooth
from adjoint.testing.check import check_grads

__all__ = [
    "AdjointError",
    "DisconnectedWarning",
    "GradientFunction",
    "NativeWarning",
    "NonFiniteError",
    "SourceUnavailableError",
    "UnsupportedError",
    "assume_smooth",
    "check_grads",
    "checkpoint",
    "checkpointed_loop",
    "checkpointing",
    "custom_jvp",
    "custom_root",
    "custom_vjp",
    "debug_nans",
    "derivative",
    "elementwise",
    "elementwise_grad",
    "fixed_point",
    "full_tracebacks",
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
    "observe_cotangent",
    "optim",
    "parallel",
    "register",
    "rule",
    "stop_gradient",
    "transform_cotangent",
    "undifferentiable",
    "use",
    "value_and_grad",
    "vjp",
]

for _name in __all__:  # pickled, and shown, as what users import
    if isinstance(globals()[_name], types.FunctionType):
        globals()[_name].__module__ = "adjoint"
