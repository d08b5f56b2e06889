"""One head of attention."""

import numpy as np

FUNCTION = "attend"
ARGNUMS = (0, 1, 2)


def attend(Wq, Wk, Wv, x, y):
    q = x @ Wq
    k = x @ Wk
    v = x @ Wv
    scores = q @ k.T / np.sqrt(q.shape[1])
    weights = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    weights = weights / np.sum(weights, axis=1, keepdims=True)
    return np.sum((weights @ v - y) ** 2)


def example() -> tuple:
    rng = np.random.default_rng(0)
    shapes = (4, 3), (4, 3), (4, 2), (5, 4), (5, 2)
    return tuple(rng.normal(size=shape) for shape in shapes)
