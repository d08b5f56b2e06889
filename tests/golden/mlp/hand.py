"""The gradient of `loss` in primal.py, by hand."""

import numpy as np


def gradient(W1, b1, W2, b2, x, y):
    # forward
    h = np.tanh(x @ W1 + b1)
    p = h @ W2 + b2
    r = p - y

    # backward
    r_bar = 2.0 * r
    h_bar = r_bar @ W2.T
    W2_bar = h.T @ r_bar
    b2_bar = np.sum(r_bar, axis=0)
    a_bar = h_bar * (1.0 - h * h)
    W1_bar = x.T @ a_bar
    b1_bar = np.sum(a_bar, axis=0)
    return W1_bar, b1_bar, W2_bar, b2_bar
