"""Looking on while a program goes through the stages of the compiler."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from adjoint.ir.core import Function

#: Empty unless somebody looks on: then compilation costs nothing more.
_WATCHERS: list[Callable[[Function, str], None]] = []


def reached(function: Function, stage: str) -> None:
    """A function is through with a stage, named as the reader of a page knows it."""
    for watch in _WATCHERS:
        watch(function, stage)


@contextmanager
def watching(watch: Callable[[Function, str], None]) -> Iterator[None]:
    """Let `watch` see each function behind each stage, in programs that are compiled inside."""
    _WATCHERS.append(watch)
    try:
        yield
    finally:
        _WATCHERS.remove(watch)
