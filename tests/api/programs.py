"""Functions at the top level of a module, for tests that pickle, save and hash."""

from typing import Any

import numpy as np

from adjoint import grad, value_and_grad

SCALE = 3.0


def cubic(x: float) -> float:
    """A cubic."""
    return x**3 + 2.0 * x


@grad
def decorated(x: float, y: float = 2.0) -> float:
    """A decorated function."""
    return x * x * y


@value_and_grad(argnums=(0, 1))
def decorated_with_arguments(x: Any, y: Any) -> Any:
    return np.sum(x * y * y)


def scaled(x: float) -> float:
    return SCALE * x * x


def loop(x: float, n: int) -> float:
    s = 1.0
    for i in range(n):
        if s > 2.0:
            s = s * np.sin(x)
        else:
            s = s + x * s + i
    return s


def network(params: list[tuple[Any, Any]], x: Any) -> Any:
    for W, b in params:
        x = np.tanh(x @ W + b)
    return np.sum(x)


def settings(p: dict[str, Any], x: Any) -> Any:
    return np.sum(p["gain"] * x) + p["offset"] ** 2 + np.prod(x)


def power(x: float, n: int) -> float:
    return 1.0 if n == 0 else x * power(x, n - 1)


def asserts(x: float) -> float:
    assert x > 0.0, "must be positive"  # not in a test module, where pytest rewrites it
    return x * x


class Spring:
    """A class with a gradient for a method."""

    def __init__(self, stiffness: float):
        self.stiffness = stiffness

    @grad
    def force(self, x: float, y: float = 1.0) -> float:
        return 0.5 * self.stiffness * x * x * y

    @grad(argnums=1)
    def second(self, x: float, y: float = 1.0) -> float:
        return 0.5 * self.stiffness * x * x * y

    def energy(self, x: float) -> float:
        return 0.5 * self.stiffness * x * x
