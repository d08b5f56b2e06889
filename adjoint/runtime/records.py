"""Records: objects that are nothing but their fields, in arguments and in gradients.

Named tuples and data classes are records; other classes become ones when they are registered. A
record of cotangents is made without running the class's `__init__`, which may check or derive what
holds for values only.
"""

from __future__ import annotations

import abc
import dataclasses
import typing
import weakref
from collections.abc import Iterable
from typing import Any

import numpy as np

#: Plain classes of whose instances a derivative was asked for: they are records since then.
_ASKED_FOR: weakref.WeakSet[type] = weakref.WeakSet()


_HOOKS = ("__new__", "__getattribute__", "__setattr__", "__delattr__")
_EMPTY_BASES: tuple[Any, ...] = (object, abc.ABC, typing.Generic)


def is_user_class(python: Any) -> bool:
    """Is this a plain class of the user's, written in Python, without hooks for attributes?"""
    if type(python) not in (type, abc.ABCMeta) and not dataclasses.is_dataclass(python):
        return False
    if not isinstance(python, type) or python.__module__ in ("builtins", "numpy"):
        return False
    if any(base not in _EMPTY_BASES and not _is_python_class(base) for base in python.__mro__):
        return False
    frozen = dataclasses.is_dataclass(python) and python.__dataclass_params__.frozen  # type: ignore
    for name in _HOOKS:
        if frozen and name in ("__setattr__", "__delattr__"):
            continue
        inherited = [getattr(base, name, None) for base in _EMPTY_BASES]
        if getattr(python, name, None) not in inherited:
            return False
    return True


def _is_python_class(cls: type) -> bool:
    return cls.__module__.partition(".")[0] not in ("builtins", "numpy", "scipy", "abc", "typing")


def is_named_tuple(cls: type) -> bool:
    return issubclass(cls, tuple) and hasattr(cls, "_fields")


def is_record(x: Any) -> bool:
    cls = type(x)
    if isinstance(x, tuple):
        return is_named_tuple(cls)
    return dataclasses.is_dataclass(cls) or hasattr(cls, "__adjoint_fields__")


class CircleError(ValueError):
    """An object refers to itself, so that its gradient would have no end."""


def take_apart(x: Any) -> bool:
    """Let instances of plain classes in `x` be records from now on, if they hold floats.

    Returns whether there are any.

    Raises
    ------
    CircleError : one of them refers to itself.
    """
    return _take_apart(x, [])[1]


def _take_apart(x: Any, inside: list[Any]) -> tuple[bool, bool]:
    """Does `x` hold floats? Does it hold instances of plain classes with floats?"""
    if isinstance(x, (np.ndarray, np.generic)):
        return x.dtype.kind in "fc", False
    if isinstance(x, (float, complex)):
        return True, False
    plain = is_plain_instance(x)
    if not (plain or isinstance(x, (list, tuple, dict)) or is_record(x)):
        return False, False
    if any(x is outer for outer in inside):
        if plain or any(map(is_plain_instance, inside)):
            raise CircleError(f"an object of class {type(x).__name__} refers to itself")
        return False, False
    if isinstance(x, (list, tuple, dict)) and not is_record(x):
        items = list(x.values()) if isinstance(x, dict) else list(x)
    else:
        items = [getattr(x, name) for name in field_names(x)]
    found = [_take_apart(item, [*inside, x]) for item in items]
    floats, instances = any(f for f, _ in found), any(i for _, i in found)
    if plain and floats:
        _ASKED_FOR.add(type(x))
        type(x).__adjoint_fields__ = None
        instances = True
    return floats, instances


def is_plain_instance(x: Any) -> bool:
    """Is this an instance of a plain class of the user's, which nobody has declared?"""
    cls = type(x)
    if isinstance(x, (tuple, type)) or cls.__module__ == "builtins":
        return False
    if any(base in _ASKED_FOR for base in cls.__mro__):
        return True
    declared = dataclasses.is_dataclass(cls) or hasattr(cls, "__adjoint_fields__")
    return not declared and not callable(cls.__dict__.get("__adjoint_transform__")) and (
        is_user_class(cls)
    )


def field_names(x: Any) -> tuple[str, ...]:
    """The attributes of a record: its fields, and what else the instance holds."""
    if isinstance(x, tuple):
        return x._fields  # type: ignore[attr-defined, no-any-return]
    names = []
    if dataclasses.is_dataclass(x):
        names = [f.name for f in dataclasses.fields(x) if hasattr(x, f.name)]
    for base in type(x).__mro__:
        own = base.__dict__.get("__slots__", ())
        slots = [_mangled(base, name) for name in ([own] if isinstance(own, str) else own)]
        names += [name for name in slots if name not in _NO_FIELDS and hasattr(x, name)]
    return tuple(dict.fromkeys([*names, *getattr(x, "__dict__", ())]))


_NO_FIELDS = ("__dict__", "__weakref__")


def _mangled(cls: type, name: str) -> str:
    """A private name as the class has it."""
    private = name.startswith("__") and not name.endswith("__")
    return f"_{cls.__name__.lstrip('_')}{name}" if private else name


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
