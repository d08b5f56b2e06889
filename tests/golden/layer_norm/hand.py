"""The gradient of `loss` in primal.py, by hand."""

import numpy as np


def gradient(x, gain, bias, y):
    # forward
    centred = x - np.mean(x, axis=1, keepdims=True)
    variance = np.mean(centred**2, axis=1, keepdims=True)
    scale = np.sqrt(variance + 1e-5)
    normal = centred / scale

    # backward
    out_bar = 2.0 * (normal * gain + bias - y)
    gain_bar = np.sum(out_bar * normal, axis=0)
    bias_bar = np.sum(out_bar, axis=0)
    normal_bar = out_bar * gain
    # through the scale, then through the mean
    along = np.mean(normal_bar * normal, axis=1, keepdims=True)
    centred_bar = (normal_bar - normal * along) / scale
    x_bar = centred_bar - np.mean(centred_bar, axis=1, keepdims=True)
    return x_bar, gain_bar, bias_bar
