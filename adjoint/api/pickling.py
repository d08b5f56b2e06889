"""Pickles of gradient functions: the function, by name or by value, and texts.

`pickle` stores functions by name. Of a function that `@grad` decorates the name means the
gradient, so a stand-in is pickled, whose name is one of an attribute of the gradient function.
`cloudpickle` stores functions of `__main__`, of notebooks and lambdas by value: the code without
its text. The texts travel beside them, and the process that receives them keeps them.
"""

from __future__ import annotations

import functools
import inspect
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from adjoint.errors import SourceUnavailableError
from adjoint.frontend.syntax.source import function_source
from adjoint.frontend.syntax.texts import Text
from adjoint.kinds import behind_numba

#: The attribute of gradient functions that the names of stand-ins end in.
STAND_IN = "_as_written"


def named(function: Callable[..., Any]) -> Any:
    """The object of that name, if a module has one."""
    try:
        found: Any = sys.modules[function.__module__]
        for part in function.__qualname__.split("."):
            found = getattr(found, part)
    except (KeyError, AttributeError):
        return None
    return found


def stand_in_for(function: types.FunctionType) -> types.FunctionType:
    """A function under a name of its own that stands for one whose name means its gradient."""
    made = types.FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__,
        function.__closure__,
    )  # fmt: skip
    made.__kwdefaults__, made.__module__ = function.__kwdefaults__, function.__module__
    made.__qualname__ = f"{function.__qualname__}.{STAND_IN}"
    made.__wrapped__ = function  # type: ignore[attr-defined]
    return made


def behind_stand_in(function: Any) -> Any:
    """The function that a stand-in stands for; any other function is its own."""
    if getattr(function, "__qualname__", "").endswith(f".{STAND_IN}"):
        return function.__wrapped__
    return function


def texts_of(*objects: Any) -> tuple[Text, ...]:
    """The texts of all functions that a pickle of these objects may hold by value."""
    texts: dict[Text, None] = {}
    for function in _by_value(list(objects)):
        try:
            source = function_source(function.__code__, function.__globals__)
        except (SourceUnavailableError, OSError):
            continue
        texts[Text(source.file, source.lines)] = None
    return tuple(texts)


_WITHOUT_FUNCTIONS = (
    bool, int, float, complex, str, bytes, type(None), np.ndarray, np.generic, types.ModuleType,
    types.BuiltinFunctionType,
)  # fmt: skip


def _by_value(work: list[Any]) -> Iterator[types.FunctionType]:
    """The functions that are reached from objects, without those that a module has by name."""
    seen: set[int] = set()
    for each in work:
        if isinstance(each, _WITHOUT_FUNCTIONS) or id(each) in seen:
            continue
        seen.add(id(each))
        match each:
            case types.FunctionType():
                if not _is_importable(each):
                    yield each
                    work += _used_by(each)
            case type():
                if not _is_importable(each):
                    work += [*vars(each).values(), *each.__bases__]
            case functools.partial():
                work += [each.func, *each.args, *each.keywords.values()]
            case types.MethodType():
                work += [each.__func__, each.__self__]
            case staticmethod() | classmethod():
                work.append(each.__func__)
            case property():
                work += [each.fget, each.fset]
            case list() | tuple() | set() | frozenset():
                work += each
            case dict():
                work += each.values()
            case _ if behind_numba(each) is not None:
                work.append(behind_numba(each))
            case _ if hasattr(type(each), "__adjoint_transform__"):
                work.append(each.primal)
            case _:
                work.append(type(each))
                work += getattr(each, "__dict__", {}).values()


def _is_importable(each: Any) -> bool:
    return each.__module__ != "__main__" and named(each) is each


def _used_by(function: types.FunctionType) -> Iterator[Any]:
    """Globals, captured values, defaults and attributes."""
    for name in _names(function.__code__):
        if name in function.__globals__:
            yield function.__globals__[name]
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    yield from vars(function).values()


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in filter(inspect.iscode, code.co_consts):
        yield from _names(constant)
