"""Every Python block of the README and the documentation runs, and prints what the page says."""

from pathlib import Path

import pytest

from tests.docs.pages import MARK, PAGES, python_of, refreshed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_run(page: Path, tmp_path: Path) -> None:
    shown = page.read_text()
    assert python_of(shown).strip(), "a page without a single block that runs"
    assert refreshed(page, tmp_path) == shown, "`make docs` brings it up to date"


def test_blocks_keep_their_lines() -> None:
    page = "Text\n```python\na = 1\n```\n```text\nno code\n```\n```python\nb = 2\n```\n"
    mark = f"print({MARK!r})"
    assert python_of(page) == f"\n\na = 1\n{mark}\n\n\n\n\nb = 2\n{mark}\n"
