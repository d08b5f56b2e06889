"""super(): the methods of the classes behind one in the order of resolution."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Sequence

from adjoint.errors import UnsupportedError
from adjoint.frontend.control.inlining import inline_function
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame


def super_of(frame: Frame, args: Sequence[o.Obj]) -> o.Obj:
    """`super()` in a method of the user's class."""
    function = frame.function
    outside = frame.lowering.outside
    cells = dict(zip(outside.code(function).co_freevars, function.__closure__ or (), strict=True))
    if args or "__class__" not in cells:
        raise UnsupportedError("super() is only supported without arguments, in a method")
    owner = frame.names.get(frame.source.node.args.args[0].id)
    if not isinstance(owner, o.Instance):
        raise UnsupportedError("super() of an object from outside of the program")
    return o.Super(cells["__class__"].cell_contents, owner)


def call_super(
    frame: Frame, behind: o.Super, name: str, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj:
    outside = frame.lowering.outside
    outside.class_attribute(behind.owner.cls, name)  # the order of its bases, too
    order = behind.owner.cls.__mro__
    for cls in order[order.index(behind.cls) + 1 :]:
        outside.class_attribute(cls, name)
        found = vars(cls).get(name)
        if cls is BaseException and name == "__init__":
            behind.owner.items["args"] = o.Seq(tuple, list(args))
            return o.Known(None)
        if isinstance(found, types.FunctionType):
            if name == "__init__" and dataclasses.is_dataclass(cls):
                break
            return inline_function(frame, found, [behind.owner, *args], kwargs)
        if cls is object and name == "__init__":
            return o.Known(None)
    raise UnsupportedError(f"super().{name} is not a method written in Python")
