"""Tracebacks show the user's lines and the generated ones, not the compiler's."""

from __future__ import annotations

import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import UnsupportedError, grad, jvp, vjp

FOLDER = str(Path(adjoint.__file__).parent)


def refused(x: Any) -> Any:
    return np.kaiser(3, x[0])[0]


def raises(x: Any, y: Any) -> Any:
    a = x * 2.0
    return a / y


def frames_of_adjoint(error: BaseException) -> int:
    return sum(f.filename.startswith(FOLDER) for f in traceback.extract_tb(error.__traceback__))


@pytest.mark.parametrize(
    "call, most",
    [
        (lambda: grad(refused)(np.ones(3)), 1),
        (lambda: grad(raises)(1.0, 0.0), 1),
        (lambda: vjp(refused, np.ones(3)), 4),
        (lambda: jvp(refused, (np.ones(3),), (np.ones(3),)), 6),
    ],
)
def test_the_compiler_is_hidden(call: Any, most: int) -> None:
    with pytest.raises((UnsupportedError, ZeroDivisionError)) as caught:
        call()
    assert frames_of_adjoint(caught.value) <= most


def test_the_compiler_is_shown_when_asked_for() -> None:
    adjoint.full_tracebacks()
    try:
        with pytest.raises(UnsupportedError) as caught:
            grad(refused)(np.ones(3))
    finally:
        adjoint.full_tracebacks(False)
    assert frames_of_adjoint(caught.value) > 5


@pytest.mark.parametrize("setting, shown", [("", False), ("full", True)])
def test_the_environment_variable(tmp_path: Path, setting: str, shown: bool) -> None:
    file = tmp_path / "model.py"
    file.write_text(
        "import numpy as np\nfrom adjoint import grad\n\n\n"
        "def f(x):\n    return np.sum(np.kaiser(3, x))\n\n\ngrad(f)(1.0)\n"
    )
    run = subprocess.run(
        [sys.executable, str(file)],
        env={"PYTHONPATH": str(Path(FOLDER).parent), "ADJOINT_TRACEBACK": setting},
        capture_output=True,
        text=True,
    )
    assert "kaiser is not differentiable" in run.stderr
    assert ("pipeline.py" in run.stderr) is shown


def fused(x: Any) -> Any:
    y = np.sum(x * x)
    n = np.sqrt(y)
    return n * 3.0


def division_in_another_line(x: Any, y: Any) -> Any:
    return raises(x, y) * 2.0


@pytest.mark.parametrize(
    "function, arguments, kind, line",
    [
        (fused, (np.zeros(2),), FloatingPointError, "n = np.sqrt(y)"),
        (raises, (1.0, 0.0), ZeroDivisionError, "return a / y"),
        (division_in_another_line, (1.0, 0.0), ZeroDivisionError, "return a / y"),
    ],
)
def test_parts_of_a_statement_have_their_own_line(
    function: Any, arguments: Any, kind: type[Exception], line: str
) -> None:
    """One expression of the backward half may hold operations of several lines."""
    with np.errstate(all="raise"), pytest.raises(kind) as caught:
        grad(function)(*arguments)
    assert line in caught.value.__notes__[0]


def test_generated_lines_are_shown() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        grad(raises)(1.0, 0.0)
    shown = "".join(traceback.format_exception(caught.value))
    assert "return 2.0 / y" in shown
    if sys.version_info < (3, 13):  # where the interpreter itself does not know the text
        assert "return 2.0 / y" in caught.value.__notes__[0]
