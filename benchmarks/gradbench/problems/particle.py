"""Aim a particle: its force is a gradient, its trajectory is differentiated again."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint import grad, jvp
from benchmarks.gradbench.problems.descent import OUTER, argmin

STEP = 0.1


def potential(x: float, y: float, w: float) -> Any:
    """The two charges are at (10, 10 - w) and (10, 0)."""
    upper = math.sqrt((x - 10.0) ** 2 + (y - (10.0 - w)) ** 2)
    lower = math.sqrt((x - 10.0) ** 2 + y**2)
    return 1.0 / upper + 1.0 / lower


def slope_in_reverse(x: float, y: float, w: float) -> Any:
    return grad(potential, (0, 1))(x, y, w)


def slope_forward(x: float, y: float, w: float) -> Any:
    _, along_x = jvp(potential, (x, y, w), (1.0, 0.0, 0.0))
    _, along_y = jvp(potential, (x, y, w), (0.0, 1.0, 0.0))
    return along_x, along_y


def miss(w: float, slope: Callable[..., Any]) -> Any:
    """Follow the particle down to the axis; the squared distance to the origin there."""
    x, y, across, down = 0.0, 8.0, 0.75, 0.0
    while y + STEP * down > 0.0:
        along_x, along_y = slope(x, y, w)
        x, y = x + STEP * across, y + STEP * down
        across, down = across - STEP * along_x, down - STEP * along_y
    landing = x - y / down * across
    return landing * landing


def miss_in_reverse(w: np.ndarray) -> Any:
    return miss(w[0], slope_in_reverse)


def miss_forward(w: np.ndarray) -> Any:
    return miss(w[0], slope_forward)


INNER = {"r": miss_in_reverse, "f": miss_forward}


def best(outer: str, inner: str) -> Callable[[np.ndarray], Any]:
    evaluate = OUTER[outer](INNER[inner])
    return lambda w: argmin(evaluate, w)[0]


FUNCTIONS = {outer + inner: best(outer, inner) for outer in "fr" for inner in "fr"}


def read(given: dict[str, Any]) -> tuple[Any, ...]:
    return (np.array([given["w"]], dtype=float),)


def example(rng: np.random.Generator) -> dict[str, Any]:
    return {"w": 0.0}
