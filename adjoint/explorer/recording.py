"""One run of a generated program, step by step, in bounded memory.

When there are too many steps, only every second iteration of the longest loop is kept, then every
fourth, and so on. An iteration of the backward loop has the number of its forward twin, so that pairs
are kept or dropped together. Sparklines and the search for nan see every step.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.explorer.blame import Blame
from adjoint.explorer.instrument import Instrumented
from adjoint.explorer.listing import Listing, Loop
from adjoint.explorer.series import Series
from adjoint.explorer.summaries import Summary, norm, summary

#: Values of steps that a page has room for: 5 MB.
MOST_VALUES = 6000

#: The iterations around a step, outermost first: group of the loop, and number of the iteration.
Trips = tuple[tuple[int, int], ...]


class Step:
    """A statement that ran: its line, the iterations around it, the values that it wrote."""

    __slots__ = ("added", "line", "trips", "values")

    def __init__(self, line: int, trips: Trips, values: list[tuple[str, Summary]]) -> None:
        self.line, self.trips, self.values = line, trips, values
        self.added: float | None = None  # the norm of what `+=` adds


class _Running:
    """A loop that runs: its iterations so far, and how many there will be, where that is known."""

    __slots__ = ("count", "loop", "total", "trip")

    def __init__(self, loop: Loop, total: int | None) -> None:
        self.loop, self.total, self.count, self.trip = loop, total, 0, 0


class Recorder:
    """What the instrumented text calls.

    Attributes
    ----------
    steps : those that are kept.
    count : how many there were.
    series : norms of all values, by line and name; of what is added, for `+=`.
    saved : bytes on tapes, by line and field: all, and those of arrays that are held anyway.
    """

    def __init__(self, listing: Listing, text: Instrumented) -> None:
        self.listing, self.text = listing, text
        self.steps: list[Step] = []
        self.count = self.kept_values = 0
        self.series: dict[tuple[int, str], Series] = {}
        self.saved: dict[tuple[int, int], list[int]] = {}
        self.sizes: dict[tuple[str, str], int] = {}
        self.trips: dict[int, int] = {}  # the most of one run of a loop, by group
        self.blame = Blame(text)
        self._strides = [1] * len(listing.groups)
        self._running: list[_Running] = []
        self._functions: list[tuple[str, int]] = []
        self._totals: dict[tuple[int, Trips], int] = {}
        self._held: dict[int, Any] = {}  # arrays on tapes, by the identity of their memory
        self._added: float | None = None

    def helpers(self) -> dict[str, Callable[..., Any]]:
        names = ("op", "step", "given", "test", "returned", "saved_", "enter", "trip", "leave",
                 "added", "enter_function", "leave_function")  # fmt: skip
        prefix = self.text.prefix
        return {prefix + name.rstrip("_"): getattr(self, name) for name in names}

    def strides(self) -> list[int]:
        """How many iterations of each loop of the user's one kept iteration stands for."""
        return self._strides

    # Called by the text

    def op(self, number: int, value: Any) -> Any:
        self.blame.operation(number, value)
        return value

    def step(self, line: int, names: tuple[str, ...], *values: Any) -> None:
        self._note(line, names, values)

    def given(self, line: int, names: tuple[str, ...], *values: Any) -> None:
        """The arguments: whoever keeps them, it is not the tape."""
        for value in values:
            self._bytes(value)
        self._note(line, names, values)

    def test(self, line: int, value: Any) -> Any:
        self._note(line, ("condition",), (value,))
        return value

    def returned(self, line: int, names: tuple[str, ...], value: Any) -> Any:
        whole = len(names) == 1 or not isinstance(value, tuple)
        self._note(line, names[:1] if whole else names, (value,) if whole else value)
        if len(self._functions) == 1:
            self.blame.result(line)
        return value

    def saved_(self, line: int, root: str, tape: str, names: tuple[str, ...], value: Any) -> Any:
        parts = value if len(names) > 1 else (value,)
        for k, part in enumerate(parts):
            record = self.saved.setdefault((line, k), [0, 0, 0])
            own, shared = self._bytes(part)
            record[0] += own
            record[1] += shared
            record[2] += 1
        self._note(line, names, parts, keeps=root)
        return value

    def added(self, line: int, value: Any) -> Any:
        self._added = norm(value)
        return value

    def enter(self, number: int, iterable: Any) -> Any:
        loop = self.listing.loops[number]
        total = self._totals.get((loop.group, self._around())) if loop.backwards else None
        if total is None:
            try:
                total = len(iterable)
            except TypeError:
                total = None
        self._running.append(_Running(loop, total))
        return iterable

    def trip(self, number: int) -> None:
        running = self._back_to(number)
        place, running.count = running.count, running.count + 1
        backwards = running.loop.backwards and running.total is not None
        running.trip = running.total - 1 - place if backwards and running.total else place
        if running.trip < 0:  # a loop that is no twin after all
            running.total, running.trip = None, place

    def leave(self, number: int) -> None:
        running = self._back_to(number)
        self._running.pop()
        group = running.loop.group
        self.trips[group] = max(self.trips.get(group, 0), running.count)
        if not running.loop.backwards:
            self._totals[group, self._around()] = running.count

    def enter_function(self, name: str) -> None:
        self._functions.append((name, len(self._running)))

    def leave_function(self) -> None:
        name, depth = self._functions.pop()
        del self._running[depth:]

    # Inside

    def _back_to(self, number: int) -> _Running:
        """The loop at hand; an exception may have left others inside of it."""
        while self._running[-1].loop.number != number:
            self._running.pop()
        return self._running[-1]

    def _around(self) -> Trips:
        return tuple((r.loop.group, r.trip) for r in self._running)

    def _note(
        self, line: int, names: tuple[str, ...], values: tuple[Any, ...], keeps: str = ""
    ) -> None:
        self.count += 1
        added, self._added = self._added, None
        function = self._functions[-1][0] if self._functions else ""
        for name, value in zip(names, values, strict=True):
            length = norm(value)
            self.blame.assigned(line, name, value, length, self.count - 1, keeps)
            if length is not None:
                shown = length if added is None else added
                self.series.setdefault((line, name), Series()).add(shown)
                self.sizes[function, name] = _nbytes(value)
            elif isinstance(value, (tuple, list)):
                self.sizes[function, name] = _nbytes(value)
        if self._is_kept():
            step = Step(line, self._around(), [
                (name, summary(value)) for name, value in zip(names, values, strict=True)
            ])  # fmt: skip
            step.added = added
            self.steps.append(step)
            self.kept_values += 1 + len(names)
            if self.kept_values > MOST_VALUES:
                self._drop()

    def _is_kept(self) -> bool:
        for running in self._running:
            stride = self._strides[running.loop.group]
            if stride > 1 and running.trip % stride and running.trip + 1 != running.total:
                return False
        return True

    def _drop(self) -> None:
        """Keep half of the iterations of the longest loop."""
        kept: dict[int, set[int]] = {}
        for step in self.steps:
            for group, trip in step.trips:
                kept.setdefault(group, set()).add(trip)
        if not kept:
            return
        longest = max(kept, key=lambda group: len(kept[group]))
        if len(kept[longest]) < 4:
            return
        self._strides[longest] *= 2
        stride, last = self._strides[longest], max(kept[longest])
        self.steps = [
            step for step in self.steps
            if all(g != longest or t % stride == 0 or t == last for g, t in step.trips)
        ]  # fmt: skip
        self.kept_values = sum(1 + len(step.values) for step in self.steps)

    def _bytes(self, value: Any) -> tuple[int, int]:
        """The bytes that a record adds, and those of arrays that another record holds already."""
        own = shared = 0
        if isinstance(value, (tuple, list)):
            for item in value:
                more, again = self._bytes(item)
                own, shared = own + more, shared + again
        elif isinstance(value, np.ndarray):
            base = value
            while isinstance(base.base, np.ndarray):
                base = base.base
            if id(base) in self._held:
                shared = value.nbytes
            else:
                self._held[id(base)] = base
                own = value.nbytes
        elif isinstance(value, (float, int)):
            own = 8
        return own, shared


def _nbytes(value: Any) -> int:
    if isinstance(value, (np.ndarray, np.generic)):
        return value.nbytes
    if isinstance(value, (tuple, list)):
        if len(value) > 1000:  # a tape, whose records are counted when they are made
            return _nbytes(value[0]) * len(value)
        return sum(map(_nbytes, value))
    return 8 if isinstance(value, (float, int)) and not math.isnan(value) else 0
