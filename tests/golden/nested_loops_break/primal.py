"""A loop within a loop; the inner one is left early, when it is depends on the data."""

import math

FUNCTION = "accumulate"
ARGNUMS = 0


def accumulate(x, rows, columns):
    total = 0.0
    for i in range(rows):
        term = x
        for j in range(columns):
            term = term * math.sin(x + i)
            if term < 0.3:
                break
            total = total + term / (j + 1)
        total = total * 0.5
    return total


def example() -> tuple:
    return 0.9, 4, 6
