"""Heat conduction by implicit steps: a tridiagonal solve by Thomas's algorithm in each."""

import numpy as np


def thomas(lower, diagonal, upper, rhs):
    n = len(rhs)
    c = np.zeros(n)
    d = np.zeros(n)
    c[0] = upper[0] / diagonal[0]
    d[0] = rhs[0] / diagonal[0]
    for i in range(1, n):
        pivot = diagonal[i] - lower[i] * c[i - 1]
        c[i] = upper[i] / pivot
        d[i] = (rhs[i] - lower[i] * d[i - 1]) / pivot
    x = d.copy()
    for i in range(n - 2, -1, -1):
        x[i] = d[i] - c[i] * x[i + 1]
    return x


def tridiagonal(conductivity, u, target, dt, steps):
    k = dt * conductivity
    for _ in range(steps):
        u = thomas(-k, 1.0 + 2.0 * k, -k, u)
    return np.sum((u - target) ** 2)


def thomas_pullback(lower, diagonal, upper, rhs, x_bar):
    """The forward sweeps once more, then cotangents of lower, diagonal, upper, rhs."""
    n = len(rhs)
    c = np.zeros(n)
    d = np.zeros(n)
    pivots = np.zeros(n)
    pivots[0] = diagonal[0]
    c[0] = upper[0] / diagonal[0]
    d[0] = rhs[0] / diagonal[0]
    for i in range(1, n):
        pivots[i] = diagonal[i] - lower[i] * c[i - 1]
        c[i] = upper[i] / pivots[i]
        d[i] = (rhs[i] - lower[i] * d[i - 1]) / pivots[i]
    x = d.copy()
    for i in range(n - 2, -1, -1):
        x[i] = d[i] - c[i] * x[i + 1]

    d_bar = x_bar.copy()
    c_bar = np.zeros(n)
    for i in range(n - 1):
        c_bar[i] = -d_bar[i] * x[i + 1]
        d_bar[i + 1] -= d_bar[i] * c[i]
    lower_bar = np.zeros(n)
    rhs_bar = np.zeros(n)
    diagonal_bar = np.zeros(n)
    upper_bar = np.zeros(n)
    for i in range(n - 1, 0, -1):
        rhs_bar[i] = d_bar[i] / pivots[i]
        upper_bar[i] = c_bar[i] / pivots[i]
        diagonal_bar[i] = -rhs_bar[i] * d[i] - upper_bar[i] * c[i]
        lower_bar[i] = -rhs_bar[i] * d[i - 1] - diagonal_bar[i] * c[i - 1]
        d_bar[i - 1] -= rhs_bar[i] * lower[i]
        c_bar[i - 1] -= diagonal_bar[i] * lower[i]
    rhs_bar[0] = d_bar[0] / pivots[0]
    upper_bar[0] = c_bar[0] / pivots[0]
    diagonal_bar[0] = -rhs_bar[0] * d[0] - upper_bar[0] * c[0]
    return lower_bar, diagonal_bar, upper_bar, rhs_bar


def by_hand(conductivity, u, target, dt, steps):
    k = dt * conductivity
    diagonal = 1.0 + 2.0 * k
    states = []
    for _ in range(steps):
        states.append(u)
        u = thomas(-k, diagonal, -k, u)

    u_bar = 2.0 * (u - target)
    k_bar = np.zeros_like(k)
    for u in reversed(states):
        lower_bar, diagonal_bar, upper_bar, u_bar = thomas_pullback(-k, diagonal, -k, u, u_bar)
        k_bar += 2.0 * diagonal_bar - lower_bar - upper_bar
    return dt * k_bar, u_bar


ARGNUMS = (0, 1)


def example():
    rng = np.random.default_rng(26)
    return rng.uniform(0.5, 1.5, size=30), rng.normal(size=30), rng.normal(size=30), 0.4, 5
