"""Functions of NumPy and others as Python functions, so that `grad(np.sin)` has a source."""

from __future__ import annotations

import functools
import inspect
import itertools
import linecache
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.frontend.library.builtins import BUILTINS
from adjoint.rules.registry import definition_of, expansion_of, is_inactive, rule_for

_numbers = itertools.count()


def is_known(function: Any) -> bool:
    """Is this a function of a library that has a rule, or is known to have no derivative?"""
    try:
        if isinstance(function, np.ufunc) or function in BUILTINS:
            return True
    except TypeError:
        return False
    found = rule_for(function) or expansion_of(function) or definition_of(function)
    return found is not None or is_inactive(function)


@functools.lru_cache(maxsize=256)
def as_python(function: Callable[..., Any]) -> types.FunctionType:
    """A Python function that calls `function`; its text is where the compiler looks for it."""
    name = getattr(function, "__name__", "function")
    name = name if name.isidentifier() else "function"
    parameters, arguments = _parameters(function)
    text = f"def {name}({parameters}):\n    return function({arguments})\n"
    file = f"<{name} of a library, {next(_numbers)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace: dict[str, Any] = {"function": function}
    exec(compile(text, file, "exec"), namespace)
    made: types.FunctionType = namespace[name]
    made.__module__ = getattr(function, "__module__", None) or __name__
    return made


def _parameters(function: Any) -> tuple[str, str]:
    """The parameters that have to be given, by name, and all others as they come."""
    if isinstance(function, np.ufunc):
        names = ["x"] if function.nin == 1 else [f"x{k + 1}" for k in range(function.nin)]
    else:
        try:
            given = inspect.signature(function).parameters.values()
        except (TypeError, ValueError):
            return "*args, **kwargs", "*args, **kwargs"
        positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        names = [p.name for p in given if p.kind in positional and p.default is p.empty]
    rest = [*names, "*args", "**kwargs"]
    return ", ".join(rest), ", ".join(rest)
