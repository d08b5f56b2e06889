"""Containers that are made of an iterable: lists, tuples, sets, dictionaries and their kin."""

from __future__ import annotations

import collections
from collections.abc import Callable
from dataclasses import replace

from adjoint.errors import UnsupportedError
from adjoint.frontend.flow.fixpoint import Loop
from adjoint.frontend.objects import instances
from adjoint.frontend.objects.containers.dictionaries import keys_of
from adjoint.frontend.objects.containers.iteration import (
    iteration,
    known_items,
    listed,
    static_items,
)
from adjoint.frontend.objects.containers.table_methods import count, elements_of, pairs
from adjoint.frontend.objects.containers.tables import new_set
from adjoint.frontend.objects.names import scope_of
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.kinds import check_is_iterable
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.read_sets import check_unchanged
from adjoint.frontend.state.objects import Args, KwArgs
from adjoint.frontend.state.store import has_row_views
from adjoint.frontend.state.whole_numbers import static_key
from adjoint.ir.core import Value
from adjoint.ir.types import List, Type, is_immutable_number, is_label, is_tuple


def container(kind: type) -> Callable[[Frame, Args, KwArgs], o.Obj]:
    """`list(x)` and `tuple(x)`."""

    def call(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
        if not args:
            return o.Seq(kind, [])
        if isinstance(args[0], o.Generator):
            return _of_kind(kind, listed(args[0]))
        if isinstance(args[0], o.Items):
            check_unchanged(frame.lowering, args[0])
            return call(frame, [args[0].whole], kwargs)
        items = static_items(frame, args[0])
        if items is not None:
            return o.Seq(kind, list(items))
        check_is_iterable(frame, args[0])
        if isinstance(args[0], o.Ref):
            value = frame.lowering.operand(args[0])
            if kind is tuple and is_tuple(value.type):
                return args[0]
            if _holds_objects(value.type) or has_row_views(value.type):
                frame.lowering.state.hold(args[0], "a list of its items was made")
            return _of_kind(kind, o.Ref(frame.lowering.builder.apply(list, value)))
        scope = scope_of(frame)
        over = iteration(scope, args[0])
        recorded: list[Value] = []

        def body(elements: list[Value]) -> None:
            recorded[:] = [frame.lowering.value(over.element(elements))]

        loop = Loop(scope, over.sequences, body, record=lambda: list(recorded), over=over.over)
        stacks, _ = loop.lower([])
        check_unchanged(frame.lowering, args[0])
        return _of_kind(kind, o.Ref(stacks[0]))

    return call


def _of_kind(kind: type, made: o.Obj) -> o.Obj:
    """A list that nobody else refers to, as what it is made for."""
    if isinstance(made, o.Seq):
        return o.Seq(kind, o.parts_of(made))
    type_ = made.value.type if isinstance(made, o.Ref) else None
    if isinstance(type_, List):
        made.value.type = replace(type_, kind=kind)  # type: ignore[attr-defined]
    return made


def _holds_objects(type_: Type) -> bool:
    """Is this a list of what can be changed, or of containers?"""
    if not isinstance(type_, List):
        return False
    return not (is_immutable_number(type_.element) or is_label(type_.element))


def call_dict(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    if args and keys_of(args[0]) is not None and not kwargs:
        return instances.call_method(frame, args[0], "copy", [])
    return o.Mapping({**(pairs(frame, args[0]) if args else {}), **kwargs})


def call_set(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    if not args:
        return new_set([])
    ordered = not isinstance(args[0], o.Mapping) or args[0].ordered
    return new_set(elements_of(frame, args[0]), ordered)


def call_defaultdict(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    factory = args[0] if args and constant_of(args[0]) != (True, None) else None
    entries = (pairs(frame, args[1]) if len(args) > 1 else {}) | kwargs
    return o.Mapping(entries, kind=collections.defaultdict, factory=factory)


def call_ordered_dict(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    entries = (pairs(frame, args[0]) if args else {}) | kwargs
    return o.Mapping(entries, kind=collections.OrderedDict)


def call_counter(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`Counter(items)`: how often each of the items is there."""
    counter = o.Mapping(dict(kwargs), kind=collections.Counter)
    if args and isinstance(args[0], o.Mapping) and args[0].kind is not set:
        counter.items.update(args[0].items)
    elif args:
        count(frame, counter, args[0])
    return counter


def fromkeys(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`dict.fromkeys(keys, value)`: all keys hold one and the same object."""
    value = args[1] if len(args) > 1 else o.Known(None)
    return o.Mapping(dict.fromkeys(elements_of(frame, args[0]), value))


def call_deque(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    bound = kwargs.get("maxlen", args[1] if len(args) > 1 else o.Known(None))
    limit = static_key(frame, bound, "a bound of a deque")
    items = known_items(frame, args[0]) if args else []
    if items is None:
        raise UnsupportedError("a deque of a sequence whose length is known only at run time",
                               instead="use a list")  # fmt: skip
    kept = collections.deque(items, limit)
    return o.Seq(collections.deque, list(kept), limit=limit)
