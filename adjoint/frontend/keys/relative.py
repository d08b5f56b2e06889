"""Places relative to the differentiated function, so that a call with new closures fits a program.

`grad(twice(lambda x: k * x))` in a loop makes functions of the same codes each time. Where a
closure of the differentiated function is only called, the program does not depend on which
function it is, but on its code and on what was read of it. Its guard asks for the code, and its
cells are read from the function that is there at the call.
"""

from __future__ import annotations

import types
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import gast

from adjoint.declarations import DECLARATIONS
from adjoint.errors import SourceUnavailableError
from adjoint.frontend.keys.places import FUNCTION, Place
from adjoint.frontend.keys.signature import Key, is_static, static_value
from adjoint.frontend.syntax.source import function_source


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
    held : the objects in the text of the program; they stay what they are.
    """
    functions = _only_called(captures, function, {id(x) for x in held})
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
    captures: Mapping[Place, Key], function: types.FunctionType, held: set[int]
) -> dict[Place, types.FunctionType]:
    """The functions in the closure of `function`, and in theirs, that it does nothing with but
    call them: a program that compares, hashes or passes on a function depends on which one it is.
    """
    read = [p.holder for p in captures if p.kind == "attribute" and p.name == "__code__"]
    owners = Counter(id(cell) for f in read for cell in f.__closure__ or ())
    values = {p: static_value(key) for p, key in captures.items() if is_static(key)}
    often = Counter(map(id, values.values()))
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
                and id(value) not in held
                and often[id(value)] == 1  # else two places hold one function, or it holds itself
                and all(owners[id(cell)] == 1 for cell in value.__closure__ or ())
                and Like.to(value).fits(value)
                and _has_only_calls(owner, names[number])
            ):
                found[place] = value
                todo.append(value)
    return found


def _has_only_calls(owner: types.FunctionType, name: str) -> bool:
    """Is the variable of the function's closure only called in its text?"""
    try:
        nodes = [*gast.walk(function_source(owner.__code__, owner.__globals__).node)]
    except SourceUnavailableError:
        return False
    called = {id(node.func) for node in nodes if isinstance(node, gast.Call)}
    return not any(
        isinstance(node, gast.Name) and node.id == name and id(node) not in called
        or isinstance(node, gast.Nonlocal) and name in node.names
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
        return place if holder is place.holder else Place.of(place.kind, holder, place.name)
    base = bases.get(id(place.holder))
    if base is None:
        return place
    if base.number >= 0:
        return Place.of("closure", base.place, base.number)
    return Place.of(place.kind, base.place, place.name)
