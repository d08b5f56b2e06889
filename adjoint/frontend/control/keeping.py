"""Which calls of the user's functions a program keeps, instead of inlining them.

First all calls are inlined, and their copies are measured. A function whose copies are longer than
a pair of functions with its calls is kept: the program is lowered once more, with calls of this
function for these types. So is a recursive function whose first call was inlined. A tree of calls
is exponential in its depth, so a program that has become too long is not lowered to its end. This
goes on until nothing is left to be kept.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from adjoint.assumptions import Calls
from adjoint.errors import UnsupportedError
from adjoint.ir.core import Region
from adjoint.limits import (
    CALL_LENGTH,
    INLINED_OPERATIONS,
    KEPT_ROUNDS,
    MOST_INLINED_OPERATIONS,
    PAIR_LENGTH,
    REPEATED_CALLS,
    SMALL_FUNCTION,
)

#: A place where a function is called, and the function with the types of the call.
Step = tuple[Hashable, Hashable]
Path = tuple[Step, ...]


@dataclass
class _Copies:
    """The inlined copies of one function: how they are reached, and their length."""

    paths: set[Path] = field(default_factory=set)
    length: int = 0  # of one of them, without the functions that it calls

    @property
    def operations(self) -> int:
        return len(self.paths) * self.length if len(self.paths) >= REPEATED_CALLS else 0


@dataclass
class Keeping:
    """What is known of the calls of one program.

    Attributes
    ----------
    counting : may the program be lowered again, with calls kept?
    reluctant : only where it is too long otherwise?
    keeps : are calls kept now?
    copies : the functions that were inlined, for the types of their arguments.
    chosen : those whose calls are kept.
    begun_inline, kept_from_begin : recursive functions whose first call was inlined, and those
        whose first call is not inlined again.
    rounds : how often more calls were found that are to be kept.
    inlined : functions whose calls cannot be kept, or that are too short.
    refusal : why no calls are kept after all.
    """

    counting: bool = False
    reluctant: bool = False
    keeps: bool = False
    copies: dict[Hashable, _Copies] = field(default_factory=dict)
    chosen: set[Hashable] = field(default_factory=set)
    begun_inline: set[Any] = field(default_factory=set)
    kept_from_begin: set[Any] = field(default_factory=set)
    rounds: int = 0
    inlined: set[Any] = field(default_factory=set)
    refusal: UnsupportedError | None = None
    _path: list[Step] = field(default_factory=list)
    _nested: list[int] = field(default_factory=list)

    def restart(self) -> None:
        """The program is lowered from its beginning."""
        self.copies, self._path, self._nested = {}, [], []

    def begin(self, place: Hashable, function: Hashable) -> None:
        """A call at this place is about to be inlined; of None, if it can only be inlined."""
        self._path.append((place, function))
        self._nested.append(0)

    def end(self, region: Region, first: int, done: bool) -> None:
        """The call has been inlined: its operations are those of the region, from `first` on.

        Raises
        ------
        Calls : where the copies of repeated functions have become too long.
        """
        path, nested = tuple(self._path), self._nested.pop()
        _, function = self._path.pop()
        if not (self.counting or self.refusal) or not done:
            return
        length = sum(map(operations_in, region.ops[first:]))
        if self._nested:
            self._nested[-1] += length
        if function is None:
            return
        copies = self.copies.setdefault(function, _Copies())
        copies.paths.add(path)
        copies.length = max(copies.length, length - nested)
        total = sum(c.operations for c in self.copies.values())
        if self.refusal is not None:
            if total > MOST_INLINED_OPERATIONS:
                raise self._too_long(total)
        elif total > INLINED_OPERATIONS:
            self.decide(too_long=True)
            self.counting = False

    def _too_long(self, total: int) -> UnsupportedError:
        assert self.refusal is not None
        return UnsupportedError(
            f"the calls of {len(self.copies)} functions, which call each other again and again, "
            f"are {total} operations where they are inlined; and calls cannot be kept here: "
            f"{self.refusal.reason}",
            instead="compute what is needed several times once, or call fewer functions",
        )

    def decide(self, too_long: bool = False) -> None:
        """The program has been lowered, at least in part: is it shorter with more calls kept?

        Raises
        ------
        Calls : if it is.
        """
        if not self.counting or self.reluctant and not too_long:
            return
        more = self._worthwhile() - self.chosen
        if self.rounds < KEPT_ROUNDS and (more or self.begun_inline - self.kept_from_begin):
            self.rounds += 1
            self.keeps = True
            self.chosen |= more
            self.kept_from_begin |= self.begun_inline
            raise Calls(self)

    def wants(self, function: Any, called: Hashable) -> bool:
        """Is a call of `function` to be kept, which is `called` with these types?"""
        return called in self.chosen or function in self.kept_from_begin

    def give_up(self, refusal: UnsupportedError) -> None:
        """Inline all calls after all, since the program with calls was refused."""
        self.counting, self.keeps, self.refusal = False, False, refusal

    def _worthwhile(self) -> set[Hashable]:
        """The functions whose copies are longer than a pair of functions and its calls."""
        callees: dict[Hashable, set[Step]] = {function: set() for function in self.copies}
        for copies in self.copies.values():
            for path in copies.paths:
                for (_, caller), step in zip(path, path[1:], strict=False):
                    if None in (caller, step[1]):
                        continue
                    callees.setdefault(caller, set()).add(step)
        kept: set[Hashable] = set()
        lengths: dict[Hashable, int] = {}

        def length_of(function: Hashable) -> int:
            """Of one copy, in which those that are kept are called."""
            if function not in lengths:
                lengths[function] = 0  # recursion that has no end here is a call elsewhere
                total = self.copies[function].length if function in self.copies else 0
                for _, callee in callees[function]:
                    inner = length_of(callee)
                    total += CALL_LENGTH if callee in kept else inner
                lengths[function] = total
                number = len(self.copies[function].paths) if function in self.copies else 0
                if _is_shorter(number, total):
                    kept.add(function)
            return lengths[function]

        for function in self.copies:
            length_of(function)
        by_depth = sorted(kept, key=lambda f: min(map(len, self.copies[f].paths)))
        chosen: set[Hashable] = set()
        for function in by_depth:  # a copy in a function that is kept is only one
            paths = {_since_kept(path, chosen) for path in self.copies[function].paths}
            if _is_shorter(len(paths), lengths[function]):
                chosen.add(function)
        return chosen


def _is_shorter(number: int, length: int) -> bool:
    """Are so many copies of this length longer than a pair of functions and its calls?"""
    return length > SMALL_FUNCTION and (number - 1) * length > PAIR_LENGTH + number * CALL_LENGTH


def _since_kept(path: Path, kept: set[Hashable]) -> Path:
    """The end of a path that lies in one function of the text."""
    ends = [k for k, (_, function) in enumerate(path[:-1]) if function in kept]
    return path[ends[-1] :] if ends else path


def operations_in(op: Any) -> int:
    """How many operations an operation is, with those of its regions."""
    return 1 + sum(operations_in(inner) for region in op.regions for inner in region.ops)
