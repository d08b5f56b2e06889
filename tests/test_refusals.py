"""What cannot be differentiated is refused: the place, the reason, what to write instead."""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, grad


def store_with_two_candidates(x):
    if x[0] > 0.0:
        y = z = x * 2.0
    else:
        y, z = x * 1.0, x * 3.0
    z += x
    return np.sum(y)


def store_into_what_a_list_holds(x):
    y = x * 1.0
    rows = [y for _ in range(len(x))]
    y += x
    return np.sum(rows[0])


def active_into_integers(x):
    y = np.zeros(3, dtype=int)
    y += x
    return np.sum(y * x)


def errors_of_numpy_that_raise(x):
    with np.errstate(all="raise"):
        return np.sum(x)


def unknown_function(x):
    return asyncio.sleep(x)


def not_a_scalar(x):
    return x * 2.0


REFUSED = [
    (store_with_two_candidates, "may or may not", "z += x"),
    (store_into_what_a_list_holds, "list holds", "y += x"),
    (active_into_integers, "another kind", "y += x"),
    (errors_of_numpy_that_raise, "more than ignore", 'with np.errstate(all="raise"):'),
]


@pytest.mark.parametrize(
    "function, reason, line", REFUSED, ids=lambda v: getattr(v, "__name__", "")
)
def test_refused(function: Callable[..., Any], reason: str, line: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        grad(function)(np.array([0.3, 0.5, -0.2]))
    message = str(caught.value)
    assert reason in message
    assert line in message
    assert "^" in message
    assert caught.value.file == __file__
    first = function.__code__.co_firstlineno
    assert first <= caught.value.line < first + 12


def test_a_result_that_is_no_scalar_names_the_alternatives() -> None:
    with pytest.raises(UnsupportedError, match="vjp"):
        grad(not_a_scalar)(np.ones(2))


def test_arguments_that_share_memory_and_are_written() -> None:
    def f(x, y):
        x += 1.0
        return np.sum(x * y)

    a = np.ones(3)
    grad(f)(a, np.ones(3))
    assert np.array_equal(a, np.ones(3))
    with pytest.raises(UnsupportedError, match="share memory"):
        grad(f)(a, a)


def test_the_generic_program_does_not_guess_what_a_name_indexes() -> None:
    def f(params, x):
        return np.sum(x @ params["W"])

    with pytest.raises(UnsupportedError, match="source_for"):
        _ = grad(f).source
    assert "W_bar" in grad(f).source_for({"W": np.eye(2)}, np.ones(2))
