"""The programs that were compiled for a function, and what a call of each has to check."""

from __future__ import annotations

import itertools
import linecache
import sys
import types
import weakref
from collections.abc import Callable
from typing import Any

from adjoint.errors import AdjointError
from adjoint.frontend.keys.signature import Key, frozen_key_of, is_frozen, key_of
from adjoint.pipeline import Program

_METHODS = (types.MethodType, types.BuiltinMethodType)


class Cache:
    """The programs compiled for one function, and the arguments they are specialised on."""

    def __init__(self) -> None:
        self.programs: dict[Any, list[Entry]] = {}
        self.static: tuple[int, ...] = ()
        self.layout: frozenset[int] = frozenset()
        self.frozen: frozenset[Any] = frozenset()  # the captured values, likewise
        self.describe: Callable[[Any], Key] = key_of  # or `structure_key_of`: lists by length


_caches: weakref.WeakKeyDictionary[Any, dict[Any, Cache]] = weakref.WeakKeyDictionary()


def cache_of(function: types.FunctionType, use: Any) -> Cache:
    """The cache that all gradient functions of a module's function share: `grad(f)` in a loop
    compiles once. Functions made inside functions come anew each time, and keep their own."""
    if use[-1] or "<locals>" in function.__qualname__ or "<lambda>" in function.__qualname__:
        return Cache()
    return _caches.setdefault(function, {}).setdefault(use, Cache())


class Entry:
    """A program in the cache, with what a call of it has to check."""

    __slots__ = ("guards", "program", "run", "stores")

    def __init__(self, program: Program, stops: str = ""):
        self.program = program
        self.run = program.stopping(stops) if stops else program.run
        self.stores = program.stores_into_parameter
        self.guards = [
            (
                path.load,
                key,
                isinstance(key, tuple) and key[0] == "s" and not is_frozen(key),
                frozen_key_of if path in program.frozen else key_of,
                program.names.get(path),
            )
            for path, key in program.captures.items()
        ]

    def captured(self) -> dict[str, Any] | None:
        """The captured values of this moment, or None when they do not fit the program."""
        extra: dict[str, Any] = {}
        for load, key, static, describe, name in self.guards:
            try:
                value = load()
            except (KeyError, ValueError, AttributeError):
                return None
            if static:
                if key[1] is not value and not _same_static(key[1], value):
                    return None
            elif describe(value) != key:
                return None
            elif name is not None:
                extra[name] = value
        return extra


def _same_static(known: Any, value: Any) -> bool:
    """Is a captured object still the one that the program was made for?"""
    if hasattr(known, "value") and getattr(known, "value", None) is value:
        return True
    known = getattr(known, "value", known)
    # A bound method is a new object each time; two are equal when function and owner are the same.
    same = isinstance(value, (bool, str, *_METHODS)) and type(known) is type(value)
    return same and bool(known == value)


def annotate(error: BaseException, program: Program) -> None:
    """Say which of the user's lines a failing line of generated code stands for."""
    if isinstance(error, AdjointError):
        return
    file = program.run.__code__.co_filename
    trace, found = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            found = trace
        trace = trace.tb_next
    if found is None:
        return
    code, line = found.tb_frame.f_code, found.tb_lineno
    position = next(itertools.islice(code.co_positions(), found.tb_lasti // 2, None))
    span = program.emitted.place_of((line, *position[1:]))
    if span is None:
        return
    note = f"in {span.file}:{span.statement}: {span.text(span.statement).strip()}"
    if span.calls:
        note += f"\n  {span.chain()}"
    if sys.version_info < (3, 13):  # whose tracebacks show no text of generated lines
        text = linecache.getline(file, line).strip()
        note += f"\n  computed by line {line} of {code.co_name}: {text}"
    error.add_note(note)
