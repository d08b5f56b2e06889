"""A mixture density network: weights, means and widths of Gaussians that depend on x."""

import numpy as np


def mixture_density(W, b, V, c, x, y):
    h = np.tanh(x @ W + b)
    out = h @ V + c
    logits, mu, log_sigma = np.split(out, 3, axis=1)
    logits = logits - logits.max(axis=1, keepdims=True)
    log_pi = logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
    z = (y[:, None] - mu) * np.exp(-log_sigma)
    log_prob = log_pi - log_sigma - 0.5 * z**2 - 0.5 * np.log(2 * np.pi)
    peak = log_prob.max(axis=1, keepdims=True)
    log_likelihood = peak[:, 0] + np.log(np.sum(np.exp(log_prob - peak), axis=1))
    return -np.mean(log_likelihood)


def by_hand(W, b, V, c, x, y):
    h = np.tanh(x @ W + b)
    out = h @ V + c
    logits, mu, log_sigma = np.split(out, 3, axis=1)
    logits = logits - logits.max(axis=1, keepdims=True)
    pi = np.exp(logits)
    pi /= pi.sum(axis=1, keepdims=True)
    inv_sigma = np.exp(-log_sigma)
    z = (y[:, None] - mu) * inv_sigma
    log_prob = np.log(pi) - log_sigma - 0.5 * z**2
    r = np.exp(log_prob - log_prob.max(axis=1, keepdims=True))
    r /= r.sum(axis=1, keepdims=True)

    r_bar = r / len(y)
    out_bar = np.hstack((pi / len(y) - r_bar, -r_bar * z * inv_sigma, r_bar * (1.0 - z**2)))
    a_bar = out_bar @ V.T * (1.0 - h * h)
    return x.T @ a_bar, a_bar.sum(axis=0), h.T @ out_bar, out_bar.sum(axis=0)


ARGNUMS = (0, 1, 2, 3)


def example():
    rng = np.random.default_rng(13)
    return (
        rng.normal(size=(3, 20)),
        0.1 * rng.normal(size=20),
        0.3 * rng.normal(size=(20, 12)),
        0.1 * rng.normal(size=12),
        rng.normal(size=(100, 3)),
        rng.normal(size=100),
    )
