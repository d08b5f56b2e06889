"""Attributes of what comes from outside: modules, classes, objects that the function reads."""

from __future__ import annotations

import sys
import types
from typing import Any

import numpy as np

from adjoint.errors import CertainError, did_you_mean
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import wrap_constant
from adjoint.frontend.state.lowering import Frame, Path
from adjoint.ir.types import is_sparse


def known_attribute(frame: Frame, owner: o.Known, name: str) -> o.Obj:
    """`owner.name`: a number or array is read at each call of the generated function."""
    python = owner.value
    if not hasattr(python, name):
        said = f"{_shown(python)} has no attribute '{name}'"
        raise CertainError(AttributeError, said + did_you_mean(name, dir(python)), said)
    if isinstance(python, types.ModuleType) and not _is_user_module(python):
        return wrap_constant(getattr(python, name))
    if is_sparse(python) and name in ("T", "shape", "ndim"):
        return wrap_constant(getattr(python, name))
    if isinstance(python, np.dtype) and not callable(getattr(python, name)):
        return wrap_constant(getattr(python, name))
    if isinstance(python, (str, type(None), types.FunctionType, np.dtype)):
        return o.Method(owner, name)
    if isinstance(getattr(python, name), types.ModuleType):
        return o.Known(getattr(python, name))
    if isinstance(python, (types.ModuleType, type)) or not callable(getattr(python, name)):
        origin = python.__name__ if isinstance(python, types.ModuleType) else ""
        return frame.lowering.capture(Path("attribute", python, name, id(python), origin), name)
    return o.Known(getattr(python, name))


def _shown(python: Any) -> str:
    """An object as Python's own messages name it."""
    if isinstance(python, types.ModuleType):
        return f"module '{python.__name__}'"
    if isinstance(python, type):
        return f"type object '{python.__name__}'"
    return f"'{type(python).__name__}' object"


def _is_user_module(module: types.ModuleType) -> bool:
    """Modules whose numbers may be rebound; those of libraries are part of the program."""
    name = module.__name__.partition(".")[0]
    return name not in sys.stdlib_module_names and name not in ("numpy", "scipy", "adjoint")
