"""A part of the program that is lowered into an IR function of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame, Lowering, NeedStatic
from adjoint.frontend.state.memory.aliasing import is_argument, is_part_of, may_alias, root_of
from adjoint.frontend.state.memory.views import layout_of
from adjoint.frontend.state.store import is_mutable
from adjoint.frontend.state.structure import build, flatten, leaf_types, leaves, shape_of
from adjoint.ir.builder import Builder
from adjoint.ir.core import Constant, Function, Value, enclosing_region


@dataclass
class Apart:
    """A part of the program as a function of its own, with the operands to call it with.

    `imported` are the objects of enclosing functions that it uses.
    """

    function: Function
    operands: list[Value]
    imported: list[o.Obj]


def lower_apart(
    frame: Frame,
    name: str,
    objs: Sequence[o.Obj],
    shapes: Sequence[Any],
    body: Callable[[Frame, list[o.Obj]], list[Value]],
) -> Apart:
    """Lower what `body` does with objects like `objs`, and the values that it returns.

    Its parameters are the leaves of `shapes`, then what it captures.
    """
    outer = frame.lowering
    inner = Lowering(name, outer=outer)
    inner.recursive_identities = outer.recursive_identities
    inner.builder = Builder(inner.function.body, outer.builder.span)
    inside: list[o.Obj] = []
    outside: dict[Value, o.Ref] = {}
    operands: list[Value] = []
    for obj, shape in zip(objs, shapes, strict=True):
        value = getattr(obj, "value", None)
        hint = value.name if isinstance(value, Value) else ""
        hints = [hint] * len(list(leaf_types(shape)))
        if isinstance(obj, o.Seq) and obj.value is None:
            hints = [_name_of(part) for part in leaves(obj, shape)]
        pairs = zip(leaf_types(shape), hints, strict=True)
        params = [inner.function.body.add_param(t, h) for t, h in pairs]
        inside.append(build(shape, iter(params)))
        both = zip(leaves(obj, shape), leaves(inside[-1], shape), strict=True)
        for there, here in both:
            if isinstance(there, o.Ref) and isinstance(here, o.Ref):
                here.layout = layout_of(there)
                outside[here.value] = there
    n_args = len(inner.function.params)
    scope = Frame(
        inner, frame.source, {}, frozenset(), frame, frame.function, frame.statement, True
    )
    scope.placed_as(frame)
    with inner.builder.active():
        try:
            inner.builder.end(body(scope, inside), "return")
        except o.NeedLayout as need:
            raise o.NeedLayout(root_of(outside[need.param]).value) from None
        except (NeedStatic, UnsupportedError) as error:
            for path in inner.captures:  # the whole program may do with one of these as it is now
                outer.parameter_of(path)
            if isinstance(error, NeedStatic):
                error.path = error.path or inner.path_of(error.param)
            raise
    for obj, shape in zip(objs, shapes, strict=True):
        operands += flatten(obj, shape, outer.state)
    captured = {p: v for p, (_, v) in inner.captures.items()}
    for path in captured:
        obj = outer.capture(path)
        if captured[path] is not None:
            operands.append(outer.value(obj))
    for param, ref in outside.items():  # what is written there is written by the caller
        written = any(is_part_of(value, param) for value in inner.stored)
        if written and is_argument(root_of(ref).value):
            outer.stored.append(root_of(ref).value)
    imports = list(inner.imports.values())
    if inner.stored and _overlap(objs, [obj for obj, *_ in imports]):
        raise UnsupportedError(
            "the function writes into an argument that it also reaches in another way",
            instead="pass a copy",
        )
    for obj, _, _, _, imported in imports:
        there = obj if _made_by(outer, obj) else outer.imported_object(obj, imported)
        operands += flatten(there, shape_of(there, outer.state), outer.state)
    inner.function.body.params = [
        *inner.function.params[:n_args],
        *(v for v in captured.values() if v is not None),
        *(p for _, _, params, _, _ in imports for p in params),
    ]
    return Apart(inner.function, operands, [obj for obj, *_ in imports])


def _name_of(leaf: o.Obj) -> str:
    return leaf.value.name if isinstance(leaf, o.Ref) else ""


def _overlap(args: Sequence[o.Obj], captured: Sequence[o.Obj]) -> bool:
    """May an array be passed twice, or passed and captured?"""
    passed = [root for arg in args for root in _roots(arg)]
    others = [root for obj in captured for root in _roots(obj)]
    twice = itertools.combinations(passed, 2)
    return any(may_alias(a, b) for a, b in [*twice, *itertools.product(passed, others)])


def _roots(obj: o.Obj, holders: tuple[o.Obj, ...] = ()) -> list[o.Ref]:
    """The arrays in an object, each as often as it is there."""
    if obj in holders:
        return []
    found = [root_of(obj)] if isinstance(obj, o.Ref) and is_mutable(obj.value.type) else []
    return found + [root for part in o.parts_of(obj) for root in _roots(part, (*holders, obj))]


def _made_by(lowering: Lowering, obj: o.Obj) -> bool:
    """Does the object hold values of this function, and none of those around it?"""
    for value in flatten(obj, shape_of(obj, lowering.state), lowering.state):
        region = enclosing_region(value)
        while region is not None and region is not lowering.function.body:
            region = region.parent.parent if region.parent is not None else region.within
        if region is None and not isinstance(value, Constant):
            return False
    return True
