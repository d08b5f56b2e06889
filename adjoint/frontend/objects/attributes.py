"""Attributes: of instances, modules and classes, and of arrays."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from adjoint.errors import UnsupportedError, did_you_mean
from adjoint.frontend.objects import instances
from adjoint.frontend.objects.operators import binary
from adjoint.frontend.objects.outside import known_attribute
from adjoint.frontend.opaque import objects as foreign
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.kinds import check_has_attribute, check_kind, same_answer
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.views import object_of
from adjoint.ir.callables import Call
from adjoint.ir.core import Constant
from adjoint.ir.types import Array, Struct, Type, Unknown, is_labelled, is_numeric

ARRAY_ATTRIBUTES = {"T": np.transpose, "mT": np.matrix_transpose, "shape": np.shape,
                    "size": np.size, "real": np.real, "imag": np.imag}  # fmt: skip
#: Attributes that tell how an array lies in memory.
MEMORY_ATTRIBUTES = frozenset({"strides", "data", "base", "flags", "ctypes", "device"})


def attribute(frame: Frame, owner: o.Obj, name: str) -> o.Obj:
    lowering = frame.lowering
    if isinstance(owner, o.Instance):
        return instances.attribute(frame, owner, name)
    if isinstance(owner, o.Seq) and name in getattr(owner.kind, "_fields", ()):
        return owner.items[owner.kind._fields.index(name)]  # type: ignore[attr-defined]
    if (
        instances.is_instance(owner)
        and lowering.outside.class_attribute(owner.cls, name) is not None
    ):
        return instances.class_attribute(frame, owner, name)
    if isinstance(owner, o.Known):
        return known_attribute(frame, owner, name)
    if isinstance(owner, o.Ref):
        if foreign.is_foreign(frame, owner):
            return foreign.attribute(frame, owner, name)
        value = lowering.operand(owner)
        check_has_attribute(frame, owner, name)
        if is_labelled(value.type) and name == "values":
            return owner
        if name in ("shape", "ndim", "size", "dtype", "itemsize", "nbytes"):
            check_kind(frame, owner)
        if name in ARRAY_ATTRIBUTES and is_numeric(value.type):
            result = lowering.builder.apply(ARRAY_ATTRIBUTES[name], value)
            if name == "shape" and isinstance(result.type, Struct):
                return lowering.wrap(result)
            return object_of(frame, Call(ARRAY_ATTRIBUTES[name], [value]), [owner], result)
        if name == "ndim" and not isinstance(value.type, Unknown):
            return o.Ref(Constant(value.ndim))
        if name == "dtype" and isinstance(value.type, Array):
            return o.Known(_dtype(frame, owner))
        if name == "itemsize" and isinstance(value.type, Array):
            return o.Ref(Constant(_dtype(frame, owner).itemsize))
        if name == "nbytes" and isinstance(value.type, Array):
            size = o.Ref(lowering.builder.apply(np.size, value))
            return binary(frame, gast.Mult(), size, o.Ref(Constant(_dtype(frame, owner).itemsize)))
        if name == "flat" and isinstance(value.type, Array):
            flat = lowering.wrap(lowering.builder.apply(np.ravel, value))
            frame.lowering.state.hold(flat, "it was made with .flat")
            return flat
        if name in MEMORY_ATTRIBUTES and is_numeric(value.type):
            raise UnsupportedError(
                f"'{name}' depends on how the array lies in memory, which is not known here"
            )
        if is_numeric(value.type) and not isinstance(value.type, Unknown):
            refuse_unknown(name)
    return o.Method(owner, name)


def _dtype(frame: Frame, array: o.Ref) -> np.dtype[Any]:
    def answer(type_: Type) -> np.dtype[Any]:
        return type_.dtype if isinstance(type_, Array) else np.dtype(float)

    return same_answer(frame, array, answer)


_OF_NUMBERS = frozenset({*dir(np.ndarray), *dir(np.float64), *dir(float), *dir(int)})


def refuse_unknown(name: str) -> None:
    """Refuse an attribute that no array and no number has."""
    if name not in _OF_NUMBERS:
        said = f"an array has no attribute '{name}'{did_you_mean(name, dir(np.ndarray))}"
        raise UnsupportedError(said)
