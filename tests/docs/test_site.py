"""The site builds without a warning, and its pages and links are complete."""

import html
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import adjoint
from site_tools.explored import MARK
from tests.docs.pages import ROOT
from tests.messages.test_messages import MISTAKES

pytest.importorskip("material", reason="mkdocs-material is not installed")
nbformat = pytest.importorskip("nbformat")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and "WARNING" not in done.stderr, done.stderr
    return folder


def text_of(page: Path) -> str:
    """The words of a page; in code, colours are tags between them."""
    return html.unescape(re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8")))


def test_every_public_name_has_an_entry(site: Path) -> None:
    pages = "\n".join(p.read_text(encoding="utf-8") for p in (site / "reference").glob("*.html"))
    names = {*adjoint.__all__} - {"optim", "parallel"}
    names |= {f"optim.{name}" for name in adjoint.optim.__all__}
    names |= {f"parallel.{name}" for name in adjoint.parallel.__all__}
    missing = [n for n in names if f'id="{n.replace(".", "").lower()}"' not in pages]
    assert not missing


def test_every_message_is_in_the_catalogue(site: Path) -> None:
    text = text_of(site / "errors.html")
    assert not [m.__name__ for m in MISTAKES if m.says not in text]


def test_every_example_has_a_page(site: Path) -> None:
    shown = {page.stem for page in (site / "gallery").glob("*.html")}
    assert shown == {path.stem for path in (ROOT / "examples").glob("*.py")}


@pytest.mark.parametrize("page", ["learn", "rnn_tape", "explorer"])
def test_every_mark_is_an_explorer(site: Path, page: str) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    marks = MARK.findall(text)
    shown = (site / f"{page}.html").read_text(encoding="utf-8")
    assert marks and shown.count("<iframe") == len(marks)
    for number in range(1, len(marks) + 1):
        explored = (site / "explored" / f"{page}-{number}.html").read_text(encoding="utf-8")
        assert 'id="data"' in explored and f'src="explored/{page}-{number}.html"' in shown


def test_each_of_the_ten_programs_has_an_explorer() -> None:
    text = (ROOT / "docs" / "learn.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (?=\d)", text, flags=re.MULTILINE)[1:]
    assert len(parts) == 10
    for part in parts:
        assert len(MARK.findall(part)) == 1, part[:40]
        assert "**Exercise.**" in part and "<summary>Solution</summary>" in part


def test_notebooks_are_shown_with_what_their_cells_show(site: Path) -> None:
    for notebook in (ROOT / "docs").glob("*.ipynb"):
        cells = nbformat.read(notebook, as_version=4).cells
        assert not any(cell.get("outputs") for cell in cells), "outputs are made by the build"
        page = site / f"{notebook.stem}.html"
        text = text_of(page)
        for cell in cells:
            if cell.cell_type == "code":
                assert cell.source in text
        frames = re.findall(r'<iframe class="explored" src="([^"]+)"', page.read_text("utf-8"))
        explored = sum(".explore(" in cell.source for cell in cells)
        assert len(frames) == explored >= 1
        assert all('id="data"' in (site / f).read_text("utf-8") for f in frames)
        assert "def loss_grad(p, t, seen):" in text and "step 50  loss" in text
        assert (site / notebook.name).exists(), "it can be taken home"


def test_examples_have_their_pictures(site: Path) -> None:
    pytest.importorskip("matplotlib")
    drawn = {path.stem for path in (site / "pictures").glob("*.svg")}
    assert {"digits", "language_model", "optics", "orbit", "epidemic", "greeks", "deblurring",
            "robot_arm", "smoothing", "heat"} <= drawn  # fmt: skip
    assert (site / "examples.html").read_text(encoding="utf-8").count("<img") == len(drawn)


def test_links_lead_somewhere(site: Path) -> None:
    """Also those of the theme, and those in what the hooks have made."""
    pages = {
        p: p.read_text(encoding="utf-8") for p in site.rglob("*.html") if p.name != "404.html"
    }
    names = {p: {*re.findall(r'\bid="([^"]+)"', text)} for p, text in pages.items()}
    broken = []
    for page, text in pages.items():
        for link in re.findall(r'(?:href|src)="([^"]+)"', text):
            path, _, anchor = html.unescape(link).partition("#")
            if re.match(r"[a-z]+:", link):
                continue
            target = (page.parent / path).resolve() if path else page
            if not target.exists() or anchor and anchor not in names.get(target, ()):
                broken.append(f"{page.relative_to(site)}: {link}")
    assert not broken


def test_no_page_asks_another_server(site: Path) -> None:
    for page in site.rglob("*.html"):
        assert not re.findall(
            r'(?:src|<link[^>]* href)="https?:', page.read_text(encoding="utf-8")
        )


def test_output_is_not_shown_as_prose(site: Path) -> None:
    for page in site.rglob("*.html"):
        assert "```" not in text_of(page), page.name


def test_it_can_be_searched_and_dark(site: Path) -> None:
    found = (site / "search" / "search_index.json").read_text(encoding="utf-8")
    assert "checkpointed_loop" in found and "learn.html" in found
    assert 'data-md-color-scheme="slate"' in (site / "index.html").read_text(encoding="utf-8")
