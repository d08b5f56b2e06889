"""The documented calls of a package: what the examples of its docstrings call, with what."""

from __future__ import annotations

import contextlib
import copy
import doctest
import importlib
import inspect
import io
import pkgutil
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

#: Parts of packages that are not for users.
_ASIDE = ("test", "tests", "_version", "conftest", "examples", "benchmarks", "plotting", "docs")


@dataclass
class Call:
    """One documented call."""

    name: str
    function: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def modules(package: str) -> Iterator[types.ModuleType]:
    """The package, and all of its modules that can be imported."""
    top = importlib.import_module(package)
    yield top
    for found in pkgutil.walk_packages(
        getattr(top, "__path__", []), f"{package}.", lambda _: None
    ):
        if any(part in _ASIDE or part.startswith("__") for part in found.name.split(".")):
            continue
        with contextlib.suppress(Exception, SystemExit):
            yield importlib.import_module(found.name)


def documented(package: str) -> Iterator[tuple[types.FunctionType, types.ModuleType]]:
    """The functions of a package that have examples, each once."""
    seen: set[str] = set()
    for module in modules(package):
        for function in list(vars(module).values()):
            function = inspect.unwrap(function) if callable(function) else function
            if not isinstance(function, types.FunctionType):
                continue
            name = f"{function.__module__}.{function.__qualname__}"
            if name not in seen and name.partition(".")[0] == package.partition(".")[0]:
                seen.add(name)
                if ">>>" in (function.__doc__ or ""):
                    yield function, importlib.import_module(function.__module__)


def first_call(
    package: str, function: types.FunctionType, module: types.ModuleType
) -> Call | None:
    """The first call of a function in its own examples.

    Examples may change the package as they like: this is run in a process of its own.
    """
    try:
        examples = doctest.DocTestParser().get_examples(function.__doc__ or "")
    except ValueError:
        return None
    names = {**vars(importlib.import_module(package)), **vars(module)}
    made: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def watch(*args: Any, **kwargs: Any) -> Any:
        made.append(copy.deepcopy((args, kwargs)))
        return function(*args, **kwargs)

    _replace(function, watch, names)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for example in examples:
            with contextlib.suppress(Exception, SystemExit):
                exec(compile(example.source, "<example>", "exec"), names)
            if made:
                break
    _replace(watch, function, names)
    name = f"{function.__module__}.{function.__qualname__}"
    return Call(name, function, *made[0]) if made else None


def _replace(old: Any, new: Any, names: dict[str, Any]) -> None:
    """Let the names of all modules that refer to one function refer to another one."""
    everywhere = [vars(m) for m in list(sys.modules.values()) if isinstance(m, types.ModuleType)]
    for each in [names, *everywhere]:
        for name, held in list(each.items()):
            if held is old:
                each[name] = new
