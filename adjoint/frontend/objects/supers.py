"""What stands behind a class in the order of resolution, which `super()` gives."""

from __future__ import annotations

import functools
import types
from typing import Any

from adjoint.errors import CertainError
from adjoint.frontend.objects.instances import run
from adjoint.frontend.objects.outside import known_attribute
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame


def is_class(obj: o.Obj) -> bool:
    return isinstance(obj, o.Known) and isinstance(obj.value, type)


def class_behind(frame: Frame, owner: Any) -> type:
    """The class whose order of resolution counts."""
    if isinstance(owner, o.Known):
        outside = frame.lowering.outside
        return owner.value if is_class(owner) else outside.type_of(owner.value)
    return owner.cls  # type: ignore[no-any-return]


def found_behind(frame: Frame, behind: o.Super, name: str) -> tuple[type, Any] | None:
    """The first class behind `behind.cls` that stores an attribute, and what it stores."""
    outside = frame.lowering.outside
    own = class_behind(frame, behind.owner)
    outside.class_attribute(own, name)  # the order of its bases, too
    order = own.__mro__
    for cls in order[order.index(behind.cls) + 1 :]:
        outside.class_attribute(cls, name)
        if name in vars(cls):
            return cls, vars(cls)[name]
    return None


def super_attribute(frame: Frame, behind: o.Super, name: str) -> o.Obj:
    """`super().name`: a property is run, a method is bound, a plain value is read."""
    found = found_behind(frame, behind, name)
    if found is None:
        said = f"'super' object has no attribute '{name}'"
        raise CertainError(AttributeError, said, said)
    cls, stored = found
    match stored:
        case property(fget=getter) | functools.cached_property(func=getter) if isinstance(
            getter, types.FunctionType
        ):
            return run(frame, getter, [behind.owner], {})
    if hasattr(type(stored), "__get__"):
        return o.Method(behind, name)
    return known_attribute(frame, o.Known(cls), name)
