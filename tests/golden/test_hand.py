"""The gradients written by hand agree with differences, so they can be what others are held to."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tests.oracle import assert_same_gradient, richardson_gradient

PROGRAMS = sorted(path.parent.name for path in Path(__file__).parent.glob("*/primal.py"))


def load(name: str, file: str) -> ModuleType:
    path = Path(__file__).parent / name / f"{file}.py"
    spec = importlib.util.spec_from_file_location(f"golden_{name}_{file}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", PROGRAMS)
def test_hand_written_gradient_agrees_with_differences(name: str) -> None:
    primal = load(name, "primal")
    expected = richardson_gradient(
        getattr(primal, primal.FUNCTION), primal.example(), primal.ARGNUMS
    )
    found = load(name, "hand").gradient(*primal.example())
    assert_same_gradient(found, expected)


def test_there_are_enough_programs() -> None:
    assert len(PROGRAMS) >= 28
