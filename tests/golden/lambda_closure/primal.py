"""Lambdas that capture an input, one of them handed to a helper."""

import math

FUNCTION = "area"
ARGNUMS = (0, 1)


def trapezoid(f, a, b, n):
    width = (b - a) / n
    total = 0.5 * (f(a) + f(b))
    for i in range(1, n):
        total = total + f(a + i * width)
    return total * width


def area(frequency, b):
    envelope = lambda t: math.exp(-0.3 * t)  # noqa: E731
    return trapezoid(lambda t: envelope(t) * math.sin(frequency * t), 0.0, b, 8)


def example() -> tuple:
    return 1.7, 2.0
