"""Draws: another one in each run, constant for the derivative, and none while compiling."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, grad

GENERATOR = np.random.default_rng(0)


def of_a_generator(x: Any) -> Any:
    return np.sum(x * GENERATOR.normal(size=x.shape))


def of_numpy(x: Any) -> Any:
    return np.sum(x * np.random.normal(size=3)) + np.random.uniform() * x[0]


def in_a_loop(x: Any) -> Any:
    total = 0.0
    for _ in range(3):
        total = total + np.sum(x * x * GENERATOR.random(3))
    return total


def dropout(x: Any) -> Any:
    return np.sum(np.where(np.random.random(x.shape) < 0.5, x, 0.0)) * 2.0


def restart() -> None:
    np.random.seed(7)
    GENERATOR.bit_generator.state = np.random.default_rng(0).bit_generator.state


@pytest.mark.parametrize("f", [of_a_generator, of_numpy, in_a_loop, dropout])
def test_draws(f: Callable[..., Any]) -> None:
    x = np.ones(3)
    restart()
    want = [f(x) for _ in range(4)]
    gradient = grad(f)
    restart()
    got = [np.sum(gradient(x)) for _ in range(4)]
    degree = 2.0 if f is in_a_loop else 1.0  # Euler: the sum of x_i df/dx_i is degree * f
    assert got == pytest.approx([degree * w for w in want])
    assert len(set(got)) > 1


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.random.normal(x, 1.0)),
        lambda x: np.sum(GENERATOR.choice(x, 2)),
        lambda x: np.sum(GENERATOR.permutation(x) * x),
    ],
)
def test_draws_that_depend_on_the_argument_are_refused(f: Callable[..., Any]) -> None:
    with pytest.raises(UnsupportedError):
        grad(f)(np.ones(3))
