"""Assumptions: what a program is compiled under, besides the types of its arguments.

A program is compiled under as few as possible, so that it serves many calls. Where that fails, it
is compiled again under one more. The compiler raises an `Assumption` to ask for that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from adjoint.errors import UnsupportedError

T = TypeVar("T")


@dataclass(frozen=True)
class Assumptions:
    """What a program is compiled under.

    Attributes
    ----------
    static : the arguments whose values are part of the program.
    layout : the arguments of which it is known how they lie in memory.
    lengths : are lists, and short arrays, of the lengths at hand?
    frozen : the places of captured values that are part of the program.
    wider : the types of lists of numbers, by the place of the source where they are made.
    known_items : places where lists are made of items that are known one by one.
    split : branches after which the program goes on in each arm by itself.
    keeping : which calls are kept; None until the inlined program is too long.
    as_objects : are objects of libraries taken as they are, and no records stand for them?
    reads : what compiling it has read so far outside of the program, in all attempts.
    """

    static: frozenset[int] = frozenset()
    layout: frozenset[int] = frozenset()
    lengths: bool = False
    frozen: frozenset[Any] = frozenset()
    wider: Mapping[Any, Any] = field(default_factory=dict)
    known_items: frozenset[Any] = frozenset()
    split: frozenset[Any] = frozenset()
    keeping: Any = None
    as_objects: bool = False
    reads: dict[Any, Any] = field(default_factory=dict)

    def of_the_key(self) -> Assumptions:
        """Those that say how calls are told apart."""
        return Assumptions(self.static, self.layout, self.lengths, self.frozen)


class Assumption(Exception):
    """Asks for another attempt, under one assumption more.

    Attributes
    ----------
    reason : the refusal that it is to avoid, where there was one.
    way : how the next attempt differs from the plain one, for messages.
    """

    reason: UnsupportedError | None = None
    way = ""

    def added_to(self, known: Assumptions) -> Assumptions:
        """The assumptions of the next attempt."""
        raise NotImplementedError


class StaticArgument(Assumption):
    """The value of an argument decides the structure of the program."""

    def __init__(self, index: int, name: str):
        self.index, self.name = index, name

    def added_to(self, known: Assumptions) -> Assumptions:
        if self.index in known.static:
            raise UnsupportedError(f"'{self.name}' decides the structure of the program",
                                   instead="write it as a literal")  # fmt: skip
        return replace(known, static=known.static | {self.index})


class ArgumentLayout(Assumption):
    """How an argument lies in memory decides what a write changes."""

    def __init__(self, index: int, name: str):
        self.index, self.name = index, name

    def added_to(self, known: Assumptions) -> Assumptions:
        return replace(known, layout=known.layout | {self.index})


class ArgumentLengths(Assumption):
    """What is refused for lists and arrays of any length may do for those at hand."""

    way = "for arguments of just these lengths"

    def __init__(self, reason: UnsupportedError):
        self.reason = reason

    def added_to(self, known: Assumptions) -> Assumptions:
        return replace(known, lengths=True)


class StaticCapture(Assumption):
    """A captured value decides the program, or the program may do with it as it is now."""

    def __init__(self, place: Any, reason: UnsupportedError | None = None):
        self.place, self.reason = place, reason

    def added_to(self, known: Assumptions) -> Assumptions:
        return replace(known, frozen=known.frozen | {self.place})


class WiderList(Assumption):
    """A list that is made at a place of the source gets numbers of a wider type."""

    def __init__(self, span: Any, number: Any):
        self.span, self.number = span, number

    def added_to(self, known: Assumptions) -> Assumptions:
        return replace(known, wider={**known.wider, self.span: self.number})


class KnownItems(Assumption):
    """The items of lists that are made at these places of the source are changed."""

    def __init__(self, spans: set[Any]):
        self.spans = spans

    def added_to(self, known: Assumptions) -> Assumptions:
        return replace(known, known_items=known.known_items | self.spans)


class SplitBranches(Assumption):
    """Names are of several kinds after these branches: their arms go on by themselves."""

    def __init__(self, branches: set[Any], reason: UnsupportedError):
        self.branches, self.reason = branches, reason

    def added_to(self, known: Assumptions) -> Assumptions:
        return replace(known, split=known.split | self.branches)


class PlainObjects(Assumption):
    """What the records that stand for objects of libraries cannot do, the objects may."""

    def __init__(self, reason: UnsupportedError):
        self.reason = reason

    def added_to(self, known: Assumptions) -> Assumptions:
        return replace(known, as_objects=True)


class Calls(Assumption):
    """Calls are kept, since the program is too long; or are not, since that was refused."""

    def __init__(self, keeping: Any, reason: UnsupportedError | None = None):
        self.keeping, self.reason = keeping, reason

    def added_to(self, known: Assumptions) -> Assumptions:
        return replace(known, keeping=self.keeping)


def under_assumptions(
    attempt: Callable[[Assumptions], T], known: Assumptions
) -> tuple[T, Assumptions]:
    """Try under these assumptions, and under further ones as long as an attempt asks for one.

    Raises
    ------
    UnsupportedError : of the attempt that got furthest, which knows the others. Of attempts that
        came to the same line it is the latest one, which knew most.
    """
    refusal: UnsupportedError | None = None
    plain: UnsupportedError | None = None  # of the attempt that knew more
    way = ""
    while True:
        try:
            try:
                return attempt(known), known
            except Assumption as need:
                if isinstance(need, PlainObjects):
                    plain = need.reason
                elif need.reason is not None:
                    refusal = _furthest(refusal, need.reason, way)
                known, way = need.added_to(known), need.way or way
        except UnsupportedError as error:
            raise plain or _furthest(refusal, error, way) from None


def _furthest(
    refusal: UnsupportedError | None, later: UnsupportedError, way: str
) -> UnsupportedError:
    if refusal is None:
        return later
    if refusal.reason == later.reason:
        later.attempts = later.attempts or refusal.attempts
        return later
    later.way = later.way or way
    return later.or_later(refusal)
