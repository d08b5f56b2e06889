"""The gradient of `area` in primal.py, by hand."""

import math


def gradient(frequency, b):
    # forward
    width = b / 8
    total = 0.5 * math.exp(-0.3 * b) * math.sin(frequency * b)
    for i in range(1, 8):
        t = i * width
        total += math.exp(-0.3 * t) * math.sin(frequency * t)

    # backward
    width_bar = total
    end_bar = 0.5 * width
    frequency_bar, b_bar = point(frequency, b, end_bar)
    for i in range(1, 8):
        more, t_bar = point(frequency, i * width, width)
        frequency_bar += more
        width_bar += i * t_bar
    return frequency_bar, b_bar + width_bar / 8


def point(frequency, t, y_bar):
    """The pullback of exp(-0.3 t) sin(frequency t)."""
    y_bar = y_bar * math.exp(-0.3 * t)
    sine, cosine = math.sin(frequency * t), math.cos(frequency * t)
    return y_bar * t * cosine, y_bar * (frequency * cosine - 0.3 * sine)
