"""Causal self-attention with one head, residual connection, and a squared error."""

import numpy as np


def masked_attention(Wq, Wk, Wv, Wo, x, target):
    n, d = x.shape
    q = x @ Wq
    k = x @ Wk
    v = x @ Wv
    scores = q @ k.T / np.sqrt(d)
    scores = np.where(np.tril(np.ones((n, n))) > 0, scores, -1e9)
    scores = scores - scores.max(axis=-1, keepdims=True)
    p = np.exp(scores)
    p = p / p.sum(axis=-1, keepdims=True)
    out = x + (p @ v) @ Wo
    return np.mean((out - target) ** 2)


def by_hand(Wq, Wk, Wv, Wo, x, target):
    n, d = x.shape
    q = x @ Wq
    k = x @ Wk
    v = x @ Wv
    scores = q @ k.T / np.sqrt(d)
    scores = np.where(np.tril(np.ones((n, n))) > 0, scores, -1e9)
    p = np.exp(scores - scores.max(axis=-1, keepdims=True))
    p = p / p.sum(axis=-1, keepdims=True)
    heads = p @ v
    out = x + heads @ Wo

    out_bar = 2.0 / out.size * (out - target)
    Wo_bar = heads.T @ out_bar
    heads_bar = out_bar @ Wo.T
    p_bar = heads_bar @ v.T
    v_bar = p.T @ heads_bar
    scores_bar = p * (p_bar - (p_bar * p).sum(axis=-1, keepdims=True)) / np.sqrt(d)
    q_bar = scores_bar @ k
    k_bar = scores_bar.T @ q
    return x.T @ q_bar, x.T @ k_bar, x.T @ v_bar, Wo_bar


ARGNUMS = (0, 1, 2, 3)


def example():
    rng = np.random.default_rng(7)
    weights = [0.3 * rng.normal(size=(16, 16)) for _ in range(4)]
    return (*weights, rng.normal(size=(32, 16)), rng.normal(size=(32, 16)))
