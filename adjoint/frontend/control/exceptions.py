"""`try` and `raise`.

Exceptions that are raised and caught inside of the program are exits, as `break` and `return` are.
Each handler has a flag; a `raise` sets the flag of the handler that catches it, and what follows
is guarded by it. Operations of which it is known when they raise (divisions of numbers, functions
of `math`, `np.linalg`) test for that first, where a handler waits for their exceptions. An
exception that no handler catches leaves the generated program as it leaves the user's.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.control.blocks import going_on, lower_block
from adjoint.frontend.flow.branches import branch
from adjoint.frontend.flow.exits import (
    EXITS,
    TRUE_NOW,
    any_of,
    contains_exit,
    exit_flags,
    pending_exits,
)
from adjoint.frontend.flow.may_raise import guarded, raised_by_the_run
from adjoint.frontend.flow.outcomes import raise_object
from adjoint.frontend.flow.raising import KIND, Handler, make_error
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.cells import bind_name
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.dispatch import expression
from adjoint.frontend.state.lowering import FALSE, RESULT, TRUE, Frame
from adjoint.frontend.state.speculation import attempt
from adjoint.frontend.syntax.liveness import captured, loads
from adjoint.frontend.syntax.normal_form import calls_something
from adjoint.ir.core import Constant, Value

#: Stands for every exception, one after the other: which of them it was is known by its flag.
_EVERY = (
    KeyError, IndexError, ZeroDivisionError, OverflowError, FloatingPointError,
    np.linalg.LinAlgError, ValueError, UnboundLocalError, TypeError, BaseException,
)  # fmt: skip
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
        raise_object(frame, lowering.caught[-1])
        return
    error = expression(frame, node.exc)
    if isinstance(error, o.Known) and isinstance(error.value, type):
        error = make_error(frame, error.value, [])
    if not isinstance(error, o.Instance) or not issubclass(error.cls, BaseException):
        raise UnsupportedError("only exceptions can be raised")
    raise_object(frame, error)


def lower_try(frame: Frame, node: gast.Try, body: Callable[[], None] | None = None) -> None:
    """A `try` statement, with another body where one is given."""
    handlers = [_handler(frame, clause) for clause in node.handlers]
    last, outer = node.finalbody, frame.last

    def run() -> None:
        if last:
            frame.last = outer.union(captured(frame.source.node), *map(loads, last))
        with catching(frame, handlers):
            body() if body is not None else lower_block(frame, node.body)
        if node.orelse:
            _unless_left(frame, handlers, node.orelse)
        for handler, clause in zip(handlers, node.handlers, strict=True):
            _handle(frame, handler, clause)

    def run_last() -> None:
        frame.last = outer
        lower_block(frame, last)

    finally_(frame, run, run_last, node if _is_observed(last) else None)


def _handler(frame: Frame, clause: Any) -> Handler:
    classes: Any = BaseException
    if clause.type is not None:
        known, classes = constant_of(expression(frame, clause.type))
        if not known:
            raise UnsupportedError("which exceptions are caught is known only at run time")
    return _new_handler(classes if isinstance(classes, tuple) else (classes,))


def _new_handler(classes: tuple[type[BaseException], ...]) -> Handler:
    number = next(_numbers)
    return Handler(classes, f"%raised{number}", f"%error{number}")


def _of_every(cls: type[BaseException]) -> Handler:
    """One of the handlers that stand for every exception."""
    return replace(_new_handler((cls,)), passes_on=cls is not BaseException)


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


def finally_(
    frame: Frame, run: Callable[[], None], last: Callable[[], None], observed: Any = None
) -> None:
    """Run something, and then something else whichever way the first has been left.

    Where the statement `observed` is given, what runs last also runs after an exception that
    leaves the program, unless whether one comes is not known.
    """
    unknown = frame.lowering.unknown_exceptions
    if observed is not None and observed not in unknown:
        try:
            with attempt(frame.lowering):
                _finally(frame, run, last, [*map(_of_every, _EVERY)])
                return
        except UnsupportedError:
            unknown.add(observed)
    _finally(frame, run, last, [])


def ask_before_leaving(
    frame: Frame, run: Callable[[], None], ask: Callable[[o.Instance | None], Value | bool]
) -> None:
    """Run something; then tell `ask` the exception that leaves it, or None if it ended otherwise.

    It answers whether the program goes on all the same.
    """
    caught, asked = [*map(_of_every, _EVERY)], f"%asked{next(_numbers)}"

    def attempted() -> None:
        frame.hidden[asked] = o.Ref(FALSE)
        with catching(frame, caught):
            run()
        for handler in caught:
            raised = frame.hidden[handler.flag]
            assert isinstance(raised, o.Ref)
            if raised.value is TRUE:
                tell(handler)
            elif raised.value is not FALSE:
                branch(frame, raised.value, functools.partial(tell, handler), lambda: None)
        for name in (n for h in caught for n in (h.flag, h.error)):
            frame.hidden.pop(name, None)

    def tell(handler: Handler) -> None:
        error = _raised_to(frame, handler)
        if KIND in error.items:
            raise UnsupportedError("which exception leaves the with is only known at run time")
        frame.hidden[handler.flag] = o.Ref(FALSE)
        frame.hidden[asked] = o.Ref(TRUE)
        goes_on = ask(error)
        if isinstance(goes_on, Value) and not isinstance(goes_on, Constant):
            branch(frame, goes_on, lambda: None, lambda: raise_object(frame, error))
        elif not (goes_on.value if isinstance(goes_on, Constant) else goes_on):
            raise_object(frame, error)

    def leave() -> None:
        told = frame.hidden.pop(asked)
        assert isinstance(told, o.Ref)
        if told.value is FALSE:
            ask(None)
        elif told.value is not TRUE:
            branch(frame, told.value, lambda: None, lambda: _ignore(ask(None)))

    _finally(frame, attempted, leave, [])


def _ignore(answer: Value | bool) -> None:
    """Whether to go on does not matter where nothing was raised."""


def _raised_to(frame: Frame, handler: Handler) -> o.Instance:
    """The exception that a handler for one of every kind has got."""
    error = frame.hidden.get(handler.error)
    if isinstance(error, o.Instance):
        return error
    if handler.classes == (BaseException,):
        raise UnsupportedError("which exception leaves the try is only known at run time")
    return raised_by_the_run(handler.classes)


def _finally(
    frame: Frame, run: Callable[[], None], last: Callable[[], None], caught: Sequence[Handler]
) -> None:
    if caught:
        with catching(frame, caught):
            run()
    else:
        run()
    hidden = [n for h in [*frame.lowering.handlers, *caught] for n in (h.flag, h.error)]
    left = {n: frame.hidden[n] for n in [*EXITS, RESULT, *hidden] if n in frame.hidden}
    for name in [*exit_flags(frame), *(h.flag for h in caught)]:
        if name in left:
            frame.hidden[name] = o.Ref(FALSE)

    def leave_as_before() -> None:
        for name, obj in left.items():
            frame.hidden[name] = obj
        for handler in caught:
            _raise_again(frame, handler)

    last()
    exits = pending_exits(frame)  # which count instead of those of before
    if not exits:
        leave_as_before()
    elif TRUE_NOW not in exits:
        branch(frame, any_of(frame, exits), lambda: None, leave_as_before)
    for name in (n for h in caught for n in (h.flag, h.error)):
        frame.hidden.pop(name, None)


def _raise_again(frame: Frame, handler: Handler) -> None:
    raised = frame.hidden[handler.flag]
    assert isinstance(raised, o.Ref)
    flag = raised.value
    if flag is FALSE:
        return
    error = _raised_to(frame, handler)
    if flag is TRUE:
        raise_object(frame, error)
    else:
        branch(frame, flag, lambda: raise_object(frame, error), lambda: None)


def _is_observed(statements: Sequence[Any]) -> bool:
    """Does it show when these statements are not run: do they leave, print or call functions?"""
    return any(contains_exit(s) or calls_something(s) for s in statements)
