"""A list comprehension, and a generator within sum."""

import math

FUNCTION = "mixture"
ARGNUMS = (0, 1)


def mixture(weights, x):
    values = [math.tanh(w * x) for w in weights]
    total = sum(value * value for value in values)
    return total / (1.0 + x)


def example() -> tuple:
    return [0.5, -1.2, 2.0], 0.7
