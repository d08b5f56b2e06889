"""Iterators make their items when they are asked for the next one.

Here they are often made all at once. That is right as long as nothing that they are made of
changes until the last one was taken: an iterator remembers that as its footprint, and what takes
its items compares.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import gast

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.cells import variable_of
from adjoint.frontend.state.lowering import Lowering
from adjoint.frontend.state.state import Place, Variable, held
from adjoint.frontend.state.store import Slot, contents_of, is_mutable


def footprint(lowering: Lowering, sources: Sequence[o.Obj]) -> o.Footprint:
    """The read set of these objects: the objects that they reach and the names that they read."""
    found: list[tuple[Any, Any]] = []
    seen: set[Any] = set()
    work = list(sources)
    while work:
        item = work.pop()
        if item in seen:
            continue
        seen.add(item)
        if isinstance(item, o.Outside):  # which is not changed
            continue
        if isinstance(item, o.Ref):
            root = item.base if isinstance(item, o.View) else item
            if is_mutable(root.value.type):
                found.append((root, lowering.state.value(root)))
            work += root.roots if isinstance(root, o.Either) else []
        elif isinstance(item, (o.Seq, o.Mapping, o.Instance)):
            found.append((item, contents_of(item)))
        if isinstance(item, (o.Closure, o.Generator)):
            for place in _variables(item):
                if place not in seen:
                    seen.add(place)
                    found.append((place, held(place)))
                    work.append(held(place))
        work += o.parts_of(item)
    return found


def _variables(item: o.Closure | o.Generator) -> Iterator[Place]:
    """The variables of the functions around that a function or generator reads."""
    for name in {n.id for n in gast.walk(item.node) if isinstance(n, gast.Name)}:
        found = variable_of(item.frame, name)
        if found is not None:
            yield found[1]


def is_unchanged(lowering: Lowering, footprint: o.Footprint) -> bool:
    for holder, before in footprint:
        match holder:
            case Variable() | Slot():
                same = held(holder) is before
            case o.Ref():
                same = lowering.state.value(holder) is before
            case _:
                now = contents_of(holder)
                same = list(now) == list(before) and all(now[k] is before[k] for k in now)
        if not same:
            return False
    return True


def check_unchanged(lowering: Lowering, obj: o.Obj) -> None:
    """Refuse an iterator whose items were made before something that they are made of changed.

    Raises
    ------
    UnsupportedError : it would give other items in Python.
    """
    work = [obj]
    while work:
        item = work.pop()
        if isinstance(item, o.Iterator):
            if item.footprint is not None and not is_unchanged(lowering, item.footprint):
                raise UnsupportedError(
                    "something that an iterator steps through, or makes its items of, changes "
                    "before the last one was taken",
                    instead="make a list of it, if the items as they are at first are meant",
                )
            work += o.parts_of(item)


def check_all_are_taken(obj: o.Obj) -> None:
    """Refuse to take a part of the items of a generator that may not end by itself.

    They were made at once. Where the program takes all of them, it would not end either.

    Raises
    ------
    UnsupportedError : the items are those of a generator with a `while`.
    """
    work = [obj]
    while work:
        item = work.pop()
        if isinstance(item, o.Iterator):
            if item.endless:
                raise UnsupportedError(
                    "a generator with while may not end by itself, one with try or with ends in "
                    "another way, and a part of its items is taken",
                    instead="write the loop where the items are used, or return a list",
                )
            work += o.parts_of(item)


def check_order(obj: o.Obj) -> None:
    """Refuse to loop over items that were made at once, with effects, before the first trip.

    Raises
    ------
    UnsupportedError : the trips would see other effects, or draw other random numbers.
    """
    work = [obj]
    while work:
        item = work.pop()
        if isinstance(item, o.Iterator):
            if item.effects:
                raise UnsupportedError("the items of this iterator have effects, or are random",
                                       instead="make a list of it first")  # fmt: skip
            work += o.parts_of(item)
