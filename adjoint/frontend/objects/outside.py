"""Attributes of what comes from outside: modules, classes, objects that the function reads."""

from __future__ import annotations

import sys
import types

import numpy as np

from adjoint.errors import CertainError
from adjoint.frontend.opaque import objects as foreign
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import wrap_constant
from adjoint.frontend.state.lowering import Frame, Path
from adjoint.ir.types import is_sparse


def known_attribute(frame: Frame, owner: o.Known, name: str) -> o.Obj:
    """`owner.name`: a number or array is read at each call of the generated function."""
    python = owner.value
    if not hasattr(python, name):
        raise CertainError(AttributeError, f"{python!r} has no attribute '{name}'")
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
    if foreign.is_foreign_object(python) and foreign.is_foreign_object(getattr(python, name)):
        return foreign.attribute(frame, owner, name)
    if isinstance(python, (types.ModuleType, type)) or not callable(getattr(python, name)):
        origin = python.__name__ if isinstance(python, types.ModuleType) else ""
        return frame.lowering.capture(Path("attribute", python, name, id(python), origin), name)
    return o.Known(getattr(python, name))


def _is_user_module(module: types.ModuleType) -> bool:
    """Modules whose numbers may be rebound; those of libraries are part of the program."""
    name = module.__name__.partition(".")[0]
    return name not in sys.stdlib_module_names and name not in ("numpy", "scipy", "adjoint")
