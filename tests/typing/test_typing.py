"""mypy and pyright, strict, on code as users write it."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.typing import user_code

ROOT = Path(__file__).parents[2]
FILE = Path(user_code.__file__)
WRONG = {
    number
    for number, line in enumerate(FILE.read_text().splitlines(), start=1)
    if "# error" in line
}


def run(module: str, *options: str) -> str:
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed: it is among the extras `dev`")
    done = subprocess.run(
        [sys.executable, "-m", module, *options, str(FILE)],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MYPYPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def compare(found: dict[int, str]) -> None:
    unexpected = {line: text for line, text in found.items() if line not in WRONG}
    assert not unexpected, unexpected
    assert not WRONG - found.keys(), "these lines are accepted"


def test_code_runs(tmp_path: Path) -> None:
    user_code.right(tmp_path, np.eye(2), np.ones(2))


def test_mypy() -> None:
    printed = run(
        "mypy", "--strict", "--config-file=", "--follow-imports=silent", "--no-error-summary",
        "--hide-error-context", "--no-pretty",
    )  # fmt: skip
    lines = [line for line in printed.splitlines() if ": error: " in line]
    assert all(line.startswith(str(FILE.relative_to(ROOT))) or str(FILE) in line for line in lines)
    compare({int(line.rpartition(".py:")[2].split(":")[0]): line for line in lines})


def test_pyright() -> None:
    report = json.loads(run("pyright", "--outputjson", "--pythonpath", sys.executable))
    errors = [e for e in report["generalDiagnostics"] if e["severity"] == "error"]
    compare({e["range"]["start"]["line"] + 1: e["message"] for e in errors})
