"""What a false claim about a size does to a gradient: whole programs, against differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adjoint import grad
from tests.oracle import assert_same_gradient, richardson_gradient

X = np.array([0.5, -0.3, 0.8])


def filled_up(x: Any) -> Any:
    return np.sum(x[1:] * np.concatenate([x[3:], np.ones(2)]))


def counted_up(x: Any) -> Any:
    n = len(x[3:]) + 2
    return np.sum(x[1:] * np.ones(n))


def identity(x: Any) -> Any:
    m = len(x) // 3
    return np.sum(np.eye(m) * x)


def tiled(x: Any) -> Any:
    m = len(x) // 2
    return np.sum(np.tile(x, (m, 1)) * np.arange(1.0, m + 1)[:, None])


def split(x: Any) -> Any:
    parts = np.split(x, len(x) // 2)
    return np.sum(parts[0] * parts[1])


def positive(x: Any) -> Any:
    i = np.flatnonzero(x > 0)
    return np.sum(i * x)


def positive_items(x: Any) -> Any:
    (i,) = np.nonzero(x > 0)
    return np.sum(x * x[i])


def distinct(x: Any, k: Any) -> Any:
    return np.sum(x[:3] * np.unique(k))


def second_differences(A: Any, B: Any) -> Any:
    d = np.diff(A, n=2, axis=2)
    c = np.concatenate([B, B[:, :2]], axis=1)
    return np.sum(d * np.sum(c, axis=0))


def either_list(a: Any, b: Any, c: float) -> Any:
    chosen = a if c > 0.0 else b
    return np.sum(np.array(chosen) * np.array(a))


def lists_that_change_places(a: Any, b: Any, n: int) -> Any:
    chosen = a
    for _ in range(n):
        chosen, b = b, chosen
    return np.sum(np.array(chosen) * np.array(a))


CASES: list[Any] = [
    (filled_up, (X,), 0), (filled_up, (X[:2],), 0),
    (counted_up, (X,), 0), (counted_up, (X[:2],), 0),
    (identity, (X,), 0),
    (tiled, (X,), 0), (tiled, (np.arange(6.0),), 0),
    (split, (np.arange(6.0),), 0),
    (positive, (np.array([1.0, -2.0, -3.0]),), 0), (positive, (X + 1,), 0),
    (positive_items, (np.array([1.0, -2.0, -3.0]),), 0),
    (distinct, (X, np.array([1, 5, 7])), 0), (distinct, (X, np.array([1, 1, 1])), 0),
    (second_differences, (np.ones((2, 3, 7)) * np.arange(7.0) ** 3, np.ones((2, 3))), (0, 1)),
    (either_list, ([1.0, 2.0, 3.0], [0.5], 1.0), (0, 1)),
    (either_list, ([1.0, 2.0, 3.0], [0.5], -1.0), (0, 1)),
    (lists_that_change_places, ([1.0, 2.0, 3.0], [0.5], 2), (0, 1)),
    (lists_that_change_places, ([1.0, 2.0, 3.0], [0.5], 1), (0, 1)),
]  # fmt: skip


@pytest.mark.parametrize(("function", "args", "wrt"), CASES)
def test_gradient(function: Any, args: Any, wrt: Any) -> None:
    want = richardson_gradient(function, args, wrt)
    assert_same_gradient(grad(function, wrt)(*args), want)
