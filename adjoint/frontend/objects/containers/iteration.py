"""Iterables of loops: items known one by one, or sequences to step through at run time."""

from __future__ import annotations

import collections
import itertools
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.objects import instances
from adjoint.frontend.objects.containers.dictionaries import keys_of
from adjoint.frontend.objects.names import scope_of
from adjoint.frontend.objects.subscripts import subscript
from adjoint.frontend.opaque import objects as foreign
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of, key_object
from adjoint.frontend.state.dispatch import assign, call_object, collect, expression
from adjoint.frontend.state.effects import has_effects
from adjoint.frontend.state.kinds import check_is_iterable
from adjoint.frontend.state.lowering import Frame, Lowering
from adjoint.frontend.state.memory.aliasing import root_of
from adjoint.frontend.state.memory.captured import column_of
from adjoint.frontend.state.memory.choices import is_array, memory_of
from adjoint.frontend.state.memory.known_items import OF_A_LOOP
from adjoint.frontend.state.memory.read_sets import check_unchanged, footprint
from adjoint.frontend.state.memory.views import leak_rows
from adjoint.frontend.state.store import is_mutable, view_items
from adjoint.frontend.state.structure import Leaf, MapShape, SeqShape, shape_of
from adjoint.frontend.state.whole_numbers import ask_for_numbers
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import (
    Array,
    List,
    Range,
    Unknown,
    is_immutable_number,
    join,
)
from adjoint.limits import KNOWN_ITEMS


def static_items(frame: Frame, obj: o.Obj) -> list[o.Obj] | None:
    """The items of an iterable of known length, or None when it is known only at run time."""
    obj = keys_of(obj) or column_of(obj) or obj
    match obj:
        case o.Outside() if isinstance(obj, o.Mapping):
            return obj.keys()
        case o.Outside() if obj.is_uniform() and constant_of(obj.length())[1] > KNOWN_ITEMS:
            return None
        case o.Seq(_, items):
            return items
        case o.Mapping(entries):
            if not obj.ordered and len(entries) > 1:
                raise UnsupportedError(
                    "the history of this set decides in which order its elements come",
                    instead="step through sorted(...) of it",
                )
            return [key_object(k) for k in (set(entries) if obj.kind is set else entries)]
        case o.Known(value) if isinstance(value, (str, dict, set, frozenset)):
            return [o.Known(v) for v in frame.lowering.outside.contents(value)]
        case o.Known() if (own := _own_iterator(frame, obj)) is not None:
            return static_items(frame, own)
        case o.Rows(array, count):
            return [subscript(frame, array, o.Ref(Constant(k))) for k in range(count)]
        case o.Zip(parts):
            check_unchanged(frame.lowering, obj)
            columns = [
                itertools.cycle(p.items) if isinstance(p, o.Cycle)
                else _counted(p) if isinstance(p, o.Count)
                else static_items(frame, p)
                for p in parts
            ]  # fmt: skip
            endless = all(isinstance(p, (o.Cycle, o.Count)) for p in parts)
            if all(c is not None for c in columns) and not endless:
                return [o.Seq(tuple, list(row)) for row in zip(*columns)]  # type: ignore  # noqa: B905
            unknown = [p for p, c in zip(parts, columns, strict=True) if c is None]
            if [] in columns and not obj.strict and all(isinstance(p, o.Ref) for p in unknown):
                return []
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
        case o.Items(whole):
            check_unchanged(frame.lowering, obj)
            return static_items(frame, whole)
        case o.Groups(keys):
            return [_group(frame, obj, k, of_this_step=False) for k in range(len(keys))]
        case o.DictView(owner, name):
            return view_items(owner, name)
        case o.Instance() if instances.has(frame, obj, "__iter__"):
            return static_items(frame, instances.call_method(frame, obj, "__iter__", []))
        case o.Generator():
            return static_items(frame, listed(obj))
        case o.Map(function, parts):
            if obj.listed is None:
                together = o.Zip(parts)
                rows = static_items(frame, together)
                if rows is None:
                    return None
                before = len(frame.lowering.builder.region.ops)
                made = [
                    call_object(frame, function, o.parts_of(row), {}, None)
                    for row in one_by_one(frame, together, rows)
                ]
                effects = has_effects(frame.lowering.builder.region.ops[before:])
                frame.lowering.state.mark(obj, listed=made, effects=effects)
                frame.lowering.state.mark(obj, footprint=footprint(frame.lowering, [obj]))
            check_unchanged(frame.lowering, obj)
            return list(obj.listed)
    return None


