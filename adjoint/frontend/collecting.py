"""Containers that are made of an iterable: list(x), tuple(x), dict(x)."""

from __future__ import annotations

from collections.abc import Callable

from adjoint.frontend import objects as o
from adjoint.frontend.comprehensions import scope_of
from adjoint.frontend.containers import pairs
from adjoint.frontend.fixpoint import Loop
from adjoint.frontend.iteration import iteration, listed, static_items
from adjoint.frontend.laziness import check_unchanged
from adjoint.frontend.lowering import Frame
from adjoint.frontend.objects import Args, KwArgs
from adjoint.frontend.store import hold
from adjoint.ir.core import Value
from adjoint.ir.types import List, Range


def container(kind: type) -> Callable[[Frame, Args, KwArgs], o.Obj]:
    """`list(x)` and `tuple(x)`."""

    def call(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
        if not args:
            return o.Seq(kind, [])
        if isinstance(args[0], o.Generator):
            made = listed(args[0])
            return o.Seq(kind, o.parts_of(made)) if isinstance(made, o.Seq) else made
        if isinstance(args[0], o.Items):
            check_unchanged(frame.lowering, args[0])
            return call(frame, [args[0].whole], kwargs)
        items = static_items(frame, args[0])
        if items is not None:
            return o.Seq(kind, list(items))
        if isinstance(args[0], o.Ref):
            value = frame.lowering.current(args[0])
            if isinstance(value.type, List) and kind is tuple:
                return args[0]
            if not isinstance(value.type, Range):
                hold(args[0], "a list of its items was made")
            return o.Ref(frame.lowering.builder.apply(list, value))
        scope = scope_of(frame)
        over = iteration(scope, args[0])
        recorded: list[Value] = []

        def body(elements: list[Value]) -> None:
            recorded[:] = [frame.lowering.value(over.element(elements))]

        loop = Loop(scope, over.sequences, body, record=lambda: list(recorded), over=over.over)
        stacks, _ = loop.lower([])
        check_unchanged(frame.lowering, args[0])
        return o.Ref(stacks[0])

    return call


def call_dict(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    return o.Mapping({**(pairs(frame, args[0]) if args else {}), **kwargs})
