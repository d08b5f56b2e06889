"""Arguments -> specialisation keys -> types.

A key says all that the compiled program depends on: kinds, dtypes, ranks, which dimensions are 1,
the structure of containers, the identity of functions. Sizes are never in it.
"""

from __future__ import annotations

import threading
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir.types import (
    ANY,
    BOOL,
    COMPLEX,
    FLOAT,
    MANY,
    UNKNOWN,
    Array,
    Dim,
    List,
    Opaque,
    Range,
    Scalar,
    Size,
    Struct,
    Type,
    fresh_dim,
)
from adjoint.kinds import is_foreign_class, is_taken_apart
from adjoint.limits import KEY_ITEMS, KEY_ROWS
from adjoint.runtime.records import field_names

Key = Any
_SIMPLE: dict[type, Key] = {float: "f", int: "i", bool: "b", complex: "c"}


def key_of(value: Any) -> Key:
    """The key of an argument, in about a microsecond for numbers and arrays."""
    simple = _SIMPLE.get(type(value))
    if simple is not None:
        return simple
    describe = _DESCRIBE.get(type(value))
    if describe is not None:
        return describe(value)
    return _key_of_other(value)


def _key_of_array(x: np.ndarray[Any, Any]) -> Key:
    shape = x.shape
    if 1 in shape:
        return ("a", x.dtype, tuple([n == 1 for n in shape]))
    return ("a", x.dtype, len(shape))


def _key_of_list(items: list[Any]) -> Key:
    keys = [key_of(i) for i in items]
    if not keys:
        return ("S", list, ())
    first = keys[0]
    for key in keys[1:]:
        if key != first:
            merged = _merge(first, key)
            if merged is None:
                return ("S", list, tuple(keys))
            first = merged
    return ("L", first)


def _merge(a: Key, b: Key) -> Key:
    """One key for two elements of a list that differ at most in which dimensions are 1."""
    if a == b:
        return a
    if not (isinstance(a, tuple) and isinstance(b, tuple)) or a[0] != b[0]:
        return None
    if a[0] in ("a", "A") or b[0] in ("a", "A"):
        if a[1] != b[1] or _rank(a[2]) != _rank(b[2]):
            return None
        flags = zip(_flags(a[2]), _flags(b[2]), strict=True)
        return ("a", a[1], tuple(x if x == y else None for x, y in flags))
    if a[0] == "S" and a[1] is b[1] and len(a[2]) == len(b[2]):
        merged = [_merge(x, y) for x, y in zip(a[2], b[2], strict=True)]
        return None if None in merged else ("S", a[1], tuple(merged))
    if a[0] in "DR" and a[1] == b[1] and a[3] == b[3]:
        merged = [_merge(x, y) for x, y in zip(a[2], b[2], strict=True)]
        return None if None in merged else (a[0], a[1], tuple(merged), a[3])
    if a[0] == "L":
        inner = _merge(a[1], b[1])
        return None if inner is None else ("L", inner)
    return None


def _rank(flags: Any) -> int:
    return flags if isinstance(flags, int) else len(flags)


def _flags(flags: Any) -> tuple[bool | None, ...]:
    return (False,) * flags if isinstance(flags, int) else flags


def _key_of_tuple(items: tuple[Any, ...]) -> Key:
    return ("S", tuple, tuple([key_of(i) for i in items]))


def _key_of_dict(items: dict[Any, Any]) -> Key:
    names = tuple(items)
    kinds = tuple([repr(n) if type(n) is float else type(n) for n in names])  # 0.0 and -0.0
    return ("D", names, tuple([key_of(v) for v in items.values()]), kinds)


