"""Layer normalisation."""

import numpy as np

FUNCTION = "loss"
ARGNUMS = (0, 1, 2)


def loss(x, gain, bias, y):
    centred = x - np.mean(x, axis=1, keepdims=True)
    variance = np.mean(centred**2, axis=1, keepdims=True)
    normal = centred / np.sqrt(variance + 1e-5)
    return np.sum((normal * gain + bias - y) ** 2)


def example() -> tuple:
    rng = np.random.default_rng(0)
    return tuple(rng.normal(size=shape) for shape in ((3, 5), (5,), (5,), (3, 5)))
