"""Assignment: the names, items and attributes that a value is given to."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import gast

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend.flow.may_raise import at_length
from adjoint.frontend.flow.raising import handler_of
from adjoint.frontend.objects import instances
from adjoint.frontend.objects.containers.iteration import static_items
from adjoint.frontend.objects.items import assign_subscript
from adjoint.frontend.objects.names import bind
from adjoint.frontend.opaque import objects as foreign
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.dispatch import ASSIGN, expression
from adjoint.frontend.state.kinds import check_is_iterable
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.read_sets import check_all_are_taken
from adjoint.frontend.state.memory.views import element_of, view
from adjoint.frontend.state.store import has_row_views
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import Array, List, Unknown, element_type, is_immutable_number


def assign(frame: Frame, target: Any, obj: o.Obj) -> None:
    """Bind the names of an assignment target."""
    match target:
        case gast.Name(id=name):
            bind(frame, name, obj)
        case gast.Tuple(elts=targets) | gast.List(elts=targets):
            unpack(frame, targets, obj)
        case gast.Subscript():
            assign_subscript(frame, target, obj)
        case gast.Attribute():
            instances.assign_attribute(frame, expression(frame, target.value), target.attr, obj)
        case _:
            raise UnsupportedError("this assignment target is not supported", frame.span(target))


def unpack(frame: Frame, targets: Sequence[Any], obj: o.Obj) -> None:
    starred = any(isinstance(t, gast.Starred) for t in targets)
    if isinstance(obj, o.Ref) and static_items(frame, obj) is None:
        value = frame.lowering.operand(obj)
        if isinstance(value.type, Unknown) and handler_of(frame, ValueError) is not None:
            raise UnsupportedError("whether a ValueError leaves this assignment is not known",
                                   instead="call the gradient with actual arguments")  # fmt: skip
        if isinstance(value.type, (Array, List)):
            least = len(targets) - starred
            at_length(frame, value, least, lambda: _unpack(frame, targets, obj), starred)
            return
    _unpack(frame, targets, obj)


def _unpack(frame: Frame, targets: Sequence[Any], obj: o.Obj) -> None:
    check_is_iterable(frame, obj)
    check_all_are_taken(obj)
    items = items_to_unpack(frame, targets, obj)
    run_time = isinstance(obj, o.Ref)
    star = next((k for k, t in enumerate(targets) if isinstance(t, gast.Starred)), None)
    if star is None and all(isinstance(t, gast.Name) for t in targets):
        note_unpacked(items)
    if star is None:
        if len(items) != len(targets):
            few = "not enough" if len(items) < len(targets) else "too many"
            counts = f"expected {len(targets)}, got {len(items)}"
            raise CertainError(ValueError, f"{few} values to unpack ({counts})")
        for target, item in zip(targets, items, strict=True):
            assign(frame, target, item)
        return
    if run_time:  # the starred item is a list already
        for target, item in zip(targets, items, strict=True):
            assign(frame, target.value if isinstance(target, gast.Starred) else target, item)
        return
    after = len(targets) - star - 1
    if len(items) < len(targets) - 1:
        counts = f"expected at least {len(targets) - 1}, got {len(items)}"
        raise CertainError(ValueError, f"not enough values to unpack ({counts})")
    middle = items[star : len(items) - after]
    values = [*items[:star], o.Seq(list, middle), *items[len(items) - after :]]
    for target, item in zip(targets, values, strict=True):
        assign(frame, target.value if isinstance(target, gast.Starred) else target, item)


def note_unpacked(items: Sequence[o.Obj]) -> None:
    """Let the text take a container apart in one statement, as the user does."""
    made = [item.value.op for item in items if isinstance(item, o.Ref)]
    if len(made) == len(items):
        for op in made:
            if op is not None and op.target is operator.getitem:
                op.attrs["unpacked"] = True


def items_to_unpack(frame: Frame, targets: Sequence[Any], obj: o.Obj) -> list[o.Obj]:
    """The items of what stands on the right of `a, b = ...`."""
    known = static_items(frame, obj)
    if known is not None:
        return known
    if foreign.is_foreign(frame, obj) and not any(isinstance(t, gast.Starred) for t in targets):
        return foreign.unpacked(frame, obj, len(targets))
    if isinstance(obj, o.Ref):
        value = frame.lowering.operand(obj)
        starred = any(isinstance(t, gast.Starred) for t in targets)
        if isinstance(value.type, (Array, List, Unknown)) and not starred:
            item = element_type(value.type)
            results = frame.lowering.builder.unpack(value, [item] * len(targets))
            return [
                view(frame, obj, r, operator.getitem, [Constant(k)])
                if not isinstance(value.type, List)
                else element_of(frame, obj, r)
                for k, r in enumerate(results)
            ]
        if isinstance(value.type, (Array, List, Unknown)):
            return starred_items(frame, targets, obj, value)
    raise UnsupportedError("this value cannot be unpacked")


def starred_items(frame: Frame, targets: Sequence[Any], obj: o.Ref, value: Value) -> list[o.Obj]:
    """`first, *rest, last = x` for an array or list: the starred name gets a list of the rest."""
    star = next(k for k, t in enumerate(targets) if isinstance(t, gast.Starred))
    after = len(targets) - star - 1
    apply = frame.lowering.builder.apply
    before = [apply(operator.getitem, value, k) for k in range(star)]
    rest = apply(operator.getitem, value, slice(star, -after if after else None))
    if isinstance(rest.type, List):
        rest.type = replace(rest.type, kind=list)  # that of a tuple is a list, too
    else:
        rest = apply(list, rest)
    last = [apply(operator.getitem, value, -k) for k in range(after, 0, -1)]
    if has_row_views(value.type):
        frame.lowering.state.hold(obj, "a list of its rows was made")
    made = element_of(frame, obj, rest)
    if isinstance(rest.type, List) and is_immutable_number(rest.type.element):
        made = o.Ref(rest)  # which nothing else refers to
    items = [[element_of(frame, obj, v) for v in part] for part in (before, last)]
    return [*items[0], made, *items[1]]


ASSIGN.append(assign)
