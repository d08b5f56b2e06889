"""Questions about what a value is, which a number, an array or None answer in different ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame
from adjoint.ir.types import is_loose

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
