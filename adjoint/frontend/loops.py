"""Loops and comprehensions: a fixpoint over names, types and stores finds what is carried."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import gast

from adjoint.errors import UnsupportedError
from adjoint.frontend import objects as o
from adjoint.frontend.aliasing import may_alias, root_of
from adjoint.frontend.expressions import expression, subscript, truth
from adjoint.frontend.lowering import (
    BROKE,
    CONTINUED,
    FALSE,
    RESULT,
    RETURNED,
    TRUE,
    Frame,
    Leaf,
    Lowering,
    MapShape,
    NeedStatic,
    Place,
    SeqShape,
    Slot,
    Static,
    Unreachable,
    build,
    constant_of,
    contents_of,
    discard,
    flatten,
    hold,
    is_mutable,
    join_shapes,
    leaf_types,
    leaves,
    link_containers,
    restore,
    shape_of,
)
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Region, Value, enclosing_region, is_inside
from adjoint.ir.infer import infer
from adjoint.ir.types import (
    INT,
    UNKNOWN,
    Array,
    List,
    Range,
    Struct,
    Type,
    Unknown,
    is_immutable_number,
    join,
)

MAX_ROUNDS = 8


# What a loop runs over


def static_items(frame: Frame, obj: o.Obj) -> list[o.Obj] | None:
    """The items of an iterable of known length, or None when only the run knows it."""
    match obj:
        case o.Seq(_, items):
            return items
        case o.Mapping(entries):
            return [o.Known(k) for k in entries]
        case o.Known(value) if isinstance(value, (str, dict, set, frozenset)):
            return [o.Known(v) for v in value]
        case o.Zip(parts):
            columns = [static_items(frame, p) for p in parts]
            if all(c is not None for c in columns):
                return [o.Seq(tuple, list(row)) for row in zip(*columns)]  # type: ignore  # noqa: B905
        case o.Enumerate(part, start):
            numbered, (known, first) = static_items(frame, part), constant_of(start)
            if numbered is not None and known:
                return [
                    o.Seq(tuple, [o.Ref(Constant(first + k)), item])
                    for k, item in enumerate(numbered)
                ]
        case o.Reversed(part):
            forwards = static_items(frame, part)
            return None if forwards is None else forwards[::-1]
        case o.Generator(node, scope):
            return static_items(frame, lower_list_comprehension(scope, node))
        case o.Map(function, parts):
            from adjoint.frontend.calls import call_object

            rows = static_items(frame, o.Zip(parts))
            if rows is not None:
                return [call_object(frame, function, r.items, {}, None) for r in rows]  # type: ignore
    return None


def iteration(frame: Frame, obj: o.Obj, token: Any = None, by_index: bool = False) -> o.Iteration:
    """The sequences to step through, for an iterable whose length the run knows.

    Parameters
    ----------
    token : the loop's; its elements raise `NeedItems` with it when they are written to.
    by_index : then step through positions instead, and read the items there.
    """
    lowering = frame.lowering
    if by_index and isinstance(obj, (o.Ref, o.Seq)):
        length = lowering.builder.apply(len, lowering.value(obj))
        positions = lowering.builder.apply(range, length)
        return o.Iteration([positions], lambda e: subscript(frame, obj, o.Ref(e[0])))
    match obj:
        case o.Ref():
            value = lowering.current(obj)
            match value.type:
                case Array(_, dims) if not dims:
                    raise UnsupportedError("iteration over an array of rank 0")
                case Array() | List() | Range() | Unknown():
                    over = [] if isinstance(value.type, Range) else [obj]
                    return o.Iteration([value], _element_of(lowering, obj, token), over=over)
        case o.Seq(_, items) if _homogeneous(frame, items):
            value = lowering.value(obj)
            if isinstance(value, Constant):
                value = lowering.builder.apply(
                    ops.make_tuple if obj.kind is tuple else ops.make_list, *value.value
                )
            for item in items:
                if token is None:
                    hold(item, "a loop runs over it")
            return o.Iteration([value], _element_of(lowering, obj, token))
        case o.Zip(parts, strict):
            together = _together([iteration(frame, p, token, by_index) for p in parts])
            return o.Iteration(together.sequences, together.element, strict, together.over)
        case o.Enumerate(part, start):
            first = lowering.value(start)
            counter = lowering.builder.apply(itertools.count, first)
            index = o.Iteration([counter], lambda elements: o.Ref(elements[0]))
            inner = iteration(frame, part, token, by_index)
            together = _together([index, inner])
            return o.Iteration(together.sequences, together.element, inner.strict, inner.over)
        case o.Reversed(part):
            inner = iteration(frame, part, token, by_index)
            if len(inner.sequences) != 1:
                raise UnsupportedError("only a sequence can be reversed")
            value = inner.sequences[0]
            if isinstance(value.type, (Array, Range)):
                backwards = lowering.builder.apply(operator.getitem, value, slice(None, None, -1))
            else:
                backwards = lowering.builder.apply(ops.reverse_list, value)
            return o.Iteration([backwards], inner.element, over=inner.over)
        case o.Generator(node, scope):
            return iteration(frame, lower_list_comprehension(scope, node), token, by_index)
        case o.Map(function, parts):
            from adjoint.frontend.calls import call_object

            inner = iteration(frame, o.Zip(parts), token, by_index)
            return o.Iteration(
                inner.sequences,
                lambda e: call_object(frame, function, inner.element(e).items, {}, None),  # type: ignore
                over=inner.over,
            )
    raise UnsupportedError("iteration over this object is not supported yet")


def _element_of(
    lowering: Lowering, whole: o.Obj, token: Any
) -> Callable[[Sequence[Value]], o.Obj]:
    def element(values: Sequence[Value]) -> o.Obj:
        (value,) = values
        of_array = isinstance(whole, o.Ref) and not isinstance(
            lowering.current(whole).type, (List, Range)
        )
        if of_array and not is_immutable_number(value.type):
            assert isinstance(whole, o.Ref)
            root = root_of(whole)
            seen = lowering.current(root)
            # Without a token (in a comprehension) nothing can be written, only read.
            return o.View(value, token=token or object(), base=root, path=(), arguments=(),
                          seen=seen)  # fmt: skip
        obj = lowering.wrap(value)
        if token is not None and isinstance(whole, o.Seq):
            work = [obj]
            while work:  # an item may be a tuple of arrays
                item = work.pop()
                if isinstance(item, o.Ref):
                    item.token = token
                work += o.parts_of(item)
        else:
            hold(obj, "it is an element of what the loop runs over")
        return obj

    return element


def _homogeneous(frame: Frame, items: Sequence[o.Obj]) -> bool:
    shapes = [shape_of(i, frame.lowering.state) for i in items]
    return bool(shapes) and all(_same_kind(s, shapes[0]) for s in shapes)


def _same_kind(a: Any, b: Any) -> bool:
    match a, b:
        case Leaf(s), Leaf(t):
            if isinstance(s, Array) and isinstance(t, Array):
                return s.dtype == t.dtype and s.rank == t.rank and s.scalar == t.scalar
            return type(s) is type(t) and join(s, t) is not None and str(s) == str(t)
        case SeqShape(k, xs), SeqShape(m, ys):
            return k is m and len(xs) == len(ys) and all(map(_same_kind, xs, ys))
        case MapShape(k, xs, cls), MapShape(m, ys, other):
            return k == m and cls is other is dict and all(map(_same_kind, xs, ys))
    return False


def _together(parts: Sequence[o.Iteration]) -> o.Iteration:
    """Several iterations in step: the shortest ends them all."""

    def element(values: Sequence[Value]) -> o.Obj:
        items, start = [], 0
        for part in parts:
            stop = start + len(part.sequences)
            items.append(part.element(values[start:stop]))
            start = stop
        return o.Seq(tuple, items)

    over = [ref for p in parts for ref in p.over]
    return o.Iteration([s for p in parts for s in p.sequences], element, over=over)


def element_type(sequence: Type) -> Type:
    match sequence:
        case Range():
            return INT
        case List(element):
            return element
        case Array(dtype, dims):
            return Array(dtype, dims[1:], scalar=len(dims) == 1)
        case Unknown():  # taken as an array
            return UNKNOWN
        case Struct(_, items):
            result: Type | None = items[0]
            for item in items[1:]:
                result = join(result, item) if result is not None else None
            if result is not None:
                return result
    raise UnsupportedError(f"iteration over a value of type {sequence}")


# The fixpoint


@dataclass
class Loop:
    """One loop being lowered: what to run per iteration, and what may be carried.

    Attributes
    ----------
    over : the arrays that the loop steps through; a write into one needs its items by index.
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
    over: Sequence[o.Ref] = ()
    extra: dict[tuple[Place, int], frozenset[o.Ref]] = field(default_factory=dict)
    held: dict[tuple[Place, int], str] = field(default_factory=dict)
    confused: set[frozenset[tuple[Place, int]]] = field(default_factory=set)
    others: dict[Place, list[o.Obj]] = field(default_factory=dict)

    def lower(self, candidates: Sequence[str]) -> tuple[list[Value], bool]:
        """Append the loop; returns the record stacks and whether it has an exit flag.

        Starts from the names that the body assigns, with their types before the loop, and widens
        until nothing changes: then carries are exactly what one iteration passes to the next.
        """
        frame, lowering = self.frame, self.frame.lowering
        for name in self.grown:
            from adjoint.frontend.statements import refuse_other_references

            refuse_other_references(frame, name)
        names = [n for n in candidates if not self._is_store(n)]
        shapes: dict[Place, Any] = {
            n: shape_of(frame.names.get(n, o.UNASSIGNED), lowering.state) for n in names
        }
        stores: list[o.Ref] = []
        for _ in range(MAX_ROUNDS):
            outcome = self._round(shapes, stores)
            if outcome.stable:
                return self._finish(shapes, stores, outcome)
            discard(outcome.regions)
            shapes, stores = outcome.shapes, outcome.stores
        raise UnsupportedError("the types of this loop's variables never settle")

    def _is_store(self, name: str) -> bool:
        """Is the name bound to an array before the loop? Then `x += y` stores, not rebinds."""
        obj = self.frame.names.get(name)
        if not isinstance(obj, o.Ref) or not is_mutable(self.frame.lowering.current(obj).type):
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
            name = place if isinstance(place, str) else ""
            params = [
                region.add_param(t, "" if name.startswith("%") else name)
                for t in leaf_types(shape)
            ]
            obj = (
                o.Unassigned(name) if shape is None and isinstance(place, str)
                else build(shape, iter(params))
            )  # fmt: skip
            carried[place] = obj
            if isinstance(place, Slot):
                lowering.change(place.container)
                place.put(obj)
            else:
                frame.names[place] = obj
        self._alias(shapes, carried, entries)
        for place, obj in carried.items():
            link_containers(obj, [entries[place], *self.others.get(place, [])])
        for ref in stores:
            lowering.state[ref] = region.add_param(ref.value.type, ref.value.name)
        return carried

    def _alias(
        self, shapes: dict[Place, Any], carried: dict[Place, o.Obj], entries: dict[Place, o.Obj]
    ) -> None:
        """What the carried arrays may be: those before the loop, or of the last iteration."""
        group = object()
        refs = self._leaves(carried, shapes)
        before = self._leaves(entries, shapes)
        for key, ref in refs.items():
            entry = before.get(key)
            ref.group = group
            ref.aliases = self.extra.get(key, frozenset())
            ref.shared = self.held.get(key, "")
            if entry is not None:
                root = root_of(entry)
                ref.aliases |= {root}
                ref.shared = ref.shared or root.shared
                if root is not entry:
                    ref.shared = ref.shared or "it may be a view"
        for (j, a), (k, b) in itertools.combinations(before.items(), 2):
            if may_alias(root_of(a), root_of(b)):
                self.confused.add(frozenset((j, k)))
        for pair in self.confused:
            j, k = pair
            if j in refs and k in refs:
                refs[j].confused.add(refs[k])
                refs[k].confused.add(refs[j])

    @staticmethod
    def _leaves(
        objs: dict[Place, o.Obj], shapes: dict[Place, Any]
    ) -> dict[tuple[Place, int], o.Ref]:
        """The arrays at the leaves of what is carried."""
        return {
            (place, k): leaf
            for place, shape in shapes.items()
            for k, leaf in enumerate(leaves(objs.get(place, o.UNASSIGNED), shape))
            if isinstance(leaf, o.Ref) and is_mutable(leaf.value.type)
        }

    def _learn(
        self,
        shapes: dict[Place, Any],
        carried: dict[Place, o.Obj],
        ends: dict[Place, o.Obj],
        region: Region,
    ) -> bool:
        """Note what arrays an iteration leaves to the next one; True when that is news."""
        known = (dict(self.extra), dict(self.held), set(self.confused))
        refs = self._leaves(carried, shapes)
        after = self._leaves(ends, shapes)
        own = set(refs.values())
        for key, leaf in after.items():
            root = root_of(leaf)
            if leaf is not root and root not in own:
                self.held.setdefault(key, "it may be a view")
            elif leaf is not root and root is not refs.get(key):
                self.held.setdefault(key, "it may be a view")
            if root.shared and root not in own:
                self.held.setdefault(key, root.shared)
            self.extra[key] = self.extra.get(key, frozenset()) | self._outer(root, own, region)
        for (j, a), (k, b) in itertools.combinations(after.items(), 2):
            if may_alias(root_of(a), root_of(b)):
                self.confused.add(frozenset((j, k)))
        return known != (self.extra, self.held, self.confused)

    def _outer(self, root: o.Ref, own: set[o.Ref], region: Region) -> frozenset[o.Ref]:
        """The objects from before the loop that this may be."""
        inside = enclosing_region(root.value)
        if root in own:
            return frozenset(a for a in root.aliases if a not in own)
        if inside is None or not is_inside(inside, region):
            return frozenset([root])
        found: frozenset[o.Ref] = frozenset()
        for alias in root.aliases:
            found |= self._outer(alias, own, region)
        return found

    def _round(self, shapes: dict[Place, Any], stores: list[o.Ref]) -> _Outcome:
        frame, lowering = self.frame, self.frame.lowering
        entry_names, entry_state, entry_changed = frame.names, lowering.state, lowering.changed
        lowering.changed = {}
        regions: list[Region] = []
        try:
            return self._one_round(shapes, stores, entry_names, entry_state, regions)
        except o.NeedItems:
            discard(regions)
            raise
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
                try:
                    test = self.condition()
                except Unreachable:
                    test = TRUE
                lowering.builder.end([test])
        region = Region()
        regions.append(region)
        first = o.now()
        outcome = _Outcome(regions, dict(shapes), list(stores), True, [], False)
        with lowering.builder.inside(region), lowering.builder.active():
            elements = [region.add_param(element_type(s.type)) for s in self.sequences]
            carried = enter(region)
            start = o.now()
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
            if reached:
                self._compare_names(shapes, carried, entry_names, entry_state, outcome)
                self._compare_slots(shapes, carried, entry_state, outcome, start)
                for ref, value in lowering.state.items():
                    changed = value is not start_state.get(ref, ref.value)
                    if changed and ref not in stores and self._is_outer(ref, regions):
                        outcome.new_store(ref)
                ends = {p: self._entry(p, frame.names) for p in shapes}
                for place, end in ends.items():
                    older = isinstance(end, (o.Seq, o.Mapping, o.Instance)) and end.serial < first
                    known = self.others.setdefault(place, [])
                    if older and end not in known and end is not self._entry(place, entry_names):
                        known.append(end)
                        outcome.stable = False
                if self._learn(shapes, carried, ends, region):
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
            if any(root_of(ref) in outcome.stores for ref in self.over):
                raise o.NeedItems(self.token)
            outcome.has_exit = not (isinstance(flag, Constant) and flag.value is False)
            exits = [flag] if outcome.has_exit else []
            lowering.builder.end([*values, *outcome.records, *exits])
        return outcome

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
            if container.serial > start:  # this iteration made it
                continue
            now = contents_of(container)
            if list(now) != list(before):
                raise UnsupportedError(
                    "a container is given items in a loop",
                    instead="make it with all its items or keys before the loop",
                )
            for key, obj in now.items():
                slot = Slot(container, key)
                if obj is carried.get(slot, before[key]):
                    continue
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
            inits.extend(lowering.current(r) for r in stores)
        types = [p.type for p in outcome.regions[-1].params[len(self.sequences) :]]
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
                },
            )
        )
        results = iter(op.results)
        after: dict[Place, o.Obj] = {}
        for place, shape in shapes.items():
            values = [next(results) for _ in leaf_types(shape)]
            name = place if isinstance(place, str) else ""
            for value in values:
                value.name = "" if name.startswith("%") else name
            after[place] = o.Unassigned(name) if shape is None else build(shape, iter(values))
        self._alias(shapes, after, entries)
        for place, obj in after.items():
            link_containers(obj, [entries[place], *self.others.get(place, [])])
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

    def widen(self, place: Place, shape: Any) -> None:
        self.shapes[place] = shape
        self.stable = False

    def new_store(self, ref: o.Ref) -> None:
        self.stores.append(ref)
        self.stable = False


