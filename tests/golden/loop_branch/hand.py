"""The gradient of `simulate` in primal.py, by hand."""

import numpy as np


def gradient(x, n):
    # forward
    s = 1.0
    tape = []
    for _ in range(n):
        tape.append(s)
        if s > 2.0:
            s = s * np.sin(x)
        else:
            s = s + x * s

    # backward
    s_bar = 1.0
    x_bar = 0.0
    for s in reversed(tape):
        if s > 2.0:
            x_bar += s_bar * s * np.cos(x)
            s_bar = s_bar * np.sin(x)
        else:
            x_bar += s_bar * s
            s_bar = s_bar + s_bar * x
    return x_bar
