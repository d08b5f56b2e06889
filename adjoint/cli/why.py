"""`why`: all attempts to compile a function that is refused, and a remedy that was tried."""

from __future__ import annotations

import argparse
import os
import warnings
from typing import Any

from adjoint.cli.remedies import remedy
from adjoint.cli.targets import Target
from adjoint.cli.terminal import Terminal
from adjoint.errors import UnsupportedError


def why(
    target: Target, terminal: Terminal, options: argparse.Namespace
) -> tuple[dict[str, Any], int]:
    """Exit code 0 where nothing is refused, else 3."""
    f = target.derivative()
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            if target.given is not None:
                f.source_for(*target.args, **target.kwargs)
            else:
                f._shown()
    except UnsupportedError as error:
        return _explained(error, target, terminal), 3
    said = [str(w.message) for w in warned]
    how = "for these arguments" if target.given is not None else "in general"
    terminal.say(f"{target.name} is differentiated {how}: nothing is refused")
    for text in said:
        terminal.say(f"  but {text}")
    return {"refused": None, "warnings": said}, 0


def _short(error: UnsupportedError) -> str:
    """The message, with files below the working folder named from there."""
    return str(error).replace(os.getcwd() + os.sep, "")


def _explained(error: UnsupportedError, target: Target, terminal: Terminal) -> dict[str, Any]:
    terminal.say(terminal.painted("refused", "1;31") + f"  {_short(error)}")
    others = [each for each in error.attempts if str(each) != str(error)]
    if others:
        terminal.say(f"\nother attempts: {len(others)}")
        for each in others:
            terminal.say("  " + _short(each).replace("\n", "\n  "))
    found = remedy(error, target, terminal)
    terminal.say()
    if found is None:
        terminal.say("no remedy that was tried works" + (
            "; pass --args, and more can be tried" if target.given is None else ""))  # fmt: skip
    else:
        terminal.say(terminal.painted("a remedy that works", "1;32") + f"  {found.says}")
        for line in found.changed:
            terminal.say(f"    {line}")
        terminal.say(f"  tried: {found.tried}")
    return {
        "refused": {
            "reason": error.reason, "instead": error.instead, "file": error.file,
            "line": error.line, "message": str(error),
        },
        "attempts": [{"reason": e.reason, "way": e.way, "line": e.line} for e in others],
        "remedy": None if found is None else {
            "says": found.says, "change": found.changed, "tried": found.tried,
        },
    }  # fmt: skip
