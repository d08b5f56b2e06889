"""The gradient of `sinc` in primal.py, by hand."""

import math


def gradient(x, width):
    # forward
    t = x / width
    if width < 0.0:
        return 0.0, 0.0

    # backward
    if abs(t) < 1e-3:
        t_bar = -t / 3.0
    else:
        t_bar = (math.cos(t) - math.sin(t) / t) / t
    return t_bar / width, -t_bar * t / width
