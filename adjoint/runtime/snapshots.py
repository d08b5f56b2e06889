"""The states of a loop, of which a few are kept and the others computed again."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from adjoint.runtime.containers import copy, is_container, items_of
from adjoint.runtime.revolve import first_split, split


class Snapshots:
    """The states that a loop goes through: `append` takes them all, and keeps a few as copies.

    With a known number of steps those are kept that cost the fewest steps taken again (Griewank
    and Walther, "Algorithm 799: revolve", 2000). Otherwise every state is kept at first, and then
    makes room for later ones, such that no step is taken more often than has to be (Wang, Moin
    and Iaccarino, "Minimal repetition dynamic checkpointing algorithm for unsteady adjoint
    calculation", 2009).

    Parameters
    ----------
    steps : how many states there will be; None where nobody knows.
    snapshots : how many of them are kept at a time, the first one included.
    memory : how many bytes they may have instead; one is always kept.
    """

    def __init__(self, steps: int | None, snapshots: int | None = None, memory: int | None = None):
        self.steps, self.most, self.memory = steps, snapshots or 1, memory
        self.length = 0
        #: Place, level and state of what is kept, in the order of places.
        self.kept: list[tuple[int, float, tuple[Any, ...]]] = []
        self.following = 0  # the place of the state to be kept next, where the steps are known

    def append(self, *state: Any) -> None:
        """Take the state before the next step."""
        place = self.length
        self.length += 1
        if not place:
            if self.memory is not None:
                self.most = max(1, self.memory // size_of(state))
            self.kept.append((0, math.inf, copy(state)))
        elif self.steps is None:
            if self.most > 1:
                self.kept.append((place, self._room(), copy(state)))
            return
        elif place == self.following:
            self.kept.append((place, 0, copy(state)))
        if self.steps is not None and place == self.following and len(self.kept) < self.most:
            free = self.most - len(self.kept)
            self.following = place + first_split(self.steps - place, free + 1)

    def _room(self) -> float:
        """Make room for one more state; returns the level at which it is kept.

        What comes before a state of a higher level is dispensable.
        """
        if len(self.kept) < self.most:
            return 0
        highest: float = 0
        for position in range(len(self.kept) - 1, 0, -1):
            level = self.kept[position][1]
            if level < highest:
                del self.kept[position]
                return 0
            highest = level
        return self.kept.pop()[1] + 1

    def again(self, step: Callable[..., Any], *captured: Any) -> States:
        """All states, by taking steps again: the next one is `step(place, *state, *captured)`."""
        return States(self, step, captured)


class States:
    """The sequence of all states of some `Snapshots`; each is the reader's own."""

    def __init__(
        self, snapshots: Snapshots, step: Callable[..., Any], captured: tuple[Any, ...]
    ) -> None:
        self.snapshots, self.step, self.captured = snapshots, step, captured

    def __len__(self) -> int:
        return self.snapshots.length

    def __iter__(self) -> Iterator[Any]:
        if self.snapshots.length:
            state = copy(self.snapshots.kept[0][2])
            for place in range(self.snapshots.length):
                yield _alone(copy(state))
                if place + 1 < self.snapshots.length:
                    state = self._advance(state, place, place + 1)

    def __reversed__(self) -> Iterator[Any]:
        """From the last state to the first.

        What is kept is let go on the way, but for the first state, from which all can be computed
        again when they are read a second time.
        """
        tape = self.snapshots
        kept, tape.kept = tape.kept, tape.kept[:1]
        for place in range(tape.length - 1, -1, -1):
            at, _, state = kept[-1]
            if at < place:
                state = copy(state)
            elif place:
                kept.pop()
            else:
                state = copy(state)
            while at < place:
                free = tape.most - len(kept)
                stop = at + split(place - at + 1, free + 1) if free > 0 else place
                state, at = self._advance(state, at, stop), stop
                if at < place:
                    kept.append((at, 0, state))
                    state = copy(state)
            yield _alone(state)

    def _advance(self, state: tuple[Any, ...], start: int, stop: int) -> tuple[Any, ...]:
        """The state at `stop`; the one at `start` is given away."""
        alone = len(state) == 1
        for place in range(start, stop):
            following = self.step(place, *state, *self.captured)
            state = (following,) if alone else following
        return state


def _alone(state: tuple[Any, ...]) -> Any:
    return state[0] if len(state) == 1 else state


def size_of(state: Any) -> int:
    """The bytes of the arrays and numbers in a state."""
    if is_container(state):
        return sum(map(size_of, items_of(state)))
    return state.nbytes if isinstance(state, np.ndarray) else sys.getsizeof(state)
