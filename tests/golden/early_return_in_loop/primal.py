"""A return out of the middle of a loop, and another one behind it."""

import math

FUNCTION = "first_crossing"
ARGNUMS = (0, 1)


def first_crossing(x, level, n):
    y = x
    for i in range(n):
        before = y
        y = y + math.sin(y) + 0.1 * i
        if y > level:
            return i + (level - before) / (y - before)
    return y - level


def example() -> tuple:
    return 0.2, 2.0, 20
