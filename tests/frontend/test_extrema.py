"""`max` and `min` of Python: with a key, with nan, of tuples, of sequences of unknown length."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import AdjointError, grad, jvp, value_and_grad
from tests.oracle import assert_same_gradient, richardson_gradient

X = np.array([0.4, -0.7, 1.3, 0.9])
TABLE = [1.0, -3.0, 2.0, 0.5]
ROWS = np.array([[0.4, -0.7], [1.3, 0.9], [-2.0, 0.1]])

PROGRAMS: list[Callable[..., Any]] = [
    lambda x: min(x, key=abs) ** 2,
    lambda x: max(x, key=lambda v: -v) ** 2,
    lambda x: x[max(range(len(x)), key=lambda i: -x[i])] ** 2,
    lambda x: x[min(range(len(x)), key=x.__getitem__)] ** 3,
    lambda x: min((v * v for v in x), key=lambda v: (v - 0.5) ** 2) ** 2,
    lambda x: max([v * v for v in x], key=lambda v: -v) ** 2,
    lambda x: max(x.tolist(), key=abs) ** 2,
    lambda x: max(list(x), key=abs) ** 2,
    lambda x: max(x[1:], key=abs) * max(x[::-1], key=np.sin),
    lambda x: max(enumerate(x), key=lambda pair: pair[1])[1] ** 2,
    lambda x: min(zip(x, x[::-1], strict=True), key=lambda p: p[0] * p[1])[1] ** 2,
    lambda x: max(x, key=None) ** 2,
    lambda x: max(x) * min(x),
    lambda x: max(v * v for v in x) * min([3.0 * v for v in x]),
    lambda x: max(x[0], x[1], x[2], key=abs) ** 2,
    lambda x: max(x * 2.0, key=lambda v: 1.0) ** 2,
]


@pytest.mark.parametrize("f", PROGRAMS)
def test_programs(f: Callable[..., Any]) -> None:
    value, x_bar = value_and_grad(f)(X)
    assert value == f(X)
    want = richardson_gradient(f, (X,))
    assert_same_gradient(x_bar, want, 1e-7, 1e-9)
    v = np.array([0.3, 1.0, -2.0, 0.7])
    assert jvp(f, (X,), (v,))[1] == pytest.approx(want @ v)


def pairs(x):
    v, w = min((a**2, b) for a, b in zip(x[:2], x[2:], strict=True))
    return v + 3.0 * w


def rows(x):
    return np.sum(max(x, key=lambda row: row[0]) ** 2)


def largest_row(x):
    i = max(range(len(x)), key=lambda k: np.sum(x[k] ** 2))
    return x[i] @ x[i - 1]


@pytest.mark.parametrize("f, x", [(pairs, X), (rows, ROWS), (largest_row, ROWS)])
def test_of_tuples_and_rows(f: Callable[..., Any], x: Any) -> None:
    value, x_bar = value_and_grad(f)(x)
    assert value == f(x)
    assert_same_gradient(x_bar, richardson_gradient(f, (x,)), 1e-7, 1e-9)


def nan_behind(x):
    y = np.array([x[0], np.nan, x[1]])
    return max(y) * 2.0


def nan_in_a_list(x):
    return max([x[0], float("nan"), x[2]]) + min(x[1], float("nan"))


def nan_in_pairs(x):
    return min(max(x[0], x[1] * np.nan), 7.0) * 2.0


@pytest.mark.parametrize("f", [nan_behind, nan_in_a_list, nan_in_pairs])
def test_nan_is_larger_than_nothing(f: Callable[..., Any]) -> None:
    value, x_bar = value_and_grad(f)(X)
    assert value == f(X)
    finite = np.where(np.isnan(x_bar), 0.0, x_bar)
    h = 1e-6
    slopes = [(f(X + h * e) - f(X - h * e)) / (2 * h) for e in np.eye(4)]
    np.testing.assert_allclose(finite, slopes, atol=1e-8)


def test_the_first_nan_stays() -> None:
    assert np.isnan(value_and_grad(lambda x: max(x))(np.array([np.nan, 1.0]))[0])


@pytest.mark.parametrize(
    "f", [lambda A: max(A), lambda A: min(A, A + 1.0), lambda A: max(2.0 * r for r in A)]
)
def test_arrays_have_no_order(f: Callable[..., Any]) -> None:
    with pytest.raises(ValueError):
        f(ROWS)
    with pytest.raises((AdjointError, ValueError)):
        grad(lambda A: np.sum(f(A)))(ROWS)
