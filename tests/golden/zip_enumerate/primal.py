"""Loops over several things at a time."""

import numpy as np

FUNCTION = "discounted"
ARGNUMS = (0, 1, 2)


def discounted(rewards, costs, rate):
    total = 0.0
    for t, (reward, cost) in enumerate(zip(rewards, costs, strict=True)):
        total = total + (reward - cost**2) / (1.0 + rate) ** t
    return total


def example() -> tuple:
    return [1.0, 2.0, 0.5, 3.0], np.array([0.5, 0.1, 0.9, 1.4]), 0.05
