"""What a program does to objects of a type that is known only at run time."""

from __future__ import annotations

import enum
import operator
import sys
import time
import types
from collections.abc import Callable, Sequence
from typing import Any, TypeGuard

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.flow.outcomes import outcome_of
from adjoint.frontend.flow.raising import handler_of
from adjoint.frontend.opaque.tables import (
    DATA,
    SINKS,
    class_only_reads,
    is_library,
    method_type,
    package_of,
    stand_in,
)
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.lowering import Frame
from adjoint.ir import foreign
from adjoint.ir.core import Constant, Value
from adjoint.ir.foreign import COPIED, OBJECT
from adjoint.ir.infer import infer
from adjoint.ir.types import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    List,
    Opaque,
    Type,
    Unknown,
    is_labelled,
    is_sparse,
)
from adjoint.rules.registry import adoption_of
from adjoint.runtime import foreign as runtime

_STRING = Opaque(str)
#: Objects of these classes and packages are part of the program: it knows what they do.
_FAMILIAR = (
    str, bytes, int, float, complex, type(None), type, types.ModuleType, types.FunctionType,
    types.BuiltinFunctionType, types.MethodType, np.generic, slice, range, tuple, list, dict, set,
    frozenset, enum.Enum, BaseException,
)  # fmt: skip
_FAMILIAR_PACKAGES = frozenset({
    "builtins", "collections", "types", "functools", "itertools", "enum", "operator", "contextlib",
    "numpy", "adjoint", "typing", "dataclasses", "abc", "inspect", "argparse",
})  # fmt: skip


def is_foreign_object(python: Any) -> bool:
    """Is this an object of a library's, whose operators and methods nothing is known of?"""
    if isinstance(python, np.ma.MaskedArray):
        return True
    if isinstance(python, _FAMILIAR) or is_sparse(python):
        return False
    if adoption_of(type(python)) is not None:
        return True
    package = package_of(type(python))
    return package not in _FAMILIAR_PACKAGES and is_library(type(python))


def is_foreign(frame: Frame, obj: o.Obj) -> bool:
    """Is this an object whose type is known only at run time, or one of a library's?"""
    if isinstance(obj, o.Known):
        return is_foreign_object(obj.value)
    if not isinstance(obj, o.Ref) or isinstance(obj, (o.View, o.Outside)) or obj.missing:
        return False
    return is_foreign_type(frame.lowering.state.read(obj).type)


def is_data(python: Any) -> bool:
    """Is this a table or a masked array, whose methods it is not worth to read?"""
    return isinstance(python, np.ma.MaskedArray) or package_of(type(python)) in DATA


def is_copied(frame: Frame, obj: o.Obj) -> bool:
    """Does this come from a call that took copies, so that no number may be made of it?"""
    if not isinstance(obj, o.Ref):
        return False
    type_ = frame.lowering.state.read(obj).type
    return is_foreign_type(type_) and (type_ == COPIED or package_of(type_.cls) in SINKS)


def is_foreign_type(type_: Type) -> TypeGuard[Opaque]:
    return isinstance(type_, Opaque) and type_.foreign


def has_own_methods(frame: Frame, obj: o.Obj) -> bool:
    """Are the methods of an object called as they are, whatever they may be?"""
    if isinstance(obj, o.Known):
        return is_data(obj.value)
    return isinstance(obj, o.Ref) and is_foreign(frame, obj)


def emit(frame: Frame, target: Any, operands: Sequence[Value], type_: Type, **attrs: Any) -> o.Ref:
    """An operation of `ir.foreign`, in this place."""
    keywords = attrs.pop("keywords", ())
    if frame.lowering.handlers and not attrs.get("copies") and _may_raise(frame, target, operands):
        value = outcome_of(frame, target, operands, type_, keywords)
        assert value.op is not None
        made = value.op.operands[0].op
    else:
        value = frame.lowering.builder.emit(target, operands, type_, keywords)
        made = value.op
    assert made is not None
    made.attrs.update(attrs, opaque=True)
    _note_columns(frame, operands)
    return o.Ref(value, shared="it may belong to a library")


def _may_raise(frame: Frame, target: Any, operands: Sequence[Value]) -> bool:
    """May an operation raise what the program catches? An attribute that is there now does not."""
    known = operands[0].value if isinstance(operands[0], Constant) else None
    if target is foreign.attribute:
        name = operands[1]
        return not isinstance(name, Constant) or known is None or not hasattr(known, name.value)
    if target is foreign.number:  # it refuses by a TypeError, which is not the program's
        if handler_of(frame, TypeError) is not None:
            raise UnsupportedError("a number is made of an object whose type is known only at run "
                                   "time, where the program may catch a TypeError",
                                   instead="make it in front of the try")  # fmt: skip
        return False
    return target is not foreign.call or not any(known is each for each in _NEVER_RAISE)


