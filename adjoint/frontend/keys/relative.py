"""Places relative to the differentiated function, so that a call with new closures fits a program.

`grad(twice(lambda x: k * x))` in a loop makes functions of the same codes each time. Where a
closure of the differentiated function is only called, the program does not depend on which
function it is, but on its code and on what was read of it. Its guard asks for the code, and its
cells are read from the function that is there at the call.
"""

from __future__ import annotations

import gc
import types
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from adjoint.declarations import DECLARATIONS
from adjoint.errors import SourceUnavailableError
from adjoint.frontend.keys.places import FUNCTION, Place
from adjoint.frontend.keys.signature import Key, is_static, static_value
from adjoint.frontend.syntax.source import function_source
from adjoint.limits import REACHED_OBJECTS

#: What is not looked into for functions: it holds none, or belongs to nobody's closure.
_LEAVES = (types.ModuleType, types.CodeType, type, str, bytes, int, float, complex, np.ndarray,
           np.generic, np.dtype)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Like:
    """Stands in a key for all functions of one code and one module, as a fresh lambda is."""

    code: types.CodeType
    namespace: dict[str, Any]
    module: Any

    @classmethod
    def to(cls, function: types.FunctionType) -> Like:
        return cls(function.__code__, function.__globals__, function.__module__)

    def fits(self, python: Any) -> bool:
        """Is this such a function, without a rule or attributes of its own?"""
        return (
            type(python) is types.FunctionType
            and python.__code__ is self.code
            and python.__globals__ is self.namespace
            and python.__module__ is self.module
            and not python.__dict__
            and python not in DECLARATIONS.last
        )


@dataclass(frozen=True)
class Relative:
    """The places of a program, each with the one that it is read from at a call, and its key."""

    places: dict[Place, Place]
    keys: dict[Place, Key]

    def of(self, place: Place) -> Place:
        return self.places.get(place, place)


def relative(
    captures: Mapping[Place, Key], function: types.FunctionType, held: Iterable[Any]
) -> Relative:
    """Make places relative to `function` where what they hold is only called.

    Parameters
    ----------
    captures : the places that a program read, with the keys of what they held.
    held : what else the program knows: the keys of its arguments, the objects in its text. They
        stay what they are, and so do all functions that are reached from them.
    """
    functions = _only_called(captures, function, _occurrences([*captures.values(), *held]))
    bases: dict[int, _Base] = {}
    found = Relative({}, {})
    for place, value in functions.items():  # the outer ones first
        there = _moved(place, bases)
        bases[id(value)] = _Base(there)
        for number, cell in enumerate(value.__closure__ or ()):
            bases[id(cell)] = _Base(there, number)
    for place, key in captures.items():
        there = found.places[place] = _moved(place, bases)
        found.keys[there] = ("F", Like.to(functions[place])) if place in functions else key
    return found


def _only_called(
    captures: Mapping[Place, Key], function: types.FunctionType, often: Counter[int]
) -> dict[Place, types.FunctionType]:
    """The functions in the closure of `function`, and in theirs, that it does nothing with but
    call them: a program that compares, hashes or passes on a function depends on which one it is.
    """
    read = [p.holder for p in captures if p.kind == "attribute" and p.name == "__code__"]
    owners = Counter(id(cell) for f in read for cell in f.__closure__ or ())
    values = {p: static_value(key) for p, key in captures.items() if is_static(key)}
    found: dict[Place, types.FunctionType] = {}
    todo = [function]
    while todo:
        owner = todo.pop()
        names = owner.__code__.co_freevars
        for number, cell in enumerate(owner.__closure__ or ()):
            own = Place.of("cell", cell, names[number])
            place = Place.of("cell", FUNCTION, number) if owner is function else own
            value = values.get(place)
            if (
                isinstance(value, types.FunctionType)
                and value is not function
                and often[id(value)] == 1  # else it is reached in another way, too
                and all(owners[id(cell)] == 1 for cell in value.__closure__ or ())
                and Like.to(value).fits(value)
                and _has_only_calls(owner, names[number])
            ):
                found[place] = value
                todo.append(value)
    return found


def _occurrences(roots: Iterable[Any]) -> Counter[int]:
    """How often each function is referred to by these, and by the objects that they hold.

    Empty where they hold too many objects to look at. Functions are not looked into: what a
    program reads of them is captured by itself.
    """
    found: Counter[int] = Counter()
    seen: dict[int, Any] = {}  # which keeps the ids
    todo = [*roots]
    while todo:
        python = todo.pop()
        if isinstance(python, types.FunctionType):
            found[id(python)] += 1
        elif id(python) not in seen and not isinstance(python, _LEAVES):
            seen[id(python)] = python
            if len(seen) > REACHED_OBJECTS:
                return Counter()
            todo += gc.get_referents(python)
    return found


def _has_only_calls(owner: types.FunctionType, name: str) -> bool:
    """Is the variable of the function's closure only called in its text?"""
    try:
        nodes = [*gast.walk(function_source(owner.__code__, owner.__globals__).node)]
    except SourceUnavailableError:
        return False
    called = {id(node.func) for node in nodes if isinstance(node, gast.Call)}
    return not any(
        isinstance(node, gast.Name)
        and node.id == name
        and id(node) not in called
        or isinstance(node, gast.Nonlocal)
        and name in node.names
        for node in nodes
    )


@dataclass(frozen=True)
class _Base:
    """Where a function is read at a call; with a `number`, the function that has this cell."""

    place: Place
    number: int = -1


def _moved(place: Place, bases: Mapping[int, _Base]) -> Place:
    if isinstance(place.holder, Place):
        holder = _moved(place.holder, bases)
        if holder is place.holder:
            return place
        return Place.of(place.kind, holder, place.name, place.origin)
    base = bases.get(id(place.holder))
    if base is None:
        return place
    if base.number >= 0:
        return Place.of("closure", base.place, base.number)
    return Place.of(place.kind, base.place, place.name, place.origin)
