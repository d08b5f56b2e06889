"""The Thomas algorithm: a tridiagonal system solved in its own arguments."""

import numpy as np

FUNCTION = "solution_norm"
ARGNUMS = (0, 1, 2, 3)


def solution_norm(lower, diagonal, upper, d):
    n = len(d)
    for i in range(1, n):
        w = lower[i - 1] / diagonal[i - 1]
        diagonal[i] -= w * upper[i - 1]
        d[i] -= w * d[i - 1]
    d[-1] /= diagonal[-1]
    for i in range(n - 2, -1, -1):
        d[i] = (d[i] - upper[i] * d[i + 1]) / diagonal[i]
    return np.sum(d**2)


def example() -> tuple:
    lower, upper = np.array([-1.0, 0.5, -0.8]), np.array([0.7, -1.2, 0.4])
    return lower, np.array([4.0, 5.0, 3.5, 4.2]), upper, np.array([1.0, -0.5, 2.0, 0.3])
