"""The documented calls of a package: what the examples of its docstrings call, with what."""

from __future__ import annotations

import ast
import contextlib
import doctest
import importlib
import inspect
import io
import pkgutil
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


def calls(package: str, each: int = 1) -> Iterator[Call]:
    """The first calls of each documented function in its own examples."""
    for function, module in documented(package):
        try:
            examples = doctest.DocTestParser().get_examples(function.__doc__ or "")
        except ValueError:
            continue
        names = {**vars(importlib.import_module(package)), **vars(module)}
        found = 0
        for example in examples:
            for call in _made(example.source, function, names):
                yield Call(f"{function.__module__}.{function.__qualname__}", function, *call)
                found += 1
            if found >= each:
                break


def _made(
    source: str, function: types.FunctionType, names: dict[str, Any]
) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Run one example; the arguments that it calls the function with."""
    made: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def watch(*args: Any, **kwargs: Any) -> Any:
        made.append((args, kwargs))
        return function(*args, **kwargs)

    try:
        tree = ast.parse(source)
    except SyntaxError:
        return made
    called = any(isinstance(n, ast.Name) and n.id == function.__name__ for n in ast.walk(tree))
    before = names.get(function.__name__)
    if called:
        names[function.__name__] = watch
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            exec(compile(tree, "<example>", "exec"), names)
    except (Exception, SystemExit):
        return made[:0]
    finally:
        if called:
            names[function.__name__] = before
    return made[:1]
