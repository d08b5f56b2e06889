"""Tracebacks without the compiler's own frames: those between the user's call and the error."""

from __future__ import annotations

import os
import types
from pathlib import Path

_FOLDER = str(Path(__file__).resolve().parents[1]) + os.sep
_full = os.environ.get("ADJOINT_TRACEBACK", "") == "full"


def full_tracebacks(on: bool = True) -> None:
    """Show the compiler's frames in the tracebacks of errors, or hide them again.

    They are hidden unless the environment variable `ADJOINT_TRACEBACK` is `full`.

    Parameters
    ----------
    on : bool
        True shows them, False hides them.

    Returns
    -------
    None

    Examples
    --------
    >>> full_tracebacks()
    >>> full_tracebacks(False)
    """
    global _full
    _full = on


def are_full() -> bool:
    """Are the compiler's frames shown?"""
    return _full


def hidden(excinfo: object) -> bool:
    """To be named `__tracebackhide__` in a module, which pytest asks."""
    return not _full


def shortened(error: BaseException) -> BaseException:
    """The error, without the frames of adjoint's files in its traceback."""
    if _full:
        return error
    kept = []
    trace = error.__traceback__
    while trace is not None:
        if not trace.tb_frame.f_code.co_filename.startswith(_FOLDER):
            kept.append(trace)
        trace = trace.tb_next
    short: types.TracebackType | None = None
    for each in reversed(kept):
        short = types.TracebackType(short, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return error.with_traceback(short)