def _exit_flag(frame: Frame) -> Value:
    """Does the loop end after this iteration: by break, or by return?"""
    flags = []
    for name in (BROKE, RETURNED):
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


# Statements


def assigned_names(
    nodes: Sequence[Any], with_grown: bool = False
) -> tuple[list[str], frozenset[str]]:
    """The names that statements bind, and those of them only ever bound by `+=` and the like.

    With `with_grown`, lists that `xs.append(v)` grows count as bound.
    """
    from adjoint.frontend.statements import grown_name

    plain: dict[str, None] = {}
    augmented: dict[str, None] = {}

    def visit(node: Any) -> None:
        if isinstance(node, (gast.FunctionDef, gast.ClassDef)):
            plain[node.name] = None
            return
        grown = grown_name(node.value) if with_grown and isinstance(node, gast.Expr) else None
        if grown is not None:
            plain[grown] = None
        if isinstance(node, (gast.Lambda, gast.ListComp, gast.GeneratorExp, gast.DictComp)):
            for child in gast.walk(node):
                if isinstance(child, gast.NamedExpr):
                    plain[child.target.id] = None
            return
        if isinstance(node, gast.AugAssign) and isinstance(node.target, gast.Name):
            augmented[node.target.id] = None
            visit(node.value)
            return
        captured = getattr(node, "name", None) or getattr(node, "rest", None)
        if isinstance(node, (gast.MatchAs, gast.MatchStar, gast.MatchMapping)) and captured:
            plain[captured] = None
        if isinstance(node, gast.Name) and isinstance(node.ctx, (gast.Store, gast.Del)):
            plain[node.id] = None
        for child in gast.iter_child_nodes(node):
            visit(child)

    for node in nodes:
        visit(node)
    names = list(dict.fromkeys([*plain, *augmented]))
    return names, frozenset(n for n in augmented if n not in plain)


