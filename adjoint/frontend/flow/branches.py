"""Branches: both arms are lowered, then whatever may differ after them is joined.

Names, the items of containers and the states of arrays are joined alike: taken apart into values,
one column of results of the `if` for each, and put together again from these results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend.flow.raising import certain_here
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import RETURNED, TRUE, Frame, Restructured, Unreachable
from adjoint.frontend.state.memory.lifetimes import made_inside, outlives
from adjoint.frontend.state.memory.links import link
from adjoint.frontend.state.missing import assume
from adjoint.frontend.state.speculation import discard, own_names_only, perhaps
from adjoint.frontend.state.store import Contents, Place, Slot, contents_of, place_name, restore
from adjoint.frontend.state.structure import (
    build,
    flatten,
    is_function,
    join_all,
    join_shapes,
    leaf_names,
    leaf_types,
    same_static,
    shape_of,
    undefined,
)
from adjoint.frontend.state.whole_numbers import ask_for_numbers
from adjoint.ir.core import Constant, Region, Value, enclosing_region, is_inside
from adjoint.ir.types import Type


@dataclass
class Arm:
    """One side of a branch after it was lowered."""

    region: Region
    names: dict[str, o.Obj]
    state: dict[o.Ref, Value]
    reachable: bool
    contents: dict[o.Obj, Contents] = field(default_factory=dict)

    @property
    def returned(self) -> bool:
        """Has every path through this arm returned, so that no name matters after it?"""
        flag = self.names.get(RETURNED)
        return isinstance(flag, o.Ref) and flag.value is TRUE


def branch(
    frame: Frame,
    condition: Value,
    then: Callable[[], None],
    otherwise: Callable[[], None],
    **attrs: Any,
) -> None:
    """An `if`: both arms lowered, then every name and every store joined."""

    def under(holds: bool, thunk: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            assume(frame, condition, holds)
            thunk()

        return run

    start = o.now()
    arms = [arm(frame, under(True, then)), arm(frame, under(False, otherwise))]
    join = _Join(frame, condition, arms)
    if join.live:
        join.join_names()
        join.join_slots(start)
        join.join_stores()
    join.finish(attrs)


def choose(
    frame: Frame,
    condition: Value,
    then: Callable[[], o.Obj],
    otherwise: Callable[[], o.Obj],
    **attrs: Any,
) -> o.Obj:
    """A conditional expression: the object that one of two thunks gives."""

    def run(thunk: Callable[[], o.Obj]) -> Callable[[], None]:
        def store() -> None:
            frame.names["%chosen"] = thunk()

        return store

    branch(frame, condition, run(then), run(otherwise), **attrs)
    chosen = frame.names.pop("%chosen")
    frame.pending.append(chosen)
    return chosen


def arm(frame: Frame, thunk: Callable[[], None]) -> Arm:
    """Run `thunk` in a region of its own; names and store are restored afterwards."""
    lowering = frame.lowering
    names, state, changed, start = frame.names, lowering.state, lowering.changed, o.now()
    frame.names, lowering.state, lowering.changed = dict(names), dict(state), {}
    reachable = True
    try:
        with lowering.builder.inside(Region()) as region:
            try:
                with own_names_only(frame):
                    thunk()
            except Unreachable:
                reachable = False
            except CertainError as error:
                if lowering.handlers or not certain_here(frame, error):
                    discard([region])
                    raise perhaps(error) from None
                reachable = False
            except Exception as error:
                discard([region])
                raise perhaps(error) from None
        contents = {c: contents_of(c) for c in lowering.changed}
        return Arm(region, frame.names, lowering.state, reachable, contents)
    finally:
        for container, before in lowering.changed.items():
            if container.serial < start:  # type: ignore[attr-defined]  # else the arm made it
                restore(container, before)
        frame.names, lowering.state, lowering.changed = names, state, changed


class _Join:
    """What comes after the arms of a branch.

    Attributes
    ----------
    live : the arms whose end is reached.
    columns : the values that the arms pass on, with the type of the result.
    rebuilt : what is made of which columns: a name, slot or array, its shape, their indices, and
        what it is at the end of each live arm.
    names : the names after the branch.
    """

    def __init__(self, frame: Frame, condition: Value, arms: Sequence[Arm]):
        self.frame, self.lowering = frame, frame.lowering
        self.condition, self.arms = condition, arms
        self.live = [a for a in arms if a.reachable]
        self.columns: list[tuple[list[Value], Type]] = []
        self.rebuilt: list[tuple[Place | o.Ref, Any, list[int], list[o.Obj]]] = []
        self.names: dict[str, o.Obj] = {}

    def join_names(self) -> None:
        frame, live = self.frame, self.live
        for name in dict.fromkeys(n for a in live for n in a.names):
            staying = [a for a in live if name.startswith("%") or not a.returned] or live
            objs = [a.names.get(name, o.UNASSIGNED) for a in staying]
            if all(x is frame.names.get(name) for x in objs):
                self.names[name] = objs[0]
                continue
            if self._outlived(objs):
                self.names[name] = made_inside(name)
                continue
            if len(objs) == 2 and all(map(is_function, objs)) and not same_static(*objs):
                self.names[name] = o.Choice(self.condition, *objs)
                continue
            shape = _joined(objs, staying, name)
            each = [self._passed(a, name, shape, staying) for a in self.arms]
            self.rebuilt.append((name, shape, self._add(each, shape), objs))

    def join_slots(self, start: int) -> None:
        """Join the places in containers that were made before `start`."""
        for slot, each in self._changed_slots(start):
            objs = [x for x, a in zip(each, self.arms, strict=True) if a.reachable]
            if self._outlived(objs):
                raise UnsupportedError(made_inside(slot).reason)
            shape = _joined(objs, self.live, str(slot.key))
            self.rebuilt.append((slot, shape, self._add(each, shape), objs))

    def join_stores(self) -> None:
        """Join the states of arrays."""
        before = self.lowering.state
        for ref in dict.fromkeys(r for a in self.live for r in a.state):
            values = [a.state.get(ref, ref.value) for a in self.live]
            if not self._is_visible(ref):
                continue
            if all(v is before.get(ref, ref.value) for v in values):
                continue
            type_ = join_all([v.type for v in values])
            if type_ is None:
                raise UnsupportedError("an array gets another rank in one of the branches")
            full = [a.state.get(ref, ref.value) if a.reachable else undefined() for a in self.arms]
            self.columns.append((full, type_))
            self.rebuilt.append((ref, None, [len(self.columns) - 1], []))

    def finish(self, attrs: dict[str, Any]) -> None:
        """Append the `if`, and make everything that was joined of its results."""
        results = self._emit(attrs)
        for target, shape, index, objs in self.rebuilt:
            values = [results[k] for k in index]
            if isinstance(target, o.Ref):
                values[0].name = values[0].name or target.value.name
                self.lowering.state[target] = values[0]
            elif isinstance(target, Slot):
                self.lowering.change(target.container)
                joined = build(shape, iter(values))
                if isinstance(joined, o.Ambiguous):
                    raise UnsupportedError(joined.reason)
                target.put(link(joined, objs))
            else:
                for value, name in zip(values, leaf_names(shape, place_name(target)), strict=True):
                    if not isinstance(value, Constant):
                        value.name = value.name or name
                self.names[target] = link(build(shape, iter(values)), objs)
        self.frame.names = self.names

    def _emit(self, attrs: dict[str, Any]) -> list[Value]:
        """The value of each column: a result of the `if`, unless all arms pass on the same."""
        arms, builder = self.arms, self.lowering.builder
        merged: dict[tuple[Value, ...], int] = {}
        kept: list[tuple[list[Value], Type]] = []
        where: list[int | Value] = []
        for values, type_ in self.columns:
            if len(self.live) == len(arms) and all(v is values[0] for v in values):
                where.append(values[0])
                continue
            key = tuple(values)
            if key not in merged:
                merged[key] = len(kept)
                kept.append((values, type_))
            where.append(merged[key])
        for position, a in enumerate(arms):
            with builder.inside(a.region):
                builder.end([values[position] for values, _ in kept])
        op = builder.if_(self.condition, [a.region for a in arms], [t for _, t in kept], **attrs)
        if not self.live:
            raise Unreachable
        return [op.results[w] if isinstance(w, int) else w for w in where]

    def _add(self, objs: Sequence[o.Obj], shape: Any) -> list[int]:
        """Add the columns of what each arm passes on; their indices."""
        flat: list[list[Value]] = []
        for a, obj in zip(self.arms, objs, strict=True):
            if not a.reachable:
                obj = o.UNASSIGNED
            with self.lowering.builder.inside(a.region):
                flat.append(list(flatten(obj, shape, a.state)))
        first = len(self.columns)
        for values, type_ in zip(zip(*flat, strict=True), leaf_types(shape), strict=True):
            self.columns.append((list(values), type_))
        return list(range(first, len(self.columns)))

    def _outlived(self, objs: Sequence[o.Obj]) -> bool:
        return any(outlives(x, [a.region for a in self.arms], self.frame) for x in objs)

    def _passed(self, arm: Arm, name: str, shape: Any, staying: Sequence[Arm]) -> o.Obj:
        """What an arm passes on for a name: nothing that has another shape, where it returns."""
        obj = arm.names.get(name, o.UNASSIGNED)
        if arm in staying or not arm.reachable or isinstance(obj, o.Unassigned):
            return obj
        fits = join_shapes(shape, shape_of(obj, arm.state), name) == shape
        return obj if fits else o.UNASSIGNED

    def _is_visible(self, ref: o.Ref) -> bool:
        """Does the object exist outside of the arms?"""
        region = enclosing_region(ref.value)
        return not any(region is not None and is_inside(region, a.region) for a in self.arms)

    def _changed_slots(self, start: int) -> Iterator[tuple[Slot, list[o.Obj]]]:
        """The places in containers that hold something else in one of the arms."""
        for container in dict.fromkeys(c for a in self.live for c in a.contents):
            if container.serial > start:  # type: ignore[attr-defined]  # an arm made it
                continue
            now = contents_of(container)
            versions = [a.contents.get(container, now) for a in self.arms]
            reached = [v for a, v in zip(self.arms, versions, strict=True) if a.reachable]
            keys = {k: None for version in reached for k in version}
            for version in reached:
                if list(version) != list(keys):
                    ask_for_numbers(self.lowering, [o.Ref(self.condition)])
                    raise Restructured(
                        container,
                        "a container gets another structure in each of the branches",
                        instead="give it the same items or keys in both",
                    )
            if list(now) != list(keys):
                self.lowering.change(container)
                restore(container, dict.fromkeys(keys, o.UNASSIGNED))
            for key in keys:
                objs = [version.get(key, o.UNASSIGNED) for version in versions]
                if any(x is not now.get(key) for x in objs):
                    yield Slot(container, key), objs


def _joined(objs: Sequence[o.Obj], arms: Sequence[Arm], name: str) -> Any:
    """The shape that covers what each of these arms leaves."""
    shape = shape_of(objs[0], arms[0].state)
    for obj, a in zip(objs[1:], arms[1:], strict=True):
        shape = join_shapes(shape, shape_of(obj, a.state), name)
    return shape
