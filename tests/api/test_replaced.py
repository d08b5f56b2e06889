"""Functions of modules that are replaced by assignment: the program means what stands there now.

The table is run against differences of the program, which calls what stands there.
"""

import builtins
import contextlib
import functools
import math
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from adjoint import AdjointError, grad

TOOLS = types.ModuleType("tools_of_the_user")


def _square(x: Any) -> Any:
    return x * x


def _cube(x: Any) -> Any:
    return x * x * x


TOOLS.square = _square  # type: ignore[attr-defined]
TOOLS.rate = 2.0  # type: ignore[attr-defined]
sys.modules["tools_of_the_user"] = TOOLS
VECTOR = np.array([0.3, 0.4])


def _array(x: Any) -> Any:
    return np.sum(np.sin(x))


def _number(x: Any) -> Any:
    return 2.0 * math.exp(x)


def _of_the_user(x: Any) -> Any:
    return TOOLS.square(x) * TOOLS.rate  # type: ignore[attr-defined]


def _imported_inside(x: Any) -> Any:
    from math import tanh

    from tools_of_the_user import square  # type: ignore[import-not-found]

    return square(x) + tanh(x)


def _norm(x: Any) -> Any:
    return np.linalg.norm(x)


def _constant(x: Any) -> Any:
    return x * np.pi


def _by_name(x: Any) -> Any:
    return getattr(math, "tanh")(x)  # noqa: B009


def _method_of_ufunc(x: Any) -> Any:
    return np.add.reduce(np.exp(x))


def _folded(x: Any) -> Any:
    return functools.reduce(lambda a, b: a * b, [x, x, 3.0])


#: A program, an argument, the module, the name, and what stands there later. The names that a
#: program does not read are those of functions that its derivative calls.
REPLACED: dict[str, tuple[Callable[[Any], Any], Any, Any, str, Any]] = {
    "another function of NumPy": (_array, VECTOR, np, "sin", np.cos),
    "a function of the user's": (_array, VECTOR, np, "sin", _cube),
    "a reduction": (_array, VECTOR, np, "sum", np.prod),
    "a function of math": (_number, 0.7, math, "exp", math.sin),
    "a function of a module of the user's": (_of_the_user, 0.7, TOOLS, "square", _cube),
    "a number of a module of the user's": (_of_the_user, 0.7, TOOLS, "rate", 3.0),
    "imported in the program": (_imported_inside, 0.7, TOOLS, "square", _cube),
    "of a library, imported in the program": (_imported_inside, 0.7, math, "tanh", math.cos),
    "in a part of NumPy": (_norm, VECTOR, np.linalg, "norm", lambda x: np.sum(x**3)),
    "a part of NumPy": (_norm, VECTOR, np, "linalg", types.SimpleNamespace(norm=np.sum)),
    "a constant": (_constant, 0.7, np, "pi", 3.0),
    "read by name": (_by_name, 0.7, math, "tanh", math.cosh),
    "a ufunc": (_method_of_ufunc, VECTOR, np, "add", np.multiply),
    "of functools": (_folded, 0.7, functools, "reduce", lambda f, items: items[0] * 7.0),
    "what the derivative calls": (_array, VECTOR, np, "cos", np.tan),
    "what the derivative calls, for the other half": (_norm, VECTOR, np, "sqrt", np.square),
}


@contextlib.contextmanager
def _in_place(module: Any, name: str, other: Any) -> Iterator[None]:
    kept = getattr(module, name)
    setattr(module, name, other)
    try:
        yield
    finally:
        setattr(module, name, kept)


def _slope(function: Callable[[Any], Any], x: Any) -> Any:
    h = 1e-6
    if not isinstance(x, np.ndarray):
        return (function(x + h) - function(x - h)) / (2 * h)
    steps = h * np.eye(len(x))
    return np.array([(function(x + step) - function(x - step)) / (2 * h) for step in steps])


@pytest.mark.parametrize("case", REPLACED)
@pytest.mark.parametrize("compiled_before", [True, False])
def test_replaced_function(case: str, compiled_before: bool) -> None:
    function, x, module, name, other = REPLACED[case]
    fresh = types.FunctionType(function.__code__, function.__globals__, function.__name__)
    gradient = grad(fresh)
    if compiled_before:
        np.testing.assert_allclose(gradient(x), _slope(function, x), atol=1e-7)
    with _in_place(module, name, other):
        found, expected = gradient(x), _slope(function, x)
    np.testing.assert_allclose(found, expected, atol=1e-7)
    np.testing.assert_allclose(gradient(x), _slope(function, x), atol=1e-7)


def test_replaced_builtin_is_refused_while_it_is_there() -> None:
    def larger(x: float) -> float:
        return max(x, 2.0) * x

    gradient = grad(larger)
    with _in_place(builtins, "max", min):
        refusal = None
        try:
            gradient(3.0)
        except AdjointError as error:
            refusal = str(error)
    assert refusal is not None and "builtins.max" in refusal
    assert gradient(3.0) == 6.0


FIRST = """
import numpy as np
from adjoint import grad
{before}
np.{name} = {other}
print(grad(lambda x: np.sin(x))(0.5))
"""


@pytest.mark.parametrize(
    ("name", "other", "slope"),
    [("sin", "np.tanh", 1 - np.tanh(0.5) ** 2), ("cos", "np.tanh", np.cos(0.5))],
)
@pytest.mark.parametrize("before", ["", "grad(lambda x: x)(1.0)"])
def test_replaced_before_the_compiler_is_loaded(
    name: str, other: str, slope: float, before: str
) -> None:
    text = FIRST.format(before=before, name=name, other=other)
    run = [sys.executable, "-c", text]
    said = subprocess.run(run, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert math.isclose(float(said.stdout), slope)
