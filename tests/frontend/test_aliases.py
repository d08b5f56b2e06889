"""Two names of one array, one of which is written through: the other one sees it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adjoint import value_and_grad
from adjoint.errors import UnsupportedError
from tests.oracle import assert_same_gradient, richardson_gradient

X = np.array([0.5, -0.3, 0.8])


def straight(x: Any) -> Any:
    a = x * 1.0
    b = a
    a += x
    return np.sum(a * b * b)


def rebound_in_the_loop(x: Any, n: int) -> Any:
    a = x * 1.0
    b = a
    for _ in range(n):
        a += x
        b = b * 1.0
    return np.sum(a * b)


def read_after_the_loop(x: Any, n: int) -> Any:
    a = x * 1.0
    b = a
    for _ in range(n):
        a += x
    return np.sum(a * b * b)


def read_in_the_loop(x: Any, n: int) -> Any:
    a = x * 1.0
    b = a
    s = 0.0
    for _ in range(n):
        a *= x
        s = s + np.sum(b * b)
    return s


def rebound_in_a_while(x: Any, n: int) -> Any:
    a = x * 1.0
    b = a
    k = 0
    while k < n:
        a += x
        b = b * 2.0
        k += 1
    return np.sum(a * b)


def rebound_in_a_branch(x: Any, n: int) -> Any:
    a = x * 1.0
    b = a
    if n > 0:
        a += x
        b = b * 2.0
    return np.sum(a * b)


def aliased_in_the_loop(x: Any, n: int) -> Any:
    a = x * 1.0
    b = x * 2.0
    for _ in range(n):
        b = a
        a += x
    return np.sum(a * b * b)


def element_through_a_view(x: Any, n: int) -> Any:
    a = x * 1.0
    tail = a[1:]
    for k in range(n):
        a[1] = a[1] * 2.0 + k
        tail = tail * 1.5
    return np.sum(a) * np.sum(tail * tail)


def in_a_tuple(x: Any, n: int) -> Any:
    a = x * 1.0
    pair = (a, x)
    for _ in range(n):
        a += x
        pair = (pair[0] * 1.0, pair[1])
    return np.sum(a * pair[0] * pair[1])


def in_a_list(x: Any, n: int) -> Any:
    a = x * 1.0
    kept = []
    for _ in range(n):
        kept.append(a)
        a += x
    return sum([np.sum(k * x) for k in kept]) + np.sum(a * a)


def exchanged(x: Any, n: int) -> Any:
    a = x * 1.0
    b = x * 2.0
    for _ in range(n):
        a, b = b, a
        a += x
    return np.sum(a * b * b)


def passed_to_a_helper(x: Any, n: int) -> Any:
    def helper(u: Any, v: Any) -> Any:
        u += x
        return v * u

    a = x * 1.0
    for _ in range(n):
        a = helper(a, a)
    return np.sum(a)


FUNCTIONS = [
    rebound_in_the_loop, read_after_the_loop, read_in_the_loop,
    rebound_in_a_while, rebound_in_a_branch, aliased_in_the_loop,
    element_through_a_view, in_a_tuple, in_a_list, exchanged,
    passed_to_a_helper,
]  # fmt: skip


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_right_or_refused(function: Any, n: int) -> None:
    check(function, (X, n))


def test_straight() -> None:
    check(straight, (X,))


def check(function: Any, args: Any) -> None:
    """To refuse such a program is allowed; another gradient is not."""
    try:
        value, found = value_and_grad(function)(*args)
    except UnsupportedError:
        return
    assert value == pytest.approx(function(*args))
    assert_same_gradient(found, richardson_gradient(function, args))
