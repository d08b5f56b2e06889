"""A step of Newton's method for k-means: each point counts with its nearest centroid."""

from typing import Any

import numpy as np

from adjoint import grad, jvp


def cost(centroids: np.ndarray, points: np.ndarray) -> Any:
    products = points @ centroids.T
    squares = np.sum(points * points, axis=1)[:, None] + np.sum(centroids * centroids, axis=1)
    return np.sum(np.min(squares - 2.0 * products, axis=1))


gradient = grad(cost)


def direction(centroids: np.ndarray, points: np.ndarray) -> Any:
    """The gradient divided by the Hessian, whose only entries are on its diagonal.

    So the product with ones is that diagonal, and one forward derivative of the gradient has both.
    """
    ones, zeros = np.ones_like(centroids), np.zeros_like(points)
    slope, diagonal = jvp(gradient, (centroids, points), (ones, zeros))
    return slope / diagonal


FUNCTIONS = {"cost": cost, "dir": direction}


def read(given: dict[str, Any]) -> tuple[Any, ...]:
    return np.array(given["centroids"], dtype=float), np.array(given["points"], dtype=float)


def example(rng: np.random.Generator, k: int = 3, n: int = 40, d: int = 2) -> dict[str, Any]:
    points = rng.normal(size=(n, d))
    return {"points": points.tolist(), "centroids": points[:k].tolist()}
