"""Lifetimes: objects that hold values of a branch or loop may not outlive it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import gast

from adjoint.frontend.state import objects as o
from adjoint.frontend.state.cells import variable_of
from adjoint.frontend.state.state import Place, Variable, held
from adjoint.frontend.state.store import Slot, place_name
from adjoint.ir.core import Region, Value, enclosing_region, is_inside


def outlives(obj: o.Obj, regions: Sequence[Region], frame: Any) -> bool:
    """Does this hold a function (or an iterator, ...) with values that end with these regions?

    Where branches and loops end, the values of names and containers are passed on; those that a
    function holds, as defaults or as variables of the function that made it, are not.
    """

    def ends(value: Value) -> bool:
        region = enclosing_region(value)
        return region is not None and any(is_inside(region, r) for r in regions)

    seen: set[o.Obj] = set()
    work = [(obj, False)]
    while work:
        item, held = work.pop()
        if item in seen:
            continue
        seen.add(item)
        if isinstance(item, o.Ref):
            if held and ends(item.value):
                return True
            continue
        if isinstance(item, o.Choice) and ends(item.condition):
            return True
        held = held or not isinstance(item, (o.Seq, o.Mapping, o.Instance, o.DictView))
        work += [(part, held) for part in o.parts_of(item)]
        if isinstance(item, o.Closure):
            work += [(variable, True) for variable in _variables(item, frame)]
    return False


def _variables(closure: o.Closure, frame: Any) -> Iterator[o.Obj]:
    """The variables of enclosing functions that it reads; those of `frame` are passed on."""
    for name in {n.id for n in gast.walk(closure.node) if isinstance(n, gast.Name)}:
        found = variable_of(closure.frame, name)
        if found is not None and isinstance(found[1], Variable) and found[0] is not frame:
            yield held(found[1])


def made_inside(place: Place) -> o.Ambiguous:
    shown = "the result" if str(place.key).startswith("%") else f"'{place_name(place)}'"
    if isinstance(place, Slot):
        shown = f"item {place.key!r}"
    return o.Ambiguous(f"{shown} is made in a branch or loop, and holds values of it")
