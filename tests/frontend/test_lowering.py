"""Small programs and the SSA that the frontend makes of them, for each of its folders."""

from pathlib import Path

import pytest

import adjoint
from adjoint import check_grads
from tests.frontend.lowering import CASES, Case, lowered, read, written

FILES = sorted(CASES.glob("*.txt"))
ALL = [case for path in FILES for case in read(path)]
FRONTEND = Path(adjoint.__file__).parent / "frontend"


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.area}-{case.name}")
def test_ssa(case: Case) -> None:
    """The text differs? Read the difference, then run `python -m tests.frontend.lowering`."""
    assert lowered(*case.load()) == case.ir


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.area}-{case.name}")
def test_gradient(case: Case) -> None:
    """What is computed from the SSA is the derivative of the program."""
    function, args = case.load()
    check_grads(function, args)


def test_there_are_cases_for_each_folder() -> None:
    folders = {path.parent.name for path in FRONTEND.glob("*/__init__.py")}
    assert {path.stem for path in FILES} == folders | {"top"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files_are_as_they_are_written(path: Path) -> None:
    assert written(read(path)) == path.read_text()
