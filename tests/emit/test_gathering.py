"""One statement for each cotangent: sums are gathered without changing what is computed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad, vjp
from tests.oracle import assert_same_gradient, richardson_gradient

RNG = np.random.default_rng(5)


def used_twice(x, y):
    z = x * y
    return np.sum(z * z + np.sin(z) * y)


def overtaken(x, n):
    """What a contribution reads gets another value before the next contribution."""
    s = 1.0
    for _ in range(n):
        s, x = s * math.sin(x) + x, x * s
    return s * x


def parts_of_views(x, w):
    y = x.copy()
    head = y[1:]
    y[0] = y[1] * w
    head *= w
    y[0] += head[0] * y[0]
    return np.sum(y * y) + w * y[0]


def one_element_again(x, i, j):
    """The two positions may be one: what is cleared there comes before what is added."""
    y = x.copy()
    y[i] = y[j] * y[i]
    y[j] = y[i] + y[j] * 3.0
    y[i] /= y[j]
    return np.sum(y * y)


def repeated_positions(x, rows):
    y = x[rows] * x[rows[::-1]]
    z = x[rows] + y
    return np.sum(z * z) + np.sum(x[rows] ** 3)


def stored_repeatedly(x, rows):
    y = x.copy()
    y[rows] = y[rows] * 2.0
    return np.sum(y**3)


def swapped(x, w, n):
    a, b = x * w, x + w
    for _ in range(n):
        a, b = b * w + a, a * w
    return np.sum(a * b)


def returned_in_arms(x, y):
    if x > 1.0:
        return x * y + x
    if y > 1.0:
        return math.sin(x) * y
    return x - y * y


def by_depth(x, y, depth):
    if depth == 0:
        return math.sin(x * y) + x
    return by_depth(x * y, y, depth - 1) * x + by_depth(y, x, depth - 1) * y


def matrix_products(A, B):
    C = A @ B
    return np.sum((C @ A.T + C @ B) ** 2) + np.sum(C * np.eye(len(A)))


def multiples(A, v, c):
    return np.sum((2 * A @ v) * (-c * v)) + np.sum(np.ones(len(v)) * v) * c / (3.0 * c * c)


def relu_of_named(x, w, b):
    h = np.maximum(x @ w + b, 0.0)
    return np.mean(h, axis=0) @ np.sum(w, axis=0)


PROGRAMS: list[tuple[Callable[..., Any], tuple[Any, ...], tuple[int, ...]]] = [
    (used_twice, (RNG.normal(size=4), RNG.normal(size=4)), (0, 1)),
    (used_twice, (RNG.normal(size=1), RNG.normal(size=1)), (0, 1)),
    (overtaken, (0.4, 0), (0,)),
    (overtaken, (0.4, 1), (0,)),
    (overtaken, (0.4, 3), (0,)),
    (parts_of_views, (RNG.normal(size=4), 1.3), (0, 1)),
    (parts_of_views, (RNG.normal(size=2), 1.3), (0, 1)),
    (one_element_again, (RNG.uniform(1, 2, size=4), 1, 2), (0,)),
    (one_element_again, (RNG.uniform(1, 2, size=4), 1, 1), (0,)),
    (one_element_again, (RNG.uniform(1, 2, size=4), 3, -1), (0,)),
    (repeated_positions, (RNG.normal(size=3), np.array([0, 0, 2, 1])), (0,)),
    (repeated_positions, (RNG.normal(size=3), np.array([], dtype=int)), (0,)),
    (stored_repeatedly, (RNG.normal(size=3), np.array([0, 2])), (0,)),
    (swapped, (RNG.normal(size=3), 0.7, 0), (0, 1)),
    (swapped, (RNG.normal(size=3), 0.7, 3), (0, 1)),
    (returned_in_arms, (1.5, 0.3), (0, 1)),
    (returned_in_arms, (0.5, 1.3), (0, 1)),
    (returned_in_arms, (0.5, 0.3), (0, 1)),
    (by_depth, (0.5, 0.8, 0), (0, 1)),
    (by_depth, (0.5, 0.8, 3), (0, 1)),
    (matrix_products, (RNG.normal(size=(3, 3)), RNG.normal(size=(3, 3))), (0, 1)),
    (multiples, (RNG.normal(size=(3, 3)), RNG.normal(size=3), 0.7), (0, 1, 2)),
    (relu_of_named, (RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2)), np.ones(2)), (1, 2)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("function", "arguments", "wrt"), PROGRAMS, ids=[f"{p[0].__name__}_{k}" for k, p in
                                                      enumerate(PROGRAMS)]
)  # fmt: skip
def test_what_is_computed_stays(
    function: Callable[..., Any], arguments: tuple[Any, ...], wrt: tuple[int, ...]
) -> None:
    before = [np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments]
    first = grad(function, wrt)(*arguments)
    assert_same_gradient(first, richardson_gradient(function, arguments, wrt), 1e-7, 1e-8)
    if function is not by_depth:  # refused: the gradient of a recursive gradient
        check_second_order(function, arguments, wrt)
    again = vjp(function, *arguments, argnums=wrt)[1](1.0)
    for a, b, given in zip(first, again, (arguments[k] for k in wrt), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
        assert not (isinstance(a, np.ndarray) and np.shares_memory(a, given))
    for a, b in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(a, b)


def check_second_order(
    function: Callable[..., Any], arguments: tuple[Any, ...], wrt: tuple[int, ...]
) -> None:
    gradient = grad(function, wrt[0])

    def second(*args):
        return np.sum(np.sin(gradient(*args)))

    found = grad(second, wrt[0])(*arguments)
    assert_same_gradient(found, richardson_gradient(second, arguments, wrt[0]), 1e-6, 1e-7)


def statements_that_change(text: str, name: str) -> list[str]:
    backward = text.partition("# backward")[2].splitlines()
    return [line for line in backward if line.strip().startswith((f"{name} =", f"{name} +="))]


def test_a_cotangent_is_one_statement() -> None:
    text = grad(used_twice).source_for(*PROGRAMS[0][1])
    assert len(statements_that_change(text, "z_bar")) == 1


def test_accumulators_begin_together() -> None:
    def total(a, b, xs):
        s = 0.0
        for x in xs:
            s += a * x + b * x * x
        return s

    text = grad(total, (0, 1)).source_for(1.0, 2.0, np.ones(3))
    assert "a_bar = b_bar = 0.0" in text or "b_bar = a_bar = 0.0" in text


def test_arms_return_their_own() -> None:
    text = grad(returned_in_arms, (0, 1)).source_for(1.5, 0.3)
    assert text.partition("# backward")[2].count("return ") >= 3


def test_nothing_is_kept_for_ones_and_multiples() -> None:
    arguments = RNG.normal(size=(3, 3)), RNG.normal(size=3), 0.7
    forward = grad(multiples, (0, 1)).source_for(*arguments).partition("# backward")[0]
    assert "np.ones" not in forward
