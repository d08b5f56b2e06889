"""How messages describe a value: in Python's words, never in the compiler's."""

from __future__ import annotations

import types
from typing import Any

import numpy as np

from adjoint.ir.core import Constant, Value
from adjoint.ir.operators import SIGNS
from adjoint.ir.types import Array, List, Opaque, Range, Scalar, Struct, Type, Unknown

_KINDS = {"b": "booleans", "i": "integers", "u": "integers", "c": "complex numbers"}


def described(type_: Type) -> str:
    """A value of the type: 'a float', 'an array of rank 2', 'a list'."""
    match type_:
        case Scalar("complex"):
            return "a complex number"
        case Scalar(kind):
            return with_article(kind)
        case Array(dtype, dims):
            if not dims:
                return f"a number of dtype {dtype}"
            elements = _KINDS.get(dtype.kind)
            return f"an array of {elements}" if elements else f"an array of rank {len(dims)}"
        case Struct(kind):
            return with_article(kind.__name__)
        case List():
            return "a list"
        case Range():
            return "a range"
        case Opaque(cls):
            return instance_of(cls)
        case Unknown():
            return "a value of unknown type"
    return f"a value of type {type_}"


def instance_of(cls: type) -> str:
    """An instance of the class."""
    if cls is types.NoneType:
        return "None"
    if issubclass(cls, np.ma.MaskedArray):
        return "a masked array"
    if issubclass(cls, np.ndarray):
        return "an array of objects"
    if issubclass(cls, types.FunctionType):
        return "a function"
    return "a string" if cls is str else with_article(cls.__name__)


def described_value(value: Value) -> str:
    """A value: a short constant by itself, all others by their type."""
    return described_python(value.value) if isinstance(value, Constant) else described(value.type)


def described_python(python: Any) -> str:
    """A Python object: a short constant by itself, all others by their class."""
    if isinstance(python, str):
        return f"the string {python!r}" if len(python) < 40 else "a string"
    if python is None or isinstance(python, (bool, int, float, complex)):
        return repr(python)
    if isinstance(python, np.ndarray) and python.dtype.kind != "O":
        return f"an array of rank {python.ndim}"
    return instance_of(type(python))


def operation(target: Any) -> str:
    """An operation as a program writes it: `np.round`, `math.floor`, `<`."""
    sign = SIGNS.get(target)
    if sign is not None:
        return f"'{sign}'"
    name = getattr(target, "__name__", "") or type(target).__name__
    module = getattr(target, "__module__", None) or ("numpy" if hasattr(np, name) else "")
    top = module.partition(".")[0]
    return {"numpy": f"np.{name}", "builtins": name}.get(top, f"{module}.{name}")


def with_article(noun: str) -> str:
    return f"an {noun}" if noun[:1].lower() in "aeiou" else f"a {noun}"
