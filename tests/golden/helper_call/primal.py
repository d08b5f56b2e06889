"""A function that calls a helper twice."""

import numpy as np

FUNCTION = "gap"
ARGNUMS = (0, 1)


def softplus(x):
    return np.log(1.0 + np.exp(x))


def gap(x, y):
    return np.sum(softplus(x) * softplus(x - y))


def example() -> tuple:
    return np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.2, -0.3])
