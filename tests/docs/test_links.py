"""Every relative link of README and docs leads to a file, and to a heading where it names one."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, TEXTS, blocks

LINK = re.compile(r"\]\(([^)\s]+)\)")


def prose(page: Path) -> list[str]:
    """The lines of a page outside of its code blocks."""
    lines = page.read_text(encoding="utf-8").splitlines()
    code = {row for block in blocks(lines) for row in range(block.start, block.stop)}
    return [line for row, line in enumerate(lines) if row not in code]


def anchors(page: Path) -> set[str]:
    """The names that GitHub gives to the headings of a page."""
    headings = [line.lstrip("#").strip() for line in prose(page) if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


def broken(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return True
    return bool(anchor) and anchor not in anchors(target)


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = LINK.findall("\n".join(prose(page)))
    local = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert not [link for link in local if broken(page, link)]


def test_every_page_is_in_the_reading_order() -> None:
    index = "\n".join(prose(ROOT / "docs" / "README.md"))
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {
        "README.md",
        "report.md",
        "text_report.md",
    }
    assert pages <= set(LINK.findall(index))


def test_broken_links_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One\n\n## Two: `f(x)`\n")
    assert not broken(page, "#two-fx") and not broken(page, "page.md#one")
    assert broken(page, "#three") and broken(page, "other.md")


def test_files_of_the_architecture_are_there() -> None:
    text = "\n".join(prose(ROOT / "docs" / "architecture.md"))
    named = set(re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", text))
    roots = (ROOT, ROOT / "adjoint", ROOT / "adjoint" / "frontend")
    assert len(named) > 50
    assert not [path for path in named if not any((root / path).exists() for root in roots)]
