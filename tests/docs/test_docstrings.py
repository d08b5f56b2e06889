"""The docstring of a public name has its sections and parameters, and its examples run."""

import doctest
import inspect
import operator
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint

NAMES = [name for name in adjoint.__all__ if not inspect.ismodule(getattr(adjoint, name))]
ERRORS = [name for name in NAMES if name.endswith(("Error", "Warning"))]
OPTIM = [
    f"optim.{n}" for n in adjoint.optim.__all__ if inspect.isfunction(getattr(adjoint.optim, n))
]
PARALLEL = [f"parallel.{name}" for name in adjoint.parallel.__all__ if name.islower()]
FUNCTIONS = [name for name in NAMES if name not in ERRORS] + OPTIM + PARALLEL


def sections(text: str) -> dict[str, str]:
    """The parts of a NumPy docstring by their underlined headings."""
    parts = re.split(r"^(\w+)\n-+$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def described(section: str) -> set[str]:
    """The names in the lines of a section that are not indented."""
    heads = [line.partition(" : ")[0] for line in section.splitlines() if line[:1].strip()]
    return {name.strip().lstrip("*") for head in heads for name in head.split(",")}


def documented(name: str) -> str:
    text = inspect.getdoc(operator.attrgetter(name)(adjoint))
    assert text, f"{name} has no docstring"
    return text


@pytest.mark.parametrize("name", FUNCTIONS)
def test_sections(name: str) -> None:
    assert {"Parameters", "Returns", "Examples"} <= set(sections(documented(name)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_parameter_is_described(name: str) -> None:
    function: Callable[..., Any] = operator.attrgetter(name)(adjoint)
    parameters = {each for each in inspect.signature(function).parameters if each != "bound"}
    assert parameters == described(sections(documented(name))["Parameters"])


@pytest.mark.parametrize("name", ERRORS)
def test_errors_show_how_they_come(name: str) -> None:
    assert "Examples" in sections(documented(name))


@pytest.mark.parametrize("name", NAMES + OPTIM + PARALLEL)
def test_examples_run(name: str) -> None:
    names = {"np": np, "adjoint": adjoint, "__name__": "examples"}
    names |= {each: getattr(adjoint, each) for each in adjoint.__all__}
    test = doctest.DocTestParser().get_doctest(documented(name), names, name, None, 0)
    assert test.examples
    failed: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=failed.append)
    assert not failed, "".join(failed)
