"""Soft k-means: squared distances, a softmin over the centres, the expected distance."""

import numpy as np


def soft_kmeans(centers, X, beta):
    diff = X[:, None, :] - centers[None, :, :]
    d = np.sum(diff**2, axis=2)
    logits = -beta * d
    logits = logits - logits.max(axis=1, keepdims=True)
    r = np.exp(logits)
    r = r / r.sum(axis=1, keepdims=True)
    return np.mean(np.sum(r * d, axis=1))


def by_hand(centers, X, beta):
    diff = X[:, None, :] - centers[None, :, :]
    d = np.sum(diff**2, axis=2)
    logits = -beta * d
    r = np.exp(logits - logits.max(axis=1, keepdims=True))
    r = r / r.sum(axis=1, keepdims=True)

    expected = (r * d).sum(axis=1, keepdims=True)
    d_bar = r * (1.0 - beta * (d - expected)) / len(X)
    return -2.0 * np.sum(d_bar[:, :, None] * diff, axis=0)


ARGNUMS = 0


def example():
    rng = np.random.default_rng(6)
    return rng.normal(size=(5, 3)), rng.normal(size=(200, 3)), 0.7
