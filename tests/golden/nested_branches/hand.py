"""The gradient of `response` in primal.py, by hand."""

import math


def gradient(x, y):
    # forward
    z0 = x * y
    z = z0
    if x > 0.0:
        if y > 1.0:
            z1 = z0 + math.log(y)
        else:
            z1 = z0 * x
        z = z1 * z1
    elif y > 1.0:
        z = math.sin(z0)

    # backward
    x_bar = z
    y_bar = 0.0
    z_bar = x
    if x > 0.0:
        z_bar = 2.0 * z_bar * z1
        if y > 1.0:
            y_bar = z_bar / y
        else:
            x_bar += z_bar * z0
            z_bar = z_bar * x
    elif y > 1.0:
        z_bar = z_bar * math.cos(z0)
    x_bar += z_bar * y
    y_bar += z_bar * x
    return x_bar, y_bar
