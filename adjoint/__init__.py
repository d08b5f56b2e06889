"""adjoint: a source-to-source differentiation compiler for Python and NumPy.

Each public name is imported when it is used first (PEP 562), and the compiler behind them with the
first program (`adjoint/api/compiler.py`): `from adjoint import grad` costs little more than NumPy.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from adjoint.public import *  # noqa: F403
    from adjoint.public import __all__ as __all__
else:
    import importlib
    import types

    #: Where the public names are. `adjoint/public.py` says the same to type checkers.
    _HOMES = {
        "adjoint.api": "GradientFunction debug_nans full_tracebacks grad register stop_gradient "
        "use value_and_grad vjp",
        "adjoint.api.declaring": "elementwise linear multilinear nondifferentiable rule "
        "undifferentiable",
        "adjoint.custom": "custom_jvp custom_vjp",
        "adjoint.errors": "AdjointError DisconnectedWarning NativeWarning NonFiniteError SourceUnavailableError "
        "UnsupportedError",
        "adjoint.higher": "derivative elementwise_grad gnvp hessian hvp",
        "adjoint.hooks": "observe_cotangent transform_cotangent",
        "adjoint.implicit": "custom_root fixed_point",
        "adjoint.jacobians": "jacfwd jacobian jacrev",
        "adjoint.optim": "optim",
        "adjoint.parallel": "parallel",
        "adjoint.pushforwards": "jvp linearize",
        "adjoint.recompute": "checkpoint checkpointing",
        "adjoint.revolve": "checkpointed_loop",
        "adjoint.smoothness": "assume_smooth",
        "adjoint.testing.check": "check_grads",
    }
    _HOME = {name: home for home, names in _HOMES.items() for name in names.split()}
    __all__ = sorted(_HOME)

    def __getattr__(name: str) -> Any:
        if name in _HOME:
            home = importlib.import_module(_HOME[name])
            found = home if home.__name__ == f"adjoint.{name}" else getattr(home, name)
            if isinstance(found, types.FunctionType):  # pickled, and shown, as what users import
                found.__module__ = "adjoint"
            globals()[name] = found
            return found
        if not name.startswith("__"):
            importlib.import_module("adjoint.public")  # which makes attributes of all modules
            if name in globals():
                return globals()[name]
        raise AttributeError(f"module 'adjoint' has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
