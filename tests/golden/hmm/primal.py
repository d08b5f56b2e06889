"""The forward algorithm of a hidden Markov model, in a table of scaled probabilities."""

import numpy as np

FUNCTION = "log_likelihood"
ARGNUMS = (0, 1, 2)


def log_likelihood(start, transition, emission, observed):
    n, steps = len(start), len(observed)
    alpha = np.zeros((steps, n))
    total = 0.0
    for t in range(steps):
        for j in range(n):
            if t == 0:
                alpha[t, j] = start[j] * emission[j, observed[t]]
            else:
                for i in range(n):
                    alpha[t, j] += alpha[t - 1, i] * transition[i, j]
                alpha[t, j] *= emission[j, observed[t]]
        scale = alpha[t].sum()
        alpha[t] /= scale
        total += np.log(scale)
    return total


def example() -> tuple:
    start = np.array([0.6, 0.3, 0.1])
    transition = np.array([[0.7, 0.2, 0.1], [0.3, 0.5, 0.2], [0.2, 0.3, 0.5]])
    emission = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
    return start, transition, emission, np.array([0, 1, 1, 0])
