"""Kinds of users' objects, which the public functions and the compiler tell apart."""

from __future__ import annotations

import abc
import dataclasses
import inspect
import types
import typing
from typing import Any

import numpy as np

from adjoint.runtime.records import is_record

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


def is_taken_apart(value: Any) -> bool:
    """Is an argument, or a captured object, a record whose fields the program reads?"""
    return is_record(value) and (isinstance(value, tuple) or is_user_class(type(value)))


#: Packages whose objects are used at run time as they are, whatever they hold.
_FOREIGN = ("pandas", "xarray", "logging", "random")


def is_foreign_class(cls: type) -> bool:
    """Is an object of this class data or a log, of which a program knows the class only?"""
    return issubclass(cls, np.ma.MaskedArray) or cls.__module__.partition(".")[0] in _FOREIGN


def find(cls: type, name: str) -> Any:
    """The attribute of the class as it is stored there; None where it has none."""
    return inspect.getattr_static(cls, name, None)


def is_custom(python: Any) -> bool:
    """Is this a function with a derivative of its own?"""
    return hasattr(type(python), "__adjoint_custom__")


def is_checkpointed(python: Any) -> bool:
    """Is this a function that is always called, and computed again in the backward pass?"""
    return hasattr(type(python), "__adjoint_checkpoint__")


def written(function: types.FunctionType) -> types.FunctionType:
    """The function that the user wrote: beartype puts one that checks arguments in its place."""
    while function.__code__.co_filename.startswith("<@beartype("):
        checked = getattr(function, "__wrapped__", None)
        if not isinstance(checked, types.FunctionType):
            break
        function = checked
    return function
