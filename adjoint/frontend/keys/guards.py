"""Guards: the text of a small function that checks a call against a program's keys.

The function compares identities and exact types; no `==` of a user's object runs. It gives the
values that it read to the program, which does not read them again.
"""

from __future__ import annotations

import keyword
import operator
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.frontend.keys.places import ABSENT, FUNCTION, Place, contents_of, keys_of
from adjoint.frontend.keys.relative import Like
from adjoint.frontend.keys.signature import Key, frozen_key_of, key_of, static_value
from adjoint.limits import CHECKED_LEAVES
from adjoint.requests import MISS
from adjoint.runtime.records import field_names

_NAMES: dict[Any, type] = {"f": float, "i": int, "b": bool, "c": complex}
_METHODS = (types.BuiltinMethodType, types.MethodWrapperType)
_CONTAINERS = frozenset((list, tuple, dict))
_FUNCTIONS = frozenset((types.FunctionType,))


class Guards:
    """Writes the statements that check values, and holds the objects that these refer to.

    Examples
    --------
    >>> guards = Guards()
    >>> guards.check("x", "f", key_of)
    >>> print("\\n".join(guards.lines))
    if type(x) is not _0: return MISS
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.objects: dict[str, Any] = {"MISS": MISS}
        self.loaded: dict[Place, str] = {}
        self._numbers: dict[int, str] = {}
        self._temporaries = 0

    def name(self, python: Any) -> str:
        """The name of an object in the text."""
        known = self._numbers.get(id(python))
        if known is None:
            known = self._numbers[id(python)] = f"_{len(self._numbers)}"
            self.objects[known] = python  # which keeps it, and so its id
        return known

    def new(self) -> str:
        self._temporaries += 1
        return f"v{self._temporaries}_"

    def require(self, condition: str) -> None:
        self.lines.append(f"if not ({condition}): return MISS")

    # Values

    def check(self, x: str, key: Key, describe: Callable[[Any], Key]) -> None:
        """The value that the text calls `x` must have this key, as `describe` makes keys."""
        plain = describe in (key_of, frozen_key_of) or isinstance(key, str)
        if not (plain and self._check(x, key, describe)):
            self.require(f"{self.name(describe)}({x}) == {self.name(key)}")

    def _check(self, x: str, key: Key, describe: Callable[[Any], Key]) -> bool:
        """Write the check of a key; False where it takes the key of the whole value."""
        if isinstance(key, str) and key in _NAMES:
            self.require_type(x, _NAMES[key])
            return True
        if not isinstance(key, tuple):
            return False
        match key:
            case ("s", value, _):
                self.require_type(x, type(value))
                exact = type(value) in (int, bool)  # 0.0 == -0.0
                self.require(f"{x} == {value!r}" if exact else f"repr({x}) == {repr(value)!r}")
            case ("t" | "o", kind):
                self.require_type(x, kind)
            case ("s", _):
                self.same(x, static_value(key))
            case ("F", Like() as like):
                self.require(f"{self.name(like.fits)}({x})")
            case ("a", dtype, int(rank)):
                self._array(x, dtype, [False] * rank)
            case ("a", dtype, tuple(flags)) if all(type(f) is bool for f in flags):
                self._array(x, dtype, flags)
            case ("g", dtype):
                self.require_type(x, dtype.type)
            case ("L", str(number)) if number in _NAMES:
                self.require_type(x, list)
                count, kind = self.name(operator.countOf), self.name(_NAMES[number])
                self.require(f"{x} and {count}(map(type, {x}), {kind}) == len({x})")
            case ("L", ("L", str(number))) if number in _NAMES:
                self.require_type(x, list)
                self.require(f"{x} and {self.name(_are_lists)}({x}, {self.name(_NAMES[number])})")
            case ("S", kind, keys) if (
                kind in (list, tuple) and len(keys) > CHECKED_LEAVES and len({*keys}) == 1
                and (number := keys[0]) in _NAMES
            ):  # fmt: skip
                self.require_type(x, kind)
                count = self.name(operator.countOf)
                counted = f"{count}(map(type, {x}), {self.name(_NAMES[number])})"
                self.require(f"len({x}) == {len(keys)} == {counted}")
            case ("S", kind, keys) if kind in (list, tuple) and _leaves(key) <= CHECKED_LEAVES:
                self.require_type(x, kind)
                self.require(f"len({x}) == {len(keys)}")
                return self._items([f"{x}[{k}]" for k in range(len(keys))], keys, describe)
            case ("D", names, keys, kinds) if (
                all(kind is str for kind in kinds) and _leaves(key) <= CHECKED_LEAVES
            ):
                self.require_type(x, dict)
                self.require(f"[*{x}] == {self.name(list(names))}")
                return self._items([f"{x}[{name!r}]" for name in names], keys, describe)
            case ("R", names, keys, cls) if _leaves(key) <= CHECKED_LEAVES:
                self.require_type(x, cls)
                if not issubclass(cls, tuple):
                    fields = f"{self.name(field_names)}({x}) == {self.name(names)}"
                    own = f"[*{x}.__dict__] == {self.name(list(names))}"
                    self.require(fields if _has_slots(cls) else f"{own} or {fields}")
                return self._items([self._attribute(x, name) for name in names], keys, describe)
            case _:
                return False
        return True

    def require_type(self, x: str, kind: type) -> None:
        self.lines.append(f"if type({x}) is not {self.name(kind)}: return MISS")

    @staticmethod
    def _attribute(x: str, name: str) -> str:
        plain = name.isidentifier() and not keyword.iskeyword(name)
        return f"{x}.{name}" if plain else f"getattr({x}, {name!r})"

    def _array(self, x: str, dtype: Any, ones: Sequence[bool]) -> None:
        known = self.name(dtype)
        self.require_type(x, np.ndarray)
        self.require(f"{x}.dtype is {known} or {x}.dtype == {known}")
        if len(ones) < 2:  # without the tuple of its shape, which takes as long as the rest
            size = "".join([f" and len({x}) {'==' if one else '!='} 1" for one in ones])
            self.require(f"{x}.ndim == {len(ones)}{size}")
            return
        sizes = [self.new() for _ in ones]
        self.lines.append(f"{', '.join(sizes)} = {x}.shape")  # raises for another rank
        tests = [f"{n} {'==' if one else '!='} 1" for n, one in zip(sizes, ones, strict=True)]
        self.require(" and ".join(tests))

    def _items(
        self, items: Sequence[str], keys: Sequence[Key], describe: Callable[[Any], Key]
    ) -> bool:
        for item, key in zip(items, keys, strict=True):
            held = self.new()
            self.lines.append(f"{held} = {item}")
            if not self._check(held, key, describe):
                if describe is not key_of:
                    return False
                self.require(f"{self.name(key_of)}({held}) == {self.name(key)}")
        return True

    def same(self, x: str, python: Any) -> None:
        """The value must be this object, or a bound method or text like it."""
        known = "None" if python is None else self.name(python)
        if isinstance(python, types.MethodType):
            self.require(
                f"type({x}) is {self.name(types.MethodType)} and {x}.__self__ is "
                f"{self.name(python.__self__)} and {x}.__func__ is {self.name(python.__func__)}"
            )
        elif isinstance(python, (str, np.dtype, *_METHODS)):
            kind = self.name(type(python))
            self.require(f"{x} is {known} or type({x}) is {kind} and {x} == {known}")
        else:
            self.lines.append(f"if {x} is not {known}: return MISS")

    # What lies outside

    def load(self, place: Place) -> str:
        """Write the statement that reads a place; what the text calls the value."""
        known = self.loaded.get(place)
        if known is not None:
            return known
        known = self.loaded[place] = self.new()
        self.lines.append(f"{known} = {self._read(place)}")
        return known

    def _read(self, place: Place) -> str:
        if place.kind == "cell" and place.holder is FUNCTION:
            return f"function.__closure__[{place.name}].cell_contents"
        if isinstance(place.holder, Place):
            known = place.holder in self.loaded
            holder = self.load(place.holder)
            if not known:
                of_function = place.kind in ("closure", "attribute")
                kinds = self.name(_FUNCTIONS if of_function else _CONTAINERS)
                self.require(f"type({holder}) in {kinds}")
        else:
            holder = "function" if place.holder is FUNCTION else self.name(place.holder)
        match place.kind:
            case "global" | "item":
                return f"{holder}[{self._key(place.name)}]"
            case "holds":
                return f"{self._key(place.name)} in {holder}"
            case "length":
                return f"len({holder})"
            case "keys":
                return f"{self.name(keys_of)}({holder})"
            case "values":
                return f"[*{holder}.values()]"
            case "cell":
                return f"{holder}.cell_contents"
            case "closure":
                return f"{holder}.__closure__[{place.name}].cell_contents"
            case "entry":
                return f"{holder}.get({place.name!r}, {self.name(ABSENT)})"
            case "class":
                return f"type({holder})"
            case "contents":
                return f"{self.name(contents_of)}({holder})"
            case "has":
                return f"hasattr({holder}, {place.name!r})"
        return self._attribute(holder, place.name)

    def _key(self, key: Any) -> str:
        """The text of a position, or of a key of a dictionary."""
        return repr(key) if type(key) in (int, str) else self.name(key)


def _leaves(key: Key) -> int:
    if isinstance(key, tuple) and key[0] in "SDR":
        return 1 + sum(map(_leaves, key[2]))
    return 1


def _has_slots(cls: type) -> bool:
    return any("__slots__" in vars(base) for base in cls.__mro__[:-1])


def _are_lists(rows: list[Any], number: type) -> bool:
    """Are these lists of such numbers, none of them empty?"""
    return all(
        type(row) is list and row and operator.countOf(map(type, row), number) == len(row)
        for row in rows
    )


def write_captured(
    guards: Guards, captures: Mapping[Place, Key], describe: Callable[[Place], Callable[..., Key]]
) -> None:
    """Write the guards of all places that decided a program."""
    for place, key in captures.items():
        x = guards.load(place)
        if place.kind in ("contents", "keys"):
            guards.require(f"{x} == {guards.name(static_value(key))}")
        else:
            guards.check(x, key, describe(place))


def compiled(guards: Guards, head: str, tail: Sequence[str]) -> Any:
    """The function `head` of the guards' statements, followed by `tail`."""
    body = [f"        {line}" for line in guards.lines]
    text = [head, "    try:", *(body or ["        pass"]), "    except Exception:"]
    text += ["        return MISS", *(f"    {line}" for line in tail)]
    exec("\n".join(text), guards.objects)
    return guards.objects[head.split()[1].partition("(")[0]]
