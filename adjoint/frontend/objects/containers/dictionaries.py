"""Dictionaries and sets whose keys are known only at run time: a list of keys, and one of values.

The classes here are never instantiated. They are lowered like classes of the user's, from their
source, in the place of dictionaries that are asked for a key which is not part of the program.
Instances of subclasses of `dict` are made of the same two lists, and its methods stand for those
of `dict`, which are written in C.
"""

from __future__ import annotations

import collections
import types
from collections.abc import Iterator
from typing import Any

from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import key_object
from adjoint.frontend.state.float_lists import empty_rows
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.aliasing import holders
from adjoint.frontend.state.state import Names
from adjoint.frontend.state.store import IN_PYTHON, Slot, StandIn


class Dictionary(StandIn):
    """A `dict`."""

    kind: type = dict

    def __init__(self, key_list: list[Any], value_list: list[Any]):
        self.key_list = key_list
        self.value_list = value_list

    def __len__(self) -> int:
        return len(self.key_list)

    def __contains__(self, key: Any) -> bool:
        return key in self.key_list

    def __getitem__(self, key: Any) -> Any:
        if key not in self.key_list:
            raise KeyError(key)
        return self.value_list[self.key_list.index(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        if key in self.key_list:
            self.value_list[self.key_list.index(key)] = value
        else:
            self.key_list.append(key)
            self.value_list.append(value)

    def __delitem__(self, key: Any) -> None:
        self.pop(key)

    def get(self, key: Any, default: Any = None) -> Any:
        return self.value_list[self.key_list.index(key)] if key in self.key_list else default

    def setdefault(self, key: Any, default: Any = None) -> Any:
        if key not in self.key_list:
            self.key_list.append(key)
            self.value_list.append(default)
        return self.value_list[self.key_list.index(key)]

    def pop(self, key: Any, *default: Any) -> Any:
        if key not in self.key_list:
            if default:
                return default[0]
            raise KeyError(key)
        position = self.key_list.index(key)
        self.key_list.pop(position)
        return self.value_list.pop(position)

    def popitem(self) -> tuple[Any, Any]:
        if not self.key_list:
            raise KeyError("popitem(): dictionary is empty")
        return self.key_list.pop(), self.value_list.pop()

    def update(self, other: Any = (), **entries: Any) -> None:
        if hasattr(other, "keys"):
            for key in other:
                self[key] = other[key]
        else:
            for key, value in other:
                self[key] = value
        for name in entries:
            self[name] = entries[name]

    def copy(self) -> Dictionary:
        return Dictionary(list(self.key_list), list(self.value_list))

    def clear(self) -> None:
        self.key_list.clear()
        self.value_list.clear()

    def keys(self) -> list[Any]:
        return self.key_list

    def values(self) -> list[Any]:
        return self.value_list

    def items(self) -> Iterator[tuple[Any, Any]]:
        return ((key, self.value_list[k]) for k, key in enumerate(list(self.key_list)))


class Subclass(Dictionary):
    """An instance of a class of the user's that is a subclass of `dict`.

    The methods of `dict` do not call those of the subclass, besides `__missing__`.
    """

    def fill(self, other: Any = (), **entries: Any) -> None:
        """What `dict.__init__` does."""
        Subclass.update(self, other, **entries)

    def __getitem__(self, key: Any) -> Any:
        if key not in self.key_list:
            return missing_item(self, key)
        return self.value_list[self.key_list.index(key)]

    def update(self, other: Any = (), **entries: Any) -> None:
        if hasattr(other, "keys"):
            for key in other:
                Dictionary.__setitem__(self, key, other[key])
        else:
            for key, value in other:
                Dictionary.__setitem__(self, key, value)
        for name in entries:
            Dictionary.__setitem__(self, name, entries[name])

    def __delitem__(self, key: Any) -> None:
        Dictionary.pop(self, key)


def missing_item(self: Any, key: Any) -> Any:
    """What `dict.__getitem__` gives for a key that there is none of."""
    if hasattr(self, "__missing__"):
        return self.__missing__(key)
    raise KeyError(key)


class DefaultDictionary(Dictionary):
    """A `collections.defaultdict`."""

    kind = collections.defaultdict
    factory: Any

    def __getitem__(self, key: Any) -> Any:
        if key not in self.key_list:
            self.key_list.append(key)
            self.value_list.append(self.factory())
        return self.value_list[self.key_list.index(key)]

    def copy(self) -> Dictionary:
        made = DefaultDictionary(list(self.key_list), list(self.value_list))
        made.factory = self.factory
        return made


class CountingDictionary(Dictionary):
    """A `collections.Counter`."""

    kind = collections.Counter

    def __getitem__(self, key: Any) -> Any:
        return self.value_list[self.key_list.index(key)] if key in self.key_list else 0

    def copy(self) -> Dictionary:
        return CountingDictionary(list(self.key_list), list(self.value_list))

    def update(self, other: Any = (), **entries: Any) -> None:
        if isinstance(other, dict):
            for key in other:
                self[key] = self[key] + other[key]
        else:
            for key in other:
                self[key] = self[key] + 1
        for name in entries:
            self[name] = self[name] + entries[name]

    def total(self) -> Any:
        return sum(self.value_list)


class Elements(StandIn):
    """A `set`: nothing here depends on the order of its elements."""

    kind = set

    def __init__(self, key_list: list[Any]):
        self.key_list = key_list

    def __len__(self) -> int:
        return len(self.key_list)

    def __contains__(self, key: Any) -> bool:
        return key in self.key_list

    def add(self, key: Any) -> None:
        if key not in self.key_list:
            self.key_list.append(key)

    def remove(self, key: Any) -> None:
        if key not in self.key_list:
            raise KeyError(key)
        self.key_list.pop(self.key_list.index(key))

    def discard(self, key: Any) -> None:
        if key in self.key_list:
            self.key_list.pop(self.key_list.index(key))

    def clear(self) -> None:
        self.key_list.clear()

    def copy(self) -> Elements:
        return Elements(list(self.key_list))


_CLASSES: dict[type, type[StandIn]] = {
    set: Elements,
    dict: Dictionary,
    collections.OrderedDict: Dictionary,
    collections.defaultdict: DefaultDictionary,
    collections.Counter: CountingDictionary,
}


def _methods_of_dict() -> Iterator[tuple[Any, types.FunctionType]]:
    for cls in (Dictionary, Subclass):
        for name, method in vars(cls).items():
            if isinstance(method, types.FunctionType) and name in vars(dict):
                yield vars(dict)[name], method
    yield vars(dict)["__init__"], Subclass.fill  # type: ignore[misc]


IN_PYTHON.update(_methods_of_dict())


def is_subclass(python: Any) -> bool:
    """Is this a class of the user's that is a subclass of `dict`, written in Python?"""
    if not isinstance(python, type) or python is dict or not issubclass(python, dict):
        return False
    if python.__new__ is not dict.__new__ or python.__getattribute__ is not dict.__getattribute__:
        return False
    return all(base in (dict, object) or _is_plain(base) for base in python.__mro__)


def _is_plain(cls: type) -> bool:
    own = type(cls) is type and "__slots__" not in vars(cls)
    return own and cls.__module__ not in _OF_PYTHON


_OF_PYTHON = ("builtins", "collections", "typing", "enum")


def keys_of(obj: o.Obj) -> o.Obj | None:
    """The list of the keys of a dictionary of the run; None for anything else."""
    if isinstance(obj, o.Instance) and issubclass(obj.cls, Dictionary):
        return obj.items["key_list"]
    if isinstance(obj, o.Instance) and is_subclass(obj.cls):
        own = any(name in vars(base) for base in obj.cls.__mro__ for name in ("__iter__", "keys")
                  if base not in (dict, object))  # fmt: skip
        return None if own else obj.items["key_list"]
    return None


def empty_dictionary(cls: type = Dictionary) -> o.Instance:
    return o.Instance(cls, {"key_list": o.Seq(list, []), "value_list": o.Seq(list, [])})


def replaceable(frame: Frame, asked: list[o.Mapping]) -> list[o.Mapping]:
    """Which of the dictionaries that were asked for unknown keys can be replaced here.

    They are those that this function has made: what a caller has computed so far may hold
    others. In a branch or loop they would be another kind of object than before it.
    """
    state = frame.lowering.state
    found = dict.fromkeys(m for each in asked for m in [each, *each.origins])
    return [
        mapping
        for mapping in found
        if isinstance(mapping, o.Mapping) and not mapping.origins and mapping.kind in _CLASSES
        and (frame.caller is None or mapping.serial > frame.since)
        and not state.is_older(mapping.serial)
    ]  # fmt: skip


def become_dictionaries(frame: Frame, found: list[o.Mapping]) -> bool:
    """Let dictionaries have keys of the run from now on; False where that cannot be done."""
    done = False
    for mapping in found:
        done = _replace(frame, mapping) or done
    return done


def _replace(frame: Frame, mapping: o.Mapping) -> bool:
    """Put a dictionary with keys of the run where this one is held, if that can be done."""
    places = [(holder, key) for _, holder, key in holders(frame, mapping)]
    containers = (o.Seq, o.Mapping, o.Instance)
    if not places or not all(isinstance(holder, (Names, *containers)) for holder, _ in places):
        return False
    keys = o.Seq(list, [key_object(key) for key in mapping.items], shared=mapping.shared)
    values: o.Obj = o.Seq(list, list(mapping.items.values()), shared=mapping.shared)
    factory = mapping.factory
    lists = mapping.of_lists or isinstance(factory, o.Known) and factory.value is list
    if lists and not mapping.items:
        values = empty_rows(frame.lowering)
    fields: dict[Any, o.Obj] = {"key_list": keys, "value_list": values}
    if mapping.kind is set:
        del fields["value_list"]
    if mapping.factory is not None:
        fields["factory"] = mapping.factory
    made = o.Instance(_CLASSES[mapping.kind], fields, shared=mapping.shared)
    for holder, key in places:
        if isinstance(holder, Names):
            holder[key] = made
        else:
            frame.lowering.put(Slot(holder, key), made)
    return True
