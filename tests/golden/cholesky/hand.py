"""The gradient of `log_density` in primal.py, by hand.

What a step reads of L and z is final by then, so nothing else is kept.
"""

import numpy as np


def gradient(S, x):
    # forward
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
    for i in range(n):
        s = x[i]
        for k in range(i):
            s -= L[i, k] * z[k]
        z[i] = s / L[i, i]

    # backward
    x_bar = np.zeros(n)
    z_bar = -z
    L_bar = np.zeros((n, n))
    for i in reversed(range(n)):
        s_bar = z_bar[i] / L[i, i]
        L_bar[i, i] -= s_bar * z[i] + 1.0 / L[i, i]
        for k in range(i):
            L_bar[i, k] -= s_bar * z[k]
            z_bar[k] -= s_bar * L[i, k]
        x_bar[i] = s_bar
    S_bar = np.zeros((n, n))
    for i in reversed(range(n)):
        for j in reversed(range(i + 1)):
            if i == j:
                s_bar = L_bar[i, j] / (2.0 * L[i, j])
            else:
                s_bar = L_bar[i, j] / L[j, j]
                L_bar[j, j] -= s_bar * L[i, j]
            for k in range(j):
                L_bar[i, k] -= s_bar * L[j, k]
                L_bar[j, k] -= s_bar * L[i, k]
            S_bar[i, j] = s_bar
    return S_bar, x_bar
