"""Arguments that hold no real number, and what to pass instead of them."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir.descriptions import described, described_python
from adjoint.ir.types import Array, List, Opaque, Range, Scalar, Struct, Type


def not_a_number(name: str, value: Any) -> UnsupportedError:
    """The refusal of a derivative with respect to an object that is a constant to adjoint."""
    return _refusal(name, described_python(value), _instead_of_object(name, value))


def of_no_floats(name: str, type_: Type) -> UnsupportedError:
    """The refusal of a derivative with respect to integers, ranges, objects."""
    shown = described(type_)
    if isinstance(type_, (Struct, List)):
        shown += " without a float in it"
    return _refusal(name, shown, _instead_of_type(name, type_))


def _refusal(name: str, shown: str, instead: str) -> UnsupportedError:
    return UnsupportedError(
        f"the derivative with respect to '{name}' is asked for, and {name} is {shown}, which is "
        "not differentiable",
        instead=f"{instead}, or choose other arguments with argnums",
    )


def _instead_of_object(name: str, value: Any) -> str:
    if isinstance(value, str) or type(value).__name__ in ("Decimal", "Fraction"):
        return f"pass a float, as float({name})"
    if isinstance(value, range):
        return f"pass an array of floats, as np.array({name}, dtype=float)"
    if isinstance(value, (Iterator, set, frozenset)):
        return f"pass a list of its items, as list({name})"
    if callable(value) or isinstance(value, types.ModuleType):
        return "pass numbers and arrays"
    if value is None:
        return "pass a float or an array"
    if hasattr(value, "__array__"):
        return f"pass a NumPy array, as np.asarray({name})"
    return (
        "pass the numbers in it, in a dict, a named tuple or a dataclass, declare its class "
        "with adjoint.register"
    )


def _instead_of_type(name: str, type_: Type) -> str:
    match type_:
        case Scalar():
            return f"pass a float, as float({name})"
        case Array() | List(Scalar()):
            array = isinstance(type_, Array)
            return f"pass floats, as {name}.astype(float)" if array else _FLOATS
        case Opaque(cls) if issubclass(cls, np.ma.MaskedArray):
            return f"pass {name}.filled(value), or the data and the mask as two arrays"
        case Opaque(cls) if issubclass(cls, np.ndarray):
            return f"pass an array of floats, as {name}.astype(float)"
        case Opaque(cls) if hasattr(cls, "to_numpy"):
            return f"pass its values, as {name}.to_numpy() gives them"
        case Range():
            return f"pass an array of floats, as np.array({name}, dtype=float)"
        case Struct() | List():
            return _FLOATS
    return "pass a float or an array"


_FLOATS = "put floats into it, as 1.0 in the place of 1"
