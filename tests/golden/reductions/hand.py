"""The gradient of `spread` in primal.py, by hand."""

import numpy as np


def gradient(x):
    # forward
    peak = np.max(x, axis=0)
    deviation = x - np.mean(x, axis=1, keepdims=True)
    power = np.sum(deviation**2)
    total = np.sum(peak**2)

    # backward
    power_bar = -total / (1.0 + power) ** 2
    peak_bar = 2.0 * peak / (1.0 + power)
    deviation_bar = 2.0 * power_bar * deviation
    x_bar = deviation_bar - np.mean(deviation_bar, axis=1, keepdims=True)
    return x_bar + np.where(x == peak, peak_bar, 0.0)
