"""The function that a command is about, and the arguments of a call of it."""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from adjoint.api import GradientFunction, grad
from adjoint.errors import did_you_mean
from adjoint.testing.differences import leaves

#: Functions of a module that a message lists.
_MOST_NAMES = 12


class UsageError(Exception):
    """The command line names something that is not there."""


class Target:
    """A function by its name, with the arguments and parameters of the command line.

    Parameters
    ----------
    name : FILE:FUNCTION or MODULE:FUNCTION.
    given : the text of the arguments, or None.
    wrt : names of parameters separated by commas, or None.

    Raises
    ------
    UsageError : where there is no such function, or the arguments cannot be evaluated.
    """

    def __init__(self, name: str, given: str | None = None, wrt: str | None = None) -> None:
        place, colon, path = name.rpartition(":")
        if not colon or not path:
            place = name if not colon else place
            raise UsageError(f"which function of {place}?{_listed(_module(place))}")
        self.module = _module(place)
        self.name, self.given = path, given
        self.function = _function(self.module, path)
        self.args: tuple[Any, ...] = ()
        self.kwargs: dict[str, Any] = {}
        if given is not None:
            self.args, self.kwargs = _arguments(given, self.module)
        self.wrt = [each.strip() for each in wrt.split(",")] if wrt else None

    def derivative(self, make: Callable[..., Any] = grad) -> Any:
        """`make` of the function; a gradient function of the file is taken as it is."""
        if isinstance(self.function, GradientFunction) and make is grad and not self.wrt:
            return self.function
        return make(self.primal, **self.options())

    @property
    def primal(self) -> Any:
        """The function as it is written."""
        function = self.function
        while isinstance(function, GradientFunction):
            function = function.primal
        return function

    def options(self) -> dict[str, Any]:
        if self.wrt is None:
            return {}
        return {"argnames": self.wrt[0] if len(self.wrt) == 1 else self.wrt}

    def require_arguments(self) -> None:
        if self.given is None and len(grad(self.primal)._parameters.all) > len(
            self.primal.__defaults__ or () if isinstance(self.primal, types.FunctionType) else ()
        ):
            raise UsageError(f"{self.name} needs arguments: --args \"...\", as in a call of it")

    def values(self) -> list[Any]:
        """The values of all parameters."""
        return list(grad(self.primal)._values(self.args, self.kwargs))

    def with_floats(self) -> list[str]:
        """The parameters whose arguments have floats in them."""
        parameters = grad(self.primal)._parameters.all
        pairs = zip(parameters, self.values(), strict=True)
        return [p.name for p, value in pairs if leaves(value)]


@functools.lru_cache(maxsize=8)
def _module(place: str) -> types.ModuleType:
    """The module of a file, or of a name."""
    path = Path(place)
    if path.suffix == ".py" or path.is_file():
        if not path.is_file():
            raise UsageError(f"there is no file {place}")
        path = path.resolve()
        sys.path.insert(0, str(path.parent))  # it imports its neighbours, as a script does
        spec = importlib.util.spec_from_file_location(path.stem, path)
        if spec is None or spec.loader is None:
            raise UsageError(f"{place} is not a Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
        return module
    sys.path.insert(0, "")
    try:
        return importlib.import_module(place)
    except ModuleNotFoundError as error:
        if error.name and place.startswith(error.name):
            raise UsageError(f"there is no module {place}, and no file of that name") from None
        raise


def _function(module: types.ModuleType, path: str) -> Any:
    found: Any = module
    for part in path.split("."):
        if not hasattr(found, part):
            owner = getattr(found, "__name__", path)
            raise UsageError(
                f"there is no {part} in {owner}{did_you_mean(part, vars(found))}{_listed(module)}"
            )
        found = getattr(found, part)
    if not callable(found):
        raise UsageError(f"{path} is not a function, but of type {type(found).__name__}")
    return found


def _listed(module: types.ModuleType) -> str:
    own = [
        name
        for name, value in vars(module).items()
        if isinstance(value, (types.FunctionType, GradientFunction))
        and value.__module__ == module.__name__
    ]
    more = ", ..." if len(own) > _MOST_NAMES else ""
    return f"\n  functions there: {', '.join(own[:_MOST_NAMES])}{more}" if own else ""


def _arguments(text: str, module: types.ModuleType) -> tuple[tuple[Any, ...], dict[str, Any]]:
    try:
        ast.parse(f"f({text})", mode="eval")
    except SyntaxError as error:
        raise UsageError(f"--args {text!r} is no list of arguments: {error.msg}") from None
    names = {"np": np, **vars(module), "_collected": _collected}
    try:
        found: tuple[tuple[Any, ...], dict[str, Any]] = eval(f"_collected({text})", names)
    except Exception as error:
        raise UsageError(f"--args {text!r}: {type(error).__name__}: {error}") from None
    return found


def _collected(*args: Any, **kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return args, kwargs
