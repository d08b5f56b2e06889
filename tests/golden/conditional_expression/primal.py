"""Conditional expressions, also nested in arithmetic."""

import math

FUNCTION = "leaky"
ARGNUMS = (0, 1, 2)


def leaky(x, y, slope):
    a = x if x > 0.0 else slope * x
    b = math.sqrt(y) if y > 0.0 else 0.0
    return a * b + (slope if a > b else x * y)


def example() -> tuple:
    return -0.8, 1.7, 0.2