def structure_key_of(value: Any) -> Key:
    """The key of an argument in which every list has its length, and short arrays have theirs."""
    if type(value) is np.ndarray:
        sizes = [n == 1 if not 1 < n <= KEY_ROWS else n for n in value.shape]
        return ("a", value.dtype, tuple(sizes))
    if isinstance(value, list) and len(value) <= KEY_ITEMS:
        return ("S", list, tuple(map(structure_key_of, value)))
    if type(value) is tuple:
        return ("S", tuple, tuple(map(structure_key_of, value)))
    if type(value) is dict:
        _, names, _, kinds = key_of(value)
        return ("D", names, tuple(map(structure_key_of, value.values())), kinds)
    key = key_of(value)
    if isinstance(key, tuple) and key[0] == "R":
        items = tuple(structure_key_of(getattr(value, name)) for name in key[1])
        return ("R", key[1], items, key[3])
    return key


def frozen_key_of(value: Any) -> Key:
    """The key of an argument whose value decides the program.

    A number is in it as it is; of a container only the whole numbers in it are, since gradients
    are asked for with respect to the others, and the lengths of its lists.
    """
    key = key_of(value)
    if isinstance(key, tuple) and key[0] in "saro":
        return key
    if isinstance(key, tuple) and key[0] in "LSDR":
        return _frozen_items(value, key)
    return _exactly(value)


def _exactly(value: Any) -> Key:
    """A key of a value: equal ones, as 1, 1.0 and True, or 0.0 and -0.0, make other programs."""
    kind = type(value)
    return ("s", value, kind if kind in (int, bool) else (kind, repr(value)))


def _frozen_items(value: Any, key: Key) -> Key:
    match key:
        case "i" | "b":
            return _exactly(value)
        case ("L", _) if len(value) <= KEY_ITEMS:
            return ("S", list, tuple([_frozen_items(v, key_of(v)) for v in value]))
        case ("S", kind, keys):
            return ("S", kind, tuple(map(_frozen_items, value, keys)))
        case ("D", names, keys, kinds):
            return ("D", names, tuple(map(_frozen_items, value.values(), keys)), kinds)
        case ("R", names, keys, cls):
            items = [getattr(value, name) for name in names]
            return ("R", names, tuple(map(_frozen_items, items, keys)), cls)
    return key


def is_frozen(key: Key) -> bool:
    """Does this key hold the value of a number?"""
    if not isinstance(key, tuple):
        return False
    return any(map(is_frozen, key[2])) if key[0] in "SDR" else key[0] == "s" and len(key) == 3


def layout_key_of(value: Any) -> Key:
    """The key of an argument together with its layout, where that matters."""
    if not isinstance(value, np.ndarray):
        return key_of(value)
    return ("C", key_of(value), bool(value.flags.c_contiguous))


def holds_list(key: Key) -> bool:
    """Is there a list of any length in a value with this key?"""
    return _holds(key, "L")


def has_lengths(key: Key) -> bool:
    """Is there a list or an array in it, of a length that is not in the key?"""
    return _holds(key, "La")


def _holds(key: Key, kinds: str) -> bool:
    if not isinstance(key, tuple) or key[0] not in "LSDRa":
        return False
    return key[0] in kinds or key[0] in "SDR" and any(_holds(k, kinds) for k in key[2])


def _key_of_record(record: Any) -> Key:
    names = field_names(record)
    open_ = _records_open_here()
    if id(record) in open_:  # it refers to itself: it is known by its identity
        return ("s", ById(record))
    open_.add(id(record))
    try:
        return ("R", names, tuple([key_of(getattr(record, n)) for n in names]), type(record))
    finally:
        open_.discard(id(record))


def _records_open_here() -> set[int]:
    """The records whose keys are being made by this thread, for those that refer to themselves."""
    try:
        return _open.records  # type: ignore[no-any-return]
    except AttributeError:
        _open.records = set()
        return _open.records


_open = threading.local()


def _static(value: Any) -> Key:
    return ("s", value)


