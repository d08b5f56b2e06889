"""How gradient functions show themselves: their docstring, and their program in a notebook."""

from __future__ import annotations

import html
import inspect
from collections.abc import Callable
from typing import Any

from adjoint.errors import AdjointError


def docstring(title: str, subject: str, parameters: str, primal: Any) -> str:
    """The docstring of a gradient function: that of the value is about something else."""
    lines = [f"{title} of {subject} with respect to {parameters}."]
    plain = inspect.isfunction(primal) or inspect.ismethod(primal)
    written = inspect.getdoc(primal) if plain else None
    if written:
        lines += ["", f"The docstring of {subject} itself:", ""]
        lines += [f"    {line}".rstrip() for line in written.splitlines()]
    return "\n".join(lines)


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
