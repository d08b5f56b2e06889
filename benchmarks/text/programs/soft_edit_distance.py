"""Edit distance with a soft minimum over insertion, deletion and substitution, in a table."""

import math

import numpy as np


def softmin(a, b, c, temperature):
    m = min(a, b, c)
    total = (
        math.exp((m - a) / temperature)
        + math.exp((m - b) / temperature)
        + math.exp((m - c) / temperature)
    )
    return m - temperature * math.log(total)


def soft_edit_distance(gap, cost, temperature):
    n, m = cost.shape
    D = np.zeros((n + 1, m + 1))
    for i in range(1, n + 1):
        D[i, 0] = D[i - 1, 0] + gap
    for j in range(1, m + 1):
        D[0, j] = D[0, j - 1] + gap
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            D[i, j] = softmin(
                D[i - 1, j] + gap,
                D[i, j - 1] + gap,
                D[i - 1, j - 1] + cost[i - 1, j - 1],
                temperature,
            )
    return D[n, m]


def by_hand(gap, cost, temperature):
    n, m = cost.shape
    D = np.zeros((n + 1, m + 1))
    for i in range(1, n + 1):
        D[i, 0] = D[i - 1, 0] + gap
    for j in range(1, m + 1):
        D[0, j] = D[0, j - 1] + gap
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            D[i, j] = softmin(
                D[i - 1, j] + gap,
                D[i, j - 1] + gap,
                D[i - 1, j - 1] + cost[i - 1, j - 1],
                temperature,
            )

    gap_bar = 0.0
    cost_bar = np.zeros_like(cost)
    D_bar = np.zeros_like(D)
    D_bar[n, m] = 1.0
    for i in range(n, 0, -1):
        for j in range(m, 0, -1):
            bar = D_bar[i, j]
            up = bar * math.exp((D[i, j] - D[i - 1, j] - gap) / temperature)
            left = bar * math.exp((D[i, j] - D[i, j - 1] - gap) / temperature)
            diagonal = bar - up - left
            gap_bar += up + left
            cost_bar[i - 1, j - 1] = diagonal
            D_bar[i - 1, j] += up
            D_bar[i, j - 1] += left
            D_bar[i - 1, j - 1] += diagonal
    gap_bar += D_bar[0] @ np.arange(m + 1) + D_bar[1:, 0] @ np.arange(1, n + 1)
    return gap_bar, cost_bar


ARGNUMS = (0, 1)


def example():
    rng = np.random.default_rng(9)
    return 0.8, rng.uniform(0.0, 2.0, size=(14, 17)), 0.3
