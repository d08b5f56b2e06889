"""A convolution in time with stride 1 by a loop over the taps, relu, pooling, logistic loss."""

import numpy as np


def conv1d(kernel, bias, w, x, label):
    taps, _, filters = kernel.shape
    length = x.shape[0] - taps + 1
    z = np.zeros((length, filters))
    for k in range(taps):
        z += x[k : k + length] @ kernel[k]
    a = np.maximum(z + bias, 0.0)
    score = a.mean(axis=0) @ w
    return np.log(1.0 + np.exp(-label * score))


def by_hand(kernel, bias, w, x, label):
    taps, _, filters = kernel.shape
    length = x.shape[0] - taps + 1
    z = np.zeros((length, filters))
    for k in range(taps):
        z += x[k : k + length] @ kernel[k]
    a = np.maximum(z + bias, 0.0)
    pooled = a.mean(axis=0)
    score = pooled @ w

    score_bar = -label / (1.0 + np.exp(label * score))
    z_bar = (a > 0.0) * (score_bar / length * w)
    kernel_bar = np.zeros_like(kernel)
    for k in range(taps):
        kernel_bar[k] = x[k : k + length].T @ z_bar
    return kernel_bar, z_bar.sum(axis=0), score_bar * pooled


ARGNUMS = (0, 1, 2)


def example():
    rng = np.random.default_rng(8)
    return (
        0.3 * rng.normal(size=(5, 4, 8)),
        0.1 * rng.normal(size=8),
        rng.normal(size=8),
        rng.normal(size=(64, 4)),
        1.0,
    )
