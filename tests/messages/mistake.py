"""What a mistake is: a program, the message that it gets, and a remedy that works."""

from __future__ import annotations

import copy
import linecache
import traceback
from collections.abc import Callable
from typing import Any, ClassVar

from adjoint import UnsupportedError, grad


class Mistake:
    """A mistake of a person who is new to adjoint; the subclasses are the cases.

    Attributes
    ----------
    program : the function as it was written first; `self` is not a parameter.
    remedy : the function as the message says that it should be.
    arguments : of both.
    transform : makes the derivative; with `None`, `program` and `remedy` are calls of adjoint
        themselves, and take no arguments.
    at : the text over the caret. For errors that come from a call of adjoint, a part of the line
        of the call.
    needs : an optional package, without which the case is skipped.
    checked : is the gradient of the remedy compared with differences?
    says : what the message says, word for word: the reason. What a function of a library does
        inside differs between versions of Python; there it ends in "...".
    instead : what it advises, where it does so in a line of its own.
    """

    transform: ClassVar[Callable[..., Any] | None] = staticmethod(grad)
    arguments: ClassVar[tuple[Any, ...]] = ()
    at: ClassVar[str]
    says: ClassVar[str]
    instead: ClassVar[str] = ""
    needs: ClassVar[str] = ""
    checked: ClassVar[bool] = True

    @classmethod
    def run(cls, which: str) -> Any:
        """What the derivative of the program or of its remedy gives."""
        function = cls.__dict__[which]
        if cls.transform is None:
            return function()
        return cls.transform(function)(*copy.deepcopy(cls.arguments))


def underlined(error: UnsupportedError) -> str:
    """The text over the caret."""
    lines = str(error).splitlines()
    place = next(k for k, line in enumerate(lines) if set(line.strip()) == {"^"})
    start = lines[place].index("^")
    return lines[place - 1][start : lines[place].rindex("^") + 1]


def line_in(error: BaseException, file: str) -> str:
    """The innermost line of a file that the traceback of an error shows."""
    found = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    return linecache.getline(file, found[-1].lineno or 0).strip()
