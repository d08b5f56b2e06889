"""Where the first value that is not finite arose, and its way to the result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint.explorer.instrument import Instrumented, Source
from adjoint.runtime.nonfinite import first_bad


@dataclass
class Event:
    """The first time that an operation or a statement had a value that is not finite."""

    line: int
    text: str
    kind: str
    number: int | None
    step: int
    cause: Event | None


class Blame:
    """Follows nan and infinity from operands to results.

    Each operation remembers whether its latest value was bad, each variable the event behind a
    bad value. A cause always happened before its effect, so that the way back ends.
    """

    def __init__(self, text: Instrumented) -> None:
        self.text = text
        self.of_operation: dict[int, Event] = {}
        self.of_name: dict[str, Event] = {}
        self.bad_now: dict[int, str] = {}
        self.containers: set[int] = set()  # operations whose results nobody looks into
        self.first: Event | None = None
        self.last: Event | None = None  # of a result of the program
        self._steps = 0

    def operation(self, number: int, value: Any) -> None:
        if not isinstance(value, (float, np.ndarray, np.generic)):
            self.containers.add(number)
            return
        kind = first_bad(value, infs=True)
        if kind is None:
            self.bad_now.pop(number, None)
            return
        self.bad_now[number] = kind
        if number not in self.of_operation:
            operation = self.text.operations[number]
            cause = self._cause(operation.sources)
            self.of_operation[number] = self._event(
                operation.line, operation.text, kind, number, cause
            )

    def assigned(
        self, line: int, name: str, value: Any, length: float | None, step: int, keeps: str
    ) -> None:
        self._steps = step + 1
        if length is None or np.isfinite(length) or (kind := first_bad(value, True)) is None:
            if not keeps:  # a tape may hold a bad value beside this one
                self.of_name.pop(name, None)
            return
        cause = self._cause(self.text.sources.get(line, ()))
        event = cause if cause and cause.line == line else self._event(
            line, name, kind, None, cause)  # fmt: skip
        self.of_name[keeps or name] = event

    def result(self, line: int) -> None:
        found = self._cause(self.text.sources.get(line, ()))
        if found is not None:
            self.last = self._event(line, "the result", found.kind, None, found)

    def way(self) -> list[Event]:
        """From where it arose to the result, or as far as it went."""
        event = self.last or self.first
        found: list[Event] = []
        while event is not None:
            found.append(event)
            event = event.cause
        return found[::-1]

    def _event(
        self, line: int, text: str, kind: str, number: int | None, cause: Event | None
    ) -> Event:
        event = Event(line, text, kind, number, self._steps, cause)
        self.first = self.first or event
        return event

    def _cause(self, sources: tuple[Source, ...]) -> Event | None:
        """The event behind a bad source: nan before infinity, which masks are made of."""
        found = list(self._events(sources))
        return next((e for e in found if e.kind == "nan"), found[0] if found else None)

    def _events(self, sources: tuple[Source, ...]) -> Iterator[Event]:
        for source in sources:
            if isinstance(source, str):
                if source in self.of_name:
                    yield self.of_name[source]
            elif source in self.bad_now:
                yield self.of_operation[source]
            elif source in self.containers:
                yield from self._events(self.text.operations[source].sources)