#: Clocks, and questions that every object answers.
_NEVER_RAISE = (
    bool, format, repr, str, isinstance, time.time, time.perf_counter, time.monotonic,
    time.process_time, time.time_ns, time.perf_counter_ns,
)  # fmt: skip


# Columns of pandas. Element by element they compute as arrays do, but a slice keeps its labels.


def _note_columns(frame: Frame, operands: Sequence[Value]) -> None:
    """Does the program have to do with pandas at all?"""
    for value in operands:
        known = value.value if isinstance(value, Constant) else None
        cls = value.type.cls if is_foreign_type(value.type) else None
        if _of_pandas(known) or _of_pandas(cls):
            frame.lowering.root.function.attrs["pandas"] = True


def _of_pandas(python: Any) -> bool:
    owner = getattr(python, "__self__", None)
    return "pandas" in (package_of(python), package_of(type(python)), package_of(owner))


def note_positions(frame: Frame, value: Value) -> None:
    """The program asks for a part of something: no column may stand for it, in all of it."""
    if is_labelled(value.type):
        frame.lowering.root.function.attrs["positions"] = True


def admit_columns(lowering: Any) -> None:
    """At the end of a lowering: let columns stand for arrays, where they do as arrays do."""
    attrs = lowering.function.attrs
    operations = attrs.pop("numbers", [])
    if attrs.pop("pandas", False) and not attrs.pop("positions", False):
        for op in operations:
            op.attrs["columns"] = True


def kind_of(frame: Frame, *objs: o.Obj) -> Opaque:
    """The type of what is made of these: nothing comes back from what took copies."""
    return COPIED if any(is_copied(frame, obj) for obj in objs) else OBJECT


def apply(frame: Frame, function: Callable[..., Any], *objs: o.Obj, type_: Any = None) -> o.Ref:
    """`function(*objs)` of a function that only looks at its arguments."""
    values = [frame.lowering.value(obj) for obj in objs]
    copied = kind_of(frame, *objs) is COPIED
    result = type_ or kind_of(frame, *objs)
    return emit(frame, foreign.call, [Constant(function), *values], result, copies=copied)


def attribute(frame: Frame, owner: o.Obj, name: str) -> o.Ref:
    value = frame.lowering.value(owner)
    streams = isinstance(owner, o.Known) and owner.value is sys and name in ("stdout", "stderr")
    type_ = COPIED if streams else kind_of(frame, owner)
    return emit(frame, foreign.attribute, [value, Constant(name)], type_, copies=type_ is COPIED)


def subscript(frame: Frame, owner: o.Obj, key: o.Obj) -> o.Ref:
    values = [frame.lowering.value(owner), frame.lowering.value(key)]
    type_ = kind_of(frame, owner)
    return emit(frame, foreign.item, values, type_, copies=type_ is COPIED)


def class_of(frame: Frame, owner: o.Obj) -> type:
    """The class of an object, as far as it is known."""
    if isinstance(owner, o.Known):
        return type(owner.value)
    type_ = frame.lowering.value(owner).type
    return type_.cls if isinstance(type_, Opaque) else object


def method_result(
    frame: Frame, owner: o.Obj, name: str, args: Sequence[Value], named: dict[str, Value]
) -> Type:
    """The type of what `owner.name(...)` gives: known for the draws of generators."""
    if is_copied(frame, owner):
        return COPIED
    cls = class_of(frame, owner)
    generator = stand_in(cls)
    if generator is not None and hasattr(generator, name):
        return infer(getattr(generator, name), args, named)
    return method_type(cls, name)


def reads_only(frame: Frame, owner: o.Obj) -> bool:
    return class_only_reads(class_of(frame, owner))


# Operators


def operate(frame: Frame, operation: Callable[..., Any], *operands: o.Obj) -> o.Ref | None:
    """An operator with an object of a library's among its operands; None where all are known.

    Of objects of libraries and constants the operation itself is done. With a number or array of
    the program, the object is taken as a number or an array.
    """
    if not any(is_foreign(frame, obj) for obj in operands):
        return None
    if not all(is_foreign(frame, obj) or constant_of(obj)[0] for obj in operands):
        return None
    values = [Constant(operation), *(frame.lowering.value(obj) for obj in operands)]
    type_: Type = kind_of(frame, *operands)
    copied = type_ is COPIED
    if operation in (operator.is_, operator.is_not, operator.contains, operator.not_):
        type_ = BOOL
    return emit(frame, foreign.operate, values, type_, copies=copied)


