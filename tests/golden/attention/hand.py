"""The gradient of `attend` in primal.py, by hand."""

import numpy as np


def gradient(Wq, Wk, Wv, x, y):
    # forward
    q = x @ Wq
    k = x @ Wk
    v = x @ Wv
    scale = 1.0 / np.sqrt(q.shape[1])
    scores = q @ k.T * scale
    weights = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    weights = weights / np.sum(weights, axis=1, keepdims=True)

    # backward
    out_bar = 2.0 * (weights @ v - y)
    weights_bar = out_bar @ v.T
    v_bar = weights.T @ out_bar
    # softmax: the part along the weights, which keep their sum of one, is taken out
    along = np.sum(weights_bar * weights, axis=1, keepdims=True)
    scores_bar = weights * (weights_bar - along) * scale
    q_bar = scores_bar @ k
    k_bar = scores_bar.T @ q
    return x.T @ q_bar, x.T @ k_bar, x.T @ v_bar