def _own_iterator(frame: Frame, obj: o.Known) -> o.Obj | None:
    """What `__iter__` gives of an object from outside, whose class says that in Python."""
    if foreign.is_foreign(frame, obj):
        return instances.ask_library(frame, obj, "__iter__", [])
    return instances.ask_known(frame, obj, "__iter__", [])


def _counted(count: o.Count) -> Iterator[o.Obj] | None:
    (known, start), (also, step) = constant_of(count.start), constant_of(count.step)
    return (o.Ref(Constant(k)) for k in itertools.count(start, step)) if known and also else None


def _group(frame: Frame, obj: o.Groups, k: int, of_this_step: bool) -> o.Obj:
    """A key and its group, which can be stepped through until the next group is asked for."""
    if of_this_step:
        frame.lowering.change(obj.step)
        obj.step.items[:] = [o.Ref(Constant(k))]
        made_of = footprint(frame.lowering, [obj.step, *obj.groups[k]])
    else:
        made_of = [(obj.step, {0: obj})]
    return o.Seq(tuple, [obj.keys[k], o.Items(o.Seq(tuple, obj.groups[k]), footprint=made_of)])


def listed(generator: o.Generator) -> o.Obj:
    """The items of a generator expression as a list, which is made only once."""
    lowering = generator.frame.lowering
    if generator.listed is None:
        before = len(lowering.builder.region.ops)
        made = collect(generator.frame, generator.node, generator.first)
        effects = has_effects(lowering.builder.region.ops[before:])
        lowering.state.mark(generator, listed=made, effects=effects)
        lowering.state.mark(generator, footprint=footprint(lowering, [generator]))
    check_unchanged(lowering, generator)
    return generator.listed  # type: ignore[no-any-return]


def stepped(frame: Frame, obj: o.Obj) -> tuple[o.Obj, Callable[[o.Obj], o.Obj]]:
    """The sequences of an iterator, and how it makes the item of each step, in that step."""
    match obj:
        case o.Instance() if instances.has(frame, obj, "__iter__"):
            return instances.call_method(frame, obj, "__iter__", []), lambda item: item
        case o.Map(function, parts, listed=None):
            return o.Zip(parts), lambda row: call_object(
                frame, function, o.parts_of(row), {}, None
            )
        case o.Generator(node, listed=None) if len(node.generators) == 1:
            if not node.generators[0].ifs:
                return obj.first, _element_maker(obj)
    return obj, lambda item: item


def _element_maker(generator: o.Generator) -> Callable[[o.Obj], o.Obj]:
    scope = scope_of(generator.frame)

    def element(item: o.Obj) -> o.Obj:
        assign(scope, generator.node.generators[0].target, item)
        return expression(scope, generator.node.elt)

    return element


def one_by_one(frame: Frame, obj: o.Obj, items: Sequence[o.Obj]) -> Iterator[o.Obj]:
    """The items of an iterable as a loop gets them, which sees what its trips do to a list."""
    check_count(items)
    for k in itertools.count():
        item = item_at(frame, obj, items, k)
        if item is None:
            return
        yield item


