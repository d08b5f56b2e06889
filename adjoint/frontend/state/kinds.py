"""Questions about what a value is, which a number, an array or None answer in different ways.

An integer and a float do as well, or arrays of them. Programs for numbers and arrays ask with a
`try` as well: a number that is used as an array raises.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.lowering import Frame
from adjoint.ir.actual import actual_types
from adjoint.ir.types import Array, List, Scalar, Type, is_immutable_number, is_loose

T = TypeVar("T")

_QUESTIONS = (isinstance, type, hasattr, getattr, callable, len, np.ndim, np.shape, np.size,
              np.isscalar, np.iterable)  # fmt: skip

_PYTHON = {"bool": bool, "int": int, "float": float, "complex": complex}


def check_question(frame: Frame, python: Any, args: Sequence[o.Obj]) -> None:
    """Refuse a call that asks for the kind, the rank or the shape of what has several."""
    if args and any(python is each for each in _QUESTIONS):
        if python is isinstance and len(args) == 2 and _is_neither(args[1]):
            return
        check_kind(frame, args[0])


def _is_neither(classes: o.Obj) -> bool:
    """Are these classes such as neither a number nor an array, nor None, is an instance of?"""
    known, python = constant_of(classes)
    return known and not any(isinstance(each, python) for each in _NUMBERS)


_NUMBERS = (None, True, 1, 1.0, 1j, np.float64(1.0), np.complex128(1j), np.int64(1),
            np.bool_(True), np.float32(1.0), np.zeros(()), np.zeros(1))  # fmt: skip


def check_kind(frame: Frame, obj: o.Obj) -> None:
    if isinstance(obj, o.Ref) and obj.missing == "None":
        raise UnsupportedError(
            "this asks about a name that may be None", instead="write `... is not None`"
        )
    if isinstance(obj, o.Outside):
        return
    if isinstance(obj, o.Ref) and is_loose(frame.lowering.current(obj).type):
        raise UnsupportedError(
            "this asks about a name that is a number on one path and an array on another",
            instead="begin with an array, as np.zeros or np.ones gives it",
        )


def types_of(frame: Frame, obj: o.Obj) -> list[Type]:
    """The types that an object may have when the program runs."""
    value = frame.lowering.value(obj)
    return [value.type] if isinstance(value.type, List) else actual_types(value)


def same_answer(frame: Frame, obj: o.Obj, answer: Callable[[Type], T]) -> T:
    """What a question about the type gives, which has to be the same for all that it may be."""
    answers = list(map(answer, types_of(frame, obj)))
    if any(other != answers[0] for other in answers):
        raise UnsupportedError(
            "this asks for the type of a name that is an integer on one path and a float on "
            "another, or an array of another dtype",
            instead="begin with a float, as 1.0, or make the array with dtype=float",
        )
    return answers[0]


def check_has_length(frame: Frame, obj: o.Obj) -> None:
    if (name := _number(frame, obj)) is not None:
        raise _error(f"object of type '{name}' has no len()")
    if _has_no_rank(frame, obj):
        raise _error("len() of unsized object")


def check_is_iterable(frame: Frame, obj: o.Obj) -> None:
    if (name := _number(frame, obj)) is not None:
        raise _error(f"'{name}' object is not iterable")
    if _has_no_rank(frame, obj):
        raise _error("iteration over a 0-d array")


def check_has_items(frame: Frame, obj: o.Obj) -> None:
    name = _number(frame, obj)
    if name is not None and not name.startswith("numpy."):  # those have `x[()]` and `x[...]`
        raise _error(f"'{name}' object is not subscriptable")


def check_takes_items(frame: Frame, obj: o.Obj) -> None:
    """Of NumPy's numbers too: `np.zeros(()) * 2` is one."""
    if (name := _number(frame, obj)) is not None:
        raise _error(f"'{name}' object does not support item assignment")


def check_has_attribute(frame: Frame, obj: o.Obj, name: str) -> None:
    """A number of Python's has no shape, and no method of an array."""
    type_ = frame.lowering.current(obj).type if isinstance(obj, o.Ref) else None
    if isinstance(type_, Scalar) and not obj.missing:  # type: ignore[attr-defined]
        kinds = {_PYTHON[t.kind] for t in types_of(frame, obj) if isinstance(t, Scalar)}
        if not any(hasattr(kind, name) for kind in kinds):
            said = f"'{type_}' object has no attribute '{name}'"
            like = f"write np.{name}" if hasattr(np, name) else "make an array of it"
            raise CertainError(AttributeError, said, said, instead=like)


def _number(frame: Frame, obj: o.Obj) -> str | None:
    """The name of the type of what is a number on every path; None of anything else."""
    type_ = frame.lowering.current(obj).type if isinstance(obj, o.Ref) else None
    if type_ is None or not is_immutable_number(type_) or obj.missing:  # type: ignore[attr-defined]
        return None
    return f"numpy.{type_.dtype}" if isinstance(type_, Array) else str(type_)


def _has_no_rank(frame: Frame, obj: o.Obj) -> bool:
    type_ = frame.lowering.current(obj).type if isinstance(obj, o.Ref) else None
    return isinstance(type_, Array) and not type_.dims and not type_.loose


def _error(said: str) -> CertainError:
    return CertainError(TypeError, said, said, instead="make an array of it with np.atleast_1d")
