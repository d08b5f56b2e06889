"""The gradient of `signal` in primal.py, by hand."""

import math


def gradient(t, decay):
    # forward
    first = math.exp(-decay * t)
    second = math.exp(-0.5 * (2.0 * t))

    # backward
    decay_bar = -t * first * math.cos(t)
    t_bar = -first * (decay * math.cos(t) + math.sin(t))
    u_bar = -second * (0.5 * math.cos(6.0 * t) + 3.0 * math.sin(6.0 * t))
    return t_bar + 2.0 * u_bar, decay_bar
