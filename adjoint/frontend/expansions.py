"""Calls of functions that are declared as a composition of others (`adjoint.rules.expand`)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend import objects as o
from adjoint.frontend.lowering import Frame
from adjoint.frontend.shapes import constant_of, hold, may_return
from adjoint.ir.core import Constant, Value
from adjoint.ir.effects import is_view


def call_expanded(
    frame: Frame,
    target: Any,
    composition: Callable[..., Any],
    args: Sequence[o.Obj],
    kwargs: dict[str, o.Obj],
) -> o.Obj:
    """The operations of a composition, in place of the call."""
    try:
        inspect.signature(composition).bind(*args, **kwargs)
    except TypeError as error:
        name = getattr(target, "__name__", str(target))
        raise UnsupportedError(f"{name} is not known with these arguments: {error}") from None
    made = composition(
        *(_staged(frame, a) for a in args), **{k: _staged(frame, v) for k, v in kwargs.items()}
    )
    given = [*args, *kwargs.values()]
    return _result(frame, made, given)


def _staged(frame: Frame, obj: o.Obj) -> Any:
    """An argument as a composition sees it: IR values, in Python's sequences."""
    known, python = constant_of(obj)
    if known:
        return python
    if isinstance(obj, o.Seq):
        return obj.kind([_staged(frame, item) for item in obj.items])
    if isinstance(obj, o.Mapping):
        return {key: _staged(frame, item) for key, item in obj.items.items()}
    value = frame.lowering.value(obj)
    return value.value if isinstance(value, Constant) else value


def _result(frame: Frame, made: Any, given: list[o.Obj]) -> o.Obj:
    if isinstance(made, (tuple, list)):
        parts = [_result(frame, item, given) for item in made]
        for part in parts:
            hold(part, "it is a part of another array")
        return o.Seq(type(made), parts)
    if not isinstance(made, Value):
        return frame.lowering.constant(made)
    result = frame.lowering.wrap(made)
    if made.op is not None and not is_view(made.op):
        return result
    for obj in given:  # it is an argument, or a view of one
        if isinstance(obj, o.Ref) and frame.lowering.current(obj) is made:
            return obj
    result = may_return(result, [o.Seq(tuple, given)])
    frame.pending.append(result)
    return result
