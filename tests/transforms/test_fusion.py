"""Loops and branches that are computed where they are reversed, and those that are not."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad, value_and_grad
from tests.oracle import assert_same_gradient, richardson_gradient

W = np.array([[0.3, -0.4], [0.2, 0.5]])
X = np.array([[0.5, -1.0], [0.2, 0.7], [-0.6, 0.4]])


def rows(W: Any, X: Any) -> Any:
    loss = 0.0
    for x in X:
        h = np.tanh(W @ x)
        loss += np.sum(np.tanh(W @ h) ** 2)
    return loss


def inner_loop(W: Any, X: Any) -> Any:
    loss = 0.0
    for x in X:
        for _ in range(3):
            x = np.tanh(W @ x)
        loss += np.sum(x)
    return loss


def inner_branch(W: Any, X: Any) -> Any:
    loss = 0.0
    for x in X:
        if x[0] > 0.3:
            h = np.exp(W @ x)
            loss += np.sum(h * h)
        else:
            s = x[1]
            while s < 3.0:
                s = s * (1.4 + W[0, 0]) + 1.0
            loss += s
    return loss


def nested(W: Any, X: Any) -> Any:
    loss = 0.0
    for x in X:
        for y in X:
            h = np.tanh(W @ x) * np.tanh(W @ y)
            loss += np.sum(h * h * h)
    return loss


def read_and_kept(W: Any, X: Any) -> Any:
    A = W.copy()
    loss = 0.0
    for x in X:
        h = np.tanh(A @ x)
        loss += np.sum(np.tanh(h * A[0]))
    return loss + np.sum(A**2)


INDEPENDENT = [rows, inner_loop, inner_branch, nested, read_and_kept]


@pytest.mark.parametrize("function", INDEPENDENT, ids=lambda f: f.__name__)
def test_independent_iterations_have_one_loop(function: Callable[..., Any]) -> None:
    text = grad(function).source_for(W, X)
    assert text.count("\n    for x in ") == 1  # the backward one
    assert_same_gradient(grad(function)(W, X), richardson_gradient(function, (W, X), 0))


def carried(W: Any, X: Any) -> Any:
    h, loss = X[0], 0.0
    for x in X:
        h = np.tanh(W @ h + x)
        loss += np.sum(h * h)
    return loss


def overwritten_afterwards(W: Any, X: Any) -> Any:
    A = W.copy()
    loss = 0.0
    for x in X:
        h = np.tanh(A @ x)
        loss += np.sum(np.tanh(h * A[0]))
    A[0] = 0.0
    return loss + np.sum(A**2)


def collected(W: Any, X: Any) -> Any:
    found = []
    for x in X:
        h = np.tanh(W @ x)
        found.append(np.sum(np.tanh(W @ h)))
    return found[0] * found[1] * found[2]


def written(W: Any, X: Any) -> Any:
    b = np.zeros(2)
    loss = 0.0
    for x in X:
        b[0] += x[0] * W[0, 1]
        loss += np.sum(np.tanh(W @ np.tanh(b)))
    return loss


def checked(W: Any, X: Any) -> Any:
    loss = 0.0
    for x, y in zip(X, X, strict=True):
        loss += np.sum(np.tanh(W @ np.tanh(W @ x)) * y)
    return loss


@pytest.mark.parametrize(
    "function",
    [carried, overwritten_afterwards, collected, written, checked],
    ids=lambda f: f.__name__,
)
def test_others_keep_both_loops(function: Callable[..., Any]) -> None:
    text = grad(function).source_for(W, X)
    assert text.count("\n    for x") == 2 or "reversed(tape)" in text
    assert_same_gradient(grad(function)(W, X), richardson_gradient(function, (W, X), 0))


def printing(W: Any, X: Any) -> Any:
    loss = 0.0
    for x in X:
        print(x[0])
        loss += np.sum(np.tanh(W @ np.tanh(W @ x)))
    return loss


def test_effects_keep_their_order(capsys: Any) -> None:
    expected = "".join(f"{x[0]}\n" for x in X)
    grad(printing)(W, X)
    assert capsys.readouterr().out == expected


def fails_at(x: float, n: int) -> float:
    loss = 0.0
    for i in range(n):
        h = math.exp(x * i)
        for _ in range(2):
            h = math.sin(h) * x
        loss += math.log(h) + math.sqrt(2.5 - i)
    return loss


def test_exceptions_are_raised() -> None:
    assert math.isfinite(grad(fails_at)(0.4, 1))
    with pytest.raises(ValueError, match="math domain error|nonnegative"):
        fails_at(0.4, 4)
    with pytest.raises(ValueError, match="math domain error|nonnegative"):
        grad(fails_at)(0.4, 4)


def test_the_value_needs_the_forward_loop() -> None:
    value, gradient = value_and_grad(rows)(W, X)
    assert value == rows(W, X)
    np.testing.assert_array_equal(gradient, grad(rows)(W, X))


def huber(r: float, delta: float) -> float:
    if abs(r) <= delta:
        return 0.5 * r * math.exp(r)
    return delta * (math.exp(r) - 0.5 * delta)


def test_a_last_branch_is_taken_once() -> None:
    text = grad(huber).source_for(0.3, 1.0)
    assert text.count("\n    if abs(r) <= delta") == 1
    for r in (0.3, 1.7):
        wanted = richardson_gradient(huber, (r, 1.0), 0)
        assert_same_gradient(grad(huber)(r, 1.0), wanted)
