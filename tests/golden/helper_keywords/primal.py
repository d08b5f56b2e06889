"""A helper with keyword arguments, one of them left at its default."""

import math

FUNCTION = "signal"
ARGNUMS = (0, 1)


def damped(t, *, frequency=1.0, decay=0.5):
    return math.exp(-decay * t) * math.cos(frequency * t)


def signal(t, decay):
    return damped(t, decay=decay) + damped(2.0 * t, frequency=3.0)


def example() -> tuple:
    return 0.6, 0.8
