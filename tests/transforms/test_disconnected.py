"""A zero gradient gets a warning where only operations without derivative lead to the result."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import numpy as np
import pytest

from adjoint import (
    DisconnectedWarning,
    derivative,
    grad,
    hessian,
    jacobian,
    stop_gradient,
    value_and_grad,
    vjp,
)

X = np.array([0.2, 1.7, 2.6])


def rounded(v: Any) -> Any:
    return np.round(v)


def through_a_helper(x: Any) -> Any:
    return np.sum(rounded(x) * 2.0)


def step(x: Any) -> Any:
    return 1.0 if x[0] > 2.0 else 0.0


def count(x: Any) -> Any:
    n = 0
    for v in x:
        if v > 0.5:
            n += 1
    return n * 1.0


def bisection(x: Any) -> Any:
    low, high = 0.0, 10.0
    for _ in range(30):
        middle = (low + high) / 2.0
        if middle * middle > x[0]:
            high = middle
        else:
            low = middle
    return low


def steps(x: Any) -> Any:
    n = 0
    while x[1] > n:
        n += 1
    return float(n)


def table(x: Any) -> Any:
    return np.array([1.0, 2.0, 3.0])[np.argmax(x)]


def integers(x: Any) -> Any:
    return np.sum(x.astype(int) * 2.0)


def whole(x: Any) -> Any:
    return float(int(x[0]))


def share(x: Any) -> Any:
    return np.mean(x > 0.5)


def floors(x: Any) -> Any:
    return np.sum(x // 1.0)


CUT = [
    (through_a_helper, "np.round", "np.round(v)"),
    (step, "'>'", "x[0] > 2.0"),
    (count, "'>'", "v > 0.5"),
    (bisection, "'>'", "> x[0]"),
    (steps, "'>'", "x[1] > n"),
    (table, "np.argmax", "np.argmax(x)"),
    (integers, "np.astype", "x.astype(int)"),
    (whole, "int", "int(x[0])"),
    (share, "'>'", "x > 0.5"),
    (floors, "'//'", "x // 1.0"),
]


@pytest.mark.parametrize("f, name, text", CUT, ids=[c[0].__name__ for c in CUT])
@pytest.mark.parametrize("transform", [grad, value_and_grad])
def test_the_operation_is_named_once(transform: Any, f: Any, name: str, text: str) -> None:
    made = transform(lambda x: f(x))  # a program of its own
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        for _ in range(2):
            made(X)
    (warning,) = found
    assert warning.category is DisconnectedWarning
    assert f"ends at {name}," in str(warning.message)
    assert warning.filename == __file__
    lines = inspect.getsource(inspect.getmodule(f)).splitlines()  # type: ignore[arg-type]
    assert text in lines[warning.lineno - 1]


def unused(x: Any) -> Any:
    return 2.0


def stopped(x: Any) -> Any:
    return np.sum(stop_gradient(x) * 2.0)


def of_its_shape(x: Any) -> Any:
    return np.sum(np.zeros(x.shape)) + x.size + np.sum(np.ones_like(x)) + len(x)


def one_way_is_smooth(x: Any) -> Any:
    return np.sum(np.round(x) * x)


def checked(x: Any) -> Any:
    assert np.all(x > 0.0)
    return 2.0


def printed(x: Any) -> Any:
    print(x > 0.0)
    return 2.0


def masked(x: Any) -> Any:
    return np.sum(np.where(x > 1.0, x, 0.0))


def linear(x: Any) -> Any:
    return np.sum(3.0 * x)


def constant_where(x: Any) -> Any:
    y = x * 0.0
    y[x > 1.0] = 1.0
    return np.sum(y)


SMOOTH = [unused, stopped, of_its_shape, one_way_is_smooth, checked, printed, masked, linear,
          constant_where]  # fmt: skip


@pytest.mark.parametrize("f", SMOOTH, ids=lambda f: f.__name__)
@pytest.mark.filterwarnings("error")
def test_no_warning(f: Any) -> None:
    grad(f)(X)


@pytest.mark.filterwarnings("error")
def test_no_warning_for_second_derivatives() -> None:
    assert not hessian(linear)(X).any()
    assert grad(grad(lambda x: 3.0 * x))(2.0) == 0.0
    assert derivative(lambda x: 3.0 * x, 2)(2.0) == 0.0
    assert jacobian(lambda x: x[0] * np.ones(2))(X).shape == (2, 3)


@pytest.mark.filterwarnings("error")
def test_no_warning_for_a_mask_beside_an_active_argument() -> None:
    vjp(lambda x, mask: np.where(mask > 0.5, x, 0.0), X, np.ones(3))


def test_the_calls_are_shown() -> None:
    with pytest.warns(DisconnectedWarning, match=r"in rounded\(\), called from through_a_helper"):
        grad(lambda x: through_a_helper(x))(X)
