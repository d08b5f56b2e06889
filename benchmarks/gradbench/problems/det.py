"""A determinant, expanded by minors."""

from functools import cache
from typing import Any

import numpy as np

from adjoint import grad


@cache
def remaining(n: int) -> list[np.ndarray]:
    """For each row, the columns that are left, for every order of those taken above it."""
    levels = [np.arange(n)[None, :]]
    while levels[-1].shape[1] > 1:
        above = levels[-1]
        left = [np.delete(above, j, axis=1) for j in range(above.shape[1])]
        levels.append(np.stack(left, axis=1).reshape(-1, above.shape[1] - 1))
    return levels


def expanded(matrix: np.ndarray, columns: list[np.ndarray]) -> Any:
    """Expand all minors of a size at once, beginning with those of one entry."""
    minors = np.ones(len(columns[-1]))
    for row in range(len(columns) - 1, -1, -1):
        left = columns[row]
        terms = matrix[row, left] * minors.reshape(left.shape)
        minors = terms @ (-1.0) ** np.arange(left.shape[1])
    return minors[0]


slope = grad(expanded)


def determinant(matrix: np.ndarray) -> Any:
    return expanded(matrix, remaining(len(matrix)))


def gradient(matrix: np.ndarray) -> Any:
    return slope(matrix, remaining(len(matrix)))


FUNCTIONS = {"primal": determinant, "gradient": gradient}
VARIABLES = ("A",)


def read(given: dict[str, Any]) -> tuple[Any, ...]:
    n = int(given["ell"])
    return (np.array(given["A"], dtype=float).reshape(n, n),)


def write(function: str, result: Any) -> Any:
    return np.ravel(result).tolist() if function == "gradient" else float(result)


def example(rng: np.random.Generator, n: int = 4) -> dict[str, Any]:
    return {"A": rng.normal(size=n * n).tolist(), "ell": n}
