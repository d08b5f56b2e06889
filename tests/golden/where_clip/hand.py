"""The gradient of `score` in primal.py, by hand."""

import numpy as np


def gradient(x, threshold):
    # forward
    above = x > threshold
    positive = np.maximum(x, 0.0)
    bounded = np.clip(x, -1.0, 2.0)
    exp = np.exp(x)
    chosen = np.where(above, positive * bounded, exp)

    # backward
    slope = (x > 0.0) * bounded + positive * ((x >= -1.0) & (x <= 2.0))
    return threshold * np.where(above, slope, exp), np.sum(chosen)
