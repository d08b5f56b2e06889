"""The gradient of `lu_energy` in primal.py, by hand.

What a step reads of the tables is final by then, so nothing but the tables is kept.
"""

import numpy as np


def gradient(A, b):
    # forward
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

    # backward
    L_bar = np.zeros((n, n))
    U_bar = np.zeros((n, n))
    y_bar = np.zeros(n)
    x_bar = x.copy()
    for i in range(n):
        y_bar[i] = x_bar[i] / U[i, i]
        U_bar[i, i] -= y_bar[i] * x[i]
        for j in range(i + 1, n):
            x_bar[j] -= y_bar[i] * U[i, j]
            U_bar[i, j] -= y_bar[i] * x[j]
    for i in reversed(range(n)):
        for j in range(i):
            y_bar[j] -= y_bar[i] * L[i, j]
            L_bar[i, j] -= y_bar[i] * y[j]
    for k in reversed(range(n - 1)):
        for i in range(k + 1, n):
            for j in range(k, n):
                L_bar[i, k] -= U_bar[i, j] * U[k, j]
                U_bar[k, j] -= U_bar[i, j] * L[i, k]
            g = L_bar[i, k] / U[k, k]
            U_bar[i, k] += g
            U_bar[k, k] -= g * L[i, k]
    return U_bar, y_bar
