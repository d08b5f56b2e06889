"""Least squares: a polynomial with the coefficients x is fitted to the sign function."""

from typing import Any

import numpy as np

from adjoint import grad


def misfit(x: np.ndarray, n: int) -> Any:
    t = np.linspace(-1.0, 1.0, n)
    residual = np.sign(t) - np.vander(t, len(x), increasing=True) @ x
    return 0.5 * residual @ residual


FUNCTIONS = {"primal": misfit, "gradient": grad(misfit)}
VARIABLES = ("x",)


def read(given: dict[str, Any]) -> tuple[Any, ...]:
    return np.array(given["x"], dtype=float), int(given["n"])


def example(rng: np.random.Generator, n: int = 16, size: int = 6) -> dict[str, Any]:
    return {"x": rng.normal(size=size).tolist(), "n": n}
