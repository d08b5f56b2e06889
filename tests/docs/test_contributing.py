"""The places that CONTRIBUTING.md and docs/extending.md name are there."""

import re

from tests.docs.pages import ROOT

PAGES = ("CONTRIBUTING.md", "docs/extending.md")
TEXT = "\n".join((ROOT / page).read_text(encoding="utf-8") for page in PAGES)
MADE = {"docs/report.md"}  # by `make full`


def test_paths_are_there() -> None:
    named = set(re.findall(r"[`(]((?:adjoint|tests|docs|examples)/[\w./-]*)[`)]", TEXT))
    assert len(named) > 20
    assert not [path for path in named - MADE if not (ROOT / path).exists()]


def test_commands_are_targets_of_the_makefile() -> None:
    targets = set(re.findall(r"^([\w.]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"make (\w+)", TEXT)) - {"each"} <= targets


def test_tables_are_where_they_are_said_to_be() -> None:
    for name, path in re.findall(r"`([A-Z]{5,})` (?:of|in) `([\w/]+\.py)`", TEXT):
        assert re.search(rf"\b{name}\b", (ROOT / path).read_text()), (name, path)
