"""Lists and tuples of numbers where a function of NumPy or SciPy takes an array."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.structure import item_type as type_of_shape
from adjoint.frontend.state.structure import shape_of
from adjoint.ir.callables import facts_of
from adjoint.ir.core import Value
from adjoint.ir.types import Array, List, Scalar, Struct, Type


def as_array(frame: Frame, target: Any, obj: o.Obj) -> o.Obj:
    """An argument of `target` as the array that it would make of it."""
    if not isinstance(obj, (o.Seq, o.Ref)) or constant_of(obj)[0]:
        return obj
    facts = facts_of(target)
    if facts is not None and facts.sequences:
        return obj
    if not (isinstance(target, np.ufunc) or _package(target) in ("numpy", "scipy")):
        return obj
    type_ = type_of_shape(shape_of(obj, frame.lowering.state))
    if not isinstance(type_, (Struct, List)) or not _is_array_like(type_):
        return obj
    return o.Ref(frame.lowering.builder.apply(np.array, frame.lowering.value(obj)))


def array_value(frame: Frame, obj: o.Obj) -> Value:
    """The value of an argument that a function makes an array of, whatever sequence it is."""
    value = frame.lowering.value(obj)
    if isinstance(value.type, (Struct, List)):
        return frame.lowering.builder.apply(np.asarray, value)
    return value


def _package(target: Any) -> str:
    return (getattr(target, "__module__", None) or "").partition(".")[0]


def _is_array_like(type_: Type) -> bool:
    """Is this a nest of numbers, with floats among them? What is whole is a shape, or an index."""
    match type_:
        case Struct(kind, items, None) if kind in (list, tuple):
            arrays = any(isinstance(i, Array) and i.dims for i in items)
            return not (arrays and kind is tuple) and any(map(_holds_floats, items))
        case List(element):
            return _holds_floats(element)
    return False


def _holds_floats(type_: Type) -> bool:
    match type_:
        case Scalar(kind):
            return kind in ("float", "complex")
        case Array(dtype):
            return dtype.kind in "fc"
    return _is_array_like(type_)
