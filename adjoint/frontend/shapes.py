"""The shape of an object: which leaves are SSA values, what is static, how they are arranged.

Where branches and loops meet, objects are taken apart into the values of their leaves and put
together again; the new objects remember which ones they may be.
"""

from __future__ import annotations

import collections
import enum
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gast

from adjoint.errors import UnsupportedError
from adjoint.frontend import objects as o
from adjoint.frontend.constants import constant_of, key_object
from adjoint.ir import ops
from adjoint.ir.core import Constant, Region, Value, enclosing_region, is_inside
from adjoint.ir.staging import active_builders
from adjoint.ir.types import UNDEFINED, Array, List, Opaque, Scalar, Struct, Type, Unknown, join


@dataclass(frozen=True)
class Slot:
    """A place in a container that is changed: an item, an entry, an attribute."""

    container: Any
    key: Any

    def __hash__(self) -> int:
        return hash((id(self.container), self.key))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Slot)
            and self.container is other.container
            and type(self.key) is type(other.key)
            and self.key == other.key
        )

    def get(self) -> o.Obj:
        return contents_of(self.container).get(self.key, o.UNASSIGNED)

    def put(self, obj: o.Obj) -> None:
        self.container.items[self.key] = obj


#: The classes whose instances are mappings here.
MAPPINGS = (dict, set, collections.defaultdict, collections.OrderedDict, collections.Counter)

Place = str | Slot
Contents = dict[Any, o.Obj]


def contents_of(container: Any) -> Contents:
    """What a container holds now, by position or key."""
    if isinstance(container, o.Seq):
        return dict(enumerate(container.items))
    return dict(container.items)


def view_items(owner: o.Mapping, name: str) -> list[o.Obj]:
    """What `d.keys()`, `d.values()` or `d.items()` holds now."""
    if name == "values":
        return list(owner.items.values())
    keys = [key_object(k) for k in owner.items]
    if name == "keys":
        return keys
    return [o.Seq(tuple, [k, v]) for k, v in zip(keys, owner.items.values(), strict=True)]


def restore(container: Any, contents: Contents) -> None:
    if isinstance(container, o.Seq):
        container.items[:] = contents.values()
    else:
        container.items.clear()
        container.items.update(contents)


@dataclass(frozen=True)
class Leaf:
    """One value; `missing` and `fixed` are as in `Ref`."""

    type: Type
    missing: str = ""
    fixed: bool = False


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
        scope = closure.frame
        while scope is not None and name not in scope.names:
            scope = scope.parent
        if scope is not None and scope is not frame:
            yield scope.names[name]


def made_inside(place: Place) -> o.Ambiguous:
    shown = "the result" if str(place).startswith("%") else f"'{place_name(place)}'"
    if isinstance(place, Slot):
        shown = f"item {place.key!r}"
    return o.Ambiguous(f"{shown} is made in a branch or loop, and holds values of it")


def is_function(obj: o.Obj) -> bool:
    if isinstance(obj, o.Known):
        return callable(obj.value)
    return isinstance(obj, (o.Closure, o.Partial, o.Choice))


def undefined() -> Constant:
    return Constant(ops.UNDEFINED_VALUE, UNDEFINED)


def join_all(types: Sequence[Type]) -> Type | None:
    result: Type | None = types[0]
    for t in types[1:]:
        result = None if result is None else join(result, t)
    return result


def hold(obj: o.Obj, why: str) -> None:
    """Something else refers to what is in `obj` from now on: changes of it are ambiguous."""
    if isinstance(obj, o.View):
        obj = obj.base
    if isinstance(obj, o.Ref) and is_mutable(obj.value.type):
        obj.shared = obj.shared or why
    if isinstance(obj, (o.Seq, o.Mapping, o.Instance)):
        obj.shared = obj.shared or why
        for item in o.parts_of(obj):
            hold(item, why)


def is_mutable(type_: Type) -> bool:
    return isinstance(type_, (Unknown, List)) or isinstance(type_, Array) and not type_.scalar


def has_row_views(type_: Type) -> bool:
    """Are the items of such a value views into it?"""
    return isinstance(type_, Unknown) or isinstance(type_, Array) and type_.rank > 1


