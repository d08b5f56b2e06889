"""Lists and tuples of numbers where a function of NumPy or SciPy takes an array."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.structure import item_type as type_of_shape
from adjoint.frontend.state.structure import shape_of
from adjoint.ir.types import Array, List, Scalar, Struct, Type

#: Functions that take a sequence of arrays, or make an array of what they are given.
TAKE_SEQUENCES: frozenset[Any] = frozenset({
    np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.require,
    np.concatenate, np.stack, np.vstack, np.hstack, np.dstack, np.column_stack, np.block,
    np.append, np.select, np.choose, np.lexsort, np.ix_, np.linalg.multi_dot, list,
    getattr(np, "row_stack", np.vstack),  # deprecated in NumPy 2.0
})  # fmt: skip


def as_array(frame: Frame, target: Any, obj: o.Obj) -> o.Obj:
    """An argument of `target` as the array that it would make of it."""
    if not isinstance(obj, (o.Seq, o.Ref)) or constant_of(obj)[0] or target in TAKE_SEQUENCES:
        return obj
    if not (isinstance(target, np.ufunc) or _package(target) in ("numpy", "scipy")):
        return obj
    type_ = type_of_shape(shape_of(obj, frame.lowering.state))
    if not isinstance(type_, (Struct, List)) or not _is_array_like(type_):
        return obj
    return o.Ref(frame.lowering.builder.apply(np.array, frame.lowering.value(obj)))


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
