"""Output: colours, tables, progress; nothing of these where nobody looks on."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from html import unescape
from typing import Any, TypeVar

from adjoint.explorer.colours import coloured

T = TypeVar("T")

#: Colours of a terminal, by the class of a piece of text.
_CODES = {"k": "35", "s": "32", "m": "33", "c": "90", "b": "36", "d": "1;34", "o": "", "n": ""}
_PIECE = re.compile(r'<i class="(\w)">(.*?)</i>')


class Terminal:
    """Where a command prints to.

    Parameters
    ----------
    color : "auto", "always" or "never"; "auto" is for terminals, unless NO_COLOR is set.
    quiet : print nothing, since all will be printed as one JSON value.
    """

    def __init__(self, color: str = "auto", quiet: bool = False) -> None:
        on_terminal = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self.colours = color == "always" or color == "auto" and on_terminal
        self.quiet = quiet

    def say(self, text: str = "") -> None:
        if not self.quiet:
            print(text)

    def code(self, text: str) -> None:
        """Print Python text."""
        if not self.colours:
            self.say(text.rstrip("\n"))
            return
        for line in coloured(text.rstrip("\n")):
            self.say(unescape(_PIECE.sub(lambda m: _painted(m[2], _CODES[m[1]]), line)))

    def painted(self, text: str, code: str) -> str:
        return _painted(text, code) if self.colours else text

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print columns: the first to the left, the others to the right."""
        widths = [max(len(row[k]) for row in (head, *rows)) for k in range(len(head))]
        for number, row in enumerate((head, *rows)):
            cells = [
                cell.rjust(width) if k else cell.ljust(width)
                for k, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            line = "  ".join(cells).rstrip()
            self.say(self.painted(line, "90") if number == 0 else line)

    def progress(self, items: Iterable[T], total: int, about: str) -> Iterable[T]:
        """The items, with a bar where tqdm is installed and somebody looks on."""
        if self.quiet or not sys.stderr.isatty():
            return items
        try:
            from tqdm import tqdm
        except ImportError:
            return items
        bar: Any = tqdm(items, total=total, desc=about, leave=False, mininterval=0.2)
        return bar  # type: ignore[no-any-return]


def _painted(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if code else text
