"""Places: where a program reads what lies outside of it."""

from __future__ import annotations

import collections
import types
from dataclasses import dataclass, field
from typing import Any

from adjoint.frontend.keys.signature import ById


class _Marker:
    """What a place holds that holds nothing, or holds the differentiated function itself."""

    def __init__(self, name: str):
        self.name = name

    def __repr__(self) -> str:
        return self.name


#: The value of an entry that is not there.
ABSENT = _Marker("ABSENT")
#: Stands for the differentiated function as a holder: functions of one code share programs.
FUNCTION = _Marker("FUNCTION")


@dataclass(frozen=True)
class Place:
    """Where a value is read at every call.

    Attributes
    ----------
    kind : how it is read from its holder: a `global`, a `cell` (of FUNCTION: the cell number
        `name`), that cell of the `closure` of another function, an `attribute`, an `entry` of a
        mapping (ABSENT where there is none), an `item` of a container, its `length`, its `keys`,
        its `values` as a list, the `class` of an object, the `contents` of a mutable container;
        or a question: `has` an object this attribute, `holds` a dictionary this key?
    holder : an object that the program knows by identity, or the place of a container or function.
    origin : the module that a saved program reads it from.
    """

    kind: str
    holder: Any = field(compare=False)
    name: Any
    identity: Any
    origin: str = field(default="", compare=False)

    @classmethod
    def of(cls, kind: str, holder: Any, name: Any = "", origin: str = "") -> Place:
        """The place in this holder, told from others by the identity of the holder."""
        identity = holder if isinstance(holder, Place) else id(holder)
        return cls(kind, holder, name, identity, origin)

    def load(self, function: types.FunctionType | None = None) -> Any:
        """Load the present value; `function` is the differentiated one."""
        holder = self.holder
        if isinstance(holder, Place):
            holder = holder.load(function)
        elif holder is FUNCTION:
            holder = function
            if self.kind == "cell":
                assert function is not None and function.__closure__ is not None
                holder = function.__closure__[self.name]
        match self.kind:
            case "global" | "item":
                return holder[self.name]
            case "cell":
                return holder.cell_contents
            case "closure":
                return holder.__closure__[self.name].cell_contents
            case "entry":
                return holder.get(self.name, ABSENT)
            case "class":
                return type(holder)
            case "contents":
                return contents_of(holder)
            case "has":
                return hasattr(holder, self.name)
            case "holds":
                return self.name in holder
            case "length":
                return len(holder)
            case "keys":
                return keys_of(holder)
            case "values":
                return [*dict.values(holder)]
        return getattr(holder, self.name)

    @property
    def is_computed(self) -> bool:
        """May reading it run code, as a property does?"""
        if isinstance(self.holder, Place):
            return self.holder.is_computed
        if self.kind != "attribute":
            return False
        holder = self.holder
        found = _stored(type(holder), self.name)
        if not hasattr(type(found), "__get__") and isinstance(holder, type):
            found = _stored(holder, self.name)
        if found is not ABSENT:
            return hasattr(type(found), "__get__")
        return self.name not in getattr(holder, "__dict__", {})

    @property
    def label(self) -> str:
        """The name of a value that is read there, in the text."""
        if self.kind == "cell" and self.holder is FUNCTION:
            return self.origin
        name = str(self.name)
        if self.kind == "values":
            return f"{self.holder.label}_values"
        if self.kind != "item":
            return name
        base = self.holder.label if isinstance(self.holder, Place) else "item"
        return f"{base}_{name}" if f"{base}_{name}".isidentifier() else f"{base}_item"


def _stored(cls: type, name: str) -> Any:
    """An attribute as one of the classes stores it, which a property is, too."""
    return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), ABSENT)


_SIMPLE = (bool, int, str, bytes, complex, type(None))


def contents_of(value: Any) -> Any:
    """A mutable container as a value to compare: numbers and text by value, others by identity.

    Nothing of the user's runs: no `==` and no `hash` of an object that is neither number nor text.
    """
    kind = type(value)
    if kind in _SIMPLE:
        return kind, value
    if kind is float:
        return kind, value.hex()  # -0.0 and nan are told apart
    if isinstance(value, dict):
        return kind, tuple([(contents_of(k), contents_of(v)) for k, v in dict.items(value)])
    if isinstance(value, (list, tuple, collections.deque)):
        return kind, tuple(map(contents_of, value))
    if isinstance(value, (set, frozenset)):
        return kind, frozenset(map(contents_of, value))
    return kind, ById(value)


def keys_of(mapping: dict[Any, Any]) -> Any:
    """The keys of a dictionary in their order, as a value to compare."""
    return tuple(map(contents_of, dict.keys(mapping)))


def is_mutable_container(value: Any) -> bool:
    """May the contents change while the container stays the same object?"""
    return isinstance(value, (list, dict, set, collections.deque)) or (
        isinstance(value, tuple) and any(map(is_mutable_container, value))
    )
