"""Reflection: questions of a program about the types and attributes of its objects."""

from __future__ import annotations

import inspect
import types
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.keys.places import Place
from adjoint.frontend.objects.attributes import attribute
from adjoint.frontend.objects.instances import assign_attribute, is_record, refuse_of_record
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.kinds import same_answer, types_of
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.objects import Args, KwArgs
from adjoint.frontend.state.store import StandIn
from adjoint.ir.core import Constant
from adjoint.ir.types import Array, List, Scalar, Type


def _is_instance(frame: Frame, python: Any, classes: Any) -> bool:
    frame.lowering.outside.type_of(python)  # which may become another one
    return isinstance(python, classes)


def call_isinstance(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    known, classes = constant_of(args[1])
    if not known:
        raise UnsupportedError("isinstance against a class that is known only at run time")
    match args[0]:
        case o.Seq(kind):
            return o.Ref(Constant(issubclass(kind, classes)))
        case o.Mapping():
            return o.Ref(Constant(issubclass(args[0].kind, classes)))
        case o.Instance(cls):
            cls = cls.kind if issubclass(cls, StandIn) else cls
            _refuse_of_record(args[0], classes)
            return o.Ref(Constant(issubclass(cls, classes)))
        case o.Known(value):
            return o.Ref(Constant(_is_instance(frame, value, classes)))
        case o.Closure() | o.Partial() | o.Cached():
            return o.Ref(Constant(isinstance(call_isinstance, classes)))
    answers = {isinstance(_sample(type_), classes) for type_ in types_of(frame, args[0])}
    if len(answers) == 1:
        return o.Ref(Constant(answers.pop()))
    value = frame.lowering.value(args[0])
    return o.Ref(frame.lowering.builder.apply(isinstance, value, classes))


def _refuse_of_record(obj: o.Obj, classes: Any) -> None:
    """Refuse to say of a record whether it is of the class of the object that it stands for."""
    if not is_record(obj):
        return
    for cls in classes if isinstance(classes, tuple) else (classes,):
        own = getattr(cls, "__module__", "").partition(".")[0] in ("adjoint", "builtins")
        if not own and not (isinstance(cls, type) and issubclass(cls, (np.ndarray, np.generic))):
            raise UnsupportedError(_OF_RECORD, instead=_ASK_OUTSIDE)


_OF_RECORD = "the class of an object of a library is asked for, which an input has gone into"
_ASK_OUTSIDE = "ask outside of the function, and pass the answer"


def _sample(type_: Type) -> Any:
    match type_:
        case Scalar(number):
            return {"bool": True, "int": 1, "float": 1.0, "complex": 1j}[number]
        case Array(dtype, _, scalar):
            return dtype.type(0) if scalar else np.zeros((), dtype)
        case List(kind=kind):
            return kind()
    raise UnsupportedError("isinstance of a value whose type is known only at run time")


def call_type(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    if is_record(args[0]):
        raise UnsupportedError(_OF_RECORD, instead=_ASK_OUTSIDE)
    match args[0]:
        case o.Seq(cls) | o.Instance(cls):
            return o.Known(cls.kind if issubclass(cls, StandIn) else cls)
        case o.Mapping(kind=cls):
            return o.Known(cls)
        case o.Known(value):
            return o.Known(frame.lowering.outside.type_of(value))
        case o.Ref():
            found = same_answer(frame, args[0], _class)
            if found is not None:
                return o.Known(found)
    raise UnsupportedError("the type of this value is known only at run time")


def _class(type_: Type) -> type | None:
    match type_:
        case Scalar(kind):
            return {"bool": bool, "int": int, "float": float, "complex": complex}[kind]
        case Array(dtype, _, scalar):
            return dtype.type if scalar else np.ndarray
        case List(kind=kind):
            return kind
    return None


def call_callable(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    if isinstance(args[0], o.Known):
        return o.Ref(Constant(callable(args[0].value)))
    return o.Ref(Constant(not isinstance(args[0], (o.Ref, o.Seq, o.Mapping))))


def call_signature(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`inspect.signature(f)` of a function from outside, as long as that is the same one."""
    known, python = constant_of(args[0])
    if not known or not isinstance(python, types.FunctionType) or hasattr(python, "__wrapped__"):
        raise UnsupportedError("inspect.signature of what is no plain function from outside")
    frame.lowering.outside.code(python)
    frame.lowering.outside.defaults(python)
    frame.lowering.outside.keyword_defaults(python)
    signature = inspect.signature(python)
    parameters: dict[str, o.Obj] = {
        name: o.Known(each) for name, each in signature.parameters.items()
    }
    return o.Instance(types.SimpleNamespace, {"parameters": o.Mapping(parameters)})


def _attribute_name(obj: o.Obj) -> str:
    known, name = constant_of(obj)
    if not known or not isinstance(name, str):
        raise UnsupportedError("an attribute whose name is known only at run time")
    return name


def call_getattr(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    if len(args) > 2 and not _has_attribute(frame, args[0], args[1]):
        return args[2]
    return attribute(frame, args[0], _attribute_name(args[1]))


def call_setattr(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    assign_attribute(frame, args[0], _attribute_name(args[1]), args[2])
    return o.Known(None)


def call_hasattr(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    return o.Ref(Constant(_has_attribute(frame, args[0], args[1])))


def _has_attribute(frame: Frame, owner: o.Obj, name: o.Obj) -> bool:
    attr = _attribute_name(name)
    match owner:
        case o.Instance(cls, items):
            frame.lowering.outside.class_attribute(cls, attr)
            if attr in items or hasattr(cls, attr):
                return True
            refuse_of_record(owner, attr)
            if frame.lowering.outside.class_attribute(cls, "__getattr__") is None:
                return False
            raise UnsupportedError(
                f"whether there is an attribute '{attr}', `__getattr__` tells",
                instead="read the attribute in a try",
            )
        case o.Known(value):
            place = Place.of("attribute", value, attr)
            slot = frame.lowering.root.outliving.slot_of(frame.lowering, place)
            if slot is not None:
                held = slot.get()
                if isinstance(held, o.Ref) and held.missing == "unassigned":
                    raise UnsupportedError(f"whether there is an attribute '{attr}' is known only "
                                           "at run time")  # fmt: skip
                if not isinstance(held, o.Unassigned):
                    return True
            return frame.lowering.outside.has(value, attr)
        case o.Seq(kind):
            return hasattr(kind, attr)
    known, cls = constant_of(call_type(frame, [owner], {}))
    return known and hasattr(cls, attr)
