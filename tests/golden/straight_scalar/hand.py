"""The gradient of `wave` in primal.py, by hand."""

import math


def gradient(x, y):
    # forward
    phase = x * y
    amplitude = math.exp(-x)

    # backward
    phase_bar = amplitude * math.cos(phase) + 1.0 / y**2
    amplitude_bar = math.sin(phase)
    x_bar = phase_bar * y - amplitude_bar * amplitude
    y_bar = phase_bar * x - 2.0 * phase / y**3
    return x_bar, y_bar
