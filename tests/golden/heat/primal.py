"""An explicit heat equation, updated in place element by element, with fixed ends."""

import numpy as np

FUNCTION = "roughness"
ARGNUMS = (0, 1)


def roughness(u, alpha, steps):
    u[0] = u[-1] = 0.0
    for _ in range(steps):
        left = u[0]
        for i in range(1, len(u) - 1):
            here = u[i]
            u[i] += alpha * (left - 2.0 * here + u[i + 1])
            left = here
    return np.sum(u**2)


def example() -> tuple:
    return np.array([0.3, 0.8, -0.2, 1.1, 0.6, -0.7]), 0.3, 4
