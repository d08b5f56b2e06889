"""An Asian option by simulation: paths of a stock whose volatility reverts to its mean."""

import numpy as np


def monte_carlo(spot, strike, kappa, sigma, normals, dt):
    steps, _, paths = normals.shape
    S = spot * np.ones(paths)
    v = sigma**2 * np.ones(paths)
    total = np.zeros(paths)
    for t in range(steps):
        root = np.sqrt(np.maximum(v, 1e-8) * dt)
        S = S * np.exp(-0.5 * v * dt + root * normals[t, 0])
        v = v + kappa * (sigma**2 - v) * dt + 0.3 * root * normals[t, 1]
        total = total + S
    return np.mean(np.maximum(total / steps - strike, 0.0))


def by_hand(spot, strike, kappa, sigma, normals, dt):
    steps, _, paths = normals.shape
    S = spot * np.ones(paths)
    v = sigma**2 * np.ones(paths)
    total = np.zeros(paths)
    tape = []
    for t in range(steps):
        root = np.sqrt(np.maximum(v, 1e-8) * dt)
        S = S * np.exp(-0.5 * v * dt + root * normals[t, 0])
        tape.append((S, v, root))
        v = v + kappa * (sigma**2 - v) * dt + 0.3 * root * normals[t, 1]
        total = total + S

    total_bar = (total / steps > strike) / (steps * paths)
    strike_bar = -steps * total_bar.sum()
    kappa_bar = 0.0
    level_bar = 0.0
    log_S_bar = np.zeros(paths)
    v_bar = np.zeros(paths)
    for t in reversed(range(steps)):
        S, v, root = tape[t]
        log_S_bar = log_S_bar + total_bar * S
        kappa_bar += dt * (v_bar @ (sigma**2 - v))
        level_bar += dt * kappa * v_bar.sum()
        root_bar = 0.3 * v_bar * normals[t, 1] + log_S_bar * normals[t, 0]
        v_bar = (1.0 - kappa * dt) * v_bar - 0.5 * dt * log_S_bar
        v_bar += 0.5 * dt * root_bar * (v > 1e-8) / root
    level_bar += v_bar.sum()
    return log_S_bar.sum() / spot, strike_bar, kappa_bar, 2.0 * sigma * level_bar


ARGNUMS = (0, 1, 2, 3)


def example():
    rng = np.random.default_rng(23)
    return 100.0, 98.0, 1.5, 0.2, rng.normal(size=(24, 2, 400)), 1.0 / 24
