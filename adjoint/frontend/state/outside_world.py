"""The one reader of what lies outside of the program: each read is a guard of its key."""

from __future__ import annotations

import abc
import types
import typing
from typing import Any

from adjoint.frontend.keys.places import ABSENT, FUNCTION, Place, contents_of, is_mutable_container
from adjoint.frontend.keys.signature import ById, Key
from adjoint.kinds import find

#: Classes of other modules that never change: nobody adds a method to them.
_SETTLED: tuple[Any, ...] = (object, abc.ABC, typing.Generic, BaseException, Exception)
_METHODS = (types.MethodType, types.BuiltinMethodType, types.MethodWrapperType)
_HEAP_TYPE = 1 << 9  # classes of `class` statements; others cannot be assigned to


class OutsideWorld:
    """Reads functions, classes, attributes and containers for a lowering.

    A program depends on everything that was read here, so a call checks all of `guards`. A read
    that only compares (is it the same function?) is recorded at once; a value that the program
    computes with is captured, see `Lowering.capture`.

    Attributes
    ----------
    function : the differentiated function, which the cells of its closure are read from.
    guards : what each place held, as the key of a constant.
    """

    def __init__(self, function: types.FunctionType | None = None):
        self.function = function
        self.guards: dict[Place, Key] = {}
        self._kept: list[Any] = []  # ids stay theirs as long as these are alive

    def load(self, place: Place) -> Any:
        """Read the present value of a place. The caller records its key."""
        return place.load(self.function)

    def fixed(self, place: Place) -> Any:
        """Read an object of a place that must be the same one at every call."""
        value = self.load(place)
        self.guards.setdefault(place, ("s", ById(value)))
        return value

    def is_steady(self, place: Place) -> bool:
        """Does the place give the same object each time? A property may make new ones."""
        first, second = self.load(place), self.load(place)
        return (
            first is second
            or type(first) is type(second)
            and (isinstance(first, _METHODS) and bool(first == second))
        )

    # Functions

    def code(self, function: types.FunctionType) -> types.CodeType:
        """The code of a function; it may be given another one, as by autoreload."""
        if function is self.function:  # programs are kept per code
            return function.__code__
        return self.fixed(Place.of("attribute", function, "__code__"))  # type: ignore[no-any-return]

    def defaults(self, function: types.FunctionType) -> tuple[Any, ...]:
        """The defaults of the positional parameters."""
        return self.fixed(self._attribute(function, "__defaults__")) or ()

    def keyword_defaults(self, function: types.FunctionType) -> dict[str, Any]:
        """The defaults of the parameters that have to be named."""
        found = self.fixed(self._attribute(function, "__kwdefaults__")) or {}
        return self.contents(found)  # type: ignore[no-any-return]

    def _attribute(self, function: types.FunctionType, name: str) -> Place:
        """An attribute of a function; of the differentiated one, that of the one at the call."""
        return Place.of("attribute", FUNCTION if function is self.function else function, name)

    # Classes

    def type_of(self, python: Any) -> type:
        """The class of an object, which `obj.__class__ = Other` changes."""
        if _may_change(type(python)):
            self.fixed(Place.of("class", python))
        return type(python)

    def class_attribute(self, cls: type, name: str) -> Any:
        """An attribute as the class stores it, wherever in its bases; None where none does."""
        if _may_change(cls):
            self.fixed(Place.of("attribute", cls, "__mro__"))
        for base in cls.__mro__:
            entries = vars(base)
            if _may_change(base):
                self._kept.append(base)
                self._entry(Place("entry", entries, name, id(base)))
            if name in entries:
                break
        return find(cls, name)

    def _entry(self, place: Place) -> None:
        """An entry of a class: a function or the like as it is; of a plain value the type, as
        numbers are captured where they are read."""
        value = self.load(place)
        if value is ABSENT or hasattr(type(value), "__get__"):
            self.fixed(place)
        else:
            self.guards.setdefault(place, ("t", type(value)))

    # Attributes and containers

    def has(self, python: Any, name: str) -> bool:
        """Is there such an attribute?"""
        place = Place.of("has", python, name)
        found = self.load(place)
        self.guards.setdefault(place, ("s", found))
        return bool(found)

    def contents(self, python: Any) -> Any:
        """A container that the program looks into while it is compiled."""
        if is_mutable_container(python):
            place = Place.of("contents", python)
            self.guards.setdefault(place, ("s", contents_of(python)))
        return python


def _may_change(cls: type) -> bool:
    return bool(cls.__flags__ & _HEAP_TYPE) and cls not in _SETTLED
