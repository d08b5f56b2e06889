"""The gradient of `leaky` in primal.py, by hand."""

import math


def gradient(x, y, slope):
    # forward
    a = x if x > 0.0 else slope * x
    b = math.sqrt(y) if y > 0.0 else 0.0

    # backward
    x_bar, y_bar, slope_bar = (0.0, 0.0, 1.0) if a > b else (y, x, 0.0)
    if y > 0.0:
        y_bar += 0.5 * a / b
    if x > 0.0:
        x_bar += b
    else:
        x_bar += b * slope
        slope_bar += b * x
    return x_bar, y_bar, slope_bar