def _special_names(node: Any) -> list[str]:
    from adjoint.frontend.statements import contains_break, contains_return

    special = []
    if node.orelse and any(contains_break(s) for s in node.body):
        special.append(BROKE)
    if any(contains_return(s) for s in node.body):
        special.extend([RETURNED, RESULT])
    return special


def lower_for(frame: Frame, node: gast.For) -> None:
    iterable = expression(frame, node.iter)
    items = static_items(frame, iterable)
    steps = [_step(frame, item, node) for item in items or ()]
    if items is not None and not (isinstance(iterable, o.Seq) and _homogeneous(frame, items)):
        _unroll(frame, steps, node)
        return
    token = object()
    names, state, changed = dict(frame.names), dict(frame.lowering.state), frame.lowering.changed
    try:
        _lower_for(frame, node, iteration(frame, iterable, token), token)
    except o.NeedItems as need:
        if need.token is not token:
            raise
        frame.names, frame.lowering.state, frame.lowering.changed = names, state, changed
        if items is not None:
            _unroll(frame, steps, node)
        else:
            _lower_for(frame, node, iteration(frame, iterable, by_index=True), token)


def _lower_for(frame: Frame, node: gast.For, over: o.Iteration, token: Any) -> None:
    from adjoint.frontend.statements import assign, lower_block

    def body(elements: list[Value]) -> None:
        _name_elements(elements, node.target)
        assign(frame, node.target, over.element(elements))
        lower_block(frame, node.body)

    names, augmented = assigned_names([node.target, *node.body], with_grown=True)
    loop = Loop(frame, over.sequences, body, augmented_only=augmented, strict=over.strict,
                token=token, over=over.over)  # fmt: skip
    # A write into what the loop steps through, under another name, would be seen by later steps.
    hidden = f"%over{id(token)}"
    frame.names[hidden] = o.Seq(list, list(over.over))
    _run(frame, node, loop, names)
    frame.names.pop(hidden, None)


