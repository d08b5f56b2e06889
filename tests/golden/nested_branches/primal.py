"""Branches within branches, and code after them that uses the result."""

import math

FUNCTION = "response"
ARGNUMS = (0, 1)


def response(x, y):
    z = x * y
    if x > 0.0:
        if y > 1.0:
            z = z + math.log(y)
        else:
            z = z * x
        z = z * z
    else:
        if y > 1.0:
            z = math.sin(z)
    return z * x


def example() -> tuple:
    return 0.8, 0.6
