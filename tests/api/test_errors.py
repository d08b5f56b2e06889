"""Refusals say where, why and what instead; errors of the primal stay the user's own."""

import os
import zlib
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, grad, value_and_grad, vjp
from tests.api import programs


def uses_with(x: float) -> float:
    try:
        with open(os.devnull):
            return x
    except OSError:
        return 0.0


async def is_async(x: float) -> float:
    return x


def is_generator(x: float) -> Any:
    yield x


def calls_unknown_c(x: Any) -> Any:
    return x * zlib.crc32(x)


def stores_into_what_a_list_holds(x: Any) -> Any:
    w = x * 2.0
    rows = [w for _ in range(len(x))]
    w[0] = 1.0
    return np.sum(rows[0])


REFUSED = {
    uses_with: ((1.0,), "with open"),
    is_async: ((1.0,), "async def"),
    is_generator: ((1.0,), "yield x"),
    calls_unknown_c: ((1.0,), "zlib.crc32"),
    stores_into_what_a_list_holds: ((np.ones(3),), "w[0] = 1.0"),
}


@pytest.mark.parametrize("f", REFUSED, ids=lambda f: f.__name__)
def test_refusals_show_the_place(f: Any) -> None:
    args, text = REFUSED[f]
    with pytest.raises(UnsupportedError) as caught:
        grad(f)(*args)
    error = caught.value
    lines = str(error).splitlines()
    first = f.__code__.co_firstlineno
    assert error.file == __file__
    assert error.line is not None and first <= error.line <= first + 3
    assert lines[0].startswith(f"{__file__}:{error.line}: ")
    assert text in lines[1]
    assert set(lines[2].strip()) == {"^"}
    start = lines[2].index("^")
    assert lines[1][start : start + 1].strip(), "the caret points at nothing"
    assert error.reason
    assert error.instead, "what to write instead is missing"
    assert f"instead: {error.instead}" in lines[-1]


def divides(x: float, y: float) -> float:
    a = x * 2.0
    b = a / y
    return b * b


def indexes(x: Any, k: int) -> Any:
    y = x * x
    return y[k] * 2.0


def chooses_from_a_list(x: Any, k: int) -> Any:
    choices = [x[0], x[1] ** 2]
    return choices[k] * 2.0


def chooses_from_a_tuple(x: Any, k: int) -> Any:
    return (x[0], x[1])[k]


def helper(x: float) -> float:
    if x < 0.0:
        raise ValueError(f"negative: {x}")
    return x * x


def calls(x: float) -> float:
    return helper(x) + 1.0


def multiplies(W: Any, x: Any) -> Any:
    return np.sum(W @ x)


def recursive(x: float, n: int) -> float:
    if n == 0:
        return 1.0 / x
    return x * recursive(x, n - 1)


FAILING = [
    (divides, (1.0, 0.0), ZeroDivisionError, "b = a / y"),
    (indexes, (np.ones(3), 5), IndexError, "y[k]"),
    (chooses_from_a_list, (np.ones(3), 2), IndexError, "choices[k]"),
    (chooses_from_a_list, (np.ones(3), -3), IndexError, "choices[k]"),
    (chooses_from_a_tuple, (np.ones(3), 5), IndexError, "(x[0], x[1])[k]"),
    (calls, (-1.0,), ValueError, "raise ValueError"),
    (programs.asserts, (-1.0,), AssertionError, "assert x > 0.0"),
    (multiplies, (np.ones((2, 3)), np.ones(4)), ValueError, "W @ x"),
    (recursive, (0.0, 2), ZeroDivisionError, "1.0 / x"),
]


@pytest.mark.parametrize(
    ("f", "args", "kind", "text"), FAILING, ids=[f.__name__ for f, *_ in FAILING]
)
@pytest.mark.parametrize("transform", [grad, value_and_grad])
def test_errors_of_the_primal(
    transform: Any, f: Any, args: Any, kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind) as expected:
        f(*args)
    gradient = transform(f)
    for _ in range(2):  # nothing is left half done
        with pytest.raises(kind) as caught:
            gradient(*args)
        assert type(caught.value) is type(expected.value)
        assert str(caught.value) == str(expected.value)
        (note,) = caught.value.__notes__
        assert text in note
        assert f.__code__.co_filename in note


def test_errors_in_a_pullback_have_a_note_too() -> None:
    _, pullback = vjp(lambda x: 1.0 / (x - 1.0), 2.0)
    with pytest.raises(ValueError, match="shape"):
        pullback(np.ones(2))


def test_a_source_that_is_gone_is_said() -> None:
    namespace: dict[str, Any] = {}
    exec("def f(x):\n    return x * x\n", namespace)
    with pytest.raises(UnsupportedError, match="source of f is not available"):
        grad(namespace["f"])(1.0)
