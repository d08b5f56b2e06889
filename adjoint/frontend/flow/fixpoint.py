"""The fixpoint of a loop: what one iteration passes to the next, and of which types and shapes."""

from __future__ import annotations

import itertools
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
from adjoint.frontend.state.memory.aliasing import family, refuse_other_references
from adjoint.frontend.state.memory.choices import memory_of
from adjoint.frontend.state.memory.lifetimes import made_inside, outlives
from adjoint.frontend.state.memory.origins import Key, Origins
from adjoint.frontend.state.speculation import discard, perhaps
from adjoint.frontend.state.state import (
    ABSENT,
    Held,
    Layer,
    Place,
    Stored,
    Variable,
    held,
    in_order,
)
from adjoint.frontend.state.store import Slot, contents_of, is_mutable, place_name
from adjoint.frontend.state.structure import (
    Leaf,
    build,
    flatten,
    join_shapes,
    leaf_names,
    leaf_types,
    leaves,
    shape_of,
)
from adjoint.frontend.syntax.bindings import declared_names
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Region, Value, enclosing_region, is_inside
from adjoint.ir.types import INT, Array, List, Struct, Type, element_type, join
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
    alive : the names that may be read after an iteration; None is all of them.
    wider : the types of lists that the loop writes numbers of other types into.
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
    alive: frozenset[str] | None = None
    wider: dict[o.Ref, Type] = field(default_factory=dict)

    def lower(self, candidates: Sequence[str]) -> tuple[list[Value], bool]:
        """Append the loop; returns the record stacks and whether it has an exit flag.

        Starts from the names that the body assigns, with their types before the loop, and widens
        until nothing changes: then carries are exactly what one iteration passes to the next.
        """
        frame, lowering = self.frame, self.frame.lowering
        lowering.root.outliving.sync(lowering)
        for name in self.grown:
            refuse_other_references(frame, name)
        outside = declared_names(frame.source.node)  # they are no variables of the frame
        places = [
            frame.place(n) for n in candidates if n not in outside and not self._is_store(n)
        ]
        shapes: dict[Place, Any] = {p: shape_of(held(p), lowering.state) for p in places}
        guess = self.experience.guess(frame)
        outcome = self._guessed(shapes, guess) if guess else None
        if outcome is None:
            outcome = self._settled(shapes, [])
        slots = [place for place in outcome.shapes if isinstance(place, Slot)]
        self.experience.learn(frame, [*slots, *outcome.stores])
        return self._finish(outcome.shapes, outcome.stores, outcome)

    def _guessed(self, shapes: dict[Place, Any], guess: Sequence[o.Ref | Slot]) -> _Outcome | None:
        """The loop, if it writes to what it wrote to before; None for a wrong guess."""
        state = self.frame.lowering.state
        slots: dict[Place, Any] = {
            p: shape_of(held(p), state) for p in guess if isinstance(p, Slot)
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
        if not isinstance(obj, o.Ref) or not is_mutable(self.frame.lowering.current(obj).type):
            return False
        return name in self.augmented_only

    def _enter(
        self, region: Region, shapes: dict[Place, Any], stores: list[o.Ref]
    ) -> dict[Place, o.Obj]:
        """Begin an iteration: parameters of the region take the places of what is carried."""
        lowering = self.frame.lowering
        since = o.now()
        carried: dict[Place, o.Obj] = {}
        entries = {place: held(place) for place in shapes}
        tags = {key: region.add_param(INT) for key in self.origins.tagged(shapes)}
        for place, shape in shapes.items():
            names_ = leaf_names(shape, place_name(place))
            params = [
                region.add_param(t, n) for t, n in zip(leaf_types(shape), names_, strict=True)
            ]
            before = leaf_types(shape_of(entries[place], lowering.state))
            region.entries.update(zip(params, before, strict=False))
            obj = (
                o.Unassigned(place_name(place)) if shape is None and isinstance(place, Variable)
                else build(shape, iter(params), leaf=self._maker(place, tags))
            )  # fmt: skip
            carried[place] = obj
            lowering.put(place, obj)
        for ref in stores:
            lowering.state.store(ref, region.add_param(self._type_of(ref), ref.value.name))
        self.origins.alias(lowering.state, shapes, carried, entries, since)
        for place, obj in carried.items():
            self.origins.link(place, obj, entries[place])
        self.carried = carried
        return carried

    def _type_of(self, ref: o.Ref) -> Type:
        """The type of an array or list that the loop writes to."""
        own = self.wider.get(ref, ref.value.type)
        now = self.frame.lowering.state.value(ref).type
        return join(own, now) or own if isinstance(own, List) else own

    def _maker(self, place: Place, tags: dict[Key, Value]) -> Callable[[Leaf, Value], o.Ref]:
        """A maker of the objects of a place's leaves, called in their order."""
        keys = ((place, k) for k in itertools.count())

        def made(shape: Leaf, value: Value) -> o.Ref:
            key = next(keys)
            return self.origins.made(key, shape, value, tags.get(key))

        return made

    def _tags(self, shapes: dict[Place, Any], objs: dict[Place, o.Obj], since: int) -> list[Value]:
        """The tags of what is carried, of the objects that are there now."""
        return [
            self.origins.tag_of(
                (place, k),
                next(itertools.islice(leaves(objs[place], shapes[place]), k, None)),
                since,
            )
            for place, k in self.origins.tagged(shapes)
        ]

    def _round(self, shapes: dict[Place, Any], stores: list[o.Ref]) -> _Outcome:
        lowering = self.frame.lowering
        entries = {place: held(place) for place in shapes}
        regions: list[Region] = []
        self.origins.begin(shapes, entries, o.now())
        try:
            if self.condition is not None:
                self._test(shapes, stores, regions)
            with lowering.state.aside() as layer:
                outcome = self._one_round(shapes, stores, entries, regions, layer)
        except Exception as error:
            discard(regions)
            if isinstance(error, Restructured):  # it is carried: say which it is before the loop
                for place, obj in self.carried.items():
                    if obj is error.container:
                        error.container = held(place)
                        break
            raise perhaps(error) from None
        if outcome.reached:
            lowering.state.join_marks([layer, None])
        return outcome

    def _test(self, shapes: dict[Place, Any], stores: list[o.Ref], regions: list[Region]) -> None:
        """Lower the test of a `while` into a region of its own."""
        assert self.condition is not None
        lowering, region = self.frame.lowering, Region()
        regions.append(region)
        with lowering.builder.inside(region), lowering.state.aside() as layer:
            self._enter(region, shapes, stores)
            lowering.root.outliving.resync(lowering)
            with lowering.state.fork() as tested:
                try:
                    test = self.condition()
                except Unreachable:
                    test = TRUE
                if tested.changed():
                    raise o.NeedItems(self.token)  # the test writes: it belongs into the body
            lowering.builder.end([test])
        lowering.state.join_marks([layer, None])

    def _one_round(
        self,
        shapes: dict[Place, Any],
        stores: list[o.Ref],
        entries: dict[Place, o.Obj],
        regions: list[Region],
        layer: Layer,
    ) -> _Outcome:
        frame, lowering = self.frame, self.frame.lowering
        state = lowering.state
        region = Region()
        regions.append(region)
        first = o.now()
        outcome = _Outcome(regions, dict(shapes), list(stores), True, [], False)
        with lowering.builder.inside(region), lowering.builder.active():
            elements = [region.add_param(element_type(s.type)) for s in self.sequences]
            self._enter(region, shapes, stores)
            lowering.root.outliving.resync(lowering)
            entered = {ref: state.value(ref).type for ref in stores}
            trip, lowering.trip = lowering.trip, o.now()
            values: list[Value] = list(region.params[len(elements) :])
            flag: Value = FALSE
            with state.fork() as body:
                try:
                    self.body(elements)
                    lowering.root.outliving.sync(lowering)
                    outcome.records = self.record() if self.record else []
                    flag = _exit_flag(frame)
                    outcome.reached = True
                except Unreachable:
                    pass
                finally:
                    lowering.trip = trip
                if outcome.reached:
                    self._compare_variables(shapes, layer, body, outcome)
                    self._compare_slots(shapes, layer, body, outcome)
                    for cell in body.before:
                        if not isinstance(cell, Stored):
                            continue
                        if state.value(cell.ref) is body.old_value(cell):
                            continue
                        outcome.written.add(cell.ref)
                        if cell.ref not in stores and is_outside(cell.ref.value, regions):
                            outcome.new_store(cell.ref)
                    for ref in stores:
                        type_ = self._type_of(ref)
                        if type_ != entered[ref]:
                            self.wider[ref], outcome.stable = type_, False
                    ends = {p: held(p) for p in shapes}
                    self._check_elements(shapes, ends)
                    if self.origins.learn_containers(ends, entries, first):
                        outcome.stable = False
                    if self.origins.learn_arrays(shapes, self.carried, ends, region, layer.since):
                        outcome.stable = False
                    if self.origins.learn_members(shapes, ends, layer.since):
                        outcome.stable = False
                    if outcome.stable:
                        values = self._tags(shapes, ends, layer.since)
                        for place, shape in shapes.items():
                            values.extend(flatten(ends[place], shape, state))
                        values.extend(map(state.value, stores))
                        for ref in stores:
                            if ref.shared:
                                raise UnsupportedError(
                                    f"the loop writes into an array, and {ref.shared}",
                                    instead="make a copy of it, or rebind the name",
                                )
                self._check_over(region, outcome, body)
            outcome.has_exit = not (isinstance(flag, Constant) and flag.value is False)
            exits = [flag] if outcome.has_exit else []
            lowering.builder.end([*values, *outcome.records, *exits])
        return outcome

    def _check_elements(self, shapes: dict[Place, Any], ends: dict[Place, o.Obj]) -> None:
        """Refuse that an element outlives its iteration, unless it is known which item it is."""
        for place, shape in shapes.items():
            own = isinstance(place, Variable) and place.names is self.frame.names
            if own and self.alive is not None and place.key not in self.alive:
                continue
            for leaf in leaves(ends[place], shape):
                for item in family(leaf):
                    if item.token is not None and not isinstance(item, o.View):
                        raise o.NeedItems(item.token)

    def _check_over(self, region: Region, outcome: _Outcome, layer: Layer) -> None:
        """Refuse an iterated container that changes, except item by item and by position."""
        for obj in self.over:
            changed = Held(obj) in layer.before
            if any(r in outcome.stores for item in o.whole(obj) for r in memory_of(item)):
                changed = True
                type_ = obj.value.type if isinstance(obj, o.Ref) else None
                if isinstance(type_, List) and any(map(_makes_a_list, region.walk())):
                    raise UnsupportedError(
                        "a list changes its length while a loop runs over it",
                        instead="loop over a copy of it",
                    )
            if changed:
                raise o.NeedItems(self.token)

    def _compare_variables(
        self, shapes: dict[Place, Any], layer: Layer, body: Layer, outcome: _Outcome
    ) -> None:
        """Variables that refer to something else at the end of an iteration are carried."""
        state = self.frame.lowering.state
        for variable in in_order([*body.before, *shapes]):
            exit_ = variable.key in (BROKE, CONTINUED, RETURNED)
            obj = variable.get()
            if exit_ and variable not in shapes or obj is ABSENT:
                continue
            if outlives(obj, outcome.regions, self.frame):
                obj = made_inside(variable)
            before = body.before.get(variable, obj)
            if obj is before and not isinstance(obj, (o.Seq, o.Mapping, o.Instance)):
                continue
            entry = layer.before.get(variable, before)
            old = None if before is ABSENT else shape_of(before, state)
            old = shapes.get(variable, old)
            widen = _starts_constant(entry)
            joined = join_shapes(old, shape_of(obj, state), variable.key, widen)
            if variable not in shapes and obj is not before or joined != old:
                outcome.widen(variable, joined)

    def _compare_slots(
        self, shapes: dict[Place, Any], layer: Layer, body: Layer, outcome: _Outcome
    ) -> None:
        """So are the places in containers that were changed."""
        state = self.frame.lowering.state
        for cell in list(body.before):
            if not isinstance(cell, Held):
                continue
            container, before = cell.container, body.before[cell][0]
            now = contents_of(container)
            if list(now) != list(before):
                if isinstance(container, o.Mapping):
                    self.frame.lowering.root.keyed.append(container)
                raise Restructured(
                    container,
                    "a container is given items in a loop",
                    instead="make it with all its items or keys before the loop",
                )
            if container.serial > layer.since:
                continue  # what it holds is passed on with the place that holds it
            for key, obj in now.items():
                slot = Slot(container, key)
                if obj is before[key]:
                    continue
                outcome.written.add(slot)
                if outlives(obj, outcome.regions, self.frame):
                    raise UnsupportedError(made_inside(slot).reason)
                old = shapes[slot] if slot in shapes else shape_of(before[key], state)
                entry = layer.before[cell][0] if cell in layer.before else before
                widen = _starts_constant(entry[key])
                joined = join_shapes(old, shape_of(obj, state), f"item {key!r}", widen)
                if slot not in shapes or joined != old:
                    outcome.widen(slot, joined)

    def _finish(
        self, shapes: dict[Place, Any], stores: list[o.Ref], outcome: _Outcome
    ) -> tuple[list[Value], bool]:
        lowering = self.frame.lowering
        inits: list[Value] = []
        entries = {place: held(place) for place in shapes}
        since = o.now()
        with lowering.builder.active():
            inits += self._tags(shapes, entries, since)
            for place, shape in shapes.items():
                inits.extend(flatten(entries[place], shape, lowering.state))
            inits.extend(map(lowering.current, stores))
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
        tags = {key: next(results) for key in self.origins.tagged(shapes)}
        after: dict[Place, o.Obj] = {}
        for place, shape in shapes.items():
            values = [next(results) for _ in leaf_types(shape)]
            for value, name in zip(values, leaf_names(shape, place_name(place)), strict=True):
                value.name = name
            unassigned = o.Unassigned(place_name(place))
            after[place] = (
                unassigned
                if shape is None
                else build(shape, iter(values), leaf=self._maker(place, tags))
            )
        for ref in stores:
            value = next(results)
            value.name = ref.value.name
            lowering.state.store(ref, value)
        self.origins.alias(lowering.state, shapes, after, entries, since)
        for place, obj in after.items():
            self.origins.link(place, obj, entries[place])
            if isinstance(place, Slot) and isinstance(obj, o.Ambiguous):
                raise UnsupportedError(obj.reason)
            lowering.put(place, obj)
        lowering.root.outliving.resync(lowering)
        return op.stacks, outcome.has_exit


def is_outside(value: Value, regions: Sequence[Region]) -> bool:
    """Did the value exist before the loop?"""
    region = enclosing_region(value)
    return region is None or not any(is_inside(region, r) for r in regions)


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


def _starts_constant(obj: Any) -> bool:
    """Does the name hold a plain number before the loop, without a derivative?"""
    if not isinstance(obj, o.Ref):
        return False
    op = obj.value.op
    return isinstance(obj.value, Constant) or op is not None and op.target is ops.literal


@dataclass
class _Outcome:
    """The result of a round of the fixpoint: the next round's places and stores."""

    regions: list[Region]
    shapes: dict[Place, Any]
    stores: list[o.Ref]
    stable: bool
    records: list[Value]
    has_exit: bool
    reached: bool = False
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
        obj = frame.hidden.get(name)
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
