"""Which rules a program has read, and which have been declared since.

A rule may be declared, or corrected, after a first gradient of a function that calls its target.
A program keeps what it asked the registry about, and the count of declarations at that time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Declarations:
    """The declarations so far.

    Attributes
    ----------
    count : how many there were.
    last : for each callable, the number of its last one.
    readers : the reads of the programs that are being compiled, innermost last.
    """

    count: int = 0
    last: dict[Any, int] = field(default_factory=dict)
    readers: list[Reads] = field(default_factory=list)

    def declare(self, *targets: Any) -> None:
        """Something about these callables has changed."""
        self.count += 1
        self.last.update(dict.fromkeys(targets, self.count))

    def read(self, target: Any) -> None:
        """The program that is being compiled depends on what is declared of this callable."""
        for reads in self.readers:
            reads.targets.add(target)

    @contextmanager
    def reading(self) -> Iterator[Reads]:
        """Note what is read inside of the `with`."""
        reads = Reads(self.count)
        self.readers.append(reads)
        try:
            yield reads
        finally:
            self.readers = [each for each in self.readers if each is not reads]


@dataclass(eq=False)
class Reads:
    """The callables that the registry was asked about, after so many declarations."""

    count: int
    targets: set[Any] = field(default_factory=set)

    def are_current(self) -> bool:
        """Has nothing been declared of any of them since?"""
        recent = (t for t, number in DECLARATIONS.last.items() if number > self.count)
        return not any(target in self.targets for target in recent)


DECLARATIONS = Declarations()
