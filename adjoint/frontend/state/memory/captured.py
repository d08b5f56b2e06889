"""Big containers from outside, of which only what the program reads is captured and guarded.

`table["k"]` of a dictionary with ten thousand entries costs a program one parameter, and a call
one look into the dictionary. What needs the contents as a whole, such as a loop over them, uses
the container as what it is: it reads `items` or `value`, and then all of it is captured.
"""

from __future__ import annotations

import enum
from typing import Any

from adjoint.frontend.keys.places import Place, keys_of
from adjoint.frontend.keys.signature import Key, is_static, key_of
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import key_object
from adjoint.ir.core import Constant, Region, Value
from adjoint.limits import CAPTURED_ITEMS, KNOWN_ITEMS

_SIMPLE = (bool, int, float, str, bytes, type(None))


def is_big(python: Any) -> bool:
    """Is this a container that is read item by item?"""
    return type(python) in (list, tuple, dict) and len(python) > CAPTURED_ITEMS


def outside_container(lowering: Any, place: Place) -> o.Obj:
    """The object of a big container at a place; nothing of it is captured but its class."""
    python = lowering.outside.load(place)
    lowering.outside.guards.setdefault(place, ("t", type(python)))
    if type(python) is dict:
        return _Mapping(lowering, place, python)
    key = key_of(python)
    return _List(lowering, place, python) if key[0] == "L" else _Sequence(lowering, place, key)


def is_plain_key(key: Any) -> bool:
    """May a dictionary be asked for this key without running code of the user's?"""
    if type(key) is tuple:
        return all(map(is_plain_key, key))
    return type(key) in _SIMPLE and key == key or isinstance(key, enum.Enum)  # nan is no key


class _Captured(o.Outside):
    """What the three kinds of containers have in common."""

    lowering: Any
    place: Place
    entire: tuple[Region, o.Obj] | None = None  # of the state: what it is, once it was read

    def _begin(self, lowering: Any, place: Place) -> None:
        self.lowering, self.place = lowering, place
        self.serial = -1  # it is there from the beginning

    def _held(self) -> Any:
        """The container as it is while the program is compiled."""
        return self.lowering.outside.load(self.place)

    def whole(self) -> Any:
        """Capture all of the container: what it would be if it were small."""
        region = self.lowering.builder.region
        if self.entire is None or not _is_inside(region, self.entire[0]):
            now = region, self.lowering.capture_whole(self.place)
            self.lowering.state.mark(self, entire=now)
        assert self.entire is not None
        return self.entire[1]

    def _ask(self, kind: str, name: Any, answer: Any) -> Any:
        """Guard what the container answers to a question."""
        place = Place.of(kind, self.place, name)
        self.lowering.outside.guards.setdefault(place, ("s", answer, type(answer)))
        return answer

    def length(self) -> o.Obj:
        return o.Ref(Constant(self._ask("length", "", len(self._held()))))


class _List(_Captured, o.Ref):
    """A list whose length is no part of the program."""

    def __init__(self, lowering: Any, place: Place, python: list[Any]):
        self._begin(lowering, place)
        self.shared, self.aliases, self.confused = o.FOREIGN, frozenset(), set()
        self.group = self.token = self.undecided = None
        self.layout, self.rows, self.missing = "", False, ""

    @property
    def value(self) -> Value:  # type: ignore[override]
        return self.whole().value  # type: ignore[no-any-return]

    def length(self) -> o.Obj:
        return o.Ref(self.lowering.builder.apply(len, self.lowering.parameter_for(self.place)))

    def item(self, key: Any) -> o.Obj | None:
        if type(key) is not int or not -len(self._held()) <= key < len(self._held()):
            return None
        return self.lowering.capture(Place.of("item", self.place, key))  # type: ignore[no-any-return]


class _Sequence(_Captured, o.Seq):
    """A tuple, or a list whose items are of several kinds."""

    def __init__(self, lowering: Any, place: Place, key: Key):
        self._begin(lowering, place)
        self.kind, self.limit = key[1], None
        self.origins, self.shared, self.token = frozenset(), o.FOREIGN, None
        self._key = key

    @property
    def items(self) -> list[o.Obj]:  # type: ignore[override]
        return self.whole().items  # type: ignore[no-any-return]

    @property
    def value(self) -> Value | None:  # type: ignore[override]
        return self.lowering.parameter_of(self.place)  # type: ignore[no-any-return]

    def is_uniform(self) -> bool:
        first, *others = dict.fromkeys(self._key[2])
        return not others and first in ("f", "i", "c") and self.value is not None

    def is_constant(self) -> bool:
        return all(is_static(key) or key == "b" for key in self._key[2])

    def item(self, key: Any) -> o.Obj | None:
        size = len(self._held())
        if type(key) is int and -size <= key < size:
            return self.lowering.capture(Place.of("item", self.place, key))  # type: ignore[no-any-return]
        self.length()
        return None


class _Mapping(_Captured, o.Mapping):
    """A dictionary."""

    def __init__(self, lowering: Any, place: Place, python: dict[Any, Any]):
        self._begin(lowering, place)
        self.kind, self.factory, self.ordered = dict, None, True
        self._keys: list[o.Obj] | None = None
        self.origins, self.shared, self.token = frozenset(), o.FOREIGN, None

    @property
    def items(self) -> dict[Any, o.Obj]:  # type: ignore[override]
        return self.whole().items  # type: ignore[no-any-return]

    @property
    def value(self) -> Value | None:  # type: ignore[override]
        return self.lowering.parameter_of(self.place)  # type: ignore[no-any-return]

    def keys(self) -> list[o.Obj]:
        if self._keys is None:
            place = Place.of("keys", self.place)
            self.lowering.outside.guards.setdefault(place, ("s", keys_of(self._held())))
            self._keys = [key_object(key) for key in self._held()]
        return self._keys

    def column(self) -> o.Obj | None:
        """The values as a list of the run, where they are many numbers of one kind."""
        held = self._held()
        numbers = {*map(type, held.values())}
        many = len(held) > KNOWN_ITEMS and len(numbers) == 1 and numbers <= {float, int, complex}
        if not many or self.entire is not None or self.lowering.root.known.written:
            return None  # it may be changed by now
        return self.lowering.capture(Place.of("values", self.place))  # type: ignore[no-any-return]

    def has(self, key: Any) -> bool:
        if not is_plain_key(key):
            return key in self.items
        return bool(self._ask("holds", key, key in self._held()))

    def item(self, key: Any) -> o.Obj | None:
        if not is_plain_key(key):
            return self.items.get(key)
        if key not in self._held():
            self.has(key)
            return None
        return self.lowering.capture(Place.of("item", self.place, key))  # type: ignore[no-any-return]


def column_of(obj: o.Obj) -> o.Obj | None:
    """The values of `d.values()` as a list, for a big dictionary from outside."""
    if isinstance(obj, o.DictView) and obj.name == "values" and isinstance(obj.owner, _Mapping):
        return obj.owner.column()
    return None


def _is_inside(region: Region | None, ancestor: Region) -> bool:
    """Is `region`, which is still being written, in `ancestor`?"""
    while region is not None and region is not ancestor:
        region = region.within
    return region is ancestor