def item_at(frame: Frame, obj: o.Obj, items: Sequence[o.Obj], k: int) -> o.Obj | None:
    """The item of an iterator after k steps, or None; `items` are those it began with."""
    if isinstance(obj, o.Groups):
        return _group(frame, obj, k, of_this_step=True) if k < len(items) else None
    now = static_items(frame, obj) if _is_live(obj) else items
    if k > KNOWN_ITEMS:
        check_count(now or items)
    if now is None or len(now) != len(items) and not _counts(obj):
        raise UnsupportedError(
            "a container changes its length while a loop runs over it",
            instead="loop over a copy of it",
        )
    return now[k] if k < len(now) else None


def check_count(items: Sequence[o.Obj]) -> None:
    """Refuse to write out a loop over so many items."""
    if len(items) > KNOWN_ITEMS:
        raise UnsupportedError(
            f"a loop that has to be unrolled runs over {len(items)} items",
            instead="put the values into an array, or into a list of numbers",
        )


def _is_live(obj: o.Obj) -> bool:
    """Does each step look into the containers themselves, and see what changed there?"""
    match obj:
        case o.Seq() | o.Mapping() | o.DictView() | o.Items() | o.Generator() | o.Map() | o.Rows():
            return True
        case o.Zip(parts):
            return any(map(_is_live, parts))
        case o.Enumerate(part) | o.Reversed(part):
            return _is_live(part)
    return False


def _counts(obj: o.Obj) -> bool:
    """Does it step through lists by position from the start, until there is no such item?"""
    match obj:
        case o.Zip(parts):
            return all(map(_counts, parts))
        case o.Enumerate(part):
            return _counts(part)
        case o.Items(whole, footprint=None):
            return _counts(whole)
    return isinstance(obj, o.Seq) and obj.kind is not collections.deque


def iteration(frame: Frame, obj: o.Obj, token: Any = None, by_index: bool = False) -> o.Iteration:
    """The sequences to step through, for an iterable whose length is known only at run time.

    Parameters
    ----------
    token : the loop's; its elements raise `NeedItems` with it when they are written to.
    by_index : then step through positions instead, and read the items there.
    """
    lowering = frame.lowering
    made = _own_iterator(frame, obj) if isinstance(obj, o.Known) else None
    if made is not None and not isinstance(made, o.Known):
        return iteration(frame, made, token, by_index)
    if foreign.is_foreign(frame, obj) and not hasattr(getattr(obj, "value", None), "__next__"):
        obj = foreign.listed(frame, obj)
    if by_index and isinstance(obj, (o.Ref, o.Seq)):
        length = lowering.builder.apply(len, lowering.value(obj))
        positions = lowering.builder.apply(range, length)
        return o.Iteration([positions], lambda e: subscript(frame, obj, o.Ref(e[0])))
    obj = keys_of(obj) or column_of(obj) or obj
    match obj:
        case o.Ref():
            check_is_iterable(frame, obj)
            value = lowering.operand(obj)
            match value.type:
                case Array() | List() | Range() | Unknown():
                    over: list[o.Obj] = [] if isinstance(value.type, Range) else [obj]
                    return o.Iteration([value], _element_of(lowering, obj, token), over=over)
        case o.Seq() if homogeneous(frame, obj):
            value = lowering.value(obj)
            if isinstance(value, Constant):
                value = lowering.builder.apply(
                    ops.make_tuple if obj.kind is tuple else ops.make_list, *value.value
                )
            for item in o.own_parts(obj):
                if token is None:
                    frame.lowering.state.hold(item, "a loop runs over it")
            return o.Iteration([value], _element_of(lowering, obj, token), over=[obj])
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
        case o.Items(whole):
            check_unchanged(frame.lowering, obj)
            return iteration(frame, whole, token, by_index)
        case o.DictView(owner, name):
            items = view_items(owner, name)
            return iteration(frame, o.Seq(tuple, items), token, by_index)
        case o.Map() | o.Generator():
            source, make = stepped(frame, obj)
            if source is obj:  # its items were, or have to be, made at once
                made = listed(obj) if isinstance(obj, o.Generator) else o.Seq(tuple, obj.listed)
                check_unchanged(lowering, obj)
                return iteration(frame, made, token, by_index)
            inner = iteration(frame, source, token, by_index)
            return o.Iteration(
                inner.sequences, lambda e: make(inner.element(e)), inner.strict, inner.over
            )
    if isinstance(obj, o.Known) and hasattr(obj.value, "__next__"):
        raise UnsupportedError(
            "a loop runs over an iterator, whose items could not be had a second time",
            instead="pass a list of its items",
        )
    raise UnsupportedError("iteration over this object is not supported yet")