def read(ref: o.Ref, state: dict[o.Ref, Value]) -> Value:
    """The value of an object in a state of the store; a view of a changed base is read again."""
    if not isinstance(ref, o.View):
        return state.get(ref, ref.value)
    base = state.get(ref.base, ref.base.value)
    if base is ref.seen:
        return ref.value
    if ref.token is not None:
        raise o.NeedItems(ref.token)
    if isinstance(ref.value.type, Unknown):
        raise UnsupportedError(
            "whether this is a number, or a view of an array that has changed since, depends on "
            "a type that is not known",
            instead="annotate the arguments, or call the gradient with actual arguments",
        )
    value: Value = ops.follow(base, ref.path, ref.arguments)
    value.name = value.name or ref.value.name
    return value


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


def link_containers(joined: o.Obj, sources: Sequence[o.Obj]) -> None:
    """Remember in the containers after a join which ones they may be."""
    if not isinstance(joined, (o.Seq, o.Mapping, o.Instance)):
        return
    alike = [s for s in sources if type(s) is type(joined) and s is not joined]
    for source in alike:
        joined.origins |= {source} | source.origins  # type: ignore[attr-defined]
    for key, item in contents_of(joined).items():
        link_containers(item, [c[key] for s in alike if key in (c := contents_of(s))])


def may_return(result: o.Obj, given: Sequence[o.Obj]) -> o.Obj:
    """The result of a function that was not inlined may be, or hold, what it was given."""
    roots: set[o.Ref] = set()
    work = list(given)
    while work:
        item = work.pop()
        if isinstance(item, o.Ref) and is_mutable(item.value.type):
            roots.add(item.base if isinstance(item, o.View) else item)
        work += o.parts_of(item)
    work = [result]
    while work:
        item = work.pop()
        if isinstance(item, o.Ref) and is_mutable(item.value.type):
            item.aliases |= roots
        work += o.parts_of(item)
    return result


def link(joined: o.Obj, sources: Sequence[o.Obj]) -> o.Obj:
    """Remember in the objects after a branch whose memory they may be."""
    link_containers(joined, sources)
    shape = shape_of(joined, {})
    for position, new in enumerate(leaves(joined, shape)):
        if not isinstance(new, o.Ref) or not is_mutable(new.value.type):
            continue
        for source in sources:
            old = next(itertools.islice(leaves(source, shape), position, None), o.UNASSIGNED)
            if isinstance(old, o.Seq):
                hold(old, "it may be in a list")
            if isinstance(old, o.Ref) and old is not new:
                root = old.base if isinstance(old, o.View) else old
                new.aliases |= {root}
                new.shared = new.shared or root.shared
                if isinstance(old, o.View):
                    new.shared = "it may be a view"
    return joined


def shape_of(obj: o.Obj, state: dict[o.Ref, Value]) -> Any:
    match obj:
        case o.Ref():
            if isinstance(obj, o.View):
                return Leaf(obj.value.type)
            value = read(obj, state)
            return Leaf(value.type, obj.missing, obj.fixed or _is_fixed(value))
        case o.Seq(kind, items, limit=limit):
            return SeqShape(kind, tuple(shape_of(i, state) for i in items), limit)
        case o.Mapping(items, kind=kind, factory=factory):
            held = tuple(shape_of(i, state) for i in items.values())
            return MapShape(tuple(items), held, kind, factory)
        case o.Instance(cls, items):
            return MapShape(tuple(items), tuple(shape_of(i, state) for i in items.values()), cls)
        case o.Unassigned():
            return None
    return Static(obj)


def _is_fixed(value: Value) -> bool:
    """Is this a Python number that stands in the program?"""
    literal = value.op is not None and value.op.target is ops.literal
    return isinstance(value.type, Scalar) and (literal or isinstance(value, Constant))


