"""Pages whose Python blocks run, and whose output blocks show what they print.

The ```python blocks of a page run in order, in one namespace, as one real file, since adjoint
reads the source of functions. The lines of that file stand where they stand in the page, so
tracebacks and line numbers are the page's. A block whose opening fence ends in the word `output`,
such as ```text output, holds what the block before it prints. All other blocks are left alone.
"""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
WITHOUT_CODE = {
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    *(
        ROOT / "docs" / name
        for name in ("README.md", "examples.md", "report.md", "text_report.md", "wild.md")
    ),
}
TEXTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
PAGES = [page for page in TEXTS if page not in WITHOUT_CODE]
OPENING = re.compile(r"```(\w*)( output)?$")
MARK = "\x1d"


class Block(NamedTuple):
    """The lines from `start` up to the closing fence at `stop`."""

    kind: str
    start: int
    stop: int


def blocks(lines: list[str]) -> list[Block]:
    found: list[Block] = []
    start = None
    kind = ""
    for index, line in enumerate(lines):
        if start is None:
            if opening := OPENING.match(line):
                start, kind = index + 1, "output" if opening[2] else opening[1]
        elif line == "```":
            found.append(Block(kind, start, index))
            start = None
    assert start is None, "a block is not closed"
    return found


def python_of(page: str) -> str:
    """The Python blocks on their own lines; each prints a mark at its end."""
    lines = page.splitlines()
    code = [""] * len(lines)
    for kind, start, stop in blocks(lines):
        if kind == "python":
            code[start:stop] = lines[start:stop]
            code[stop] = f"print({MARK!r})"
    return "\n".join(code) + "\n"


def printed(page: Path, folder: Path) -> list[str]:
    """The output of each Python block of a page, which a process of its own runs.

    It is imported as a module; a page that asks whether it is the script is run as one.
    """
    module, text = page.stem.lower(), python_of(page.read_text())
    if importlib.util.find_spec(module) is not None:  # docs/scipy.md must not hide SciPy
        module += "_page"
    (folder / f"{module}.py").write_text(text)
    is_script = '__name__ == "__main__"' in text
    run = subprocess.run(
        [sys.executable, *([f"{module}.py"] if is_script else ["-c", f"import {module}"])],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    if run.returncode:
        raise AssertionError(f"a block of {page.name} fails\n{run.stderr}")
    return run.stdout.split(f"{MARK}\n")[:-1]


def refreshed(page: Path, folder: Path) -> str:
    """The text of a page with its output blocks as they should be."""
    outputs = iter(printed(page, folder))
    lines = page.read_text().splitlines()
    latest: list[str] = []
    result: list[str] = []
    position = 0
    for kind, start, stop in blocks(lines):
        if kind == "python":
            latest = [line.rstrip() for line in next(outputs).strip().splitlines()]
        elif kind == "output":
            result += lines[position:start] + latest
            position = stop
    return "\n".join(result + lines[position:]) + "\n"
