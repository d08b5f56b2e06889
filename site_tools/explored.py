"""Explorer pages inside of the pages of docs/, made when the site is built.

A line `<!-- explore: f(x) -->` stands behind a block of code, where GitHub shows nothing. On the
site it is the page of `f.explore(x)`, at that place of the program.
"""

import ast
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.docs.pages import ROOT, python_of

MARK = re.compile(r"^<!-- explore: (.+) -->$", re.MULTILINE)


def pages(docs: Path) -> dict[str, str]:
    """The explorer pages of all texts in a folder, by their path on the site."""
    found: dict[str, str] = {}
    for page in sorted(docs.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        if MARK.search(text):
            with tempfile.TemporaryDirectory() as folder:
                made = run(page.stem, text, Path(folder))
                found |= {f"explored/{p.name}": p.read_text(encoding="utf-8") for p in made}
    return found


def run(name: str, text: str, folder: Path) -> list[Path]:
    """Run the blocks of a page as a module, and explore where its marks are."""
    lines = python_of(text).splitlines()
    paths = []
    for row, line in enumerate(text.splitlines()):
        if mark := MARK.match(line):
            paths.append(folder / f"{name}-{len(paths) + 1}.html")
            lines[row] = exploring(mark[1], paths[-1])
    (folder / f"{name}.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", f"import {name}"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert not done.returncode, f"{name}.md cannot be explored\n{done.stderr}"
    return paths


def exploring(call: str, path: Path) -> str:
    """`f(x)` as `f.explore(x, path=...)`."""
    node = ast.parse(call, mode="eval").body
    assert isinstance(node, ast.Call), f"no call of a gradient: {call}"
    node.func = ast.Attribute(node.func, "explore", ast.Load())
    node.keywords.append(ast.keyword("path", ast.Constant(str(path))))
    return ast.unparse(ast.fix_missing_locations(node))


def shown(name: str, markdown: str) -> str:
    """The text of a page with frames in the place of its marks."""
    numbers = iter(range(1, 1 + len(MARK.findall(markdown))))

    def frame(mark: re.Match[str]) -> str:
        address = f"explored/{name}-{next(numbers)}.html"
        return (
            f'<iframe class="explored" src="{address}" loading="lazy"\n'
            f'title="The explorer of {mark[1].partition("(")[0]}"></iframe>\n\n'
            f'<a class="explored" href="{address}" target="_blank">Open this page alone</a>'
        )

    return MARK.sub(frame, markdown)