def _name_elements(elements: list[Value], target: Any) -> None:
    if len(elements) == 1 and isinstance(target, gast.Name) and isinstance(elements[0], Value):
        elements[0].name = target.id


def lower_while(frame: Frame, node: gast.While) -> None:
    from adjoint.frontend.statements import lower_block

    walrus = any(isinstance(n, gast.NamedExpr) for n in gast.walk(node.test))
    if walrus:
        _lower_while_with_assignment(frame, node)
        return

    def condition() -> Value:
        test = truth(frame, expression(frame, node.test))
        return test if isinstance(test, Value) else Constant(test)

    def body(elements: list[Value]) -> None:
        lower_block(frame, node.body)

    names, augmented = assigned_names(node.body, with_grown=True)
    _run(frame, node, Loop(frame, [], body, condition, augmented_only=augmented), names)


def _lower_while_with_assignment(frame: Frame, node: gast.While) -> None:
    """`while (x := f()) > 0:` is `while True:` that leaves when the test fails."""
    place = {"lineno": node.lineno, "col_offset": node.col_offset}
    place |= {"end_lineno": node.test.end_lineno, "end_col_offset": node.test.end_col_offset}
    leave = gast.Break()
    test = gast.If(gast.UnaryOp(gast.Not(), node.test), [leave], [])
    for part in (leave, test, test.test):
        for name, number in place.items():
            setattr(part, name, number)
    if node.orelse:
        raise UnsupportedError("while with := in its test and an else")
    loop = gast.While(gast.Constant(True, None), [test, *node.body], [])
    for name, number in place.items():
        setattr(loop, name, number)
        setattr(loop.test, name, number)
    lower_while(frame, loop)


