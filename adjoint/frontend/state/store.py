"""The store: what arrays and containers hold, and which of them others refer to."""

from __future__ import annotations

import collections
import types
from dataclasses import dataclass
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import key_object
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


#: The classes whose instances are mappings here.
MAPPINGS = (dict, set, collections.defaultdict, collections.OrderedDict, collections.Counter)
Contents = dict[Any, o.Obj]


class StandIn:
    """A class that is lowered in the place of another one: `kind`. Its instances are no values."""

    kind: type


#: Methods of builtin classes that are written in C, and what is lowered in their place in an
#: instance of a subclass.
IN_PYTHON: dict[Any, types.FunctionType] = {}


def in_python(found: Any) -> Any:
    """What a class stores, with text for what is written in C, where there is one."""
    try:
        return IN_PYTHON.get(found, found)
    except TypeError:  # it cannot be hashed
        return found


def refuse_stand_in(obj: o.Obj) -> None:
    """Refuse an operation that would have to know what the object is in Python."""
    if not isinstance(obj, o.Instance):
        return
    if issubclass(obj.cls, StandIn):
        raise UnsupportedError(
            f"a {obj.cls.kind.__name__} whose keys are known only at run time is used as a whole",
            instead="use its items one by one",
        )
    if issubclass(obj.cls, dict):
        raise UnsupportedError(
            f"a {obj.cls.__name__}, which is a subclass of dict, is used as a whole",
            instead="use its items one by one, or make a dict of it",
        )


def contents_of(container: Any) -> Contents:
    """The present contents of a container, by position or key."""
    if isinstance(container, o.Seq):
        return dict(enumerate(container.items))
    return dict(container.items)


def view_items(owner: o.Mapping, name: str) -> list[o.Obj]:
    """The present items of `d.keys()`, `d.values()` or `d.items()`."""
    if name == "values":
        return list(owner.items.values())
    keys = [key_object(k) for k in owner.items]
    if name == "keys":
        return keys
    return [o.Seq(tuple, [k, v]) for k, v in zip(keys, owner.items.values(), strict=True)]


def replace(container: Any, contents: Contents) -> None:
    """Let a container hold this, and nothing else."""
    if isinstance(container, o.Seq):
        container.items[:] = contents.values()
    else:
        container.items.clear()
        container.items.update(contents)


def place_name(place: Any) -> str:
    """The user's name for a place: a variable, or an attribute."""
    name = place.key
    return "" if not isinstance(name, str) or not name.isidentifier() else name


def is_mutable(type_: Type) -> bool:
    return isinstance(type_, (Unknown, List)) or isinstance(type_, Array) and not type_.scalar


def has_row_views(type_: Type) -> bool:
    """Are the items of such a value views into it?"""
    return isinstance(type_, Unknown) or isinstance(type_, Array) and type_.rank > 1
