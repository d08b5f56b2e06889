"""The page of an explored run: it can be saved, opened, and shown in a notebook."""

from __future__ import annotations

import html
import sys
from pathlib import Path
from typing import Any


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

    def show(self) -> None:
        """Open the page in the browser, or leave that to a notebook, which shows it by itself."""
        if not _in_notebook() and not self.open():
            print(f"no browser was found; the page is {self.path}")

    def open(self) -> bool:
        """Show the page in the browser; False where there is none."""
        if self.path is None:
            name = f"adjoint-{self.title}-"
            import tempfile  # costs more than all of this file

            folder = Path(tempfile.mkdtemp(prefix=name.replace("<", "").replace(">", "")))
            self.save(folder / "index.html")
        assert self.path is not None
        import webbrowser

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


def _in_notebook() -> bool:
    """Does a notebook's kernel run this, which shows what a cell returns?"""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None
