"""The `with` statement: NumPy's errors, suppressed exceptions, context managers of the user's."""

from __future__ import annotations

import contextlib
import types
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import gast
import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.control.blocks import lower_block
from adjoint.frontend.control.exceptions import ask_before_leaving, finally_, lower_try
from adjoint.frontend.control.inlining import begin_call, source_of
from adjoint.frontend.numpy.arguments import static_operand
from adjoint.frontend.objects import instances
from adjoint.frontend.objects.assignment import assign
from adjoint.frontend.objects.containers.displays import elements
from adjoint.frontend.objects.operators import truth
from adjoint.frontend.opaque import calls as opaque
from adjoint.frontend.opaque import objects as foreign
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.checkpoint_policy import policy
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.dispatch import expression
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.speculation import attempt
from adjoint.frontend.syntax.liveness import loads
from adjoint.ir.core import Value
from adjoint.requests import checkpointing

Body = Callable[[], None]


def lower_with(frame: Frame, node: gast.With) -> None:
    def enter(items: Sequence[Any]) -> None:
        if not items:
            lower_block(frame, node.body)
            return
        lower_item(frame, node, items[0], lambda: enter(items[1:]))

    enter(node.items)


def lower_item(frame: Frame, node: Any, item: Any, body: Body) -> None:
    call = item.context_expr
    if isinstance(call, gast.Call):
        known, manager = constant_of(expression(frame, call.func))
        special = _MANAGERS.get(manager) if known and isinstance(manager, type) else None
        if special is not None:
            special(frame, node, item, body)
            return
        if known and hasattr(manager, "__wrapped__") and _is_context_function(manager):
            _generator(frame, call, item, manager.__wrapped__, body)
            return
    manager = expression(frame, call)
    if isinstance(manager, o.Known) and isinstance(manager.value, checkpointing):
        _checkpoint(frame, manager.value, item, body)
        return
    if foreign.is_foreign(frame, manager):
        _of_a_library(frame, manager, item, body)
        return
    if not all(instances.has(frame, manager, name) for name in ("__enter__", "__exit__")):
        raise UnsupportedError(
            "this context manager is no object that the function makes",
            instead="open the context outside of the differentiated function",
        )
    _bind(frame, item, instances.call_method(frame, manager, "__enter__", []))

    def ask(error: o.Instance | None) -> Value | bool:
        told: list[o.Obj] = [o.Known(None)] * 3
        if error is not None:
            told = [o.Known(error.cls), error, o.Known(None)]
        return truth(frame, instances.call_method(frame, manager, "__exit__", told))

    unknown = frame.lowering.unknown_exceptions
    if _looks_at_exceptions(frame, manager) and node not in unknown:
        try:
            with attempt(frame.lowering):
                ask_before_leaving(frame, body, ask)
                return
        except UnsupportedError:
            unknown.add(node)
            if frame.lowering.handlers:
                raise
    finally_(frame, body, lambda: _ignore(ask(None)))


def _of_a_library(frame: Frame, manager: o.Obj, item: Any, body: Body) -> None:
    """`with open(path) as f:`, or another object of a library's: entered and left at run time."""
    nothing: list[o.Obj] = [o.Known(None)] * 3
    opened = opaque.call_method(frame, manager, "__enter__", [], {})
    _bind(frame, item, opened)
    finally_(frame, body, lambda: _ignore(
        opaque.call_method(frame, manager, "__exit__", nothing, {})
    ))  # fmt: skip


def _ignore(result: object) -> None:
    """Whether it suppresses an exception does not matter where none was raised."""


def _looks_at_exceptions(frame: Frame, manager: Any) -> bool:
    """Does `__exit__` do something else where an exception comes, or suppress it?"""
    outside = frame.lowering.outside
    exit_: types.FunctionType = outside.class_attribute(manager.cls, "__exit__")
    code, node = outside.code(exit_), source_of(exit_).node
    told = {*code.co_varnames[1 : code.co_argcount + 1]}  # *args is behind the arguments
    returned = (n.value for n in gast.walk(node) if isinstance(n, gast.Return) and n.value)
    nothing = (isinstance(v, gast.Constant) and not v.value for v in returned)
    return bool(told & loads(node)) or not all(nothing)


def _is_context_function(manager: Any) -> bool:
    code = getattr(manager, "__code__", None)
    return code is not None and code.co_filename == contextlib.__file__


