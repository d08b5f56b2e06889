"""A loop with a branch that depends on the carried number."""

import numpy as np

FUNCTION = "simulate"
ARGNUMS = 0


def simulate(x, n):
    s = 1.0
    for _ in range(n):
        if s > 2.0:
            s = s * np.sin(x)
        else:
            s = s + x * s
    return s


def example() -> tuple:
    return 0.7, 9
