"""Where the text of a function may be: files, zips, notebooks, prompts, the command line."""

from __future__ import annotations

import hashlib
import io
import linecache
import os
import re
import stat
import sys
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adjoint.frontend.syntax.magics import texts_of_magics
from adjoint.limits import INTERACTIVE_LINES


@dataclass(frozen=True)
class Text:
    """Some lines of Python, and the name of the file that they are shown under."""

    file: str
    lines: tuple[str, ...]

    @classmethod
    def of(cls, file: str, text: str) -> Text:
        return cls(file, tuple(io.StringIO(text, newline=None)))


def texts_for(code: types.CodeType, namespace: Mapping[str, Any]) -> Iterator[Text]:
    """The texts that `code` may have been compiled from, the most likely first.

    A text is a guess: the caller compares the code that it compiles to (see `matching`).

    Parameters
    ----------
    namespace : the globals of the function; they know how its module was loaded.
    """
    file = code.co_filename
    yield from _read_lines(file, namespace)
    yield from _from_loader(file, namespace)
    yield from _of_frozen_module(file)
    if file.startswith("<"):
        yield from _from_tracebacks(code)
        yield from _from_command_line(file)
        yield from _typed_in(code)
        yield from texts_of_magics(file, Text.of)
    yield from _carried.values()
    if file not in linecache.cache and file.startswith("<"):
        yield from _from_program()


def _read_lines(file: str, namespace: Mapping[str, Any]) -> Iterator[Text]:
    """The lines that tracebacks show; read again where the file is newer than they are."""
    given = dict(namespace)
    known = tuple(linecache.getlines(file, given))
    if known:
        yield Text(file, known)
        linecache.checkcache(file)
        again = tuple(linecache.getlines(file, given))
        if again and again != known:
            yield Text(file, again)


def _from_tracebacks(code: types.CodeType) -> Iterator[Text]:
    """The text that tracebacks show of a statement at the prompt, kept by its code (3.14)."""
    kept = getattr(linecache, "_getlines_from_code", None)
    lines = kept(code) if kept is not None else ()
    if lines:
        yield Text(code.co_filename, tuple(lines))


def _from_loader(file: str, namespace: Mapping[str, Any]) -> Iterator[Text]:
    """The text that the module's loader gives: zips, and paths relative to another folder."""
    spec = namespace.get("__spec__")
    loader = namespace.get("__loader__") or getattr(spec, "loader", None)
    name = getattr(spec, "name", None) or namespace.get("__name__")
    try:
        text = loader.get_source(name)  # type: ignore[union-attr]
    except (AttributeError, ImportError, OSError, SyntaxError, UnicodeError):
        return
    if isinstance(text, str):
        yield Text.of(file, text)


def _of_frozen_module(file: str) -> Iterator[Text]:
    """The text of a module of the standard library that is part of the interpreter."""
    if file.startswith("<frozen "):
        name = file.removeprefix("<frozen ").removesuffix(">")
        path = Path(os.__file__).parent.joinpath(*name.split(".")).with_suffix(".py")
        try:
            yield Text.of(str(path), path.read_text(encoding="utf-8"))
        except (OSError, UnicodeError):
            return


def _from_command_line(file: str) -> Iterator[Text]:
    """The program of `python -c`, and a script that is the standard input and a real file."""
    if file == "<string>":
        for argument in sys.orig_argv[1:]:
            attached = re.match(r"-[A-Za-z]*?c(?=.)", argument)
            for text in {argument, argument[attached.end() :] if attached else argument}:
                if "def" in text or "lambda" in text:
                    yield Text.of(file, text)
    if file == "<stdin>":
        try:
            found = os.fstat(0)
            if stat.S_ISREG(found.st_mode):
                yield Text.of(file, os.pread(0, found.st_size, 0).decode())
        except (OSError, AttributeError, UnicodeError):
            return


def _from_program() -> Iterator[Text]:
    """The script that this process or its parent was started with.

    Pickles by value keep no file name; the workers of joblib have the script in `sys.argv`.
    """
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    for file in dict.fromkeys(each for each in (main, *sys.argv[:1]) if each):
        try:
            yield Text.of(file, Path(file).read_text(encoding="utf-8"))
        except (OSError, UnicodeError, ValueError):
            continue


# Texts from another process

_carried: dict[str, Text] = {}


def carry(texts: tuple[Text, ...]) -> None:
    """Keep texts that came from another process together with functions."""
    for text in texts:
        _carried.setdefault(digest_of(text), text)
        if not linecache.getlines(text.file):
            size = sum(map(len, text.lines))
            linecache.cache[text.file] = (size, None, list(text.lines), text.file)


def digest_of(text: Text) -> str:
    return hashlib.sha256("".join((text.file, "\n", *text.lines)).encode()).hexdigest()


# Python's own prompt


def _typed_in(code: types.CodeType) -> Iterator[Text]:
    """Stretches of the prompt's history that may be the statement in which `code` was typed.

    Up to Python 3.12 the prompt keeps no source, but readline its history. It is searched from the
    end.
    """
    if code.co_filename != "<stdin>":
        return
    history = _history()
    word = "lambda" if code.co_name == "<lambda>" else code.co_qualname.split(".")[0]
    for start in reversed(range(len(history))):
        if word not in history[start]:
            continue
        while start and history[start - 1].startswith("@"):
            start -= 1
        for stop in range(start + 1, min(len(history), start + INTERACTIVE_LINES) + 1):
            yield Text(code.co_filename, tuple(line + "\n" for line in history[start:stop]))


def _history() -> list[str]:
    try:
        import readline
    except ImportError:
        return []
    count = readline.get_current_history_length()
    return [readline.get_history_item(k + 1) or "" for k in range(count)]
