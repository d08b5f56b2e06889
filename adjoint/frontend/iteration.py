"""What a loop runs over: items that are known one by one, or sequences for the run."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend import instances
from adjoint.frontend import objects as o
from adjoint.frontend.aliasing import root_of
from adjoint.frontend.expressions import subscript
from adjoint.frontend.lowering import Frame, Lowering, NeedStatic
from adjoint.frontend.mutation import leak_rows
from adjoint.frontend.shapes import (
    Leaf,
    MapShape,
    SeqShape,
    constant_of,
    hold,
    is_mutable,
    shape_of,
)
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
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
            columns = [
                itertools.cycle(p.items) if isinstance(p, o.Cycle)
                else _counted(p) if isinstance(p, o.Count)
                else static_items(frame, p)
                for p in parts
            ]  # fmt: skip
            endless = all(isinstance(p, (o.Cycle, o.Count)) for p in parts)
            if all(c is not None for c in columns) and not endless:
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
        case o.Items(items):
            return items
        case o.Instance() if instances.has(obj, "__iter__"):
            return static_items(frame, instances.call_method(frame, obj, "__iter__", []))
        case o.Generator():
            return static_items(frame, listed(obj))
        case o.Map(function, parts):
            from adjoint.frontend.calls import call_object

            if obj.listed is None:
                rows = static_items(frame, o.Zip(parts))
                if rows is None:
                    return None
                obj.listed = [call_object(frame, function, o.parts_of(r), {}, None) for r in rows]
            return list(obj.listed)
    return None


def _counted(count: o.Count) -> Iterator[o.Obj] | None:
    (known, start), (also, step) = constant_of(count.start), constant_of(count.step)
    return (o.Ref(Constant(k)) for k in itertools.count(start, step)) if known and also else None


def listed(generator: o.Generator) -> o.Obj:
    """The items of a generator expression as a list, which is made only once."""
    from adjoint.frontend.comprehensions import lower_list_comprehension

    if generator.listed is None:
        generator.listed = lower_list_comprehension(
            generator.frame, generator.node, generator.first
        )
    return generator.listed  # type: ignore[no-any-return]


def is_live(obj: o.Obj) -> bool:
    """Does each step look into the containers themselves, and see what changed there?"""
    match obj:
        case o.Seq() | o.Mapping():
            return True
        case o.Zip(parts):
            return all(map(is_live, parts))
        case o.Enumerate(part) | o.Reversed(part):
            return is_live(part)
    return False


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
                    over: list[o.Obj] = [] if isinstance(value.type, Range) else [obj]
                    return o.Iteration([value], _element_of(lowering, obj, token), over=over)
        case o.Seq(_, items) if homogeneous(frame, items):
            value = lowering.value(obj)
            if isinstance(value, Constant):
                value = lowering.builder.apply(
                    ops.make_tuple if obj.kind is tuple else ops.make_list, *value.value
                )
            for item in items:
                if token is None:
                    hold(item, "a loop runs over it")
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
        case o.Generator():
            return iteration(frame, listed(obj), token, by_index)
        case o.Map(function, parts):
            from adjoint.frontend.calls import call_object

            inner = iteration(frame, o.Zip(parts), token, by_index)
            return o.Iteration(
                inner.sequences,
                lambda e: call_object(frame, function, inner.element(e).items, {}, None),  # type: ignore
                over=inner.over,
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
        if is_mutable(value.type):
            leak_rows(whole)
        if token is not None and isinstance(whole, o.Seq):
            work = [obj]
            while work:  # an item may be a tuple of arrays
                item = work.pop()
                if isinstance(item, (o.Ref, o.Seq, o.Mapping)):
                    item.token = token
                work += o.parts_of(item)
        else:
            hold(obj, "it is an element of what the loop runs over")
        return obj

    return element


def homogeneous(frame: Frame, items: Sequence[o.Obj]) -> bool:
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
    bounds = []
    for operand in op.operands:
        if operand in frame.lowering.function.params:
            raise NeedStatic(operand)
        if not isinstance(operand, Constant):
            return None
        bounds.append(operand.value)
    return [o.Ref(Constant(k)) for k in range(*bounds)]
