"""Every program of the corpus: its gradient, and that taking it leaves no trace."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, grad
from tests.corpus import Case, calls, cases
from tests.oracle import assert_same_gradient, map_leaves, richardson_gradient


def written_as(case: Case) -> str:
    """The area and the name of a program, whatever its line and point."""
    area, line, name = case.name.split(":")
    return f"{area}:{name.rsplit('-', 1)[0]}" + (f":{line}" if "lambda" in name else "")


#: Programs of the language to come. They are refused today, and leave this list when they are not.
PENDING = set((Path(__file__).parent / "corpus" / "pending.txt").read_text().split())
ALL = list(cases())
CASES = [case for case in ALL if written_as(case) not in PENDING]
LATER = [case for case in ALL if written_as(case) in PENDING and case.name.endswith("-0")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_gradient(case: Case) -> None:
    with np.errstate(
        all="raise", under="ignore"
    ):  # no nan or inf, not even one that is thrown away later
        want = richardson_gradient(case.function, case.args, case.wrt, case.kwargs)
    gradient = grad(case.function, case.wrt)
    args, kwargs = copy.deepcopy((case.args, case.kwargs))
    got = gradient(*args, **kwargs)
    atol = 1e-9 if case.rtol < 1e-6 else 1e-4
    assert_same_gradient(got, want, case.rtol, atol)
    assert bits((args, kwargs)) == bits((case.args, case.kwargs)), "an argument was modified"
    assert bits(gradient(*args, **kwargs)) == bits(got), "the second call gives something else"


@pytest.mark.parametrize("case", LATER, ids=lambda case: case.name)
def test_what_is_to_come_is_refused(case: Case) -> None:
    with pytest.raises(UnsupportedError):
        grad(case.function, case.wrt)(*copy.deepcopy(case.args), **copy.deepcopy(case.kwargs))


def bits(tree: Any) -> list[Any]:
    """All leaves with their paths, arrays and numbers down to the bit."""
    found: list[Any] = []

    def visit(path: tuple[Any, ...], leaf: Any) -> None:
        if isinstance(leaf, (float, np.ndarray, np.generic)):
            array = np.asarray(leaf)
            leaf = (type(leaf).__name__, array.dtype.str, array.shape, array.tobytes())
        found.append((path, leaf))

    map_leaves(visit, tree)
    return found


def test_a_rebound_global_number_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = grad(calls.global_number)
    before = gradient(2.0)
    monkeypatch.setattr(calls, "GRAVITY", 4.0 * calls.GRAVITY)
    assert_same_gradient(gradient(2.0), 2.0 * before)


def test_a_rebound_global_array_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = grad(calls.global_array)
    x = np.array([0.3, 0.4, 0.5])
    gradient(x)
    monkeypatch.setattr(calls, "WEIGHTS", np.array([1.0, 2.0, 3.0]))
    assert_same_gradient(gradient(x), richardson_gradient(calls.global_array, (x,)))


def test_a_changed_global_container_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = grad(calls.global_dict)
    gradient(0.5)
    monkeypatch.setitem(calls.SETTINGS, "rate", 0.7)
    assert_same_gradient(gradient(0.5), richardson_gradient(calls.global_dict, (0.5,)))


def test_a_rebound_global_function_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = grad(calls.helper)
    gradient(0.5)
    monkeypatch.setattr(calls, "square", lambda x: x * x * x)
    assert_same_gradient(gradient(0.5), richardson_gradient(calls.helper, (0.5,)))


def test_a_rebound_closure_cell_is_seen() -> None:
    factor = 2.0

    def f(x: float) -> float:
        return factor * x * x

    gradient = grad(f)
    assert_same_gradient(gradient(1.5), 6.0)
    factor = 3.0
    assert_same_gradient(gradient(1.5), 9.0)