def join_shapes(a: Any, b: Any, name: str, widen: bool = False) -> Any:
    """The shape that covers both; None is a name without a value."""
    if a == b:
        return a
    if a is None or b is None:
        return _or_missing(b if a is None else a, "unassigned")
    shown = "the result" if name.startswith("%") else f"'{name}'"
    match a, b:
        case Leaf(s), Leaf(t):
            # A number that an array takes the place of has no cotangent of the array's shape.
            fixed = any(x.fixed and isinstance(x.type, Scalar) for x in (a, b))
            joined = join(s, t, widen or fixed)
            if a.missing and b.missing and a.missing != b.missing:
                return Static(
                    o.Ambiguous(f"{shown} is None on one path and unassigned on another")
                )
            if joined is not None:
                return Leaf(joined, a.missing or b.missing, a.fixed and b.fixed)
            return Static(o.Ambiguous(f"{shown} is {s} on one path and {t} on another"))
        case (Leaf() as leaf, Static(o.Known(None))) | (Static(o.Known(None)), Leaf() as leaf):
            if leaf.missing != "unassigned":
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
        ) if type_ == Opaque(type(x)) and _is_label(x):
            return Leaf(type_)
        case SeqShape(k, xs), SeqShape(m, ys) if k is m and len(xs) == len(ys):
            if a.limit == b.limit:
                pairs = zip(xs, ys, strict=True)
                return SeqShape(k, tuple(join_shapes(x, y, name) for x, y in pairs), a.limit)
        case MapShape(k, xs, cls, f), MapShape(m, ys, other, g):
            if k == m and cls is other and f is g:
                pairs = zip(xs, ys, strict=True)
                return MapShape(k, tuple(join_shapes(x, y, name) for x, y in pairs), cls, f)
        case (SeqShape(kind, items), Leaf(List(e))) | (Leaf(List(e)), SeqShape(kind, items)):
            element = join_items([Leaf(e), *items]) if kind is list else None
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
        case Leaf(type_, missing, fixed):
            return Leaf(type_, missing or what, fixed)
        case SeqShape(kind, items, limit):
            return SeqShape(kind, tuple(_or_missing(i, what) for i in items), limit)
        case MapShape(keys, items, cls, factory):
            held = tuple(_or_missing(i, what) for i in items)
            return MapShape(keys, held, cls, factory)
    return shape


def join_items(shapes: Sequence[Any]) -> Type | None:
    """The type of the items of a list whose length only the run knows, or None."""
    types = [item_type(shape) for shape in shapes]
    known = [type_ for type_ in types if type_ is not None]
    return join_all(known) if known and len(known) == len(types) else None


def item_type(shape: Any) -> Type | None:
    """The type of an item as a value: a number, an array, or a container of them."""
    match shape:
        case Leaf(type_, ""):
            return type_
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
    match shape:
        case Leaf(type_):
            yield type_
        case SeqShape(_, items) | MapShape(_, items):
            for item in items:
                yield from leaf_types(item)


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


def place_name(place: Any) -> str:
    """What the user calls a place: a variable, or an attribute."""
    name = place.key if isinstance(place, Slot) else place
    return "" if not isinstance(name, str) or not name.isidentifier() else name


def flatten(obj: o.Obj, shape: Any, state: dict[o.Ref, Value]) -> Iterator[Value]:
    """The values of the leaves of `shape` in `obj`; undefined where it was not assigned."""
    match shape:
        case Leaf():
            if isinstance(obj, o.Ref):
                yield read(obj, state)
            elif isinstance(obj, o.Seq):  # the list becomes a value here
                hold(obj, "a list holds it")
                values = [_packed(item, state) for item in obj.items]
                yield active_builders[-1].emit(ops.make_list, values, shape.type)
            elif isinstance(obj, o.Known) and _is_label(obj.value):
                yield Constant(obj.value)
            else:
                yield undefined()
        case SeqShape(_, items):
            parts = obj.items if isinstance(obj, o.Seq) else [o.UNASSIGNED] * len(items)
            for part, item in zip(parts, items, strict=True):
                yield from flatten(part, item, state)
        case MapShape(keys, items):
            for key, item in zip(keys, items, strict=True):
                part = obj.items[key] if isinstance(obj, (o.Mapping, o.Instance)) else o.UNASSIGNED
                yield from flatten(part, item, state)


def _packed(item: o.Obj, state: dict[o.Ref, Value]) -> Value:
    """An item of a list as one value."""
    builder = active_builders[-1]
    match item:
        case o.Ref():
            return read(item, state)
        case o.Seq(kind, items):
            maker = ops.make_tuple if kind is tuple else ops.make_list
            return builder.apply(maker, *[_packed(part, state) for part in items])
        case o.Mapping(items):
            parts = [_packed(part, state) for part in items.values()]
            return builder.apply(ops.make_dict, Constant(tuple(items)), *parts)
    raise UnsupportedError("an item of this list cannot be used as a value")


def build(shape: Any, values: Iterator[Value]) -> o.Obj:
    """The object of the given shape whose leaves are the next `values`."""
    match shape:
        case Leaf(_, missing, fixed):
            return o.Ref(next(values), missing=missing, fixed=fixed)
        case SeqShape(kind, items, limit):
            return o.Seq(kind, [build(i, values) for i in items], limit=limit)
        case MapShape(keys, items, cls, factory):
            entries = {k: build(i, values) for k, i in zip(keys, items, strict=True)}
            if cls in MAPPINGS:
                return o.Mapping(entries, kind=cls, factory=factory, ordered=cls is not set)
            return o.Instance(cls, entries)
        case Static(obj):
            return obj
    return o.UNASSIGNED
