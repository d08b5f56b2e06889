"""How gradient functions show themselves: their docstring, and their program in a notebook."""

from __future__ import annotations

import ast
import html
import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from adjoint.errors import AdjointError

if TYPE_CHECKING:
    from adjoint.emit.module import Emitted
    from adjoint.pipeline import Program


def docstring(title: str, subject: str, parameters: str, primal: Any) -> str:
    """The docstring of a gradient function: that of the value is about something else."""
    lines = [f"{title} of {subject} with respect to {parameters}."]
    plain = inspect.isfunction(primal) or inspect.ismethod(primal)
    written = inspect.getdoc(primal) if plain else None
    if written:
        lines += ["", f"The docstring of {subject} itself:", ""]
        lines += [f"    {line}".rstrip() for line in written.splitlines()]
    return "\n".join(lines)


def emitted_for(program: Program, parameters: Sequence[inspect.Parameter]) -> Emitted:
    """The text of a program with the defaults of this function.

    Functions of one code share the program, and the text shows the defaults of the first one.
    """
    shown = {a.name: _literal(a.default) for a in program.arguments}
    own = {p.name: _literal(p.default) for p in parameters if p.default is not p.empty}
    changed = {name: text for name, text in own.items() if shown.get(name, text) != text}
    if not changed:
        return program.emitted
    source, name = program.emitted.source, program.emitted.name
    lines = source.split("\n")
    tree = ast.parse(source)
    [definition] = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name]
    found = definition.args
    positional = [*found.posonlyargs, *found.args]
    given = positional[len(positional) - len(found.defaults) :]
    pairs = [*zip(given, found.defaults, strict=True)]
    pairs += [(a, d) for a, d in zip(found.kwonlyargs, found.kw_defaults, strict=True) if d]
    for argument, default in reversed(pairs):  # from the end, so that places stay where they are
        if argument.arg in changed:
            line = lines[default.lineno - 1].encode()
            text = changed[argument.arg].encode()
            line = line[: default.col_offset] + text + line[default.end_col_offset :]
            lines[default.lineno - 1] = line.decode()
    return replace(program.emitted, source="\n".join(lines))


def _literal(default: Any) -> str:
    """A default as a text shows it: None for what is no literal."""
    if isinstance(default, float):
        return repr(float(default)) if math.isfinite(default) else f"float('{default}')"
    return repr(default) if isinstance(default, (bool, int, str)) else "None"


def program_as_html(title: str, source: Callable[[], str]) -> str:
    """A program under a title; the reason, where there is none."""
    try:
        shown = _coloured(source())
    except AdjointError as error:
        shown = f"<pre>{html.escape(str(error))}</pre>"
    return f"<div><p><b>{html.escape(title)}</b></p>{shown}</div>"


def _coloured(text: str) -> str:
    """The text with colours where Pygments is installed, which notebooks need anyway."""
    try:
        from pygments import highlight
        from pygments.formatters import HtmlFormatter
        from pygments.lexers import PythonLexer
    except ImportError:
        return f"<pre>{html.escape(text)}</pre>"
    shown: str = highlight(text, PythonLexer(), HtmlFormatter(noclasses=True, nobackground=True))
    return shown
