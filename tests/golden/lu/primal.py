"""LU decomposition without pivots, in two tables, and a solve by substitution."""

import numpy as np

FUNCTION = "lu_energy"
ARGNUMS = (0, 1)


def lu_energy(A, b):
    n = len(A)
    L, U = np.eye(n), A.copy()
    for k in range(n - 1):
        for i in range(k + 1, n):
            L[i, k] = U[i, k] / U[k, k]
            for j in range(k, n):
                U[i, j] -= L[i, k] * U[k, j]
    y = np.zeros(n)
    for i in range(n):
        y[i] = b[i]
        for j in range(i):
            y[i] -= L[i, j] * y[j]
    x = np.zeros(n)
    for i in reversed(range(n)):
        x[i] = y[i]
        for j in range(i + 1, n):
            x[i] -= U[i, j] * x[j]
        x[i] /= U[i, i]
    return 0.5 * np.sum(x * x)


def example() -> tuple:
    A = np.array([[4.0, 0.5, -1.0], [0.3, 5.0, 0.8], [-0.6, 1.2, 3.5]])
    return A, np.array([1.0, -2.0, 0.5])
