"""Choices element by element: where, clip, maximum."""

import numpy as np

FUNCTION = "score"
ARGNUMS = (0, 1)


def score(x, threshold):
    positive = np.maximum(x, 0.0)
    bounded = np.clip(x, -1.0, 2.0)
    chosen = np.where(x > threshold, positive * bounded, np.exp(x))
    return np.sum(chosen * threshold)


def example() -> tuple:
    return np.array([-1.7, -0.4, 0.3, 1.2, 2.6]), 0.7
