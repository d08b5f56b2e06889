"""A classifier with two hidden layers, its parameters in a dict, with weight decay."""

import numpy as np


def dict_mlp(params, x, labels):
    h1 = np.maximum(x @ params["W1"] + params["b1"], 0.0)
    h2 = np.tanh(h1 @ params["W2"] + params["b2"])
    logits = h2 @ params["W3"] + params["b3"]
    logits = logits - np.max(logits, axis=1, keepdims=True)
    log_p = logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
    data = -np.mean(log_p[np.arange(len(labels)), labels])
    decay = sum(np.sum(params[name] ** 2) for name in ("W1", "W2", "W3"))
    return data + 1e-3 * decay


def by_hand(params, x, labels):
    h1 = np.maximum(x @ params["W1"] + params["b1"], 0.0)
    h2 = np.tanh(h1 @ params["W2"] + params["b2"])
    logits = h2 @ params["W3"] + params["b3"]
    p = np.exp(logits - np.max(logits, axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)

    n = len(labels)
    logits_bar = p
    logits_bar[np.arange(n), labels] -= 1.0
    logits_bar /= n
    a2_bar = logits_bar @ params["W3"].T * (1.0 - h2 * h2)
    a1_bar = a2_bar @ params["W2"].T * (h1 > 0.0)
    return {
        "W1": x.T @ a1_bar + 2e-3 * params["W1"],
        "b1": a1_bar.sum(axis=0),
        "W2": h1.T @ a2_bar + 2e-3 * params["W2"],
        "b2": a2_bar.sum(axis=0),
        "W3": h2.T @ logits_bar + 2e-3 * params["W3"],
        "b3": logits_bar.sum(axis=0),
    }


ARGNUMS = 0


def example():
    rng = np.random.default_rng(18)
    sizes = (12, 32, 16, 4)
    params = {}
    for k, (m, n) in enumerate(zip(sizes, sizes[1:], strict=False), 1):
        params[f"W{k}"] = rng.normal(size=(m, n)) / np.sqrt(m)
        params[f"b{k}"] = 0.1 * rng.normal(size=n)
    return params, rng.normal(size=(64, 12)), rng.integers(4, size=64)