_DESCRIBE: dict[type, Callable[[Any], Key]] = {
    np.ndarray: _key_of_array,
    list: _key_of_list,
    tuple: _key_of_tuple,
    dict: _key_of_dict,
    str: _static,
    type(None): _static,
    types.FunctionType: _static,
    types.BuiltinFunctionType: _static,
    type: _static,
    range: lambda r: ("r",),
}


class ById:
    """An unhashable object, compared by identity and kept alive by its key."""

    __slots__ = ("value",)

    def __init__(self, value: Any):
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ById) and other.value is self.value


def _key_of_other(value: Any) -> Key:
    if isinstance(value, np.generic):
        return ("g", value.dtype) if value.dtype.kind in "biufc" else ("s", value)
    if is_foreign_class(type(value)):
        return ("o", type(value))
    if isinstance(value, np.ndarray):
        raise UnsupportedError(
            f"an argument is a {type(value).__name__}, whose operators are not those of an array",
            instead="pass np.asarray(x)",
        )
    if isinstance(value, (types.ModuleType, type, np.dtype)):
        return ("s", value)
    if is_taken_apart(value):
        return _key_of_record(value)
    return ("s", ById(value))  # never by its own ==: equal objects may behave differently


def static_value(key: Key) -> Any:
    """The Python object of a static key."""
    value = key[1]
    return value.value if isinstance(value, ById) else value


def is_static(key: Key) -> bool:
    return isinstance(key, tuple) and key[0] == "s"


def type_from_key(key: Key) -> Type:
    """The type of the arguments that have this key, with fresh symbols for their sizes."""
    match key:
        case "f":
            return FLOAT
        case "i":
            return Scalar("int", fresh_dim())
        case "b":
            return BOOL
        case "c":
            return COMPLEX
        case "?":
            return UNKNOWN
        case ("a", dtype, flags):
            if dtype.kind not in "biufc":
                return Opaque(np.ndarray)
            sizes: list[Size] = [_dim(flag) for flag in _flags(flags)]
            return Array(dtype, tuple(sizes))
        case ("g", dtype):
            return Array(dtype, (), scalar=True)
        case ("S", kind, keys):
            return Struct(kind, tuple(map(type_from_key, keys)))
        case ("D", names, keys, _):
            return Struct(dict, tuple(map(type_from_key, keys)), names)
        case ("R", names, keys, cls):
            return Struct(cls, tuple(map(type_from_key, keys)), names)
        case ("L", element):
            return List(_anonymous(type_from_key(element)), fresh_dim())
        case ("C", inner, _):
            return type_from_key(inner)
        case ("r",):
            return Range(fresh_dim())
        case ("s", value, _) if type(value) in (bool, int):
            return type_from_key(key_of(value))
        case ("o", cls):
            return Opaque(cls, foreign=True)
        case ("s", *_):
            return Opaque(type(static_value(key)))
    raise UnsupportedError(f"an argument with key {key!r}")


def _dim(known: bool | int | None) -> Size:
    """The size of a dimension of which is known whether it is 1, or more, or nothing."""
    if known is None:
        return ANY
    return int(known) if known else fresh_dim(not_one=True)


def _anonymous(type_: Type) -> Type:
    """The type of a list's elements: sizes differ from one element to the next."""
    match type_:
        case Array(dtype, dims, scalar):
            sizes = [d if isinstance(d, int) else MANY if d.not_one else ANY for d in dims]
            return Array(dtype, tuple(sizes), scalar)
        case Struct(kind, items, keys):
            return Struct(kind, tuple(map(_anonymous, items)), keys)
        case List(element):
            return List(_anonymous(element))
        case Scalar("int", Dim()):
            return Scalar("int")
    return type_


def key_from_annotation(annotation: Any) -> Key | None:
    """The key that an annotation stands for, where it says enough."""
    if isinstance(annotation, str):
        annotation = {"float": float, "int": int, "bool": bool}.get(annotation)
    return _SIMPLE.get(annotation) if isinstance(annotation, type) else None
