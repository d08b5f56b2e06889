"""Facts about operands that determine the type of a result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Constant, Value
from adjoint.ir.indexing import items_of
from adjoint.ir.types import ANY, Array, Scalar, Size, Struct, Type

Args = Sequence[Value]
KwArgs = dict[str, Value]
InferType = Callable[[Args, KwArgs], Type]

SCALAR_SAMPLE: dict[str, complex] = {"bool": True, "int": 1, "float": 0.5, "complex": 0.5j}


def size_from(value: Value) -> Size:
    """The dimension that an integer operand stands for."""
    if isinstance(value, Constant):
        return int(value.value)
    if isinstance(value.type, Scalar) and value.type.size is not None:
        return value.type.size
    return ANY


def shape_from(value: Value) -> tuple[Size, ...] | None:
    """The dimensions that a shape argument (an int or a tuple of ints) describes."""
    if isinstance(value.type, Scalar) or isinstance(value.type, Array) and not value.type.dims:
        return (size_from(value),)
    items = items_of(value)
    if items is not None:
        return tuple(map(size_from, items))
    if isinstance(value.type, Struct):
        return tuple(
            t.size if isinstance(t, Scalar) and t.size is not None else ANY
            for t in value.type.items
        )
    return None


def dtype_from(value: Value | None, default: Any) -> np.dtype[Any]:
    """The dtype that an argument asks for; `default` where it is left out."""
    if value is None or isinstance(value, Constant) and value.value is None:
        return np.dtype(default)
    if isinstance(value, Constant):
        return np.dtype(value.value)
    raise UnsupportedError("a dtype that is known only at run time is not supported")


def dtype_of(type_: Type) -> np.dtype[Any]:
    """The dtype of the array that NumPy makes of a value of this type."""
    if isinstance(type_, Array):
        return type_.dtype
    return np.asarray(SCALAR_SAMPLE[type_.kind] if isinstance(type_, Scalar) else 0.0).dtype


def same_as_first(args: Args, kwargs: KwArgs) -> Type:
    return args[0].type
