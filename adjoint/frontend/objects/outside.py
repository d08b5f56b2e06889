"""Attributes of what comes from outside: modules, classes, objects that the function reads."""

from __future__ import annotations

import sys
import types
from typing import Any

import numpy as np

from adjoint.errors import CertainError, UnsupportedError, did_you_mean
from adjoint.frontend.keys.places import Place
from adjoint.frontend.opaque import objects as foreign
from adjoint.frontend.opaque.tables import is_library
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import wrap_constant
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.lowering import Frame
from adjoint.ir.types import is_sparse


def known_attribute(frame: Frame, owner: o.Known, name: str) -> o.Obj:
    """`owner.name`: a number or array is read at each call of the generated function."""
    python = owner.value
    outside = frame.lowering.outside
    written = written_attribute(frame, python, name)
    if written is not None:
        return written
    if not hasattr(python, name):
        outside.has(python, name)
        said = f"{_shown(python)} has no attribute '{name}'"
        raise CertainError(AttributeError, said + did_you_mean(name, dir(python)), said)
    if isinstance(python, types.ModuleType) and not _is_user_module(python):
        standard = python.__name__.partition(".")[0] in sys.stdlib_module_names
        if standard and foreign.is_foreign_object(getattr(python, name)):  # as os.environ
            return foreign.attribute(frame, owner, name)
        return wrap_constant(outside.fixed(Place.of("attribute", python, name)))
    if is_sparse(python) and name in ("T", "shape", "ndim"):
        return wrap_constant(getattr(python, name))
    if isinstance(python, np.dtype) and not callable(getattr(python, name)):
        return wrap_constant(getattr(python, name))
    if isinstance(python, (str, type(None), types.FunctionType, np.dtype)):
        return o.Method(owner, name)
    origin = python.__name__ if isinstance(python, types.ModuleType) else ""
    place = Place.of("attribute", python, name, origin)
    value = outside.load(place)
    if foreign.is_foreign_object(python) and foreign.is_foreign_object(value):
        return foreign.attribute(frame, owner, name)
    if place.is_computed and frame.lowering.root.known.written and _is_user_object(python):
        return _computed_here(frame, owner, place, value)
    if callable(value) and not outside.is_steady(place):  # a new function each time
        outside.class_attribute(outside.type_of(python), name)
        return o.Known(value)
    return frame.lowering.capture(place)


def _is_user_object(python: Any) -> bool:
    return not isinstance(python, (types.ModuleType, type)) and not is_library(type(python))


def _computed_here(frame: Frame, owner: o.Known, place: Place, value: Any) -> o.Obj:
    """What a property gives, of an object that the program may change before it is read."""
    outside = frame.lowering.outside
    found = outside.class_attribute(outside.type_of(owner.value), place.name)
    if isinstance(found, property) and isinstance(found.fget, types.FunctionType):
        return call_object(frame, o.Known(found.fget), [owner], {}, None)
    if callable(value) and not isinstance(found, property):
        return o.Known(value)  # a method
    if isinstance(found, types.MemberDescriptorType):
        return frame.lowering.capture(place)
    raise UnsupportedError(
        f"'{place.name}' is computed from an object, and the program changes outside objects",
        instead="write it as a property, or pass its value as an argument",
    )


def written_attribute(frame: Frame, python: Any, name: str) -> o.Obj | None:
    """The attribute of an outside object, where the program writes it somewhere."""
    place = Place.of("attribute", python, name)
    slot = frame.lowering.root.outliving.slot_of(frame.lowering, place)
    if slot is None:
        return None
    found = frame.lowering.capture(place)
    if isinstance(found, o.Unassigned):
        if isinstance(python, type) or not hasattr(type(python), name):
            said = f"{_shown(python)} has no attribute '{name}'"
            raise CertainError(AttributeError, said, said)
        return None
    return found


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
