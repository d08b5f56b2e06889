"""Strings made at run time: their methods and operators, which carry no derivative."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame
from adjoint.ir.core import Value
from adjoint.ir.types import BOOL, Opaque, Scalar, Type

STRING = Opaque(str)
_TEXT = (
    "upper", "lower", "title", "strip", "lstrip", "rstrip", "format", "replace", "join", "ljust",
    "rjust", "center", "zfill", "capitalize", "removeprefix", "removesuffix",
)  # fmt: skip
_RESULTS: dict[str, Type] = {
    **dict.fromkeys(_TEXT, STRING),
    **dict.fromkeys(("startswith", "endswith", "isdigit", "isalpha", "isupper", "islower"), BOOL),
    **dict.fromkeys(("count", "find", "rfind", "index"), Scalar("int")),
}


def is_string(frame: Frame, obj: o.Obj) -> bool:
    if isinstance(obj, o.Known):
        return isinstance(obj.value, str)
    return isinstance(obj, o.Ref) and frame.lowering.current(obj).type == STRING


def call_method(
    frame: Frame, owner: o.Obj, name: str, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj:
    """`text.upper()` and the like."""
    if name not in _RESULTS:
        raise UnsupportedError(f"the method '{name}' of a string that is known only at run time")
    values = [frame.lowering.value(a) for a in [owner, *args, *kwargs.values()]]
    made = _made(frame, getattr(str, name), values, _RESULTS[name], tuple(kwargs))
    made.value.op.attrs["style"] = name  # type: ignore[union-attr]
    return made


def binary(frame: Frame, target: Any, a: o.Obj, b: o.Obj) -> o.Obj | None:
    """`a + b` and `a % b` of strings; None for other operators."""
    if target not in (operator.add, operator.mod):
        return None
    if target is operator.add and not is_string(frame, b):
        return None
    return _made(frame, target, [frame.lowering.value(a), frame.lowering.value(b)], STRING, ())


def _made(
    frame: Frame, target: Any, values: list[Value], type_: Type, keywords: tuple[str, ...]
) -> o.Ref:
    return o.Ref(frame.lowering.builder.emit(target, values, type_, keywords))
