"""Blocks: statements in order, branches, and what still runs after one that may leave."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import gast

from adjoint.errors import CertainError, LeavesExpressionError, UnsupportedError
from adjoint.frontend.flow.branches import branch
from adjoint.frontend.flow.exits import (
    TRUE_NOW,
    always_exits,
    any_of,
    exit_flags,
    exit_style,
    leave,
    may_exit,
    pending_exits,
)
from adjoint.frontend.flow.raising import certain, make_error, raise_error
from adjoint.frontend.objects.containers.dictionaries import become_dictionaries, replaceable
from adjoint.frontend.objects.containers.growing import becomes_list_of_the_run
from adjoint.frontend.objects.names import MayBeUnassigned
from adjoint.frontend.objects.operators import truth
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.cells import open_cells, shared_names
from adjoint.frontend.state.dispatch import STATEMENTS, expression
from adjoint.frontend.state.lowering import (
    BROKE,
    CONTINUED,
    FALSE,
    RESULT,
    RETURNED,
    TRUE,
    Frame,
    Restructured,
)
from adjoint.frontend.state.speculation import attempt
from adjoint.frontend.syntax.liveness import loads, names_alive
from adjoint.frontend.syntax.normal_form import flattened, has_composite
from adjoint.ir.core import Constant, Value


def lower_block(frame: Frame, statements: Sequence[Any]) -> None:
    """Lower statements in order; what follows a possible exit runs only where none was taken."""
    if frame.lowering.handlers:
        statements = [part for node in statements for part in _in_parts(frame, node)]
    for k, node in enumerate(statements):
        rest = statements[k + 1 :]
        if node in frame.lowering.root.known.split and rest:
            _lower_split(frame, node, rest)
            return
        if isinstance(node, gast.If) and rest and may_exit(node):
            lower_if(frame, node, rest)
            return
        lower_statement(frame, node)
        if exits := pending_exits(frame):
            if TRUE_NOW not in exits and rest:
                flag = any_of(frame, exits)
                branch(frame, flag, lambda: None, going_on(frame, rest), style="exited")
            return


def _in_parts(frame: Frame, node: Any, fully: bool = False) -> list[Any]:
    """The statement taken apart, with what is alive after each of its parts."""
    parts = flattened(node, fully, _rebound(frame))
    alive = names_alive(frame.source.node)
    if parts == [node] or node not in alive:
        return parts
    after = alive[node]
    for part in parts[:-1]:
        for inner in gast.walk(part):
            if isinstance(inner, gast.stmt):
                alive[inner] = after | loads(node)
    alive[parts[-1]] = after
    return parts


def _rebound(frame: Frame) -> frozenset[str]:
    """The names of this function, and of those around it, that a function inside may assign."""
    outer = frozenset() if frame.parent is None else _rebound(frame.parent)
    return outer | shared_names(frame.source.node)


class _Again(Exception):
    """The statement is lowered once more, with dictionaries or lists of the run."""


def _lower_restructured(frame: Frame, node: Any, handler: Callable[[Frame, Any], None]) -> None:
    """Lower a statement; containers that have other items by path get items of the run.

    So do dictionaries that it asks for unknown keys.
    """
    lowering = frame.lowering
    asked = lowering.root.keyed
    before = len(asked)
    left: Exception | None = None
    try:
        with attempt(lowering):
            try:
                _lower_wholly(frame, node, handler)
            except Exception as error:  # what was lowered before it stays, but for `_Again`
                left = error
                refused = isinstance(error, UnsupportedError)
                if refused and (replaceable(frame, asked[before:]) or _differs(frame, error)):
                    raise _Again from None
    except _Again:
        assert isinstance(left, UnsupportedError)
        done = become_dictionaries(frame, replaceable(frame, asked[before:]))
        if isinstance(left, Restructured) and _differs(frame, left):
            done = becomes_list_of_the_run(frame, left.container) or done
        if not done:
            raise left from None
        del asked[before:]
        try:
            _lower_restructured(frame, node, handler)
        except UnsupportedError as later:
            raise left.or_later(later, "with items that are known only at run time") from None
        return
    if left is not None:
        raise left


def _differs(frame: Frame, error: Exception) -> bool:
    """Was this refused because a list that this function has made has another length by path?"""
    if not isinstance(error, Restructured) or not isinstance(error.container, o.Seq):
        return False
    serial = error.container.serial
    own = frame.caller is None or serial > frame.since
    return own and not frame.lowering.state.is_older(serial)


def _lower_wholly(frame: Frame, node: Any, handler: Callable[[Frame, Any], None]) -> None:
    """Lower a statement, whose expressions are taken apart if an exception leaves one of them."""
    lowering = frame.lowering
    if not lowering.handlers or node in lowering.apart or not has_composite(node):
        handler(frame, node)
        return
    try:
        with attempt(lowering):
            handler(frame, node)
    except LeavesExpressionError as refused:
        parts = _in_parts(frame, node, fully=True)
        lowering.apart.update(n for p in parts for n in gast.walk(p) if isinstance(n, gast.stmt))
        try:
            lower_block(frame, parts)
        except Restructured:
            raise
        except UnsupportedError as later:
            raise refused.plain().or_later(later) from None


def lower_statement(frame: Frame, node: Any) -> None:
    handler = STATEMENTS.get(type(node))
    frame.statement = node.lineno
    frame.lowering.frame = frame
    frame.pending = []
    frame.node, frame.after = node, names_alive(frame.source.node).get(node)
    frame.alive = None if frame.after is None else frame.after | loads(node)
    builder = frame.lowering.builder
    inside, frame.lowering.inside = frame.lowering.inside, 0
    with builder.at(frame.span(node)):
        try:
            if handler is None:
                raise UnsupportedError(
                    f"the statement '{type(node).__name__.lower()}' is not supported yet",
                    frame.span(node),
                )
            _lower_restructured(frame, node, handler)
            frame.lowering.root.outliving.sync(frame.lowering)
        except MayBeUnassigned as read:
            _unless_unassigned(frame, read, lambda: lower_statement(frame, node))
        except CertainError as error:
            if certain(frame, error):
                return
            if not frame.lowering.root.splitting:
                raise error.located(frame.span(node)) from None
            raise_error(frame, make_error(frame, error.exception, [o.Known(error.reason)]))
        except LeavesExpressionError as error:
            raise error.plain().located(frame.span(node)) from None
        except UnsupportedError as error:
            raise error.located(frame.span(node)) from None
        finally:
            frame.lowering.inside = inside


def _unless_unassigned(frame: Frame, read: MayBeUnassigned, again: Callable[[], None]) -> None:
    """Leave for the handler where a name has no value; go on with it where it has one."""
    error = make_error(frame, UnboundLocalError, [])
    value = frame.lowering.current(read.ref)
    absent = frame.lowering.builder.apply(operator.is_, value, Constant(None))
    branch(
        frame,
        absent,
        lambda: raise_error(frame, error),
        again,
    )


def _lower_split(frame: Frame, node: Any, rest: Sequence[Any]) -> None:
    """A branch after which a name is one of two kinds of objects: each arm goes on by itself.

    What certainly raises in such an arm does so when the program runs, as in Python.
    """
    test, arms = node, [node.body, node.orelse] if isinstance(node, gast.If) else []
    if isinstance(node, gast.Assign):
        test = node.value
        arms = [
            [gast.copy_location(gast.Assign(node.targets, value, None), node)]
            for value in (test.body, test.orelse)
        ]
    whole = gast.copy_location(gast.If(test.test, [*arms[0], *rest], [*arms[1], *rest]), node)
    root = frame.lowering.root
    root.splitting += 1
    try:
        lower_if(frame, whole)
    finally:
        root.splitting -= 1


def lower_if(frame: Frame, node: gast.If, rest: Sequence[Any] = ()) -> None:
    """An `if`, with the statements that follow it when an arm may exit.

    They move into the arm that goes on, where exactly one does; else they are guarded by a flag.
    """
    frame.statement = node.lineno
    with frame.lowering.builder.at(frame.span(node)):
        try:
            condition = truth(frame, expression(frame, node.test))
        except MayBeUnassigned as read:
            _unless_unassigned(frame, read, lambda: lower_if(frame, node, rest))
            return
        except UnsupportedError as error:
            raise error.located(frame.span(node.test)) from None
    if isinstance(condition, Constant):
        condition = bool(condition.value)
    if not isinstance(condition, Value):
        lower_block(frame, [*(node.body if condition else node.orelse), *rest])
        return
    then, otherwise, after = list(node.body), list(node.orelse), list(rest)
    style = ""
    if rest and always_exits(then):
        otherwise, after, style = [*otherwise, *rest], [], exit_style(then)
    elif rest and always_exits(otherwise):
        then, after = [*then, *rest], []
    with frame.lowering.builder.at(frame.span(node)):
        branch(
            frame,
            condition,
            _block(frame, then),
            _block(frame, otherwise),
            node,
            style=style,
        )
    if after:
        exits = pending_exits(frame)
        if not exits:
            lower_block(frame, after)
        elif TRUE_NOW not in exits:
            flag = any_of(frame, exits)
            branch(frame, flag, lambda: None, going_on(frame, after), style="exited")


def _block(frame: Frame, statements: Sequence[Any]) -> Callable[[], None]:
    return lambda: lower_block(frame, statements)


def going_on(frame: Frame, statements: Sequence[Any]) -> Callable[[], None]:
    """The statements that run where no exit was taken."""

    def run() -> None:
        for name in exit_flags(frame):
            if name in frame.hidden:
                frame.hidden[name] = o.Ref(FALSE)
        lower_block(frame, statements)

    return run


def enter_loop(frame: Frame) -> dict[str, o.Obj | None]:
    """Begin a loop, which has exits of its own; those of the loop around it are returned."""
    outer = {name: frame.hidden.get(name) for name in (BROKE, CONTINUED)}
    frame.hidden[BROKE] = o.Ref(FALSE)
    return outer


def leave_loop(frame: Frame, outer: dict[str, o.Obj | None]) -> o.Obj | None:
    """Whether the loop was left by `break`; from here on the exits are those around it."""
    broke = frame.hidden.get(BROKE)
    for name, obj in outer.items():
        if obj is None:
            frame.hidden.pop(name)
        else:
            frame.hidden[name] = obj
    return broke


def lower_else(frame: Frame, node: Any, broke: o.Obj | None) -> None:
    """The `else` of a loop, whose own `break` belongs to the loop around it."""
    if not node.orelse:
        return
    left = pending_exits(frame)
    if isinstance(broke, o.Ref):
        left += [TRUE_NOW] if broke.value is TRUE else [broke.value]
    left = [flag for flag in left if flag is not FALSE]
    if not left:
        lower_block(frame, node.orelse)
    elif TRUE_NOW not in left:
        branch(frame, any_of(frame, left), lambda: None, going_on(frame, node.orelse))


def run_body(frame: Frame) -> o.Obj:
    """The object that the function of this frame returns."""
    node = frame.source.node
    if isinstance(node, gast.Lambda) and not frame.lowering.handlers:
        frame.statement = node.lineno
        return expression(frame, node.body)
    open_cells(frame)
    frame.hidden[RETURNED] = o.Ref(FALSE)
    if isinstance(node, gast.Lambda):
        body = [gast.copy_location(gast.Return(node.body), node.body)]
    else:
        body = list(node.body)
    if not always_exits(body):
        last = body[-1]
        end = gast.Return(None)
        for name in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
            setattr(end, name, getattr(last, name))
        body.append(end)
    lower_block(frame, body)
    if RESULT not in frame.hidden:
        leave(frame, o.Known(None))
    return frame.hidden[RESULT]
