"""The store: what arrays and containers hold, and which of them others refer to."""

from __future__ import annotations

import collections
from dataclasses import dataclass
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import key_object
from adjoint.ir import ops
from adjoint.ir.core import Value
from adjoint.ir.types import Array, List, Type, Unknown


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


def place_name(place: Any) -> str:
    """What the user calls a place: a variable, or an attribute."""
    name = place.key if isinstance(place, Slot) else place
    return "" if not isinstance(name, str) or not name.isidentifier() else name


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


def is_mutable(type_: Type) -> bool:
    return isinstance(type_, (Unknown, List)) or isinstance(type_, Array) and not type_.scalar


def has_row_views(type_: Type) -> bool:
    """Are the items of such a value views into it?"""
    return isinstance(type_, Unknown) or isinstance(type_, Array) and type_.rank > 1


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
