"""Lists and tuples of numbers where an array is taken: beside one, or by a function of NumPy."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.structure import item_type, shape_of
from adjoint.ir.types import Array, List, Scalar, Struct, Type, is_loose


def beside_arrays(
    frame: Frame, target: Callable[..., Any], a: o.Obj, b: o.Obj
) -> tuple[o.Obj, o.Obj]:
    """The operands of an operator: a list beside an array is one to all operators of arrays."""
    for sequence, other in ((a, b), (b, a)):
        if not (isinstance(other, o.Ref) and is_nest(frame, sequence)):
            continue
        type_ = frame.lowering.current(other).type
        if not isinstance(type_, Array) or _repeats(target, type_):
            continue
        if is_loose(type_):
            raise UnsupportedError(
                "whether this list is an array here depends on whether the other operand is one",
                instead="write np.array([...])",
            )
        array = made_array(frame, sequence)
        return (array, b) if sequence is a else (a, array)
    return a, b


def _repeats(target: Callable[..., Any], type_: Array) -> bool:
    """Is a product with a list its repetition, or an error, as for all scalars of NumPy?"""
    return target is operator.mul and type_.scalar


def with_arrays(frame: Frame, sequence: o.Obj) -> o.Obj:
    """A sequence of arrays, some of which may be written as lists."""
    if not isinstance(sequence, o.Seq) or not any(_is_array(frame, x) for x in sequence.items):
        return sequence
    items = [made_array(frame, x) if is_nest(frame, x) else x for x in sequence.items]
    return sequence if items == sequence.items else o.Seq(sequence.kind, items)


def _is_array(frame: Frame, obj: o.Obj) -> bool:
    if not isinstance(obj, o.Ref):
        return False
    type_ = frame.lowering.current(obj).type
    return isinstance(type_, Array) and bool(type_.dims)


def made_array(frame: Frame, sequence: o.Obj) -> o.Obj:
    return o.Ref(frame.lowering.builder.apply(np.array, frame.lowering.value(sequence)))


def is_nest(frame: Frame, obj: o.Obj, floats: bool = False) -> bool:
    """Is this a list or tuple of numbers, or of such? With floats among them, if that is asked."""
    if isinstance(obj, o.Seq) and not obj.items:
        return False
    known, python = constant_of(obj)
    if known and isinstance(python, (list, tuple)):
        dtype = _dtype(python)
        return dtype is not None and dtype.kind in ("fc" if floats else "biufc")
    if not isinstance(obj, (o.Seq, o.Ref)):
        return False
    type_ = item_type(shape_of(obj, frame.lowering.state))
    if not isinstance(type_, (Struct, List)) or not _is_array_like(type_, _is_number):
        return False
    return not floats or _is_array_like(type_, _is_float)


def _dtype(python: Any) -> np.dtype[Any] | None:
    try:
        return np.asarray(python).dtype
    except ValueError:  # rows of different lengths
        return None


def _is_array_like(type_: Type, suits: Callable[[Type], bool]) -> bool:
    """Is this a nest with a number in it that suits?"""
    match type_:
        case Struct(kind, items, None) if kind in (list, tuple):
            arrays = any(isinstance(i, Array) and i.dims for i in items)
            inside = (suits(i) or _is_array_like(i, suits) for i in items)
            return not (arrays and kind is tuple) and any(inside)
        case List(element):
            return suits(element) or _is_array_like(element, suits)
    return False


def _is_number(type_: Type) -> bool:
    return isinstance(type_, (Scalar, Array))


def _is_float(type_: Type) -> bool:
    match type_:
        case Scalar(kind):
            return kind in ("float", "complex")
        case Array(dtype):
            return dtype.kind in "fc"
    return False
