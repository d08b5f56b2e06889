"""The gradient of `penalty` in primal.py, by hand."""

import numpy as np


def gradient(x, left, right):
    # forward
    slope = x[1:] - x[:-1]
    bend = x[2:] - 2.0 * x[1:-1] + x[:-2]

    # backward
    slope_bar = 2.0 * slope
    bend_bar = 20.0 * bend
    left_bar = -2.0 * (x[0] - left)
    right_bar = -2.0 * (x[-1] - right)
    x_bar = np.zeros(x.shape)
    x_bar[0] -= left_bar
    x_bar[-1] -= right_bar
    x_bar[2:] += bend_bar
    x_bar[1:-1] -= 2.0 * bend_bar
    x_bar[:-2] += bend_bar
    x_bar[1:] += slope_bar
    x_bar[:-1] -= slope_bar
    return x_bar, left_bar, right_bar
