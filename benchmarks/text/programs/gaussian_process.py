"""Evidence of a Gaussian process with a kernel of a length for each dimension."""

import numpy as np


def gaussian_process(log_lengths, log_noise, X, y):
    Z = X / np.exp(log_lengths)
    squares = np.sum(Z**2, axis=1)
    distances = squares[:, None] + squares[None, :] - 2 * Z @ Z.T
    K = np.exp(-0.5 * distances) + np.exp(log_noise) * np.eye(len(y))
    alpha = np.linalg.solve(K, y)
    return 0.5 * (y @ alpha + np.linalg.slogdet(K)[1] + len(y) * np.log(2 * np.pi))


def by_hand(log_lengths, log_noise, X, y):
    Z = X / np.exp(log_lengths)
    squares = np.sum(Z**2, axis=1)
    distances = squares[:, None] + squares[None, :] - 2 * Z @ Z.T
    noise = np.exp(log_noise)
    kernel = np.exp(-0.5 * distances)
    K_inv = np.linalg.inv(kernel + noise * np.eye(len(y)))
    alpha = K_inv @ y

    K_bar = 0.5 * (K_inv - np.outer(alpha, alpha))
    distances_bar = -0.5 * K_bar * kernel
    squares_bar = distances_bar.sum(axis=0) + distances_bar.sum(axis=1)
    Z_bar = 2.0 * squares_bar[:, None] * Z - 2.0 * (distances_bar + distances_bar.T) @ Z
    return -np.sum(Z_bar * Z, axis=0), noise * np.trace(K_bar)


ARGNUMS = (0, 1)


def example():
    rng = np.random.default_rng(25)
    return np.array([0.2, -0.3, 0.5]), -1.0, rng.normal(size=(40, 3)), rng.normal(size=40)
