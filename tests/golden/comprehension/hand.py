"""The gradient of `mixture` in primal.py, by hand."""

import math


def gradient(weights, x):
    # forward
    values = [math.tanh(w * x) for w in weights]
    total = sum(value * value for value in values)

    # backward
    total_bar = 1.0 / (1.0 + x)
    x_bar = -total / (1.0 + x) ** 2
    weights_bar = []
    for w, value in zip(weights, values, strict=True):
        a_bar = 2.0 * total_bar * value * (1.0 - value * value)
        weights_bar.append(a_bar * x)
        x_bar += a_bar * w
    return weights_bar, x_bar
