"""`f.explore(*args)`: run the generated program once, and make a page of it."""

from __future__ import annotations

import functools
import html
import json
import sys
import tempfile
import webbrowser
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from adjoint.api.arguments import split
from adjoint.emit.module import load
from adjoint.explorer.data import Data, Json
from adjoint.explorer.instrument import instrument
from adjoint.explorer.listing import listing
from adjoint.explorer.recording import Recorder
from adjoint.pipeline import Program

#: The scripts of the page, in order.
_SCRIPTS = ("core.js", "code.js", "steps.js", "tape.js", "views.js", "start.js")


class Exploration:
    """A page about one run of a derivative, which needs neither a server nor a network.

    Parameters
    ----------
    title : str
        The name of the derivative.
    html : str
        The page.

    Attributes
    ----------
    result : object
        The derivative that the run computed.
    error : Exception or None
        The exception that ended the run.
    path : Path or None
        The file that the page was written to.

    Examples
    --------
    >>> page = grad(lambda x: x * x).explore(3.0, path="square.html")  # doctest: +SKIP
    >>> page.result  # doctest: +SKIP
    6.0
    """

    def __init__(self, title: str, html: str, result: Any, error: Exception | None) -> None:
        self.title, self.html, self.result, self.error = title, html, result, error
        self.path: Path | None = None

    def save(self, path: str | Path) -> Path:
        """Write the page to a file."""
        self.path = Path(path)
        self.path.write_text(self.html, encoding="utf-8", newline="\n")
        return self.path

    def open(self) -> bool:
        """Show the page in the browser; False where there is none."""
        if self.path is None:
            name = f"adjoint-{self.title}-"
            folder = Path(tempfile.mkdtemp(prefix=name.replace("<", "").replace(">", "")))
            self.save(folder / "index.html")
        assert self.path is not None
        return webbrowser.open(self.path.resolve().as_uri())

    def _repr_html_(self) -> str:
        page = html.escape(self.html, quote=True)
        return (
            f'<iframe title="{html.escape(self.title)}" srcdoc="{page}" width="100%" height="760" '
            'style="border: 1px solid #8884; border-radius: 8px"></iframe>'
        )

    def __repr__(self) -> str:
        where = f": {self.path}" if self.path else ""
        return f"<exploration of {self.title}, {len(self.html) / 1e6:.1f} MB{where}>"


def explore(
    title: str,
    program: Program,
    call: Callable[[Callable[..., Any]], Any],
    more: Callable[[], Json] | None = None,
) -> Exploration:
    """Record one call of a program.

    Parameters
    ----------
    title : of the page.
    program : whose text is run.
    call : calls the function that it is given, with the arguments.
    more : what else the page shows, for views beside the run.
    """
    text = listing(program.emitted)
    instrumented = instrument(text)
    run = Recorder(text, instrumented)
    function = load(program.emitted, instrumented.tree, run.helpers())
    result, error = None, None
    try:
        with np.errstate(all="ignore"):
            result = call(function)
    except Exception as raised:
        error = raised
    found = Data(program.emitted, program.function.span, text, run).to_json()
    found |= {"title": title, "doc": _docstring(program), "python": sys.version.split()[0]}
    if error is not None:
        found["error"] = f"{type(error).__name__}: {error}"
    if more is not None:
        found |= more()
    return Exploration(title, page(title, found), result, error)


def _docstring(program: Program) -> str:
    return (program.run.__doc__ or "").strip()


def page(title: str, data: Json) -> str:
    """The page with its data: one file, whose scripts and styles are in it."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    text = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    parts = {
        "TITLE": html.escape(title),
        "STYLE": _file("page.css"),
        "SCRIPT": "\n".join(map(_file, _SCRIPTS)),
        "DATA": text,
    }
    shown = _file("page.html")
    for name, part in parts.items():
        before, _, after = shown.partition(f"@{name}@")
        shown = before + part + after
        if name == "TITLE":
            shown = shown.replace("@TITLE@", part)
    return shown


@functools.cache
def _file(name: str) -> str:
    return (resources.files("adjoint.explorer") / "page" / name).read_text(encoding="utf-8")


def in_notebook() -> bool:
    """Does a notebook's kernel run this, which shows what a cell returns?"""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def explored(
    title: str,
    program: Program,
    parameters: Sequence[Any],
    values: Sequence[Any],
    extra: dict[str, Any],
    path: str | Path | None,
    more: Callable[[], Json] | None = None,
) -> Exploration:
    """The page of a call with these values, written or shown where `path` says."""
    args, kwargs = split(parameters, values)
    found = explore(title, program, lambda run: run(*args, **kwargs, **extra), more)
    if path is not None:
        found.save(path)
    elif not in_notebook() and not found.open():
        print(f"no browser was found; the page is {found.path}")
    return found


__all__ = ["Exploration", "explore", "explored", "in_notebook", "page"]
