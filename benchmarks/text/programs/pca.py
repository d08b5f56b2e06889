"""Principal components by power iteration with deflation: the variance they explain."""

import numpy as np


def pca(X, start, iterations):
    centered = X - X.mean(axis=0)
    C = centered.T @ centered / len(X)
    explained = 0.0
    for v in start:
        for _ in range(iterations):
            w = C @ v
            v = w / np.sqrt(w @ w)
        variance = v @ C @ v
        explained += np.sqrt(variance)
        C = C - variance * np.outer(v, v)
    return explained


def by_hand(X, start, iterations):
    centered = X - X.mean(axis=0)
    C = centered.T @ centered / len(X)
    components = []
    for v in start:
        vectors = []
        for _ in range(iterations):
            w = C @ v
            norm = np.sqrt(w @ w)
            vectors.append((v, norm))
            v = w / norm
        Cv = C @ v
        variance = v @ Cv
        components.append((C, vectors, v, Cv, variance))
        C = C - variance * np.outer(v, v)

    C_bar = np.zeros_like(C)
    for C, vectors, v, Cv, variance in reversed(components):
        variance_bar = 0.5 / np.sqrt(variance) - v @ C_bar @ v
        v_bar = -variance * (C_bar + C_bar.T) @ v + variance_bar * (Cv + C.T @ v)
        C_bar += variance_bar * np.outer(v, v)
        for v_prev, norm in reversed(vectors):
            w_bar = (v_bar - (v_bar @ v) * v) / norm
            C_bar += np.outer(w_bar, v_prev)
            v_bar = C.T @ w_bar
            v = v_prev
    centered_bar = centered @ (C_bar + C_bar.T) / len(X)
    return centered_bar - centered_bar.mean(axis=0)


ARGNUMS = 0


def example():
    rng = np.random.default_rng(11)
    X = rng.normal(size=(60, 8)) * np.array([3.0, 2.5, 2.0, 1.0, 1.0, 0.5, 0.5, 0.5])
    return X, rng.normal(size=(3, 8)), 12
