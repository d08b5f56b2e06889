"""The source of what was typed at the prompt of Python, out of its history."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator

#: A function that was typed in has no more lines than this.
_MOST_LINES = 400


def typed_in(
    code: types.CodeType, is_text: Callable[[types.CodeType, tuple[str, ...]], bool]
) -> tuple[str, ...]:
    """The lines of the statement in which this function was typed; none if it is not there.

    Up to Python 3.12 the prompt keeps no source, but readline its history. It is searched from the
    end for lines that compile to this very function, as `is_text` finds.
    """
    history = list(_history())
    word = "lambda" if code.co_name == "<lambda>" else code.co_qualname.split(".")[0]
    for start in reversed(range(len(history))):
        if word not in history[start]:
            continue
        while start and history[start - 1].startswith("@"):
            start -= 1
        for stop in range(start + 1, min(len(history), start + _MOST_LINES) + 1):
            lines = tuple(line + "\n" for line in history[start:stop])
            if is_text(code, lines):
                return lines
    return ()


def _history() -> Iterator[str]:
    try:
        import readline
    except ImportError:
        return
    for k in range(readline.get_current_history_length()):
        yield readline.get_history_item(k + 1) or ""