def _run(frame: Frame, node: Any, loop: Loop, names: list[str]) -> None:
    """Lower a loop statement, with its else and with the exits that leave through it."""
    from adjoint.frontend.statements import (
        grown_name,
        is_endless,
        is_list,
    )

    saved = {n: frame.names.get(n) for n in (BROKE, CONTINUED)}
    frame.names[BROKE] = o.Ref(FALSE)
    inner = loop.body

    def body(elements: list[Value]) -> None:
        for name in (BROKE, CONTINUED, RETURNED):
            frame.names[name] = o.Ref(FALSE)
        inner(elements)

    loop.body = body
    loop.grown = [
        name
        for statement in node.body
        for child in gast.walk(statement)
        if (name := grown_name(child)) is not None and is_list(frame, frame.names.get(name))
    ]
    loop.lower([*names, *_special_names(node)])
    broke = frame.names.get(BROKE)
    for name, obj in saved.items():
        if obj is None:
            frame.names.pop(name, None)
        else:
            frame.names[name] = obj
    if isinstance(node, gast.While) and is_endless(node) and RETURNED in _special_names(node):
        frame.names[RETURNED] = o.Ref(TRUE)
    _lower_else(frame, node, broke)


def _lower_else(frame: Frame, node: Any, broke: o.Obj | None) -> None:
    """The `else` of a loop, whose own `break` belongs to the loop around it."""
    from adjoint.frontend.statements import (
        TRUE_NOW,
        any_of,
        going_on,
        lower_block,
        pending_exits,
    )

    if not node.orelse:
        return
    left = pending_exits(frame)
    if isinstance(broke, o.Ref):
        left += [TRUE_NOW] if broke.value is TRUE else [broke.value]
    left = [flag for flag in left if flag is not FALSE]
    if not left:
        lower_block(frame, node.orelse)
    elif TRUE_NOW not in left:
        frame.lowering.branch(
            frame, any_of(frame, left), lambda: None, going_on(frame, node.orelse)
        )


