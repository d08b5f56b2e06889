"""Every row of the tables of docs/language.md is true: its example is supported, or refused.

An example computes `y` from an array `x` and a float `a`. The first Python block of the page
defines the other names.
"""

import importlib.util
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from adjoint import UnsupportedError, grad
from adjoint.tools.coverage import EXPANDED, INACTIVE, RULE, status
from tests.docs.pages import ROOT, blocks

LINES = (ROOT / "docs" / "language.md").read_text(encoding="utf-8").splitlines()
X, A = np.array([0.7, 1.3, 2.1]), 1.4
STEP = 1e-6


class Row(NamedTuple):
    construct: str
    code: list[str]
    refused: bool


def rows() -> Iterator[Row]:
    refused = table = False
    for line in LINES:
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if cells == ["Construct", "Example"]:
            table = True
        elif not cells:
            refused = line == "Refused:" or (refused and not line)
            table = False
        elif table and cells[0] != "---":
            yield Row(cells[0], [each.strip("`") for each in cells[1].split("<br>")], refused)


ROWS = list(rows())


def program(row: Row, folder: Path) -> Callable[..., Any]:
    """The function of a row, in a module of its own."""
    first = next(block for block in blocks(LINES) if block.kind == "python")
    body = ["", "", "def program(x, a):", *(f"    {line}" for line in row.code)]
    text = [*LINES[first.start : first.stop], *body, "    return np.sum(y)", ""]
    path = folder / "row.py"
    path.write_text("\n".join(text), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("row", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.program  # type: ignore[no-any-return]


def differences(f: Callable[..., Any]) -> tuple[np.ndarray, float]:
    by_x = [f(X + STEP * e, A) - f(X - STEP * e, A) for e in np.eye(3)]
    by_a = f(X.copy(), A + STEP) - f(X.copy(), A - STEP)
    return np.array(by_x) / (2.0 * STEP), by_a / (2.0 * STEP)


@pytest.mark.parametrize("row", [r for r in ROWS if not r.refused], ids=lambda row: row.construct)
def test_supported(row: Row, tmp_path: Path) -> None:
    f = program(row, tmp_path)
    x_bar, a_bar = grad(f, argnums=(0, 1))(X, A)
    by_x, by_a = differences(f)
    np.testing.assert_allclose(x_bar, by_x, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(a_bar, by_a, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("row", [r for r in ROWS if r.refused], ids=lambda row: row.construct)
def test_refused(row: Row, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError):
        grad(program(row, tmp_path), argnums=(0, 1))(X, A)


def test_functions_have_rules() -> None:
    start = LINES.index("| Area | Functions |")
    text = "\n".join(
        line for line in LINES[start:] if line.startswith("|") and "SciPy" not in line
    )
    names = [name for name in re.findall(r"`(\w+)`", text) if name not in ("linalg", "fft")]
    for name in names:
        found = [getattr(m, name) for m in (np, np.linalg, np.fft, np.ufunc) if hasattr(m, name)]
        assert found, name
        states = [status(each)[0] for each in found]
        assert set(states) & {RULE, EXPANDED, INACTIVE} or name in dir(np.ufunc), name


def test_tables_are_found() -> None:
    assert sum(row.refused for row in ROWS) > 5 and len(ROWS) > 50
