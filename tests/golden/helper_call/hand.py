"""The gradient of `gap` in primal.py, by hand."""

import numpy as np


def gradient(x, y):
    # forward
    exp_x = np.exp(x)
    exp_d = np.exp(x - y)
    soft_x = np.log(1.0 + exp_x)
    soft_d = np.log(1.0 + exp_d)

    # backward
    d_bar = soft_x * exp_d / (1.0 + exp_d)
    x_bar = soft_d * exp_x / (1.0 + exp_x) + d_bar
    return x_bar, -d_bar
