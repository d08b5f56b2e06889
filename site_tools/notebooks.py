"""The notebooks of docs/ as pages: their cells, and what these show when the site is built."""

import html
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

from tests.docs.pages import ROOT

EXPLORED = re.compile(r'<iframe title="([^"]*)" srcdoc="([^"]*)".*?</iframe>', re.DOTALL)


def pages(docs: Path) -> dict[str, str]:
    """The page of each notebook, and those that it shows in frames, by their path on the site."""
    found: dict[str, str] = {}
    for path in sorted(docs.glob("*.ipynb")):
        parts = [f"[This page as a notebook]({path.name})"]
        for cell in executed(path):
            if cell.cell_type == "markdown":
                parts.insert(len(parts) if len(parts) > 1 else 0, cell.source)
                continue
            parts.append(f"```python\n{cell.source}\n```")
            for output in cell.outputs:
                parts.append(shown(output, path.stem, found))
        found[f"{path.stem}.md"] = "\n\n".join(parts) + "\n"
    return found


def executed(path: Path) -> list[Any]:
    """The cells of a notebook after a kernel of this Python has run them."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        found = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        own = {"PYTHONPATH": found, "IPYTHONDIR": folder, "JUPYTER_PREFER_ENV_PATH": "1"}
        client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": folder}})
        with mock.patch.dict(os.environ, own):
            client.execute(stderr=subprocess.DEVNULL)
    return list(notebook.cells)


def shown(output: Any, name: str, found: dict[str, str]) -> str:
    """An output as Markdown; a page in a frame becomes one of the site, in `found`."""
    if output.output_type == "stream":
        return f"```text\n{output.text.rstrip()}\n```"
    data = output.data
    if frame := EXPLORED.match(data.get("text/html", "")):
        address = f"explored/{name}-{1 + sum(path.endswith('.html') for path in found)}.html"
        found[address] = html.unescape(frame[2])
        return f'<iframe class="explored" src="{address}" title="{frame[1]}"></iframe>'
    if "text/html" in data:
        return f"<div>{data['text/html']}</div>"
    return f"```text\n{data['text/plain']}\n```"