def as_operand(frame: Frame, obj: o.Obj) -> o.Obj:
    """The object as an operand of arithmetic; any other than one of a library's as it is."""
    if not is_foreign(frame, obj):
        return obj
    if is_copied(frame, obj):
        raise UnsupportedError(
            "a number is made of the result of a call that shows or stores its arguments",
            instead="compute the number itself in the function",
        )
    if issubclass(class_of(frame, obj), np.ma.MaskedArray):
        raise UnsupportedError("a masked array is an operand of arithmetic, and its operators "
                               "leave out what is masked", instead=runtime.filling())  # fmt: skip
    if isinstance(obj, o.Known):
        try:
            runtime.column(obj.value)
        except TypeError as error:
            reason, _, instead = str(error).removeprefix("adjoint: ").rpartition("; ")
            raise UnsupportedError(reason, instead=instead) from None
    made = emit(frame, foreign.number, [frame.lowering.value(obj)], Unknown(labelled=True))
    frame.lowering.root.function.attrs.setdefault("numbers", []).append(made.value.op)
    return made


def as_index(frame: Frame, obj: o.Obj) -> o.Obj:
    """The object as a whole number, as `range` and slices need it."""
    if not is_foreign(frame, obj):
        return obj
    return apply(frame, operator.index, obj, type_=INT)


_ASKED: dict[Any, Type] = {
    float: FLOAT, int: INT, bool: BOOL, complex: COMPLEX, len: INT, str: _STRING, repr: _STRING,
    format: _STRING, isinstance: BOOL, hasattr: BOOL, callable: BOOL, hash: INT, id: INT,
}  # fmt: skip
_LOOKED_AT = (
    sum, sorted, list, tuple, set, frozenset, dict, type, getattr, iter, next, any, all, bytes,
    reversed, enumerate, max, min, np.shape, np.ndim, np.size,
)  # fmt: skip


def builtin(frame: Frame, python: Any, args: Sequence[o.Obj], kwargs: Any) -> o.Obj | None:
    """A builtin function of an object of a library's; None for any other call."""
    if not args or not any(is_foreign(frame, a) for a in args):
        return None
    if kwargs or not all(is_foreign(frame, a) or constant_of(a)[0] for a in args):
        return None
    if python is isinstance and isinstance(args[0], o.Ref):
        known, classes = constant_of(args[1])
        cls = class_of(frame, args[0])
        if known and issubclass(cls, classes):
            return o.Ref(Constant(True))
    if python in _ASKED:
        number = python in (float, int, complex)
        if number and is_copied(frame, args[0]):
            return as_operand(frame, args[0])
        return apply(frame, python, *args, type_=_ASKED[python])
    if python is getattr and isinstance(args[0], o.Known) and not is_data(args[0].value):
        return None  # as the attribute is read without the builtin
    if python in _LOOKED_AT or isinstance(python, type) and issubclass(python, np.number):
        return apply(frame, python, *args)
    return None


def of_numpy(
    frame: Frame, python: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj | None:
    """A function of NumPy's of nothing but objects of libraries and constants; else None."""
    objs = [*args, *kwargs.values()]
    if not any(is_foreign(frame, obj) for obj in objs):
        return None
    if not all(is_foreign(frame, obj) or constant_of(obj)[0] for obj in objs):
        return None
    operands = [Constant(python), *(frame.lowering.value(obj) for obj in objs)]
    type_ = kind_of(frame, *objs)
    copied = type_ is COPIED
    return emit(frame, foreign.call, operands, type_, keywords=tuple(kwargs), copies=copied)


def truth(frame: Frame, obj: o.Obj) -> Value:
    return frame.lowering.value(apply(frame, bool, obj, type_=BOOL))


def listed(frame: Frame, obj: o.Obj) -> o.Ref:
    """The items of an object, as a loop gets them."""
    return apply(frame, list, obj, type_=List(kind_of(frame, obj)))


def unpacked(frame: Frame, obj: o.Obj, n: int) -> list[o.Obj]:
    """`a, b = obj`."""
    type_ = kind_of(frame, obj)
    items = apply(frame, tuple, obj)
    values = frame.lowering.builder.unpack(frame.lowering.value(items), [type_] * n)
    return [o.Ref(v) for v in values]


def text_of(frame: Frame, obj: o.Obj, conversion: str, spec: str) -> o.Obj:
    """An object in an f-string, as text: it may be another one later."""
    if conversion:
        shown: Any = {"r": repr, "s": str, "a": ascii}[conversion]
        obj = apply(frame, shown, obj, type_=_STRING)
        return obj if not spec else apply(frame, format, obj, o.Known(spec), type_=_STRING)
    return apply(frame, format, obj, o.Known(spec), type_=_STRING)
