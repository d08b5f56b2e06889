"""The square of a number."""

from typing import Any

import numpy as np

from adjoint import grad


def square(x: float) -> float:
    return x * x


FUNCTIONS = {"square": square, "double": grad(square)}


def read(given: float) -> tuple[Any, ...]:
    return (float(given),)


def example(rng: np.random.Generator) -> float:
    return float(rng.normal())
