"""Ridge regression: validation error as a function of the penalty and of the features' scales."""

import numpy as np


def ridge(log_penalty, scales, X, y, X_val, y_val):
    Z = X * scales
    A = Z.T @ Z + np.exp(log_penalty) * np.eye(len(scales))
    w = np.linalg.solve(A, Z.T @ y)
    residual = (X_val * scales) @ w - y_val
    return np.mean(residual**2)


def by_hand(log_penalty, scales, X, y, X_val, y_val):
    Z = X * scales
    penalty = np.exp(log_penalty)
    A = Z.T @ Z + penalty * np.eye(len(scales))
    w = np.linalg.solve(A, Z.T @ y)
    residual = (X_val * scales) @ w - y_val

    residual_bar = 2.0 / len(y_val) * residual
    Xr = X_val.T @ residual_bar
    v = np.linalg.solve(A, scales * Xr)
    A_bar = -np.outer(v, w)
    Z_bar = Z @ (A_bar + A_bar.T) + np.outer(y, v)
    scales_bar = (Z_bar * X).sum(axis=0) + w * Xr
    return penalty * np.trace(A_bar), scales_bar


ARGNUMS = (0, 1)


def example():
    rng = np.random.default_rng(5)
    w = rng.normal(size=10)
    X, X_val = rng.normal(size=(80, 10)), rng.normal(size=(40, 10))
    return (
        -0.5,
        rng.uniform(0.5, 1.5, size=10),
        X,
        X @ w + rng.normal(size=80),
        X_val,
        X_val @ w + rng.normal(size=40),
    )
