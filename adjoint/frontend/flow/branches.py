"""Branches: both arms are lowered, then whatever may differ after them is joined.

Names, the items of containers and the states of arrays are joined alike: taken apart into values,
one column of results of the `if` for each, and put together again from these results.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend.flow.missing import assume
from adjoint.frontend.flow.raising import certain_here
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import RETURNED, TRUE, Frame, Restructured, Unreachable
from adjoint.frontend.state.memory.aliasing import holders
from adjoint.frontend.state.memory.choices import made_since, options_of, owners
from adjoint.frontend.state.memory.lifetimes import made_inside, outlives
from adjoint.frontend.state.memory.links import link
from adjoint.frontend.state.memory.tags import Tag
from adjoint.frontend.state.speculation import discard, perhaps
from adjoint.frontend.state.state import Held, Layer, Place, Stored, Variable, held, in_order
from adjoint.frontend.state.store import Slot, contents_of, place_name, replace
from adjoint.frontend.state.structure import (
    Leaf,
    Static,
    build,
    flatten,
    is_function,
    join_all,
    join_shapes,
    leaf_names,
    leaf_types,
    leaves,
    same_static,
    shape_of,
    undefined,
)
from adjoint.frontend.state.whole_numbers import ask_for_numbers
from adjoint.ir.core import Constant, Region, Value, enclosing_region, is_inside
from adjoint.ir.types import INT, Type


@dataclass
class Arm:
    """One side of a branch after it was lowered.

    Attributes
    ----------
    layer : what it does to the state.
    reachable : is its end reached?
    returned : has every path through it returned, so that only a `finally` reads its names?
    """

    region: Region
    layer: Layer
    reachable: bool
    returned: bool


def branch(
    frame: Frame,
    condition: Value,
    then: Callable[[], None],
    otherwise: Callable[[], None],
    statement: Any = None,
    **attrs: Any,
) -> None:
    """An `if`: both arms lowered, then every name and every store joined.

    `statement` is the one that it is all of.
    """

    frame.lowering.root.outliving.sync(frame.lowering)

    def under(holds: bool, thunk: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            assume(frame, condition, holds)
            thunk()

        return run

    arms = [arm(frame, under(True, then)), arm(frame, under(False, otherwise))]
    join = _Join(frame, condition, arms, statement)
    if join.live:
        join.join_places()
        join.join_stores()
    join.finish(attrs)
    frame.lowering.root.outliving.resync(frame.lowering)


def choose(
    frame: Frame,
    condition: Value,
    then: Callable[[], o.Obj],
    otherwise: Callable[[], o.Obj],
    statement: Any = None,
    **attrs: Any,
) -> o.Obj:
    """A conditional expression: the object that one of two thunks gives."""

    def run(thunk: Callable[[], o.Obj]) -> Callable[[], None]:
        def store() -> None:
            frame.hidden["%chosen"] = thunk()

        return store

    branch(frame, condition, run(then), run(otherwise), statement, **attrs)
    chosen: o.Obj = frame.hidden.pop("%chosen")
    frame.pending.append(chosen)
    return chosen


def arm(frame: Frame, thunk: Callable[[], None]) -> Arm:
    """Run `thunk` in a region of its own, aside from the state."""
    lowering = frame.lowering
    reachable = True
    with lowering.builder.inside(Region()) as region, lowering.state.aside() as layer:
        try:
            lowering.root.outliving.resync(lowering)
            thunk()
            lowering.root.outliving.sync(lowering)
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
        flag = frame.hidden.get(RETURNED)
        returned = isinstance(flag, o.Ref) and flag.value is TRUE
    return Arm(region, layer, reachable, returned)


@dataclass
class _Choice:
    """The arrays that a leaf may be, with the tag, or the column that it is in."""

    members: tuple[o.Ref | None, ...]
    tag: Tag | int | None = None
    made: frozenset[o.Ref] = frozenset()  # what arms have made that it may be


_OTHER_STRUCTURE = "a container gets another structure in each of the branches"
#: A place, the objects that arms leave in it, and which arms they are.
_Joined = tuple[Place, list[o.Obj], list[Arm]]


class _Join:
    """The join after the arms of a branch.

    Attributes
    ----------
    live : the arms whose end is reached.
    columns : the values that the arms pass on, with the type of the result.
    rebuilt : what is made of which columns: a place or array, its shape, their indices, and what
        it is at the end of each live arm.
    decided : places, with what they hold after the branch whatever its condition is.
    """

    def __init__(self, frame: Frame, condition: Value, arms: Sequence[Arm], statement: Any = None):
        self.frame, self.lowering = frame, frame.lowering
        self.condition, self.arms, self.statement = condition, arms, statement
        self.live = [a for a in arms if a.reachable]
        self.columns: list[tuple[list[Value], Type]] = []
        self.rebuilt: list[
            tuple[Place | o.Ref, Any, list[int], list[o.Obj], list[_Choice | None]]
        ] = []
        self.decided: list[tuple[Variable, o.Obj]] = []

    def join_places(self) -> None:
        """Join the variables, and the places in containers, that were there before."""
        places: list[_Joined] = []
        for variable in self._changed_variables():
            read = self._is_read_after_a_return(variable)
            staying = [a for a in self.live if read or not a.returned] or list(self.live)
            objs = [a.layer.obj(variable) for a in staying]
            older = len(objs) > 1 or objs[0] is held(variable)
            if older and all(x is objs[0] for x in objs):
                self.decided.append((variable, objs[0]))
            elif self._outlived(objs):
                self.decided.append((variable, made_inside(variable)))
            elif len(objs) == 2 and all(map(is_function, objs)) and not same_static(*objs):
                self.decided.append((variable, o.Choice(self.condition, *objs)))
            else:
                places.append((variable, objs, staying))
        for slot, objs in self._changed_slots():
            if self._outlived(objs):
                raise UnsupportedError(made_inside(slot).reason)
            places.append((slot, objs, self.live))
        self._rebuild(places)

    def _is_read_after_a_return(self, variable: Variable) -> bool:
        """Does it belong to the compiler or to another frame, or does a `finally` read it?"""
        hidden = variable.key.startswith("%") or variable.names is not self.frame.names
        return hidden or variable.key in self.frame.last

    def _rebuild(self, places: Sequence[_Joined]) -> None:
        """Add the columns of what is made of the objects that the arms leave in these places."""
        shapes: list[Any] = []
        for place, objs, staying in places:
            each = [self._shape(a, x) for a, x in zip(staying, objs, strict=True)]
            shapes.append(each[0])
            for other in each[1:]:
                shapes[-1] = join_shapes(shapes[-1], other, str(place.key))
            match shapes[-1]:
                case Static(o.Ambiguous(reason, None)):
                    shapes[-1] = Static(o.Ambiguous(reason, self.statement))
        chosen = self._choices(places, shapes)
        flat = [self._flat(a, places, shapes) for a in self.arms]
        for k, ((place, objs, _), shape) in enumerate(zip(places, shapes, strict=True)):
            first = len(self.columns)
            rows = zip(*(values[k] for values in flat), strict=True)
            for values, type_ in zip(rows, leaf_types(shape), strict=True):
                self.columns.append((list(values), type_))
            index = list(range(first, len(self.columns)))
            self.rebuilt.append((place, shape, index, objs, chosen[k]))

    def _choices(
        self, places: Sequence[_Joined], shapes: Sequence[Any]
    ) -> list[list[_Choice | None]]:
        """Which leaves of these places are one of several arrays, where that is known."""
        sources = [
            [list(leaves(obj, shape)) for obj in objs]
            for (_, objs, _), shape in zip(places, shapes, strict=True)
        ]
        objs = (obj for each in sources for column in each for obj in column)
        names = Counter(owner for obj in objs for owner in owners(obj))
        found: list[list[_Choice | None]] = []
        for (_, _, staying), each in zip(places, sources, strict=True):
            columns = zip(*each, strict=True)
            found.append([self._choice(column, staying, names) for column in columns])
        return found

    def _choice(
        self, objs: Sequence[o.Obj], arms: Sequence[Arm], names: Counter[o.Ref]
    ) -> _Choice | None:
        """The arrays that a leaf may be, and which one it is; None where that is not known."""
        options = [
            options_of(obj, a.layer.since, lambda root: names[root] > 1, self._is_visible)
            for obj, a in zip(objs, arms, strict=True)
        ]
        known = [each for each in options if each is not None]
        if len(known) < len(options):
            return None
        members = list(dict.fromkeys(m for each in known for m in each.members))
        if len(members) == 1:
            return None if members == [None] else _Choice((members[0],))
        pairs = zip(objs, arms, strict=True)
        made = [ref for obj, a in pairs for ref in made_since(obj, a.layer.since)]
        if len(members) == len(self.arms) == len(arms) and all(x.is_certain for x in known):
            tag = Tag(self.condition, is_condition=True)
            return _Choice(tuple(members), tag, frozenset(made))
        tags = []
        for a in self.arms:
            with self.lowering.builder.inside(a.region):
                each = known[arms.index(a)] if a in arms else None
                tags.append(
                    undefined() if each is None
                    else each.number([members.index(m) for m in each.members])
                )  # fmt: skip
        self.columns.append((tags, INT))
        return _Choice(tuple(members), len(self.columns) - 1, frozenset(made))

    def _shape(self, arm: Arm, obj: o.Obj) -> Any:
        """The shape of an object at the end of an arm."""
        with self.lowering.state.resumed(arm.layer):
            return shape_of(obj, self.lowering.state)

    def _flat(
        self,
        arm: Arm,
        places: Sequence[_Joined],
        shapes: Sequence[Any],
    ) -> list[list[Value]]:
        """The values that an arm passes on for each place."""
        found = []
        state = self.lowering.state
        with state.resumed(arm.layer), self.lowering.builder.inside(arm.region):
            for (place, objs, staying), shape in zip(places, shapes, strict=True):
                obj: o.Obj = o.UNASSIGNED
                if arm in staying:
                    obj = objs[staying.index(arm)]
                elif arm.reachable and isinstance(place, Variable):
                    obj = arm.layer.obj(place)
                    # Where it has returned, nothing of another shape is passed on.
                    if not isinstance(obj, o.Unassigned):
                        fits = join_shapes(shape, shape_of(obj, state), place.key) == shape
                        obj = obj if fits else o.UNASSIGNED
                found.append(list(flatten(obj, shape, state)))
        return found

    def join_stores(self) -> None:
        """Join the states of arrays."""
        state = self.lowering.state
        stored = {c.ref: None for a in self.live for c in a.layer.after if isinstance(c, Stored)}
        for ref in stored:
            values = [a.layer.value(ref, state.values) for a in self.live]
            if not self._is_visible(ref.value) or all(v is state.value(ref) for v in values):
                continue
            type_ = join_all([v.type for v in values])
            if type_ is None:
                raise UnsupportedError("an array gets another rank in one of the branches")
            full = [
                a.layer.value(ref, state.values) if a.reachable else undefined() for a in self.arms
            ]
            self.columns.append((full, type_))
            self.rebuilt.append((ref, None, [len(self.columns) - 1], [], []))

    def finish(self, attrs: dict[str, Any]) -> None:
        """Append the `if`, and make everything that was joined of its results."""
        results = self._emit(attrs)
        state = self.lowering.state
        state.join_marks([a.layer for a in self.live])
        for variable, obj in self.decided:
            state.put(variable, obj)
        either: list[o.Either] = []
        for target, shape, index, objs, chosen in self.rebuilt:
            values = [results[k] for k in index]
            if isinstance(target, o.Ref):
                values[0].name = values[0].name or target.value.name
                state.store(target, values[0])
                continue
            if isinstance(target, Variable):
                for value, name in zip(values, leaf_names(shape, place_name(target)), strict=True):
                    if not isinstance(value, Constant):
                        value.name = value.name or name
            choices = iter(chosen)

            def leaf(
                shape: Leaf, value: Value, choices: Iterator[_Choice | None] = choices
            ) -> o.Ref:
                choice = next(choices)
                if choice is None:
                    return o.Ref(value, missing=shape.missing)
                if choice.tag is None:
                    assert choice.members[0] is not None
                    return choice.members[0]
                tag = choice.tag
                tag = tag if isinstance(tag, Tag) else Tag(results[tag])
                either.append(o.Either(value, tag=tag, members=choice.members, made=choice.made))
                return either[-1]

            joined = build(shape, iter(values), leaf=leaf)
            if isinstance(target, Slot) and isinstance(joined, o.Ambiguous):
                ask_for_numbers(self.lowering, [o.Ref(self.condition)])
                raise self.lowering.ambiguous(joined)
            self.lowering.put(target, link(state, joined, objs))
        for ref in either:
            state.mark(ref, seen=tuple(map(state.read, ref.roots)))

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

    def _outlived(self, objs: Sequence[o.Obj]) -> bool:
        return any(outlives(x, [a.region for a in self.arms], self.frame) for x in objs)

    def _is_visible(self, value: Value) -> bool:
        """Does the value exist outside of the arms?"""
        region = enclosing_region(value)
        return not any(region is not None and is_inside(region, a.region) for a in self.arms)

    def _changed_variables(self) -> Iterator[Variable]:
        """The variables that refer to something else in one of the arms, in a fixed order."""
        for variable in in_order(cell for a in self.live for cell in a.layer.after):
            if any(a.layer.at(variable) is not variable.get() for a in self.live):
                yield variable

    def _changed_slots(self) -> Iterator[tuple[Slot, list[o.Obj]]]:
        """The places in containers that hold something else in one of the arms."""
        cells = (cell for a in self.live for cell in a.layer.after)
        for container in {c.container: None for c in cells if isinstance(c, Held)}:
            now = contents_of(container)
            versions = [a.layer.contents(container) for a in self.live]
            keys = {k: None for version in versions for k in version}
            if any(list(version) != list(keys) for version in versions):
                if not any(True for _ in holders(self.frame, container)):
                    self._forget(container)
                    continue
                ask_for_numbers(self.lowering, [o.Ref(self.condition)])
                if isinstance(container, o.Mapping):
                    self.lowering.root.keyed.append(container)
                raise Restructured(
                    container, _OTHER_STRUCTURE, instead="give it the same items or keys in both"
                )
            if list(now) != list(keys):
                self.lowering.change(container)
                replace(container, {key: now.get(key, o.UNASSIGNED) for key in keys})
            for key in keys:
                objs = [version.get(key, o.UNASSIGNED) for version in versions]
                if any(x is not now.get(key) for x in objs):
                    yield Slot(container, key), objs

    def _forget(self, container: o.Obj) -> None:
        """Let the names of a container that nothing reads again say so, if one is read."""
        for name, obj in [*self.frame.names.items()]:
            if obj is container:
                self.lowering.put(self.frame.place(name), o.Ambiguous(_OTHER_STRUCTURE))
