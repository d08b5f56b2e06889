"""A network with one hidden layer."""

import numpy as np

FUNCTION = "loss"
ARGNUMS = (0, 1, 2, 3)


def loss(W1, b1, W2, b2, x, y):
    h = np.tanh(x @ W1 + b1)
    p = h @ W2 + b2
    r = p - y
    return np.sum(r * r)


def example() -> tuple:
    rng = np.random.default_rng(0)
    shapes = (3, 4), (4,), (4, 2), (2,), (5, 3), (5, 2)
    return tuple(rng.normal(size=shape) for shape in shapes)
