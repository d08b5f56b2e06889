"""Runge-Kutta steps of a chain: each component drives the next one."""

from typing import Any

import numpy as np

from adjoint import grad


def rate(x: np.ndarray, y: np.ndarray) -> Any:
    return np.concatenate((x[:1], x[1:] * y[:-1]))


def solution(x: np.ndarray, steps: int) -> Any:
    h = 2.0 / steps
    y = np.zeros_like(x)
    for _ in range(steps):
        k1 = rate(x, y)
        k2 = rate(x, y + 0.5 * h * k1)
        k3 = rate(x, y + 0.5 * h * k2)
        k4 = rate(x, y + h * k3)
        y = y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return y


def last(x: np.ndarray, steps: int) -> Any:
    return solution(x, steps)[-1]


FUNCTIONS = {"primal": solution, "gradient": grad(last)}
VARIABLES = ("x",)


def read(given: dict[str, Any]) -> tuple[Any, ...]:
    return np.array(given["x"], dtype=float), int(given["s"])


def example(rng: np.random.Generator, n: int = 4, steps: int = 5) -> dict[str, Any]:
    return {"x": rng.uniform(0.5, 1.5, size=n).tolist(), "s": steps}
