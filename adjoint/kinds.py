"""Kinds of users' objects, which the public functions and the compiler tell apart."""

from __future__ import annotations

import inspect
import types
from typing import Any

import numpy as np

from adjoint.runtime.records import is_record
from adjoint.runtime.records import is_user_class as is_user_class


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


def is_of_numba(python: Any) -> bool:
    """Did a decorator of Numba's make this callable?"""
    return str(type(python).__module__).partition(".")[0] == "numba"


#: Numba's classes of what returns its result; its other kernels write into an argument.
_COMPILED = ("CPUDispatcher", "DUFunc", "CFunc")


def behind_numba(python: Any) -> types.FunctionType | None:
    """The function below a decorator of Numba's; None where there is none."""
    if not is_of_numba(python) or type(python).__name__ not in _COMPILED:
        return None
    made_by = getattr(python, "_dispatcher", python)
    function = getattr(made_by, "py_func", getattr(made_by, "_pyfunc", None))
    return function if isinstance(function, types.FunctionType) else None


def is_hashable(python: Any) -> bool:
    """Can a table have an entry for it?"""
    try:
        hash(python)
    except TypeError:
        return False
    return True
