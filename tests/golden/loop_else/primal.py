"""A loop with an else branch, which runs if nothing broke out of the loop."""

import math

FUNCTION = "settle"
ARGNUMS = (0, 1)


def settle(x, rate, n):
    for _ in range(n):
        step = rate * (math.cos(x) - x)
        x = x + step
        if abs(step) < 0.01:
            break
    else:
        x = 2.0 * x
    return x * x


def example() -> tuple:
    return 0.1, 0.4, 4
