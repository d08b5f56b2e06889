"""Names: Python's scopes, and what a name refers to."""

from __future__ import annotations

import builtins
from typing import Any

import gast

from adjoint.errors import CertainError, UnsupportedError, did_you_mean
from adjoint.frontend.flow.raising import handler_of
from adjoint.frontend.keys.places import Place
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.cells import bind_name, global_place
from adjoint.frontend.state.lowering import Frame
from adjoint.ir import ops
from adjoint.ir.core import Constant


class MayBeUnassigned(Exception):
    """A statement reads a name that may be unassigned, and a handler waits for the exception."""

    def __init__(self, name: str, ref: o.Ref):
        self.name, self.ref = name, ref


def lower_name(frame: Frame, node: gast.Name) -> o.Obj:
    obj = lookup(frame, node.id)
    if isinstance(obj, o.Ambiguous):
        error = frame.lowering.ambiguous(obj)
        raise error.located(frame.span(node)) if hasattr(node, "lineno") else error
    once(frame, obj, node)
    if isinstance(obj, o.Unassigned):
        raise CertainError(UnboundLocalError, f"'{node.id}' is read before it is assigned")
    if isinstance(obj, o.Ref) and obj.missing == "unassigned":
        if handler_of(frame, UnboundLocalError) is not None:
            raise MayBeUnassigned(node.id, obj)
        frame.lowering.require(obj, node.id)
    return obj


def once(frame: Frame, obj: o.Obj, node: Any) -> o.Obj:
    """Read the object of a name or container; an iterator is handed out only once."""
    if not isinstance(obj, o.Iterator):
        return obj
    frame.lowering.state.mark(obj, reads=obj.reads + 1)
    if obj.reads > 1 or obj.serial < frame.lowering.trip:
        shown = f"'{node.id}'" if isinstance(node, gast.Name) else "this"
        raise UnsupportedError(
            f"{shown} is an iterator, which is exhausted when it is used a second time",
            frame.span(node),
            "make a list of it",
        )
    return obj


def lookup(frame: Frame, name: str) -> o.Obj:
    """Python's scopes: local, enclosing, global, builtin."""
    scope: Frame | None = frame
    while scope is not None:
        cells = scope.cells.items if scope.cells is not None else {}
        names = cells if name in cells else scope.variables(name)
        if name in names:
            obj: o.Obj = names[name]
            if scope.lowering is not frame.lowering:
                return frame.lowering.imported_object(obj, name)
            return obj
        if name in scope.local_names:
            return o.Unassigned(name)
        if scope.parent is None:
            return global_name(frame, scope.function, name)
        scope = scope.parent
    raise _undefined(frame, name)


def global_name(frame: Frame, function: Any, name: str) -> o.Obj:
    place = global_place(frame, function, name)
    if place is not None:
        return frame.lowering.capture(place)
    if hasattr(builtins, name):
        # a global of this name would hide it
        frame.lowering.outside.fixed(Place.of("entry", function.__globals__, name))
        return o.Known(frame.lowering.outside.fixed(Place.of("attribute", builtins, name)))
    raise _undefined(frame, name)


def _undefined(frame: Frame, name: str) -> CertainError:
    """A name that no scope has, with one like it that some scope has."""
    known: list[str] = [*vars(builtins)]
    scope: Frame | None = frame
    while scope is not None:
        known += [*getattr(scope.function, "__globals__", ()), *scope.local_names, *scope.names]
        known += getattr(getattr(scope.function, "__code__", None), "co_freevars", ())
        scope = scope.parent
    said = f"name '{name}' is not defined"
    return CertainError(NameError, said + did_you_mean(name, known), said)


def bind(frame: Frame, name: str, obj: o.Obj) -> None:
    owner, hidden = frame, frame.comprehension or name.startswith("%")
    if isinstance(obj, (o.Ambiguous,)):
        raise frame.lowering.ambiguous(obj)
    if isinstance(obj, o.Ref) and not isinstance(obj, o.Outside):
        value = obj.value
        if isinstance(value, Constant):
            if isinstance(value.value, (float, complex)) and not hidden:
                literal = owner.lowering.builder.apply(ops.literal, value)
                literal.name = name
                obj = o.Ref(literal)
        elif not name.startswith("%"):
            item = value.op is not None and value.op.attrs.pop("item", False)
            if item or not value.name:
                value.name = name
    bind_name(owner, name, obj)


def scope_of(frame: Frame) -> Frame:
    scope = Frame(frame.lowering, frame.source, {}, frozenset(), frame, frame.function)
    scope.statement, scope.comprehension, scope.caller = frame.statement, True, frame
    scope.placed_as(frame)
    return scope
