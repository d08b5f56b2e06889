"""super(): the methods of the classes behind one in the order of resolution."""

from __future__ import annotations

import dataclasses
import functools
import types
from collections.abc import Sequence

from adjoint.errors import UnsupportedError
from adjoint.frontend.control.inlining import inline_function
from adjoint.frontend.objects.attributes import (
    class_behind,
    found_behind,
    is_class,
    super_attribute,
)
from adjoint.frontend.objects.instances import assign_attribute, construct
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.store import in_python


def super_of(frame: Frame, args: Sequence[o.Obj]) -> o.Obj:
    """`super()` in a method of the user's class, or `super(Class, self)`."""
    if len(args) == 2:
        known, cls = constant_of(args[0])
        if known and isinstance(cls, type) and _is_owner(args[1]):
            return o.Super(cls, args[1])
    function = frame.function
    outside = frame.lowering.outside
    cells = dict(zip(outside.code(function).co_freevars, function.__closure__ or (), strict=True))
    if args or "__class__" not in cells:
        raise UnsupportedError("super() is only supported in a method")
    spec = frame.source.node.args
    owner = frame.names.get([*spec.posonlyargs, *spec.args][0].id)
    if owner is None or not _is_owner(owner):
        raise UnsupportedError("super() of what is no object with a known class")
    return o.Super(cells["__class__"].cell_contents, owner)


def _is_owner(obj: o.Obj) -> bool:
    return isinstance(obj, o.Instance | o.Known) or isinstance(obj, o.Seq) and obj.kind not in (
        list, tuple,
    )  # fmt: skip


def call_super(
    frame: Frame, behind: o.Super, name: str, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj:
    """`super().name(*args, **kwargs)`."""
    owner, found = behind.owner, found_behind(frame, behind, name)
    if found is not None:
        found = found[0], in_python(found[1])
    match found:
        case (cls, types.FunctionType() as function):
            if name == "__init__" and dataclasses.is_dataclass(cls):
                return _init_of_dataclass(frame, owner, cls, args, kwargs)
            return inline_function(frame, function, [owner, *args], kwargs)
        case (_, staticmethod(__func__=types.FunctionType() as function)):
            return inline_function(frame, function, args, kwargs)
        case (_, classmethod(__func__=types.FunctionType() as function)):
            first = owner if is_class(owner) else o.Known(class_behind(frame, owner))
            return inline_function(frame, function, [first, *args], kwargs)
        case (cls, _) if issubclass(cls, BaseException) and name == "__init__":
            if isinstance(owner, o.Instance):
                owner.items["args"] = o.Seq(tuple, list(args))
                return o.Known(None)
        case (cls, _) if cls is object and name in ("__init__", "__init_subclass__"):
            return o.Known(None)
        case (cls, _) if cls is object and name == "__setattr__" and len(args) == 2:
            known, attr = constant_of(args[0])
            if known and isinstance(attr, str):
                assign_attribute(frame, owner, attr, args[1])
                return o.Known(None)
        case (_, property() | functools.cached_property()):
            return call_object(frame, super_attribute(frame, behind, name), args, kwargs, None)
    raise UnsupportedError(f"super().{name} is not a method written in Python")


def _init_of_dataclass(
    frame: Frame, owner: o.Obj, cls: type, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj:
    made = construct(frame, cls, args, dict(kwargs))
    for name, obj in made.items.items():
        assign_attribute(frame, owner, name, obj)
    return o.Known(None)
