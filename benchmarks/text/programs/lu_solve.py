"""Solve a linear system by elimination without pivots, row by row, in place."""

import numpy as np


def lu_solve(A, b, target):
    n = len(b)
    U = A.copy()
    y = b.copy()
    for k in range(n):
        for i in range(k + 1, n):
            m = U[i, k] / U[k, k]
            U[i, k:] -= m * U[k, k:]
            y[i] -= m * y[k]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (y[i] - U[i, i + 1 :] @ x[i + 1 :]) / U[i, i]
    return np.sum((x - target) ** 2)


def by_hand(A, b, target):
    n = len(b)
    U = A.copy()
    y = b.copy()
    L = np.zeros((n, n))
    for k in range(n):
        for i in range(k + 1, n):
            m = U[i, k] / U[k, k]
            L[i, k] = m
            U[i, k:] -= m * U[k, k:]
            y[i] -= m * y[k]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (y[i] - U[i, i + 1 :] @ x[i + 1 :]) / U[i, i]

    x_bar = 2.0 * (x - target)
    y_bar = np.zeros(n)
    U_bar = np.zeros((n, n))
    for i in range(n):
        y_bar[i] = x_bar[i] / U[i, i]
        U_bar[i, i] = -y_bar[i] * x[i]
        U_bar[i, i + 1 :] = -y_bar[i] * x[i + 1 :]
        x_bar[i + 1 :] -= y_bar[i] * U[i, i + 1 :]
    for k in reversed(range(n)):
        for i in reversed(range(k + 1, n)):
            m = L[i, k]
            m_bar = -(U_bar[i, k:] @ U[k, k:]) - y_bar[i] * y[k]
            y_bar[k] -= m * y_bar[i]
            U_bar[k, k:] -= m * U_bar[i, k:]
            U_bar[i, k] += m_bar / U[k, k]
            U_bar[k, k] -= m_bar * m / U[k, k]
    return U_bar, y_bar


ARGNUMS = (0, 1)


def example():
    rng = np.random.default_rng(0)
    return rng.normal(size=(16, 16)) + 8.0 * np.eye(16), rng.normal(size=16), rng.normal(size=16)
