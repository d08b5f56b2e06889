"""Exceptions that are raised: for a handler of the program, or out of it."""

from __future__ import annotations

import types
from collections.abc import Sequence
from dataclasses import dataclass

from adjoint.errors import CertainError, LeavesExpressionError, UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.lowering import FALSE, TRUE, Frame, Unreachable
from adjoint.ir import ops
from adjoint.ir.core import Constant

#: Where an exception of an operation keeps why its class is not known.
KIND = "%kind"
#: Exceptions that the values of a run decide about.
_OF_VALUES = (LookupError, ArithmeticError, ValueError, UnboundLocalError)
Classes = tuple[type[BaseException], ...]


@dataclass(eq=False)
class Handler:
    """One `except` clause of a `try` whose body is being lowered.

    Attributes
    ----------
    classes : what it catches.
    flag, error : the hidden names of "it was raised" and of the exception.
    passes_on : is it one of several that stand for a single clause, and not the last one?
    """

    classes: Classes
    flag: str
    error: str
    passes_on: bool = False


def handler_of(frame: Frame, error: type) -> Handler | None:
    """The innermost handler that catches the exception."""
    return next((h for h in frame.lowering.handlers if issubclass(error, h.classes)), None)


def raise_error(frame: Frame, error: o.Instance) -> None:
    """Leave for the handler that catches the exception, or out of the program."""
    kind = error.items.get(KIND)
    if isinstance(kind, o.Ambiguous):
        raise UnsupportedError(kind.reason)
    handler = handler_of(frame, error.cls)
    if handler is not None:
        frame.hidden[handler.flag] = o.Ref(TRUE)
        frame.hidden[handler.error] = error
        return
    args = error.items["args"]
    said = args.items if isinstance(args, o.Seq) else []  # raised again, without its text
    values = [frame.lowering.value(a) for a in said]
    frame.lowering.builder.apply(ops.fail, Constant(error.cls), *values)
    raise Unreachable


def hand_over(inner: Frame, frame: Frame) -> None:
    """A call is over: what it has raised is raised in its caller."""
    for handler in frame.lowering.handlers:
        raised = inner.hidden.get(handler.flag)
        if not isinstance(raised, o.Ref) or raised.value is FALSE:
            continue
        if frame.comprehension or frame.lowering.inside:
            raise LeavesExpressionError(
                "an exception leaves this expression in the middle",
                instead="compute this part in a statement of its own",
            )
        frame.hidden[handler.flag] = raised
        if handler.error in inner.hidden:
            frame.hidden[handler.error] = inner.hidden[handler.error]


def make_error(frame: Frame, cls: type, args: Sequence[o.Obj]) -> o.Instance:
    """An exception object: its `args`, and what a constructor of the user's adds."""
    error = o.Instance(cls, {"args": o.Seq(tuple, list(args))})
    init = frame.lowering.outside.class_attribute(cls, "__init__")
    if isinstance(init, types.FunctionType):
        call_object(frame, o.Known(init), [error, *args], {}, None)
    return error


def certain(frame: Frame, error: CertainError) -> bool:
    """A statement certainly raises: leave for the handler, or out of the program.

    False for a mistake that no run of the program survives, and no handler waits for: a name or
    an attribute that does not exist, arguments that a function does not take.
    """
    waits = handler_of(frame, error.exception) is not None
    if not waits and not issubclass(error.exception, _OF_VALUES):
        return False
    said = error.args_ or (error.reason,)
    raise_error(frame, make_error(frame, error.exception, [o.Known(a) for a in said]))
    return True


def certain_here(frame: Frame, error: CertainError) -> bool:
    """An expression in an arm certainly raises: does it leave the program there?"""
    try:
        return certain(frame, error)
    except Unreachable:
        return True
