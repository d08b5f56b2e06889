"""The fixpoint of a loop: what one iteration passes to the next, and of which types and shapes."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.flow.experience import Experience
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import (
    BROKE,
    CONTINUED,
    FALSE,
    RETURNED,
    TRUE,
    Frame,
    Restructured,
    Unreachable,
)
from adjoint.frontend.state.memory.aliasing import refuse_other_references, root_of
from adjoint.frontend.state.memory.lifetimes import made_inside, outlives
from adjoint.frontend.state.memory.origins import Origins
from adjoint.frontend.state.speculation import discard, perhaps
from adjoint.frontend.state.store import (
    Place,
    Slot,
    contents_of,
    is_mutable,
    place_name,
    read,
    restore,
)
from adjoint.frontend.state.structure import (
    build,
    flatten,
    join_shapes,
    leaf_names,
    leaf_types,
    shape_of,
)
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Region, Value, enclosing_region, is_inside
from adjoint.ir.types import Array, List, Struct, Type, element_type
from adjoint.limits import LOOP_ROUNDS


@dataclass
class Loop:
    """One loop being lowered: what to run per iteration, and what may be carried.

    Attributes
    ----------
    over : the arrays that the loop steps through; a write into one needs its items by index.
    checkpoint : how a gradient keeps its states, if not all of them.
    origins : whose memory the carried objects may be.
    experience : what the last lowering of the same loop found out.
    """

    frame: Frame
    sequences: list[Value]
    body: Callable[[list[Value]], None]
    condition: Callable[[], Value] | None = None
    record: Callable[[], list[Value]] | None = None
    augmented_only: frozenset[str] = frozenset()
    strict: bool = False
    grown: Sequence[str] = ()
    token: Any = None
    over: Sequence[o.Obj] = ()
    checkpoint: Any = None
    origins: Origins = field(default_factory=Origins)
    carried: dict[Place, o.Obj] = field(default_factory=dict)
    experience: Experience = field(default_factory=Experience)

    def lower(self, candidates: Sequence[str]) -> tuple[list[Value], bool]:
        """Append the loop; returns the record stacks and whether it has an exit flag.

        Starts from the names that the body assigns, with their types before the loop, and widens
        until nothing changes: then carries are exactly what one iteration passes to the next.
        """
        frame, lowering = self.frame, self.frame.lowering
        for name in self.grown:
            refuse_other_references(frame, name)
        names = [n for n in candidates if not self._is_store(n)]
        shapes: dict[Place, Any] = {
            n: shape_of(frame.names.get(n, o.UNASSIGNED), lowering.state) for n in names
        }
        guess = self.experience.guess(frame)
        outcome = self._guessed(shapes, guess) if guess else None
        if outcome is None:
            outcome = self._settled(shapes, [])
        slots = [place for place in outcome.shapes if isinstance(place, Slot)]
        self.experience.learn(frame, [*slots, *outcome.stores])
        return self._finish(outcome.shapes, outcome.stores, outcome)

    def _guessed(
        self, shapes: dict[Place, Any], guess: Sequence[o.Ref | Slot]
    ) -> _Outcome | None:
        """The loop, if it writes to what it wrote to before; None for a wrong guess."""
        state = self.frame.lowering.state
        slots: dict[Place, Any] = {
            p: shape_of(p.get(), state) for p in guess if isinstance(p, Slot)
        }
        stores = [p for p in guess if isinstance(p, o.Ref)]
        try:
            outcome = self._settled({**shapes, **slots}, stores)
        except UnsupportedError:
            outcome = None
        if outcome is not None and outcome.written.issuperset(guess):
            return outcome
        if outcome is not None:
            discard(outcome.regions)
        self.origins, self.experience.written = Origins(), None
        return None

    def _settled(self, shapes: dict[Place, Any], stores: list[o.Ref]) -> _Outcome:
        """Rounds of the fixpoint, until one finds nothing new."""
        for _ in range(LOOP_ROUNDS):
            outcome = self._round(shapes, stores)
            if outcome.stable:
                return outcome
            discard(outcome.regions)
            shapes, stores = outcome.shapes, outcome.stores
        raise UnsupportedError("the types of this loop's variables never settle")

    def _is_store(self, name: str) -> bool:
        """Is the name bound to an array before the loop? Then `x += y` stores, not rebinds."""
        obj = self.frame.names.get(name)
        if not isinstance(obj, o.Ref) or not is_mutable(read(obj, self.frame.lowering.state).type):
            return False
        return name in self.augmented_only

    def _entry(self, place: Place, names: dict[str, o.Obj]) -> o.Obj:
        return place.get() if isinstance(place, Slot) else names.get(place, o.UNASSIGNED)

    def _enter(
        self,
        region: Region,
        shapes: dict[Place, Any],
        stores: list[o.Ref],
        names: dict[str, o.Obj],
        state: dict[o.Ref, Value],
    ) -> dict[Place, o.Obj]:
        """Begin an iteration: parameters of the region take the places of what is carried."""
        frame, lowering = self.frame, self.frame.lowering
        frame.names, lowering.state = dict(names), dict(state)
        carried: dict[Place, o.Obj] = {}
        entries = {place: self._entry(place, names) for place in shapes}
        for place, shape in shapes.items():
            names_ = leaf_names(shape, place_name(place))
            params = [
                region.add_param(t, n) for t, n in zip(leaf_types(shape), names_, strict=True)
            ]
            obj = (
                o.Unassigned(place_name(place)) if shape is None and isinstance(place, str)
                else build(shape, iter(params))
            )  # fmt: skip
            carried[place] = obj
            if isinstance(place, Slot):
                lowering.change(place.container)
                place.put(obj)
            else:
                frame.names[place] = obj
        self.origins.alias(shapes, carried, entries)
        for place, obj in carried.items():
            self.origins.link(place, obj, entries[place])
        for ref in stores:
            lowering.state[ref] = region.add_param(ref.value.type, ref.value.name)
        self.carried = carried
        return carried

    def _round(self, shapes: dict[Place, Any], stores: list[o.Ref]) -> _Outcome:
        frame, lowering = self.frame, self.frame.lowering
        entry_names, entry_state, entry_changed = frame.names, lowering.state, lowering.changed
        lowering.changed = {}
        regions: list[Region] = []
        try:
            return self._one_round(shapes, stores, entry_names, entry_state, regions)
        except Exception as error:
            discard(regions)
            if isinstance(error, Restructured):  # it is carried: say which it is before the loop
                for place, obj in self.carried.items():
                    if obj is error.container:
                        error.container = self._entry(place, entry_names)
                        break
            raise perhaps(error) from None
        finally:
            for container, before in lowering.changed.items():
                restore(container, before)
            frame.names, lowering.state, lowering.changed = (
                entry_names,
                entry_state,
                entry_changed,
            )

    def _one_round(
        self,
        shapes: dict[Place, Any],
        stores: list[o.Ref],
        entry_names: dict[str, o.Obj],
        entry_state: dict[o.Ref, Value],
        regions: list[Region],
    ) -> _Outcome:
        frame, lowering = self.frame, self.frame.lowering

        def enter(region: Region) -> dict[Place, o.Obj]:
            for container, before in lowering.changed.items():
                restore(container, before)
            return self._enter(region, shapes, stores, entry_names, entry_state)

        if self.condition is not None:
            region = Region()
            regions.append(region)
            with lowering.builder.inside(region):
                enter(region)
                state = dict(lowering.state)
                containers = list(lowering.changed)
                try:
                    test = self.condition()
                except Unreachable:
                    test = TRUE
                if lowering.state != state or list(lowering.changed) != containers:
                    raise o.NeedItems(self.token)  # the test writes: it belongs into the body
                lowering.builder.end([test])
        region = Region()
        regions.append(region)
        first = o.now()
        outcome = _Outcome(regions, dict(shapes), list(stores), True, [], False)
        with lowering.builder.inside(region), lowering.builder.active():
            elements = [region.add_param(element_type(s.type)) for s in self.sequences]
            carried = enter(region)
            start = o.now()
            trip, lowering.trip = lowering.trip, start
            start_state = dict(lowering.state)
            values: list[Value] = list(region.params[len(elements) :])
            flag: Value = FALSE
            try:
                self.body(elements)
                outcome.records = self.record() if self.record else []
                flag = _exit_flag(frame)
                reached = True
            except Unreachable:
                reached = False
            finally:
                lowering.trip = trip
            if reached:
                self._compare_names(shapes, carried, entry_names, entry_state, outcome)
                self._compare_slots(shapes, carried, entry_state, outcome, start)
                for ref, value in lowering.state.items():
                    changed = value is not start_state.get(ref, ref.value)
                    if changed:
                        outcome.written.add(ref)
                    if changed and ref not in stores and self._is_outer(ref, regions):
                        outcome.new_store(ref)
                ends = {p: self._entry(p, frame.names) for p in shapes}
                entries = {p: self._entry(p, entry_names) for p in shapes}
                if self.origins.learn_containers(ends, entries, first):
                    outcome.stable = False
                if self.origins.learn_arrays(shapes, carried, ends, region):
                    outcome.stable = False
                if outcome.stable:
                    values = []
                    for place, shape in shapes.items():
                        values.extend(flatten(ends[place], shape, lowering.state))
                    values.extend(lowering.state.get(r, r.value) for r in stores)
                    for ref in stores:
                        if ref.shared:
                            raise UnsupportedError(
                                f"the loop writes into an array, and {ref.shared}",
                                instead="make a copy of it, or rebind the name",
                            )
            self._check_over(region, outcome)
            outcome.has_exit = not (isinstance(flag, Constant) and flag.value is False)
            exits = [flag] if outcome.has_exit else []
            lowering.builder.end([*values, *outcome.records, *exits])
        return outcome

    def _check_over(self, region: Region, outcome: _Outcome) -> None:
        """What the loop steps through may only change item by item, and then by position."""
        lowering = self.frame.lowering
        for obj in self.over:
            changed = obj in lowering.changed
            if isinstance(obj, o.Ref) and root_of(obj) in outcome.stores:
                changed = True
                type_ = obj.value.type
                if isinstance(type_, List) and any(map(_makes_a_list, region.walk())):
                    raise UnsupportedError(
                        "a list changes its length while a loop runs over it",
                        instead="loop over a copy of it",
                    )
            if changed:
                raise o.NeedItems(self.token)

    @staticmethod
    def _is_outer(ref: o.Ref, regions: Sequence[Region]) -> bool:
        """Did the object exist before the loop?"""
        region = enclosing_region(ref.value)
        return region is None or not any(is_inside(region, r) for r in regions)

    def _compare_names(
        self,
        shapes: dict[Place, Any],
        carried: dict[Place, o.Obj],
        entry_names: dict[str, o.Obj],
        entry_state: dict[o.Ref, Value],
        outcome: _Outcome,
    ) -> None:
        """Names that hold something else at the end of an iteration are carried."""
        state = self.frame.lowering.state
        for name, obj in self.frame.names.items():
            if name in (BROKE, CONTINUED, RETURNED) and name not in shapes:
                continue
            if outlives(obj, outcome.regions, self.frame):
                obj = made_inside(name)
            before = carried.get(name, entry_names.get(name))
            if obj is before or before is None and name not in shapes:
                if before is None:
                    outcome.widen(name, join_shapes(None, shape_of(obj, state), name))
                continue
            old = (
                shapes[name] if name in shapes
                else shape_of(before, entry_state) if before is not None else None
            )  # fmt: skip
            widen = _starts_constant(entry_names.get(name))
            joined = join_shapes(old, shape_of(obj, state), name, widen)
            if name not in shapes or joined != old:
                outcome.widen(name, joined)

    def _compare_slots(
        self,
        shapes: dict[Place, Any],
        carried: dict[Place, o.Obj],
        entry_state: dict[o.Ref, Value],
        outcome: _Outcome,
        start: int,
    ) -> None:
        """So are the places in containers that were changed."""
        lowering = self.frame.lowering
        for container, before in lowering.changed.items():
            if container.serial > start:  # type: ignore[attr-defined]  # this iteration made it
                continue
            now = contents_of(container)
            if list(now) != list(before):
                raise Restructured(
                    container,
                    "a container is given items in a loop",
                    instead="make it with all its items or keys before the loop",
                )
            for key, obj in now.items():
                slot = Slot(container, key)
                if obj is carried.get(slot, before[key]):
                    continue
                outcome.written.add(slot)
                if outlives(obj, outcome.regions, self.frame):
                    raise UnsupportedError(made_inside(slot).reason)
                old = shapes[slot] if slot in shapes else shape_of(before[key], entry_state)
                widen = _starts_constant(before[key])
                joined = join_shapes(old, shape_of(obj, lowering.state), f"item {key!r}", widen)
                if slot not in shapes or joined != old:
                    outcome.widen(slot, joined)

    def _finish(
        self, shapes: dict[Place, Any], stores: list[o.Ref], outcome: _Outcome
    ) -> tuple[list[Value], bool]:
        frame, lowering = self.frame, self.frame.lowering
        inits: list[Value] = []
        entries = {place: self._entry(place, frame.names) for place in shapes}
        with lowering.builder.active():
            for place, shape in shapes.items():
                inits.extend(flatten(entries[place], shape, lowering.state))
            inits.extend(read(r, lowering.state) for r in stores)
        types = [p.type for p in outcome.regions[-1].params[len(self.sequences) :]]
        if self.condition is None and any(map(_has_items, self.sequences)):
            ends = outcome.regions[-1].yields
            types = [_as_at_the_end(t, v.type) for t, v in zip(types, ends, strict=False)]
        op = lowering.builder.append(
            Op(
                "for" if self.condition is None else "while",
                [*self.sequences, *inits],
                [*types, *(List(r.type) for r in outcome.records)],
                regions=outcome.regions,
                attrs={
                    "sequences": len(self.sequences),
                    "exit": outcome.has_exit,
                    "strict": self.strict,
                    **({} if self.checkpoint is None else {"checkpoint": self.checkpoint}),
                },
            )
        )
        results = iter(op.results)
        after: dict[Place, o.Obj] = {}
        for place, shape in shapes.items():
            values = [next(results) for _ in leaf_types(shape)]
            for value, name in zip(values, leaf_names(shape, place_name(place)), strict=True):
                value.name = name
            unassigned = o.Unassigned(place_name(place))
            after[place] = unassigned if shape is None else build(shape, iter(values))
        self.origins.alias(shapes, after, entries)
        for place, obj in after.items():
            self.origins.link(place, obj, entries[place])
            if isinstance(place, Slot):
                if isinstance(obj, o.Ambiguous):
                    raise UnsupportedError(obj.reason)
                lowering.change(place.container)
                place.put(obj)
            else:
                frame.names[place] = obj
        for ref in stores:
            lowering.state[ref] = next(results)
            lowering.state[ref].name = ref.value.name
        return op.stacks, outcome.has_exit


def _makes_a_list(op: Op) -> bool:
    """May the result be a list of another length than the one that it takes the place of?"""
    same = op.kind != "apply" or op.target in (ops.store, ops.reverse_list)
    return not same and len(op.results) == 1 and isinstance(op.results[0].type, List)


def _has_items(sequence: Value) -> bool:
    """Is it certain that a loop over this makes a trip?"""
    op, type_ = sequence.op, sequence.type
    if op is not None and op.target is range:
        return all(isinstance(v, Constant) for v in op.operands) and bool(
            range(*(v.value for v in op.operands))  # type: ignore[attr-defined]
        )
    if isinstance(type_, Struct):
        return bool(type_.items)
    return isinstance(type_, Array) and isinstance(type_.dims[0], int) and type_.dims[0] > 0


def _as_at_the_end(type_: Type, end: Type) -> Type:
    """The type of a carry after a loop that has made a trip: no number from before is left."""
    if isinstance(type_, Array) and isinstance(end, Array):
        return replace(type_, loose=end.loose)
    return type_


def _starts_constant(obj: o.Obj | None) -> bool:
    """Does the name hold a plain number before the loop, without a derivative?"""
    if not isinstance(obj, o.Ref):
        return False
    op = obj.value.op
    return isinstance(obj.value, Constant) or op is not None and op.target is ops.literal


@dataclass
class _Outcome:
    """What a round of the fixpoint found: the next round's places and stores."""

    regions: list[Region]
    shapes: dict[Place, Any]
    stores: list[o.Ref]
    stable: bool
    records: list[Value]
    has_exit: bool
    written: set[o.Ref | Slot] = field(default_factory=set)

    def widen(self, place: Place, shape: Any) -> None:
        self.shapes[place] = shape
        self.stable = False

    def new_store(self, ref: o.Ref) -> None:
        self.stores.append(ref)
        self.stable = False


def _exit_flag(frame: Frame) -> Value:
    """Does the loop end after this iteration: by break, or by return?"""
    flags = []
    for name in (BROKE, RETURNED, *(h.flag for h in frame.lowering.handlers)):
        obj = frame.names.get(name)
        if isinstance(obj, o.Ref):
            if isinstance(obj.value, Constant):
                if obj.value.value is True:
                    return TRUE
            elif obj.value not in flags:
                flags.append(obj.value)
    if not flags:
        return FALSE
    result = flags[0]
    for flag in flags[1:]:
        result = frame.lowering.builder.apply(operator.or_, result, flag)
    return result
