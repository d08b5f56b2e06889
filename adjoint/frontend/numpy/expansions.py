"""Calls of functions that are declared as a composition of others (`adjoint.rules.expand`)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.numpy.arguments import is_part_of_program, static_operand
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.links import may_return
from adjoint.ir.callables import Call, facts_of
from adjoint.ir.core import Constant, Value
from adjoint.ir.effects import is_view
from adjoint.ir.indexing import python_argument
from adjoint.ir.staging import UnknownRankError, inside_rule


def call_expanded(
    frame: Frame,
    target: Any,
    composition: Callable[..., Any],
    names: Sequence[str],
    args: Sequence[o.Obj],
    kwargs: dict[str, o.Obj],
) -> o.Obj:
    """The operations of a composition in place of the call; its parameters are `names`."""
    name = getattr(target, "__name__", str(target))
    try:
        inspect.signature(composition).bind(*args, **kwargs)
    except TypeError as error:
        raise UnsupportedError(f"{name} is not supported with this: {error}") from None
    positional = [
        _argument(frame, target, names[k] if 0 < k < len(names) else "", obj)
        for k, obj in enumerate(args)
    ]
    named = {k: _argument(frame, target, k, obj) for k, obj in kwargs.items()}
    try:
        with inside_rule():
            made = composition(*positional, **named)
    except UnknownRankError as error:
        raise UnsupportedError(
            f"{name}: {error}",
            instead="call the gradient, or source_for, with actual arguments",
        ) from None
    values = [frame.lowering.value(obj) for obj in args]
    facts = facts_of(target)
    call = Call(target, values, {k: frame.lowering.value(obj) for k, obj in kwargs.items()})
    given = [] if facts is not None and facts.of(call).is_own else [*args, *kwargs.values()]
    return _result(frame, made, given)


def _argument(frame: Frame, target: Any, name: str, obj: o.Obj) -> Any:
    if is_part_of_program(target, name):
        return python_argument(static_operand(frame, obj, name))
    return _staged(frame, obj)


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
    """The object of what a composition gives, which may be, or hold, one of the `given`."""
    if isinstance(made, (tuple, list)):
        parts = [_result(frame, item, given) for item in made]
        for part in parts:
            frame.lowering.state.hold(part, "it is a part of another array")
        return o.Seq(type(made), parts)
    if not isinstance(made, Value):
        return frame.lowering.constant(made)
    result = frame.lowering.wrap(made)
    for obj in given:
        if isinstance(obj, o.Ref) and frame.lowering.current(obj) is made:
            return obj
    if not given or made.op is not None and not is_view(made.op):
        return result
    result = may_return(result, [o.Seq(tuple, given)])
    frame.pending.append(result)
    return result
