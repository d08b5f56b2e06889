"""The logarithm of a sum of exponentials, shifted by the largest."""

from typing import Any

import numpy as np

from adjoint import grad


def log_sum_exp(x: np.ndarray) -> Any:
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top)))


FUNCTIONS = {"primal": log_sum_exp, "gradient": grad(log_sum_exp)}
VARIABLES = ("x",)


def read(given: dict[str, Any]) -> tuple[Any, ...]:
    return (np.array(given["x"], dtype=float),)


def example(rng: np.random.Generator, size: int = 7) -> dict[str, Any]:
    return {"x": rng.normal(size=size).tolist()}
