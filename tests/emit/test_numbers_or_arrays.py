"""Names that are a number on one path and an array on another: a number has no methods."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad, jvp


def doubled(x: float, v: Any, n: int) -> Any:
    z: Any = 1
    if n > 1:
        z = np.tanh(v) * x
    q = z * 2
    y = np.sum(q)
    return y * x + np.sum(v * q)


def squared(x: float, v: Any, n: int) -> Any:
    z: Any = 1
    if n > 1:
        z = np.tanh(v) * x
    q = z**2
    y = np.sum(q)
    return y * x


def summed_twice(x: float, v: Any, n: int) -> Any:
    z: Any = x
    if n > 1:
        z = np.tanh(v) * x
    q = z + z
    y = np.sum(q)
    return y * x


def multiplied(x: float, v: Any, n: int) -> Any:
    z: Any = 1
    if n > 1:
        z = np.tanh(v) * x
    q = np.maximum(z, 0.1)
    return np.sum(v * q) * x


def copied(x: float, v: Any, n: int) -> Any:
    z: Any = np.tanh(v) * x if n > 1 else 1.0
    q = np.copy(z)
    y = np.sum(q)
    return y * x + np.sum(v * q)


@pytest.mark.parametrize("n", [0, 2])
@pytest.mark.parametrize("f", [doubled, squared, summed_twice, multiplied, copied])
def test_methods_are_of_arrays(f: Callable[..., Any], n: int) -> None:
    x, v, along, h = 0.5, np.array([0.3, 0.4, 0.5]), np.array([0.7, 1.1, 0.9]), 1e-5
    want = (f(x + h, v + h * along, n) - f(x - h, v - h * along, n)) / (2 * h)
    assert jvp(f, (x, v, n), (1.0, along, None))[1] == pytest.approx(want, rel=1e-7)
    x_bar, v_bar = grad(f, (0, 1))(x, v, n)
    assert x_bar + np.sum(v_bar * along) == pytest.approx(want, rel=1e-7)
