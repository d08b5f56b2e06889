from __future__ import annotations
import numpy as np
import math
from collections.abc import Callable
from collections.abc import Iterator
import dataclasses
import sys
from typing import Any


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


def carries(cls: type, name: str) -> bool:
    """May this attribute of the class have a derivative?"""
    names = getattr(cls, "__adjoint_fields__", None)
    return names is None or name in names


def copy(x: Any) -> Any:
    """A copy of a container of arrays, all the way down."""
    if is_container(x):
        return mapped(copy, x)
    return x.copy() if isinstance(x, np.ndarray) else x


def field_names(x: Any) -> tuple[str, ...]:
    """The attributes of a record: its fields, and what else the instance holds."""
    if isinstance(x, tuple):
        return x._fields  # type: ignore[attr-defined, no-any-return]
    names = []
    if dataclasses.is_dataclass(x):
        names = [f.name for f in dataclasses.fields(x) if hasattr(x, f.name)]
    return tuple(dict.fromkeys([*names, *getattr(x, "__dict__", ())]))


def first_split(length: int, snapshots: int) -> int:
    """The same where all steps are taken anyway, for the value: keeping a state is free then.

    The pieces between the states are independent: the first is reversed with all snapshots, the
    next with one less, and so on. What s of them need for n steps grows with n by r, the number of
    repetitions, between (s + r - 1 choose s) and (s + r choose s). So the sum is the least where r
    is the same for all pieces.
    """
    if snapshots == 1:
        return length
    r = 0
    while math.comb(snapshots + r + 1, snapshots) - 1 < length:
        r += 1
    fewest = math.comb(snapshots + r - 1, snapshots) if r else 1
    return max(fewest, length - math.comb(snapshots + r, snapshots - 1) + 1)


def is_container(x: Any) -> bool:
    return isinstance(x, (tuple, list, dict)) or is_record(x)


def is_named_tuple(cls: type) -> bool:
    return issubclass(cls, tuple) and hasattr(cls, "_fields")


def is_record(x: Any) -> bool:
    cls = type(x)
    if isinstance(x, tuple):
        return is_named_tuple(cls)
    return dataclasses.is_dataclass(cls) or hasattr(cls, "__adjoint_fields__")


def items_of(x: Any) -> list[Any]:
    if is_record(x):
        return [getattr(x, k) for k in field_names(x)]
    return list(x.values()) if isinstance(x, dict) else list(x)


def mapped(f: Callable[..., Any], x: Any, *others: Any) -> Any:
    """`f` of the items of a container (and of those of others like it), in its structure."""
    if is_record(x):
        items = {
            k: f(getattr(x, k), *[getattr(o, k) for o in others])
            if carries(type(x), k)
            else getattr(x, k)
            for k in field_names(x)
        }
        return new_record(type(x), **items)
    if isinstance(x, dict):
        return {k: f(v, *[o[k] for o in others]) for k, v in x.items()}
    return type(x)([f(*items) for items in zip(x, *others, strict=True)])


def new_record(cls: Any, /, **fields: Any) -> Any:
    """An instance with these fields, whatever its `__init__` would do."""
    if issubclass(cls, tuple):
        return cls(**fields)
    made = object.__new__(cls)
    for name, value in fields.items():
        object.__setattr__(made, name, value)
    return made


def size_of(state: Any) -> int:
    """The bytes of the arrays and numbers in a state."""
    if is_container(state):
        return sum(map(size_of, items_of(state)))
    return state.nbytes if isinstance(state, np.ndarray) else sys.getsizeof(state)


def split(length: int, snapshots: int) -> int:
    """After how many of `length` steps to keep the next state, so that the fewest are repeated.

    Here r, how often a step is repeated, is the smallest with length <= (snapshots + r choose r).
    """
    if snapshots == 1:
        return length - 1
    r = 1
    while math.comb(snapshots + r, r) < length:
        r += 1
    fewest = math.comb(snapshots + r - 2, r - 2) if r > 1 else 1
    return max(fewest, length - math.comb(snapshots - 1 + r, r))


def cooled_step(k, u, rate):
    """One step of the loop in line 13, taken again: the next state."""
    flux = rate * np.tanh(u)
    u = u - flux + 0.5 * np.roll(flux, 1)
    return u

def cooled_grad(u, rate, tolerance):
    """Gradient of `cooled` with respect to u, rate.

    Generated by adjoint from primal.py:11, for
        u: f64[:]
        rate: float
        tolerance: float
    """
    # forward
    states = Snapshots(None, 4)
    while np.max(u) > tolerance:
        states.append(u)
        flux = rate * np.tanh(u)
        u = u - flux + 0.5 * np.roll(flux, 1)

    # backward
    # line 16: return np.sum(u * u)
    u_bar = 2.0 * u
    # line 13: while np.max(u) > tolerance:
    rate_bar = 0.0
    for u in reversed(states.again(cooled_step, rate)):
        a = np.tanh(u)
        # line 15: u = u - flux + 0.5 * np.roll(flux, 1)
        flux_bar = np.roll(0.5 * u_bar, -1, None)
        flux_bar -= u_bar
        # line 14: flux = rate * np.tanh(u)
        rate_bar += np.sum(flux_bar * a)
        g = flux_bar * rate * (1 - a * a)
        u_bar += g
    return u_bar, rate_bar
