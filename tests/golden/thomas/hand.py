"""The gradient of `solution_norm` in primal.py, by hand."""

import numpy as np


def gradient(lower, diagonal, upper, d):
    # forward
    n = len(d)
    diagonal = diagonal.copy()
    d = d.copy()
    for i in range(1, n):
        w = lower[i - 1] / diagonal[i - 1]
        diagonal[i] -= w * upper[i - 1]
        d[i] -= w * d[i - 1]
    x = d.copy()
    x[-1] /= diagonal[-1]
    for i in range(n - 2, -1, -1):
        x[i] = (d[i] - upper[i] * x[i + 1]) / diagonal[i]

    # backward
    lower_bar = np.zeros(lower.shape)
    diagonal_bar = np.zeros(diagonal.shape)
    upper_bar = np.zeros(upper.shape)
    d_bar = 2.0 * x
    for i in range(n - 1):
        d_bar[i] /= diagonal[i]
        diagonal_bar[i] -= d_bar[i] * x[i]
        upper_bar[i] -= d_bar[i] * x[i + 1]
        d_bar[i + 1] -= d_bar[i] * upper[i]
    d_bar[-1] /= diagonal[-1]
    diagonal_bar[-1] -= d_bar[-1] * x[-1]
    for i in reversed(range(1, n)):
        w = lower[i - 1] / diagonal[i - 1]
        w_bar = -d_bar[i] * d[i - 1] - diagonal_bar[i] * upper[i - 1]
        d_bar[i - 1] -= d_bar[i] * w
        upper_bar[i - 1] -= diagonal_bar[i] * w
        lower_bar[i - 1] += w_bar / diagonal[i - 1]
        diagonal_bar[i - 1] -= w_bar * w / diagonal[i - 1]
    return lower_bar, diagonal_bar, upper_bar, d_bar