def _step(frame: Frame, item: o.Obj, node: Any) -> Callable[[], None]:
    from adjoint.frontend.statements import assign, lower_block

    def run() -> None:
        frame.names[CONTINUED] = o.Ref(FALSE)
        assign(frame, node.target, item)
        lower_block(frame, node.body)
        frame.names[CONTINUED] = o.Ref(FALSE)

    return run


def _unroll(frame: Frame, steps: list[Callable[[], None]], node: Any) -> None:
    """A loop over items of different kinds: one copy of the body for each."""
    from adjoint.frontend.statements import TRUE_NOW, any_of, pending_exits

    saved = {n: frame.names.get(n) for n in (BROKE, CONTINUED)}
    frame.names[BROKE] = o.Ref(FALSE)

    def run(k: int) -> None:
        if k == len(steps):
            return
        steps[k]()
        exits = pending_exits(frame)
        if not exits:
            run(k + 1)
        elif TRUE_NOW not in exits:
            flag = any_of(frame, exits)
            frame.lowering.branch(frame, flag, lambda: None, lambda: run(k + 1), style="exited")

    run(0)
    broke = frame.names.get(BROKE)
    for name, obj in saved.items():
        if obj is None:
            frame.names.pop(name, None)
        else:
            frame.names[name] = obj
    _lower_else(frame, node, broke)


