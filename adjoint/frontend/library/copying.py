"""`copy.copy` and `copy.deepcopy`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.objects import instances
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.store import StandIn, is_mutable
from adjoint.ir.types import Array, List, is_immutable_number
from adjoint.kinds import find


def call_copy(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    if isinstance(args[0], o.Instance) and issubclass(args[0].cls, StandIn):
        return instances.call_method(frame, args[0], "copy", [])
    return _copied(frame, args[0], lambda part: part)


def call_deepcopy(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    if len(args) > 1 or kwargs:
        raise UnsupportedError("deepcopy with a memo of one's own")
    made: dict[o.Obj, o.Obj] = {}  # what is held twice is copied once
    begun: set[o.Obj] = set()

    def copied(obj: o.Obj) -> o.Obj:
        if obj not in made:
            if obj in begun:
                raise UnsupportedError("a copy of an object that refers to itself")
            begun.add(obj)
            made[obj] = _copied(frame, obj, copied)
        return made[obj]

    return copied(args[0])


def _copied(frame: Frame, obj: o.Obj, part: Callable[[o.Obj], o.Obj]) -> o.Obj:
    """A container of the parts of this one, or a copy of an array; anything else as it is."""
    match obj:
        case o.Seq(kind, items, limit=limit):
            return o.Seq(kind, [part(item) for item in items], limit=limit)
        case o.Mapping(items, kind=kind, factory=factory):
            held = {key: part(item) for key, item in items.items()}
            return o.Mapping(held, kind=kind, factory=factory, ordered=obj.ordered)
        case o.Instance(cls, items):
            own = ("__copy__", "__deepcopy__", "__reduce_ex__", "__getstate__", "__setstate__")
            of_class = frame.lowering.outside.class_attribute
            if issubclass(cls, dict):
                raise UnsupportedError(f"a {cls.__name__}, a subclass of dict, is copied",
                                       instead="make one of its items")  # fmt: skip
            if any(of_class(cls, name) is not find(object, name) for name in own):
                raise UnsupportedError(f"a {cls.__name__} says itself how it is copied")
            return o.Instance(cls, {name: part(item) for name, item in items.items()})
        case o.Ref() if is_mutable(frame.lowering.current(obj).type):
            value = frame.lowering.operand(obj)
            if isinstance(value.type, Array):
                return o.Ref(frame.lowering.builder.apply(np.copy, value))
            if isinstance(value.type, List) and is_immutable_number(value.type.element):
                return o.Ref(frame.lowering.builder.apply(list, value))
            raise UnsupportedError("a copy of a list of lists or arrays of unknown length",
                                   instead="make it in a loop")  # fmt: skip
        case o.Iterator() | o.DictView():
            raise UnsupportedError("a copy of an iterator", instead="make a list of it")
    return obj
