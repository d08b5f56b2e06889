"""Straight-line code on numbers, with names that are used twice."""

import math

FUNCTION = "wave"
ARGNUMS = (0, 1)


def wave(x, y):
    phase = x * y
    amplitude = math.exp(-x)
    return amplitude * math.sin(phase) + phase / y**2


def example() -> tuple:
    return 0.7, 1.3