def _element_of(
    lowering: Lowering, whole: o.Obj, token: Any
) -> Callable[[Sequence[Value]], o.Obj]:
    def element(values: Sequence[Value]) -> o.Obj:
        (value,) = values
        views = isinstance(whole, o.Ref) and (
            whole.rows
            and is_mutable(value.type)
            or not isinstance(lowering.current(whole).type, (List, Range))
        )
        if views and not is_immutable_number(value.type):
            assert isinstance(whole, o.Ref)
            root = root_of(whole)
            seen = lowering.current(root)
            # Without a token (in a comprehension) nothing can be written, only read.
            return o.View(value, token=token or object(), base=root, path=(), arguments=(),
                          seen=seen)  # fmt: skip
        obj = lowering.wrap(value)
        if is_mutable(value.type):
            leak_rows(lowering.state, whole)
        if token is not None and isinstance(whole, o.Seq):
            owners = (r for item in o.whole(whole) for r in memory_of(item))
            arrays = frozenset(filter(is_array, owners))
            for item in o.whole(obj):  # an item may be a tuple of arrays
                if isinstance(item, (o.Ref, o.Seq, o.Mapping)):
                    item.token = token
                if isinstance(item, o.Ref) and is_array(item):
                    item.aliases |= arrays
        else:
            lowering.state.hold(obj, OF_A_LOOP)
        return obj

    return element


def homogeneous(frame: Frame, sequence: o.Seq) -> bool:
    """Are the items of one type, so that a loop at run time may step through them?"""
    if isinstance(sequence, o.Outside) and sequence.is_uniform():
        return True
    shapes = [shape_of(i, frame.lowering.state) for i in sequence.items]
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


def known_items(frame: Frame, obj: o.Obj) -> list[o.Obj] | None:
    """The items of an iterable, numbers of a known range included."""
    items = static_items(frame, obj)
    return known_range(frame, obj) if items is None else items


def known_range(frame: Frame, iterable: o.Obj) -> list[o.Obj] | None:
    """The numbers of a range that decides a dictionary's keys: its bounds must be known."""
    value = iterable.value if isinstance(iterable, o.Ref) else None
    op = value.op if value is not None else None
    if op is None or op.target is not range:
        return None
    ask_for_numbers(frame.lowering, [o.Ref(operand) for operand in op.operands])
    bounds = [operand.value for operand in op.operands if isinstance(operand, Constant)]
    if len(bounds) < len(op.operands):
        return None
    return [o.Ref(Constant(k)) for k in range(*bounds)]


def row_by_row(frame: Frame, iterable: o.Obj) -> o.Obj:
    """The same iterable, in which arrays whose lengths are part of the program have known rows."""
    match iterable:
        case o.Ref():
            type_ = frame.lowering.current(iterable).type
            if isinstance(type_, Array) and type_.dims and isinstance(type_.dims[0], int):
                return o.Rows(iterable, type_.dims[0])
        case o.Zip(parts, strict):
            return o.Zip([row_by_row(frame, part) for part in parts], strict)
        case o.Enumerate(part, start):
            return o.Enumerate(row_by_row(frame, part), start)
        case o.Reversed(part):
            return o.Reversed(row_by_row(frame, part))
    return iterable


def listed_items(frame: Frame, obj: o.Obj) -> list[o.Obj]:
    items = static_items(frame, obj)
    if items is None:
        raise UnsupportedError(
            "a list is extended by a sequence whose length is known only at run time",
            instead="append the elements in a loop",
        )
    return list(items)