def _generator(
    frame: Frame, call: Any, item: Any, function: types.FunctionType, body: Body
) -> None:
    """A generator function as a context: its statements before, and after, the `yield`."""
    if any(keyword.arg is None for keyword in call.keywords):
        raise UnsupportedError("** in the call of a context manager")
    kwargs = {k.arg: expression(frame, k.value) for k in call.keywords}
    inner = begin_call(frame, function, elements(frame, call.args), kwargs)
    statements = list(inner.source.node.body)
    last: list[Any] = []
    if statements and isinstance(statements[-1], gast.Try) and not statements[-1].handlers:
        attempt = statements.pop()
        statements, last = [*statements, *attempt.body], attempt.finalbody
    places = [k for k, s in enumerate(statements) if _is_yield(s)]
    nodes = [n for s in [*statements, *last] for n in gast.walk(s)]
    if len(places) != 1 or sum(isinstance(n, (gast.Yield, gast.YieldFrom)) for n in nodes) != 1:
        raise UnsupportedError(
            "a context manager that is a generator with more than one plain yield",
            frame.span(call),
            "write a class with __enter__ and __exit__",
        )
    if any(isinstance(n, gast.Return) for n in nodes) or frame.lowering.handlers:
        raise UnsupportedError("a generator as context manager that returns, or in a try")
    (place,) = places
    lower_block(inner, statements[:place])
    value = statements[place].value.value
    _bind(frame, item, o.Known(None) if value is None else expression(inner, value))
    finally_(frame, body, lambda: lower_block(inner, [*statements[place + 1 :], *last]))


def _is_yield(statement: Any) -> bool:
    return isinstance(statement, gast.Expr) and isinstance(statement.value, gast.Yield)


def _bind(frame: Frame, item: Any, obj: o.Obj) -> None:
    if item.optional_vars is not None:
        assign(frame, item.optional_vars, obj)


# Managers of the standard library and NumPy


def ignore_errors(frame: Frame, **settings: str) -> None:
    """The generated function ignores these errors of NumPy's, in both of its halves."""
    lowering = frame.lowering
    while lowering.outer is not None:
        lowering = lowering.outer
    ignored = lowering.function.attrs.setdefault("errstate", {})
    ignored.update({k: v for k, v in settings.items() if v == "ignore"})


def _errstate(frame: Frame, node: Any, item: Any, body: Body) -> None:
    settings: dict[str, str] = {}
    for keyword in item.context_expr.keywords:
        known, value = constant_of(expression(frame, keyword.value))
        if not known or value not in ("ignore", "warn"):
            raise UnsupportedError(
                "np.errstate that does more than ignore or warn",
                instead="set it around the call of the gradient",
            )
        settings[keyword.arg] = value
    ignore_errors(frame, **settings)
    body()


def _catch_warnings(frame: Frame, node: Any, item: Any, body: Body) -> None:
    if item.optional_vars is not None:
        raise UnsupportedError("warnings are recorded", instead="record them outside")
    body()


def _suppress(frame: Frame, node: Any, item: Any, body: Body) -> None:
    """`with suppress(E): body` is `try: body` with `except E: pass`."""
    call = item.context_expr
    handler = gast.ExceptHandler(gast.Tuple(call.args, gast.Load()), None, [gast.Pass()])
    gast.copy_location(handler.body[0], node)
    lower_try(frame, gast.copy_location(gast.Try([], [handler], [], []), node), body)


def _nullcontext(frame: Frame, node: Any, item: Any, body: Body) -> None:
    args = [expression(frame, a) for a in item.context_expr.args]
    _bind(frame, item, args[0] if args else o.Known(None))
    body()


def _checkpointing(frame: Frame, node: Any, item: Any, body: Body) -> None:
    """`with checkpointing(...):`, whose budget is part of the program."""

    def budget(name: str, value: Any) -> Any:
        return static_operand(frame, expression(frame, value), name).value  # type: ignore

    call = item.context_expr
    args = [budget("snapshots", a) for a in call.args]
    named = {k.arg: budget(k.arg, k.value) for k in call.keywords}
    try:
        made = checkpointing(*args, **named)
    except (TypeError, ValueError) as error:
        raise UnsupportedError(str(error)) from None
    _checkpoint(frame, made, item, body)


def _checkpoint(frame: Frame, made: checkpointing, item: Any, body: Body) -> None:
    if item.optional_vars is not None:
        raise UnsupportedError("checkpointing has nothing to name", instead="leave out the 'as'")
    root = frame.lowering.root
    before = root.loops
    with policy(frame.lowering, made):
        body()
    if root.loops == before:
        raise UnsupportedError("nothing is checkpointed: there is no loop in here",
                               instead="put the 'with' around the loop")  # fmt: skip


_MANAGERS: dict[Any, Callable[[Frame, Any, Any, Body], None]] = {
    np.errstate: _errstate,
    warnings.catch_warnings: _catch_warnings,
    contextlib.suppress: _suppress,
    contextlib.nullcontext: _nullcontext,
    checkpointing: _checkpointing,
}


def call_simplefilter(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    """`warnings.simplefilter("ignore")`: the warnings of NumPy's functions are meant."""
    for name in ("category", "message", "module", "lineno", "append"):
        kwargs.get(name)  # which of the warnings are meant shows in no result
    known, action = constant_of(args[0])
    if not known or action not in ("ignore", "default", "always", "once"):
        raise UnsupportedError("a filter of warnings that raises", instead="set it outside")
    if action == "ignore":
        ignore_errors(frame, all="ignore")
    return o.Known(None)
