"""Guard clauses: several returns, one after the other."""

import math

FUNCTION = "sinc"
ARGNUMS = (0, 1)


def sinc(x, width):
    t = x / width
    if width < 0.0:
        return 0.0
    if abs(t) < 1e-3:
        return 1.0 - t * t / 6.0
    return math.sin(t) / t


def example() -> tuple:
    return 1.4, 0.8
