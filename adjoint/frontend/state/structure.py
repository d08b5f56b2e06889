"""The shape of an object: which leaves are SSA values, what is static, how they are arranged.

Where branches and loops meet, objects are taken apart into the values of their leaves and put
together again; `links.py` remembers in the new objects which ones they may be.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.state import State
from adjoint.frontend.state.store import MAPPINGS
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.staging import active_builders
from adjoint.ir.types import UNDEFINED, List, Opaque, Struct, Type, is_rank0, join

#: The name of what a function returns, which is not asked for on a path that does not return.
RESULT_NAME = "%result"
_NONE_LAST = ("", "unassigned", "None")


@dataclass(frozen=True)
class Leaf:
    """One value; `missing` is as in `Ref`."""

    type: Type
    missing: str = ""


@dataclass(frozen=True)
class SeqShape:
    kind: type
    items: tuple[Any, ...]
    limit: int | None = None


@dataclass(frozen=True)
class MapShape:
    keys: tuple[Any, ...]
    items: tuple[Any, ...]
    cls: type = dict
    factory: o.Obj | None = None


@dataclass(frozen=True)
class Back:
    """A container that holds this place, so many levels up: objects may refer to each other."""

    levels: int


@dataclass(frozen=True, eq=False)
class Static:
    obj: o.Obj

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Static) and same_static(self.obj, other.obj)

    def __hash__(self) -> int:
        return 0


def same_static(a: o.Obj, b: o.Obj) -> bool:
    if a is b:
        return True
    if isinstance(a, o.Outside) and isinstance(b, o.Outside):
        return a.place == b.place
    if isinstance(a, o.Known) and isinstance(b, o.Known):
        return a.value is b.value or type(a.value) is type(b.value) is str and a.value == b.value
    if isinstance(a, o.Ref) and isinstance(b, o.Ref):
        both = isinstance(a.value, Constant) and isinstance(b.value, Constant)
        return both and repr(constant_of(a)) == repr(constant_of(b))
    if isinstance(a, o.Ambiguous) and isinstance(b, o.Ambiguous):
        return True
    if not isinstance(a, o.Closure) or not isinstance(b, o.Closure):
        return False
    if a.node is not b.node or a.frame is not b.frame:
        return False
    return all(map(_same_part, o.parts_of(a), o.parts_of(b)))


def _same_part(a: o.Obj, b: o.Obj) -> bool:
    if isinstance(a, o.Ref) and isinstance(b, o.Ref):
        return a.value is b.value
    return same_static(a, b)


def is_function(obj: o.Obj) -> bool:
    if isinstance(obj, o.Known):
        return callable(obj.value)
    return isinstance(obj, (o.Closure, o.Partial, o.Choice, o.Converted))


def undefined(text: str = "") -> Constant:
    """What a name without a number holds; `text` is "None" where the program says so."""
    return Constant(ops.UNDEFINED_VALUE, UNDEFINED, text)


def join_all(types: Sequence[Type]) -> Type | None:
    result: Type | None = types[0]
    for t in types[1:]:
        result = None if result is None else join(result, t)
    return result


def leaves(obj: o.Obj, shape: Any) -> Iterator[o.Obj]:
    """The objects at the leaves of a shape, in the order of `leaf_types`."""
    match shape:
        case Leaf():
            yield obj
        case SeqShape(_, items):
            same = isinstance(obj, o.Seq) and len(obj.items) == len(items)
            parts = obj.items if same else [o.UNASSIGNED] * len(items)  # type: ignore[attr-defined]
            for part, item in zip(parts, items, strict=True):
                yield from leaves(part, item)
        case MapShape(keys, items):
            for key, item in zip(keys, items, strict=True):
                part = obj.items.get(key) if isinstance(obj, (o.Mapping, o.Instance)) else None
                yield from leaves(part or o.UNASSIGNED, item)


def shape_of(obj: o.Obj, state: State, holders: tuple[o.Obj, ...] = ()) -> Any:
    """The shape of an object, which `holders` hold, the innermost last."""
    if obj in holders:
        return Back(len(holders) - holders.index(obj))
    inside = (*holders, obj)
    match obj:
        case o.Ref():
            if isinstance(obj, (o.View, o.Either)):  # whose value would have to be read
                return Leaf(obj.value.type)
            return Leaf(state.read(obj).type, obj.missing)
        case o.Seq(kind, items, limit=limit):
            return SeqShape(kind, tuple(shape_of(i, state, inside) for i in items), limit)
        case o.Mapping(items, kind=kind, factory=factory):
            held = tuple(shape_of(i, state, inside) for i in items.values())
            return MapShape(tuple(items), held, kind, factory)
        case o.Instance(cls, items):
            held = tuple(shape_of(i, state, inside) for i in items.values())
            return MapShape(tuple(items), held, cls)
        case o.Unassigned():
            return None
    return Static(obj)


def join_shapes(a: Any, b: Any, name: str, widen: bool = False) -> Any:
    """The shape that covers both; None is a name without a value."""
    if a == b:
        return a
    if a is None or b is None:
        return _or_missing(b if a is None else a, "unassigned")
    shown = "the result" if name.startswith("%") else f"'{name}'"
    match a, b:
        case Leaf(s), Leaf(t):
            either = is_rank0(s) != is_rank0(t)  # a number on one path, an array on another
            joined = join(s, t, widen or either)
            if a.missing and b.missing and a.missing != b.missing and name != RESULT_NAME:
                return Static(
                    o.Ambiguous(f"{shown} is None on one path and unassigned on another")
                )
            if joined is not None:
                return Leaf(joined, max(a.missing, b.missing, key=_NONE_LAST.index))
            return Static(o.Ambiguous(f"{shown} is {s} on one path and {t} on another"))
        case (Leaf() as leaf, Static(o.Known(None))) | (Static(o.Known(None)), Leaf() as leaf):
            if leaf.missing != "unassigned" or name == RESULT_NAME:
                return Leaf(leaf.type, "None")
        case Static(o.Known(x)), Static(o.Known(y)) if _is_label(x) and type(x) is type(y):
            return Leaf(Opaque(type(x)))
        case (Static(o.Known(None)), Static(o.Known(x))) | (
            Static(o.Known(x)),
            Static(o.Known(None)),
        ) if _is_label(x):
            return Leaf(Opaque(type(x)), "None")
        case (Leaf(Opaque() as type_), Static(o.Known(x))) | (
            Static(o.Known(x)),
            Leaf(Opaque() as type_),
        ) if _is_label(x) and (type_ == Opaque(type(x)) or type_.foreign):
            return Leaf(type_)
        case SeqShape(k, xs), SeqShape(m, ys) if k is m and len(xs) == len(ys):
            if a.limit == b.limit:
                pairs = zip(xs, ys, strict=True)
                return SeqShape(k, tuple(join_shapes(x, y, name) for x, y in pairs), a.limit)
        case MapShape(k, xs, cls, f), MapShape(m, ys, other, g):
            if k == m and cls is other and f is g:
                pairs = zip(xs, ys, strict=True)
                return MapShape(k, tuple(join_shapes(x, y, name) for x, y in pairs), cls, f)
        case (SeqShape(kind, items), Leaf(List(e, kind=m))) | (
            Leaf(List(e, kind=m)),
            SeqShape(kind, items),
        ):
            element = join_items([Leaf(e), *items]) if kind is m is list else None
            if element is not None:
                return Leaf(List(element))
        case SeqShape(k, xs), SeqShape(m, ys) if k is m is list:
            element = join_items([*xs, *ys])
            if element is not None:
                return Leaf(List(element))
    return Static(
        o.Ambiguous(f"{shown} is a different kind of object on different paths through the code")
    )


def _is_label(python: Any) -> bool:
    """Is this something that programs compare only: a string, a member of an enumeration?"""
    return isinstance(python, (str, enum.Enum))


def _or_missing(shape: Any, what: str) -> Any:
    """The shape of what may also be unassigned, all of it."""
    match shape:
        case Leaf(type_, missing):
            return Leaf(type_, missing or what)
        case SeqShape(kind, items, limit):
            return SeqShape(kind, tuple(_or_missing(i, what) for i in items), limit)
        case MapShape(keys, items, cls, factory):
            held = tuple(_or_missing(i, what) for i in items)
            return MapShape(keys, held, cls, factory)
    return shape


def join_items(shapes: Sequence[Any]) -> Type | None:
    """The type of the items of a list whose length is known only at run time, or None."""
    types = [item_type(shape) for shape in shapes]
    known = [type_ for type_ in types if type_ is not None]
    return join_all(known) if known and len(known) == len(types) else None


def item_type(shape: Any) -> Type | None:
    """The type of an item as a value: a number, an array, or a container of them."""
    match shape:
        case Leaf(type_, ""):
            return type_
        case Static(o.Known(python)) if _is_label(python):
            return Opaque(type(python))
        case SeqShape(kind, items, None) if kind in (tuple, list):
            keys = None
        case MapShape(keys, items, cls) if cls is dict:
            kind = dict
        case _:
            return None
    types = [item_type(item) for item in items]
    known = tuple(type_ for type_ in types if type_ is not None)
    return Struct(kind, known, keys) if known and len(known) == len(types) else None


def leaf_types(shape: Any) -> Iterator[Type]:
    return (leaf.type for leaf in leaf_shapes(shape))


def leaf_shapes(shape: Any) -> Iterator[Leaf]:
    match shape:
        case Leaf():
            yield shape
        case SeqShape(_, items) | MapShape(_, items):
            for item in items:
                yield from leaf_shapes(item)


def leaf_names(shape: Any, name: str) -> Iterator[str]:
    """Names for the leaves of an object: its own, with the names of the fields of a record."""
    match shape:
        case Leaf():
            yield name
        case SeqShape(kind, items):
            fields = getattr(kind, "_fields", [""] * len(items))
            for field, item in zip(fields, items, strict=True):
                yield from leaf_names(item, _joined(name, field))
        case MapShape(keys, items):
            for key, item in zip(keys, items, strict=True):
                yield from leaf_names(item, _joined(name, key))


def _joined(name: str, field: Any) -> str:
    if not (isinstance(field, str) and field.isidentifier()):
        return name
    return f"{name}_{field}" if name and name != "self" else field


def flatten(obj: o.Obj, shape: Any, state: State) -> Iterator[Value]:
    """The values of the leaves of `shape` in `obj`; undefined where it was not assigned."""
    match shape:
        case Leaf():
            if isinstance(obj, o.Ref):
                yield state.read(obj)
            elif isinstance(obj, o.Seq):  # the list becomes a value here
                state.hold(obj, "a list holds it")
                values = [_packed(item, state) for item in obj.items]
                yield active_builders[-1].emit(ops.make_list, values, shape.type)
            elif isinstance(obj, o.Known) and _is_label(obj.value):
                yield Constant(obj.value)
            else:
                is_none = isinstance(obj, o.Known) and obj.value is None
                yield undefined("None" if is_none else "")
        case SeqShape(_, items):
            parts = obj.items if isinstance(obj, o.Seq) else [o.UNASSIGNED] * len(items)
            for part, item in zip(parts, items, strict=True):
                yield from flatten(part, item, state)
        case MapShape(keys, items):
            for key, item in zip(keys, items, strict=True):
                part = obj.items[key] if isinstance(obj, (o.Mapping, o.Instance)) else o.UNASSIGNED
                yield from flatten(part, item, state)


def _packed(item: o.Obj, state: State) -> Value:
    """An item of a list as one value."""
    builder = active_builders[-1]
    match item:
        case o.Ref():
            return state.read(item)
        case o.Known(python) if _is_label(python):
            return Constant(python)
        case o.Seq(kind, items):
            maker = ops.make_tuple if kind is tuple else ops.make_list
            return builder.apply(maker, *[_packed(part, state) for part in items])
        case o.Mapping(items):
            parts = [_packed(part, state) for part in items.values()]
            return builder.apply(ops.make_dict, Constant(tuple(items)), *parts)
    raise UnsupportedError("an item of this list cannot be used as a value")


def _leaf(shape: Leaf, value: Value) -> o.Ref:
    return o.Ref(value, missing=shape.missing)


def build(
    shape: Any,
    values: Iterator[Value],
    holders: tuple[Any, ...] = (),
    leaf: Callable[[Leaf, Value], o.Ref] = _leaf,
) -> o.Obj:
    """The object of the given shape whose leaves are the next `values`."""
    made: Any
    match shape:
        case Leaf():
            return leaf(shape, next(values))
        case SeqShape(kind, items, limit):
            made = o.Seq(kind, [], limit=limit)
            made.items += [build(i, values, (*holders, made), leaf) for i in items]
            return made
        case MapShape(keys, items, cls, factory):
            if cls in MAPPINGS:
                made = o.Mapping({}, kind=cls, factory=factory, ordered=cls is not set)
            else:
                made = o.Instance(cls, {})
            for key, item in zip(keys, items, strict=True):
                made.items[key] = build(item, values, (*holders, made), leaf)
            return made
        case Back(levels):
            return holders[-levels]  # type: ignore[no-any-return]
        case Static(obj):
            return obj
    return o.UNASSIGNED
