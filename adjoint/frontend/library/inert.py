"""Calls into modules that no derivative depends on: logs and clocks."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Any

from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame
from adjoint.ir.types import FLOAT, Opaque, Type

#: Calls into these modules happen where the user makes them; no derivative depends on them.
_INERT_MODULES = ("logging", "time")


def is_inert(python: Any) -> bool:
    function = getattr(python, "__func__", python)
    return isinstance(function, (types.FunctionType, types.BuiltinFunctionType)) and (
        function.__module__ in _INERT_MODULES
    )


def call_inert(
    frame: Frame, python: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj:
    """A call that has an effect, as writing to a log, or reads a clock."""
    lowering = frame.lowering
    values = [lowering.value(a) for a in args]
    named = {k: lowering.value(v) for k, v in kwargs.items()}
    is_clock = python.__module__ == "time" and python.__name__ != "sleep"
    type_: Type = FLOAT if is_clock else Opaque()
    operands = [*values, *named.values()]
    return o.Ref(lowering.builder.emit(python, operands, type_, tuple(named)))
