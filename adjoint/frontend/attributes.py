"""Attributes: of instances, modules and classes, and of arrays."""

from __future__ import annotations

import sys
import types

import gast
import numpy as np

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend import instances
from adjoint.frontend import objects as o
from adjoint.frontend.constants import wrap_constant
from adjoint.frontend.lowering import Frame, Path
from adjoint.frontend.mutation import result_of
from adjoint.frontend.operators import binary
from adjoint.frontend.store import hold
from adjoint.ir.core import Constant
from adjoint.ir.types import Array, Struct, Unknown, is_numeric, is_sparse

ARRAY_ATTRIBUTES = {"T": np.transpose, "mT": np.matrix_transpose, "shape": np.shape,
                    "size": np.size, "real": np.real, "imag": np.imag}  # fmt: skip
#: Attributes that tell how an array lies in memory.
MEMORY_ATTRIBUTES = frozenset({"strides", "data", "base", "flags", "ctypes", "device"})


def attribute(frame: Frame, owner: o.Obj, name: str) -> o.Obj:
    lowering = frame.lowering
    if isinstance(owner, o.Instance):
        return instances.attribute(frame, owner, name)
    if isinstance(owner, o.Seq) and name in getattr(owner.kind, "_fields", ()):
        return owner.items[owner.kind._fields.index(name)]  # type: ignore[attr-defined]
    if instances.is_instance(owner) and instances.find(owner.cls, name) is not None:
        return instances.class_attribute(frame, owner, name)
    if isinstance(owner, o.Known):
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
        if isinstance(python, (types.ModuleType, type)) or not callable(getattr(python, name)):
            origin = python.__name__ if isinstance(python, types.ModuleType) else ""
            return lowering.capture(Path("attribute", python, name, id(python), origin), name)
        return o.Known(getattr(python, name))
    if isinstance(owner, o.Ref):
        value = lowering.current(owner)
        if name in ARRAY_ATTRIBUTES and is_numeric(value.type):
            result = lowering.builder.apply(ARRAY_ATTRIBUTES[name], value)
            if name == "shape" and isinstance(result.type, Struct):
                return lowering.wrap(result)
            return result_of(frame, ARRAY_ATTRIBUTES[name], owner, result)
        if name == "ndim" and not isinstance(value.type, Unknown):
            return o.Ref(Constant(value.ndim))
        if name == "dtype" and isinstance(value.type, Array):
            return o.Known(value.type.dtype)
        if name == "itemsize" and isinstance(value.type, Array):
            return o.Ref(Constant(value.type.dtype.itemsize))
        if name == "nbytes" and isinstance(value.type, Array):
            size = o.Ref(lowering.builder.apply(np.size, value))
            return binary(frame, gast.Mult(), size, o.Ref(Constant(value.type.dtype.itemsize)))
        if name == "flat" and isinstance(value.type, Array):
            flat = lowering.wrap(lowering.builder.apply(np.ravel, value))
            hold(flat, "it was made with .flat")
            return flat
        if name in MEMORY_ATTRIBUTES and is_numeric(value.type):
            raise UnsupportedError(
                f"'{name}' depends on how the array lies in memory, which is not known here"
            )
    return o.Method(owner, name)


def _is_user_module(module: types.ModuleType) -> bool:
    """Modules whose numbers may be rebound; those of libraries are part of the program."""
    name = module.__name__.partition(".")[0]
    return name not in sys.stdlib_module_names and name not in ("numpy", "scipy", "adjoint")
