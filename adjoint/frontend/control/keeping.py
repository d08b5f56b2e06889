"""Which calls of the user's functions a program keeps, instead of inlining them.

A call is inlined, as long as the program stays short. Functions that call each other twice make a
tree of calls, whose inlined form is exponential in its depth. Such a program is lowered once more,
with the calls of these functions kept.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from adjoint.assumptions import Calls
from adjoint.errors import UnsupportedError
from adjoint.ir.core import Region
from adjoint.limits import INLINED_OPERATIONS, MOST_INLINED_OPERATIONS, REPEATED_CALLS


@dataclass
class _Copies:
    """The inlined copies of one function: where they are called from, and their length."""

    paths: set[Hashable] = field(default_factory=set)
    length: int = 0

    @property
    def operations(self) -> int:
        return len(self.paths) * self.length if len(self.paths) >= REPEATED_CALLS else 0


@dataclass
class Keeping:
    """What is known of the calls of one program.

    Attributes
    ----------
    counting : may the program be lowered again, with calls kept?
    keeps : are calls kept now?
    copies : the functions that were inlined.
    inlined : those whose calls cannot be kept, or that are too short.
    refusal : why no calls are kept after all.
    """

    counting: bool = False
    keeps: bool = False
    copies: dict[Any, _Copies] = field(default_factory=dict)
    inlined: set[Any] = field(default_factory=set)
    refusal: UnsupportedError | None = None
    _path: list[Hashable] = field(default_factory=list)
    _nested: list[int] = field(default_factory=list)

    def begin(self, place: Hashable) -> None:
        """A call at this place is about to be inlined."""
        self._path.append(place)
        self._nested.append(0)

    def end(self, function: Any, region: Region, first: int, done: bool) -> None:
        """The call has been inlined: its operations are those of the region, from `first` on.

        Raises
        ------
        Calls : where the copies of repeated functions have become too long.
        """
        path, nested = tuple(self._path), self._nested.pop()
        self._path.pop()
        if not (self.counting or self.refusal) or not done:
            return
        length = sum(map(operations_in, region.ops[first:]))
        if self._nested:
            self._nested[-1] += length
        copies = self.copies.setdefault(function, _Copies())
        copies.paths.add(path)
        copies.length = max(copies.length, length - nested)
        total = sum(c.operations for c in self.copies.values())
        if self.refusal is not None:
            if total > MOST_INLINED_OPERATIONS:
                raise self._too_long(total)
        elif not self.keeps and total > INLINED_OPERATIONS:
            raise Calls(Keeping(keeps=True, copies=self.copies, inlined=self.inlined))

    def _too_long(self, total: int) -> UnsupportedError:
        assert self.refusal is not None
        return UnsupportedError(
            f"the calls of {len(self.copies)} functions, which call each other again and again, "
            f"are {total} operations where they are inlined; and calls cannot be kept here: "
            f"{self.refusal.reason}",
            instead="compute what is needed several times once, or call fewer functions",
        )

    def is_repeated(self, function: Any) -> bool:
        """Was the function called often while everything was inlined?"""
        copies = self.copies.get(function)
        return copies is not None and copies.operations > 0


def operations_in(op: Any) -> int:
    """How many operations an operation is, with those of its regions."""
    return 1 + sum(operations_in(inner) for region in op.regions for inner in region.ops)