# Comprehensions


def scope_of(frame: Frame) -> Frame:
    scope = Frame(frame.lowering, frame.source, {}, frozenset(), frame, frame.function)
    scope.statement, scope.comprehension, scope.caller = frame.statement, True, frame
    return scope


def lower_list_comprehension(frame: Frame, node: Any) -> o.Obj:
    """A list of known items where the iterables are known, else a loop that records."""
    scope = scope_of(frame)
    return _generate(scope, node, node.generators, lambda: expression(scope, node.elt))


def _generate(
    scope: Frame, node: Any, generators: Sequence[Any], element: Callable[[], o.Obj]
) -> o.Obj:
    from adjoint.frontend.statements import assign

    first, rest = generators[0], generators[1:]
    iterable = expression(scope, first.iter)
    items = static_items(scope, iterable)
    inner = element if not rest else lambda: _generate(scope, node, rest, element)
    if items is not None and (len(items) <= 8 or not _homogeneous(scope, items)):
        known = _generate_known(scope, first, items, inner, bool(rest))
        if known is not None:
            return known
    if rest or first.ifs:
        assert scope.parent is not None
        return _collected(scope.parent, node)
    over = iteration(scope, iterable)
    recorded: list[Value] = []

    def body(elements: list[Value]) -> None:
        _name_elements(elements, first.target)
        assign(scope, first.target, over.element(elements))
        obj = element()
        hold(obj, "a list holds it")
        recorded[:] = [scope.lowering.value(obj)]

    loop = Loop(scope, over.sequences, body, record=lambda: list(recorded))
    names = dict(scope.names)
    stacks, _ = loop.lower([])
    scope.names = names
    return o.Ref(stacks[0])


def _generate_known(
    scope: Frame, first: Any, items: Sequence[o.Obj], inner: Callable[[], o.Obj], nested: bool
) -> o.Obj | None:
    from adjoint.frontend.statements import assign

    result: list[o.Obj] = []
    for item in items:
        assign(scope, first.target, item)
        keep = True
        for test in first.ifs:
            condition = truth(scope, expression(scope, test))
            if isinstance(condition, Constant):
                condition = bool(condition.value)
            if isinstance(condition, Value):
                return None
            keep = keep and condition
        if not keep:
            continue
        obj = inner()
        if nested:
            if not isinstance(obj, o.Seq):
                return None
            result.extend(obj.items)
        else:
            result.append(obj)
    return o.Seq(list, result)


def _collected(frame: Frame, node: Any) -> o.Obj:
    """A comprehension with conditions or several loops: a list that grows in the loops."""
    if isinstance(node, gast.DictComp):
        raise UnsupportedError(
            "which keys this dictionary gets is only known to the run",
            instead="keep all keys, or collect what is needed in a list",
        )
    lowering = frame.lowering
    empty = lowering.builder.emit(ops.make_list, [], List(_trial_type(frame, node)))

    def grow(items: o.Obj, item: o.Obj) -> o.Obj:
        hold(item, "a list holds it")
        return o.Ref(
            lowering.builder.apply(ops.append, lowering.value(items), lowering.value(item))
        )

    return _fold_generator(frame, o.Generator(node, frame), o.Ref(empty), grow)


def _trial_type(frame: Frame, node: Any) -> Type:
    """The type of a comprehension's elements, found by lowering it once for nothing."""
    found: list[Type] = []

    def look(total: o.Obj, item: o.Obj) -> o.Obj:
        found.append(frame.lowering.value(item).type)
        return total

    state = frame.lowering.state
    with frame.lowering.builder.inside(Region()) as region:
        _fold_generator(frame, o.Generator(node, frame), o.Ref(Constant(0)), look)
    frame.lowering.state = state
    discard([region])
    if not found:
        raise UnsupportedError("a comprehension that never makes an element")
    return found[-1]


