"""Calls of NumPy functions that have no record: they may write, alias, or depend on anything.

They differ from calls of other libraries (`calls.py`) in two ways. Their results have types, which
NumPy itself tells. Their arguments are not copied, since the result may share memory with them: so
they take only what the program was given and has not written. That nothing active reaches them is
checked when a derivative is taken (`transforms.activity`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.opaque.arguments import MAY_HOLD
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.aliasing import is_argument, root_of
from adjoint.frontend.state.memory.links import may_return
from adjoint.frontend.state.store import is_mutable
from adjoint.ir.core import Constant
from adjoint.rules.registry import advice_of_package


def call_unrecorded(
    frame: Frame, python: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj:
    """The call itself, on what the program was given and has not changed.

    Raises
    ------
    UnsupportedError : where an argument was made or written by the program.
    """
    given = [*args, *kwargs.values()]
    for obj in given:
        _refuse_own(frame, python, obj)
    lowering = frame.lowering
    positional = [lowering.value(a) for a in args]
    named = {k: lowering.value(v) for k, v in kwargs.items()}
    value = lowering.builder.apply(python, *positional, **named)
    if value.op is not None:
        value.op.attrs["opaque"] = value.op.attrs["unrecorded"] = True
    result = may_return(lowering.wrap(value), given)
    for obj in (*given, result):
        lowering.state.hold(obj, MAY_HOLD)
    frame.pending.append(result)
    return result


def _refuse_own(frame: Frame, python: Any, obj: o.Obj) -> None:
    """Refuse an argument through which the function reaches what the program made or wrote."""
    for part in o.whole(obj):
        if not isinstance(part, o.Ref) or not is_mutable(part.value.type):
            continue
        root = root_of(part)
        given = isinstance(root.value, Constant) or is_argument(root.value)
        if given and frame.lowering.current(root) is root.value:
            continue
        name = getattr(python, "__name__", str(python))
        raise UnsupportedError(
            f"nothing is known of {name}: it may change or keep an array that the program made",
            instead=advice_of_package(python)
            or "call it outside of the function, or declare a rule for a function that calls it",
        )
