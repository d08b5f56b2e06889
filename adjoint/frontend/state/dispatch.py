"""Dispatch: what lowers a statement, an expression or a call is found by the type of the node or
of the callee.

Syntax and calls are recursive. `statements.py`, `expressions.py` and `calls.py` fill the tables,
with functions that call back here: no file needs to know the others to lower a part of its syntax.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.objects import Args, KwArgs
from adjoint.frontend.syntax.normal_form import is_composite

EXPRESSIONS: dict[type, Callable[[Frame, Any], o.Obj]] = {}
STATEMENTS: dict[type, Callable[[Frame, Any], None]] = {}
#: What assigns to a target, and what collects the items of a generator expression.
ASSIGN: list[Callable[[Frame, Any, o.Obj], None]] = []
COLLECT: list[Callable[[Frame, Any, o.Obj], o.Obj]] = []
CALLS: dict[type, Callable[[Frame, Any, Args, KwArgs, Any], o.Obj | None]] = {}


def expression(frame: Frame, node: Any) -> o.Obj:
    """The object that an expression evaluates to."""
    handler = EXPRESSIONS.get(type(node))
    if handler is None:
        raise UnsupportedError(
            f"the expression '{type(node).__name__.lower()}' is not supported yet",
            frame.span(node),
        )
    if frame.lowering.handlers and is_composite(node):
        handler = _inside(handler)
    if not hasattr(node, "lineno"):
        return handler(frame, node)
    builder, span = frame.lowering.builder, frame.span(node)
    outer, builder.span = builder.span, span
    try:
        return handler(frame, node)
    except UnsupportedError as error:
        raise error.located(span) from None
    finally:
        builder.span = outer


def _inside(handler: Callable[[Frame, Any], o.Obj]) -> Callable[[Frame, Any], o.Obj]:
    """Lower an expression whose parts no exception may leave, as others would follow."""

    def lower(frame: Frame, node: Any) -> o.Obj:
        frame.lowering.inside += 1
        try:
            return handler(frame, node)
        finally:
            frame.lowering.inside -= 1

    return lower


def call_object(frame: Frame, callee: o.Obj, args: Args, kwargs: KwArgs, node: Any) -> o.Obj:
    """The result of a call of an object."""
    handler = CALLS.get(type(callee))
    result = None if handler is None else handler(frame, callee, args, kwargs, node)
    if result is None:
        raise UnsupportedError("this object cannot be called")
    return result


def assign(frame: Frame, target: Any, obj: o.Obj) -> None:
    """Give an object to what a target of an assignment names."""
    ASSIGN[0](frame, target, obj)


def collect(frame: Frame, node: Any, first: o.Obj) -> o.Obj:
    """The items of a generator expression as a list."""
    return _inside(lambda f, n: COLLECT[0](f, n, first))(frame, node)
