"""`try` and `raise`.

Exceptions that are raised and caught inside of the program are exits, as `break` and `return` are.
Each handler has a flag; a `raise` sets the flag of the handler that catches it, and what follows
is guarded by it. Operations of which it is known when they raise (divisions of numbers, functions
of `math`, `np.linalg`) test for that first, where a handler waits for their exceptions. An
exception that no handler catches leaves the generated program as it leaves the user's.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import gast

from adjoint.errors import UnsupportedError
from adjoint.frontend.control.blocks import going_on, lower_block
from adjoint.frontend.flow.branches import branch
from adjoint.frontend.flow.exits import TRUE_NOW, any_of, pending_exits
from adjoint.frontend.flow.may_raise import guarded, raised_by_the_run
from adjoint.frontend.flow.raising import Handler, make_error, raise_error
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.cells import bind_name
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.dispatch import expression
from adjoint.frontend.state.lowering import BROKE, CONTINUED, FALSE, RETURNED, TRUE, Frame

_numbers = itertools.count()


@contextmanager
def catching(frame: Frame, handlers: Sequence[Handler]) -> Iterator[None]:
    """Lower something inside of a `try` with these handlers."""
    lowering = frame.lowering
    outer, intercept = lowering.handlers, lowering.builder.intercept
    for handler in handlers:
        frame.hidden[handler.flag] = o.Ref(FALSE)
    lowering.handlers = [*handlers, *outer]
    lowering.builder.intercept = lambda *call: guarded(lowering, *call)
    try:
        yield
    finally:
        lowering.handlers, lowering.builder.intercept = outer, intercept


def lower_raise(frame: Frame, node: gast.Raise) -> None:
    lowering = frame.lowering
    if node.exc is None:
        if not lowering.caught:
            raise UnsupportedError("a bare raise outside of an except clause", frame.span(node))
        raise_error(frame, lowering.caught[-1])
        return
    error = expression(frame, node.exc)
    if isinstance(error, o.Known) and isinstance(error.value, type):
        error = make_error(frame, error.value, [])
    if not isinstance(error, o.Instance) or not issubclass(error.cls, BaseException):
        raise UnsupportedError("only exceptions can be raised")
    raise_error(frame, error)


def lower_try(frame: Frame, node: gast.Try, body: Callable[[], None] | None = None) -> None:
    """A `try` statement, with another body where one is given."""
    handlers = [_handler(frame, clause) for clause in node.handlers]

    def run() -> None:
        with catching(frame, handlers):
            body() if body is not None else lower_block(frame, node.body)
        if node.orelse:
            _unless_left(frame, handlers, node.orelse)
        for handler, clause in zip(handlers, node.handlers, strict=True):
            _handle(frame, handler, clause)

    finally_(frame, run, lambda: lower_block(frame, node.finalbody))


def _handler(frame: Frame, clause: Any) -> Handler:
    classes: Any = BaseException
    if clause.type is not None:
        known, classes = constant_of(expression(frame, clause.type))
        if not known:
            raise UnsupportedError("which exceptions are caught is known only at run time")
    number = next(_numbers)
    classes = classes if isinstance(classes, tuple) else (classes,)
    return Handler(classes, f"%raised{number}", f"%error{number}")


def _unless_left(frame: Frame, handlers: Sequence[Handler], statements: Sequence[Any]) -> None:
    """The `else` of a `try`: where nothing was raised, and nothing left its body."""
    exits = pending_exits(frame)
    for handler in handlers:
        raised = frame.hidden[handler.flag]
        assert isinstance(raised, o.Ref)
        if raised.value is not FALSE:
            exits.append(TRUE_NOW if raised.value is TRUE else raised.value)
    if not exits:
        lower_block(frame, statements)
    elif TRUE_NOW not in exits:
        flag = any_of(frame, exits)
        branch(frame, flag, lambda: None, going_on(frame, statements))


def _handle(frame: Frame, handler: Handler, clause: Any) -> None:
    """Run an `except` clause where its flag is set."""
    lowering = frame.lowering
    raised = frame.hidden[handler.flag]
    assert isinstance(raised, o.Ref)
    flag = raised.value

    def run() -> None:
        error = frame.hidden.get(handler.error)
        frame.hidden[handler.flag] = o.Ref(FALSE)
        if clause.name is not None and error is not None:
            bind_name(frame, clause.name.id, error)
        caught = error if isinstance(error, o.Instance) else raised_by_the_run(handler.classes[:1])
        lowering.caught.append(caught)
        try:
            going_on(frame, clause.body)()
        finally:
            lowering.caught.pop()
        if clause.name is not None:
            bind_name(frame, clause.name.id, o.Unassigned(clause.name.id))

    if flag is TRUE:
        run()
    elif flag is not FALSE:
        branch(frame, flag, run, lambda: None)
    frame.hidden.pop(handler.flag, None)
    frame.hidden.pop(handler.error, None)


def finally_(frame: Frame, run: Callable[[], None], last: Callable[[], None]) -> None:
    """Run something, and then something else whichever way the first has been left."""
    run()
    flags = [RETURNED, BROKE, CONTINUED, *(h.flag for h in frame.lowering.handlers)]
    left = {name: frame.hidden[name] for name in flags if name in frame.hidden}
    for name in left:
        frame.hidden[name] = o.Ref(FALSE)
    last()
    if any(frame.hidden[name].value is not FALSE for name in left):
        raise UnsupportedError("what runs at the end of a try, or of a with, leaves it")
    for name, flag in left.items():
        frame.hidden[name] = flag
