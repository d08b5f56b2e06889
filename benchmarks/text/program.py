"""Load the programs: each a module with a function, its gradient by hand, and an example."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.text import programs


@dataclass(frozen=True)
class Program:
    """A function, its gradient by hand, arguments for both, and the text of their module."""

    name: str
    function: Callable[..., Any]
    by_hand: Callable[..., Any]
    example: Callable[[], tuple[Any, ...]]
    argnums: int | tuple[int, ...]
    text: str


def names() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(programs.__path__))


def load(name: str) -> Program:
    module = importlib.import_module(f"{programs.__name__}.{name}")
    return Program(
        name,
        getattr(module, name),
        module.by_hand,
        module.example,
        module.ARGNUMS,
        inspect.getsource(module),
    )


def every(only: str | None = None) -> Iterator[Program]:
    """The programs whose name contains `only`, in alphabetical order."""
    return (load(name) for name in names() if only is None or only in name)
