"""Chromium for the tests: Debian's, or whatever `CHROMIUM` names. Playwright drives it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


def executable() -> str | None:
    """The browser's program, or None."""
    given = os.environ.get("CHROMIUM")
    return given or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def started() -> Iterator[Any]:
    """A browser without a window; the test is skipped where there is none, and says so."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    program = executable()
    if program is None:
        pytest.skip("no Chromium: `apt-get install chromium`, or set CHROMIUM to its program")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@contextmanager
def opened(browser: Any, path: Path, **options: Any) -> Iterator[Any]:
    """A page of a file; an error or a warning of its console fails the test, a request as well."""
    context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: _only_this(request.url, path, said))
    page.goto(path.resolve().as_uri())
    yield page
    context.close()
    assert not said, said


def _only_this(url: str, path: Path, said: list[str]) -> None:
    if not url.startswith(("data:", path.resolve().as_uri())):
        said.append(f"a request: {url}")
