"""A block of a transformer without attention: root-mean-square norm, gated unit, residual."""

import numpy as np


def gated_block(gain, W_gate, W_up, W_down, x, target):
    scale = np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + 1e-6)
    h = x / scale * gain
    gate = h @ W_gate
    up = h @ W_up
    silu = gate / (1.0 + np.exp(-gate))
    out = x + (silu * up) @ W_down
    return 0.5 * np.sum((out - target) ** 2)


def by_hand(gain, W_gate, W_up, W_down, x, target):
    scale = np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + 1e-6)
    x_hat = x / scale
    h = x_hat * gain
    gate = h @ W_gate
    up = h @ W_up
    sigmoid = 1.0 / (1.0 + np.exp(-gate))
    silu = gate * sigmoid
    gated = silu * up
    out = x + gated @ W_down

    out_bar = out - target
    W_down_bar = gated.T @ out_bar
    gated_bar = out_bar @ W_down.T
    up_bar = gated_bar * silu
    gate_bar = gated_bar * up * (sigmoid + silu * (1.0 - sigmoid))
    h_bar = gate_bar @ W_gate.T + up_bar @ W_up.T
    x_hat_bar = h_bar * gain
    projected = np.mean(x_hat_bar * x_hat, axis=-1, keepdims=True)
    x_bar = out_bar + (x_hat_bar - x_hat * projected) / scale
    return (h_bar * x_hat).sum(axis=0), h.T @ gate_bar, h.T @ up_bar, W_down_bar, x_bar


ARGNUMS = (0, 1, 2, 3, 4)


def example():
    rng = np.random.default_rng(12)
    return (
        rng.uniform(0.5, 1.5, size=16),
        0.3 * rng.normal(size=(16, 32)),
        0.3 * rng.normal(size=(16, 32)),
        0.3 * rng.normal(size=(32, 16)),
        rng.normal(size=(24, 16)),
        rng.normal(size=(24, 16)),
    )
