"""No variable of the text hides what the text refers to, whatever the program calls its own."""

import importlib.util
import itertools
import linecache
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import debug_nans, grad, hvp, vjp
from tests.oracle import richardson_gradient

#: Names that the compiler gives, names that the text needs, and plain ones.
NAMES = [
    "g", "g_1", "t", "a", "flag", "tape", "x_bar", "x_dot", "b_bar", "y_bar", "items", "pullback",
    "loop_grad", "loop_vjp", "captured_0", "sum_to", "index_add", "special", "signal", "json",
    "reversed", "zip", "range", "len", "abs", "float", "sum", "slice", "print", "list", "copy",
    "_call", "_binary", "_written",
]  # fmt: skip

PROGRAM = """
import numpy as np

def {name}(x):
    return np.tanh(x) * 2.0

def loop(x):
    b = x
    for i in (0, 1, 2):
        if np.sum(b) > 0.5:
            b = np.sin(np.sin(b) * b) * np.cos(x * b) + x * {name}(b * b * x)
        else:
            b = b * x[i] + 1.0
    return np.sum(b * x)

def branches(x):
    c = {name}(x) if x[0] > 0.0 else {name}(-x)
    d = np.where(c > 0.3, c * x, {name}(c))
    return np.sum(d * np.exp(d) * np.linalg.norm(x))
"""

PARAMETERS = """
import math
import numpy as np
from math import sin as sine

def loop({name}):
    b = {name}
    for i in (0, 1, 2):
        b = np.where(b > 0.1, np.sin(b) * b, {name}[i] * sine(b[0])) + {name}
    return np.sum(b * {name})
"""
_count = itertools.count()
X = np.array([0.3, 0.4, 0.5])


def load(text: str, folder: Path) -> types.ModuleType:
    path = folder / f"named_{next(_count)}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compare(f: Callable[..., Any]) -> None:
    want = richardson_gradient(f, (X,))
    np.testing.assert_allclose(grad(f)(X), want, 1e-8)
    np.testing.assert_allclose(vjp(f, X)[1](1.0)[0], want, 1e-8)
    slope = (grad(f)(X + 1e-5) - grad(f)(X - 1e-5)) / 2e-5
    np.testing.assert_allclose(hvp(f)(X, np.ones(3)), slope, 1e-6, 1e-6)
    with debug_nans():
        np.testing.assert_allclose(grad(f)(X), want, 1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_functions_with_rules(name: str, tmp_path: Path) -> None:
    module = load(PROGRAM.format(name=name), tmp_path)
    function = getattr(module, name)
    adjoint.elementwise(function, x=lambda y, x: 2.0 * (1.0 - (y / 2.0) ** 2))
    compare(module.loop)
    compare(module.branches)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("range", "len")])
def test_functions_of_the_program(name: str, tmp_path: Path) -> None:
    compare(load(PROGRAM.format(name=name), tmp_path).loop)


@pytest.mark.parametrize("name", NAMES)
def test_parameters(name: str, tmp_path: Path) -> None:
    compare(load(PARAMETERS.format(name=name), tmp_path).loop)


def test_helpers_and_modules_in_one_text() -> None:
    """A function called as a module that the text imports."""
    text = (
        "import json\nimport numpy as np\n"
        "from tests.emit.test_hidden_names import json_\n"
        "def f(x):\n"
        "    size = len(json.dumps([1]))\n"
        "    for g in (0, 1):\n"
        "        x = x * np.sin(x) + json_(x)\n"
        "    return np.sum(x) * size\n"
    )
    linecache.cache["<hidden names>"] = (len(text), None, text.splitlines(True), "<hidden names>")
    space: dict[str, Any] = {}
    exec(compile(text, "<hidden names>", "exec"), space)
    compare(space["f"])


def json_(x: Any) -> Any:
    return np.tanh(x)


json_.__name__ = "json"
adjoint.elementwise(json_, x=lambda y, x: 1.0 - y * y)
