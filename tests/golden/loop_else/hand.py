"""The gradient of `settle` in primal.py, by hand."""

import math


def gradient(x, rate, n):
    # forward
    xs = []
    broke = False
    for _ in range(n):
        xs.append(x)
        step = rate * (math.cos(x) - x)
        x = x + step
        if abs(step) < 0.01:
            broke = True
            break
    if not broke:
        x = 2.0 * x

    # backward
    x_bar = 2.0 * x
    if not broke:
        x_bar = 2.0 * x_bar
    rate_bar = 0.0
    for x in reversed(xs):
        rate_bar += x_bar * (math.cos(x) - x)
        x_bar = x_bar - x_bar * rate * (math.sin(x) + 1.0)
    return x_bar, rate_bar
