"""Slices and single elements: how far a curve is from smooth, and from its ends."""

import numpy as np

FUNCTION = "penalty"
ARGNUMS = (0, 1, 2)


def penalty(x, left, right):
    slope = x[1:] - x[:-1]
    bend = x[2:] - 2.0 * x[1:-1] + x[:-2]
    ends = (x[0] - left) ** 2 + (x[-1] - right) ** 2
    return np.sum(slope**2) + 10.0 * np.sum(bend**2) + ends


def example() -> tuple:
    return np.array([0.1, 0.5, 0.2, 0.9, 1.3]), 0.0, 1.0
