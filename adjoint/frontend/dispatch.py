"""Dispatch: the function that lowers an expression is found by the type of its node.

Syntax is recursive. `expressions.py` fills the table with functions that call back here, so that
none of the files that need the object of a part of their syntax need to know the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend import objects as o
from adjoint.frontend.lowering import Frame

EXPRESSIONS: dict[type, Callable[[Frame, Any], o.Obj]] = {}


def expression(frame: Frame, node: Any) -> o.Obj:
    """The object that an expression evaluates to."""
    handler = EXPRESSIONS.get(type(node))
    if handler is None:
        raise UnsupportedError(
            f"the expression '{type(node).__name__.lower()}' is not supported yet",
            frame.span(node),
        )
    if not hasattr(node, "lineno"):
        return handler(frame, node)
    with frame.lowering.builder.at(frame.span(node)):
        try:
            return handler(frame, node)
        except UnsupportedError as error:
            raise error.located(frame.span(node)) from None
