"""Questions about what a value is, which a number, an array or None answer in different ways.

An integer and a float do as well, or arrays of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame
from adjoint.ir.actual import actual_types
from adjoint.ir.types import List, Type, is_loose

T = TypeVar("T")

_QUESTIONS = (isinstance, type, hasattr, getattr, callable, len, np.ndim, np.shape, np.size,
              np.isscalar, np.iterable)  # fmt: skip


def check_question(frame: Frame, python: Any, args: Sequence[o.Obj]) -> None:
    """Refuse a call that asks for the kind, the rank or the shape of what has several."""
    if args and any(python is each for each in _QUESTIONS):
        check_kind(frame, args[0])


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
