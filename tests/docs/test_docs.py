"""Every Python block of the README and the documentation runs.

The blocks of a page run in order, in one namespace, as one real file, since adjoint reads the
source of functions. The lines of that file stand where they stand in the page, so a traceback
points at the page's line. Blocks that should not run are marked ```text.
"""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
OPENING = re.compile(r"```(\w*)\s*$")


def python_of(page: str) -> str:
    """The page's Python blocks; every other line is empty."""
    kept, language = [], None
    for line in page.splitlines():
        opening = OPENING.match(line)
        if language is None and opening:
            language = opening[1]
            kept.append("")
        elif language is not None and line.rstrip() == "```":
            language = None
            kept.append("")
        else:
            kept.append(line if language == "python" else "")
    assert language is None, "a block is not closed"
    return "\n".join(kept) + "\n"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = python_of(page.read_text())
    if page.parent != ROOT:
        assert code.strip(), "a page without a single block that runs"
    script = tmp_path / f"{page.stem.lower()}_page.py"
    script.write_text(code)
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(script), run_name=script.stem)


def test_blocks_keep_their_lines() -> None:
    page = "Text\n```python\na = 1\n```\n```text\nno code\n```\n```python\nb = 2\n```\n"
    assert python_of(page) == "\n\na = 1\n\n\n\n\n\nb = 2\n\n"