def lower_dict_comprehension(frame: Frame, node: Any) -> o.Obj:
    scope = scope_of(frame)

    def entry() -> o.Obj:
        return o.Seq(tuple, [expression(scope, node.key), expression(scope, node.value)])

    numbers = _known_range(scope, expression(scope, node.generators[0].iter))
    if numbers is not None and len(node.generators) == 1:
        pair = _generate_known(scope, node.generators[0], numbers, entry, False)
    else:
        pair = _generate(scope, node, node.generators, entry)
    if not isinstance(pair, o.Seq):
        raise UnsupportedError("a dictionary whose keys only the run knows")
    items: dict[Any, o.Obj] = {}
    for made in pair.items:
        assert isinstance(made, o.Seq)
        known, key = constant_of(made.items[0])
        if not known:
            raise UnsupportedError("a dictionary key that only the run knows")
        items[key] = made.items[1]
    return o.Mapping(items)


def known_items(frame: Frame, obj: o.Obj) -> list[o.Obj] | None:
    """The items of an iterable, numbers of a known range included."""
    items = static_items(frame, obj)
    return _known_range(frame, obj) if items is None else items


def _known_range(frame: Frame, iterable: o.Obj) -> list[o.Obj] | None:
    """The numbers of a range that decides a dictionary's keys: its bounds must be known."""
    value = iterable.value if isinstance(iterable, o.Ref) else None
    op = value.op if value is not None else None
    if op is None or op.target is not range:
        return None
    bounds = []
    for operand in op.operands:
        if operand in frame.lowering.function.params:
            raise NeedStatic(operand)
        if not isinstance(operand, Constant):
            return None
        bounds.append(operand.value)
    return [o.Ref(Constant(k)) for k in range(*bounds)]


def fold_loop(
    frame: Frame, iterable: o.Obj, start: o.Obj, step: Callable[[o.Obj, o.Obj], o.Obj]
) -> o.Obj:
    """`step(...step(step(start, x0), x1)...)`: what sum, any, all, max and reduce are."""
    accumulator = "%accumulator"
    scope = scope_of(frame)
    if isinstance(iterable, o.Generator) and len(iterable.node.generators) >= 1:
        return _fold_generator(frame, iterable, start, step)
    items = static_items(frame, iterable)
    if items is not None:
        result = start
        for item in items:
            result = step(result, item)
        return result
    over = iteration(frame, iterable)
    scope.names[accumulator] = start

    def body(elements: list[Value]) -> None:
        scope.names[accumulator] = step(scope.names[accumulator], over.element(elements))

    Loop(scope, over.sequences, body).lower([accumulator])
    return scope.names[accumulator]


def _fold_generator(
    frame: Frame, generator: o.Generator, start: o.Obj, step: Callable[[o.Obj, o.Obj], o.Obj]
) -> o.Obj:
    """A generator argument is never stored: its elements are folded as they come."""
    from adjoint.frontend.statements import assign

    scope = scope_of(generator.frame)
    accumulator = "%accumulator"
    scope.names[accumulator] = start
    lowering = frame.lowering

    def run(generators: Sequence[Any]) -> None:
        if not generators:
            value = expression(scope, generator.node.elt)
            scope.names[accumulator] = step(scope.names[accumulator], value)
            return
        first, rest = generators[0], generators[1:]
        iterable = expression(scope, first.iter)

        def guarded(tests: Sequence[Any]) -> None:
            if not tests:
                run(rest)
                return
            condition = truth(scope, expression(scope, tests[0]))
            if isinstance(condition, Constant):
                condition = bool(condition.value)
            if isinstance(condition, Value):
                lowering.branch(scope, condition, lambda: guarded(tests[1:]), lambda: None)
            elif condition:
                guarded(tests[1:])

        items = static_items(scope, iterable)
        if items is not None and not (isinstance(iterable, o.Seq) and _homogeneous(scope, items)):
            for item in items:
                assign(scope, first.target, item)
                guarded(first.ifs)
            return
        over = iteration(scope, iterable)

        def body(elements: list[Value]) -> None:
            _name_elements(elements, first.target)
            assign(scope, first.target, over.element(elements))
            guarded(first.ifs)

        Loop(scope, over.sequences, body).lower([accumulator])

    run(generator.node.generators)
    return scope.names[accumulator]


__all__ = ["infer", "lower_for", "lower_while", "Static"]
