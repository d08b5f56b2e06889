"""Matrix products in a loop, with an array carried along."""

import numpy as np

FUNCTION = "stretch"
ARGNUMS = 0


def stretch(A, steps):
    v = np.ones(A.shape[0])
    for _ in range(steps):
        w = A @ v
        v = w / np.sqrt(np.sum(w * w))
    return v @ A @ v


def example() -> tuple:
    return np.array([[2.0, 0.5, 0.1], [0.5, 1.0, 0.3], [0.1, 0.3, 0.7]]), 4
