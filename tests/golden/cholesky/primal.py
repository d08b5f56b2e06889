"""The logarithm of a Gaussian density, by a Cholesky decomposition entry by entry."""

import numpy as np

FUNCTION = "log_density"
ARGNUMS = (0, 1)


def log_density(S, x):
    n = len(x)
    L = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            s = S[i, j]
            for k in range(j):
                s -= L[i, k] * L[j, k]
            if i == j:
                L[i, j] = np.sqrt(s)
            else:
                L[i, j] = s / L[j, j]
    z = np.zeros(n)
    total = 0.0
    for i in range(n):
        s = x[i]
        for k in range(i):
            s -= L[i, k] * z[k]
        z[i] = s / L[i, i]
        total -= 0.5 * z[i] ** 2 + np.log(L[i, i])
    return total


def example() -> tuple:
    S = np.array([[2.0, 0.5, -0.3], [0.5, 1.5, 0.2], [-0.3, 0.2, 1.0]])
    return S, np.array([0.4, -1.0, 0.8])
