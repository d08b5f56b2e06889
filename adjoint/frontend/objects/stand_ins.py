"""Objects and calls of libraries that an input reaches: records of ours stand for them.

A call of `scipy.interpolate.CubicSpline` that no input reaches is made as it stands, and gives an
object of which only the class is known. Where an input meets this object, the call that made it
is lowered once more, as the class of ours that has derivatives. An object from outside of the
program gives its arrays to a record.
"""

from __future__ import annotations

import functools
import operator
import types
from collections.abc import Callable, Sequence
from typing import Any, TypeGuard

from adjoint.frontend.objects import instances
from adjoint.frontend.opaque import objects as foreign_objects
from adjoint.frontend.opaque.arguments import depends
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.lowering import Frame
from adjoint.ir import foreign
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import Opaque, Type
from adjoint.rules.registry import adoption_of, stand_in_of

Lower = Callable[[], o.Obj]


def call_of(
    frame: Frame, python: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj], node: Any
) -> Lower | None:
    """What lowers a call as one of ours; None if no input reaches it, or nothing stands for it."""
    owner = getattr(python, "__self__", None) if isinstance(python, types.MethodType) else None
    if frame.lowering.root.known.as_objects:
        return None
    definition = stand_in_of(python)
    if definition is None and owner is None and not isinstance(python, type):
        owner = python if adoption_of(type(python)) is not None else None
    known_owner = owner is not None and adoption_of(type(owner)) is not None
    if definition is None and not known_owner:
        return None
    if not depends(frame, [*args, *kwargs.values()]):
        return None
    if definition is not None:
        return functools.partial(_called, frame, o.Known(definition), args, kwargs, node)
    return functools.partial(_called_owner, frame, o.Known(owner), python, args, kwargs, node)


def _called(
    frame: Frame, callee: o.Obj, args: Sequence[o.Obj], kwargs: dict[str, o.Obj], node: Any
) -> o.Obj:
    frame.lowering.root.stand_ins = True
    args = [with_records(frame, obj) for obj in args]
    kwargs = {name: with_records(frame, obj) for name, obj in kwargs.items()}
    return call_object(frame, callee, args, kwargs, node)


def with_records(frame: Frame, obj: o.Obj) -> o.Obj:
    """An argument of one of ours, where records stand for objects of a library's."""
    if isinstance(obj, o.Seq) and obj.kind in (list, tuple):
        items = [with_records(frame, item) for item in obj.items]
        same = all(new is old for new, old in zip(items, obj.items, strict=True))
        return obj if same else o.Seq(obj.kind, items)
    return adopted(frame, obj) or obj


def _called_owner(
    frame: Frame, owner: o.Obj, python: Any, args: Any, kwargs: Any, node: Any
) -> o.Obj:
    record = adopted(frame, owner)
    assert record is not None
    callee = o.Method(record, python.__name__) if isinstance(python, types.MethodType) else record
    return _called(frame, callee, args, kwargs, node)


def call_on(
    frame: Frame, owner: o.Obj, name: str, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> Lower | None:
    """The same for `owner.name(...)`, or `owner(...)` without a name, of a run-time object."""
    if frame.lowering.root.known.as_objects or not depends(frame, [*args, *kwargs.values()]):
        return None
    record = adopted(frame, owner)
    if record is None:
        return None
    callee = o.Method(record, name) if name else record
    return functools.partial(_called, frame, callee, args, kwargs, None)


def adopted(frame: Frame, obj: o.Obj) -> o.Obj | None:
    """The record that stands for an object of a library's; None where there is none."""
    if isinstance(obj, o.Known):
        make = adoption_of(type(obj.value))
        return None if make is None else call_object(frame, o.Known(make), [obj], {}, None)
    if not isinstance(obj, o.Ref) or obj.missing or isinstance(obj, (o.View, o.Outside)):
        return None
    type_ = frame.lowering.state.read(obj).type
    if is_sparse_type(type_):
        return call_object(frame, o.Known(adoption_of(type_.cls)), [obj], {}, None)
    if not foreign_objects.is_foreign(frame, obj):
        return None
    return _again(frame, frame.lowering.state.read(obj))


def is_sparse_type(type_: Type) -> TypeGuard[Opaque]:
    """Is this an argument of a class of scipy.sparse?"""
    return isinstance(type_, Opaque) and not type_.foreign and adoption_of(type_.cls) is not None


def beside(
    frame: Frame, target: Any, a: o.Obj, b: o.Obj
) -> tuple[o.Obj, o.Obj]:
    """The operands of an operator, where a matrix of a library's meets an input or a record."""
    if frame.lowering.root.known.as_objects:
        return a, b
    product = target is operator.matmul and not (instances.is_record(a) or instances.is_record(b))
    if not (instances.is_record(a) or instances.is_record(b) or depends(frame, [a, b])):
        return a, b
    return _beside(frame, a, b, product), _beside(frame, b, a, product)


def _beside(frame: Frame, obj: o.Obj, other: o.Obj, product: bool) -> o.Obj:
    if isinstance(obj, o.Known) and adoption_of(type(obj.value)) is None:
        return obj
    known = isinstance(obj, o.Known) or isinstance(obj, o.Ref) and not isinstance(
        obj, (o.View, o.Outside)
    ) and not obj.missing and is_sparse_type(frame.lowering.state.read(obj).type)
    if product and known and isinstance(other, o.Ref):
        return obj  # the product of a constant matrix, as it is written
    return adopted(frame, obj) or obj


def _again(frame: Frame, value: Value) -> o.Obj | None:
    """The operation that made a run-time object, lowered as one of ours."""
    op = value.op
    if op is None or op.kind != "apply":
        return None
    operands, named = op.arguments()
    first = operands[0].value if isinstance(operands[0], Constant) else None
    if op.target is foreign.call and stand_in_of(first) is not None:
        definition = o.Known(stand_in_of(first))
        args, kwargs = _objects(frame, operands[1:]), _named(frame, named)
        return _called(frame, definition, args, kwargs, None)
    owner = _object(frame, operands[0])
    if op.target is foreign.call and isinstance(first, types.MethodType):
        record, name = adopted(frame, o.Known(first.__self__)), first.__name__
        args = _objects(frame, operands[1:])
    elif op.target is foreign.call and isinstance(first, types.FunctionType) and operands[1:]:
        record, name = adopted(frame, _object(frame, operands[1])), first.__name__
        args = _objects(frame, operands[2:])
    elif op.target is foreign.method and isinstance(operands[1], Constant):
        record, name = adopted(frame, owner), str(operands[1].value)
        args = _objects(frame, operands[2:])
    else:
        return None
    if record is None:
        return None
    return _called(frame, o.Method(record, name), args, _named(frame, named), None)


def _objects(frame: Frame, values: Sequence[Value]) -> list[o.Obj]:
    return [_object(frame, value) for value in values]


def _named(frame: Frame, values: dict[str, Value]) -> dict[str, o.Obj]:
    return {name: _object(frame, value) for name, value in values.items()}


def _object(frame: Frame, value: Value) -> o.Obj:
    if isinstance(value, Constant):
        return frame.lowering.constant(value.value)
    return frame.lowering.wrap(value)

