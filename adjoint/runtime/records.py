"""Records: objects that are nothing but their fields, in arguments and in gradients.

Named tuples and data classes are records; other classes become ones when they are registered. A
record of cotangents is made without running the class's `__init__`, which may check or derive what
holds for values only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any


def is_named_tuple(cls: type) -> bool:
    return issubclass(cls, tuple) and hasattr(cls, "_fields")


def is_record(x: Any) -> bool:
    cls = type(x)
    if isinstance(x, tuple):
        return is_named_tuple(cls)
    return dataclasses.is_dataclass(cls) or hasattr(cls, "__adjoint_fields__")


def field_names(x: Any) -> tuple[str, ...]:
    """The attributes of a record: its fields, and what else the instance holds."""
    if isinstance(x, tuple):
        return x._fields  # type: ignore[attr-defined, no-any-return]
    names = []
    if dataclasses.is_dataclass(x):
        names = [f.name for f in dataclasses.fields(x) if hasattr(x, f.name)]
    return tuple(dict.fromkeys([*names, *getattr(x, "__dict__", ())]))


def carries(cls: type, name: str) -> bool:
    """May this attribute of the class have a derivative?"""
    names = getattr(cls, "__adjoint_fields__", None)
    return names is None or name in names


def new_record(cls: Any, /, **fields: Any) -> Any:
    """An instance with these fields, whatever its `__init__` would do."""
    if issubclass(cls, tuple):
        return cls(**fields)
    made = object.__new__(cls)
    for name, value in fields.items():
        object.__setattr__(made, name, value)
    return made


def is_plain(cls: Any, names: Iterable[str]) -> bool:
    """Does `cls(name=value, ...)` do nothing but store these fields?"""
    if issubclass(cls, tuple):
        return cls.__new__.__code__.co_filename.startswith("<")  # not overridden
    if not dataclasses.is_dataclass(cls) or hasattr(cls, "__post_init__"):
        return False
    made = cls.__init__.__code__.co_filename == "<string>"  # type: ignore
    fields = dataclasses.fields(cls)
    return made and all(f.init for f in fields) and tuple(names) == tuple(f.name for f in fields)
