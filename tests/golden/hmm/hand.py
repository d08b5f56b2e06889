"""The gradient of `log_likelihood` in primal.py, by hand."""

import numpy as np


def gradient(start, transition, emission, observed):
    # forward
    n, steps = len(start), len(observed)
    alpha = np.zeros((steps, n))  # after scaling
    reached = np.zeros((steps, n))  # before the emission
    scales = np.zeros(steps)
    for t in range(steps):
        for j in range(n):
            if t == 0:
                reached[t, j] = start[j]
            else:
                for i in range(n):
                    reached[t, j] += alpha[t - 1, i] * transition[i, j]
            alpha[t, j] = reached[t, j] * emission[j, observed[t]]
        scales[t] = alpha[t].sum()
        alpha[t] /= scales[t]

    # backward
    start_bar = np.zeros(start.shape)
    transition_bar = np.zeros(transition.shape)
    emission_bar = np.zeros(emission.shape)
    alpha_bar = np.zeros(alpha.shape)
    for t in reversed(range(steps)):
        alpha_bar[t] += 1.0 - alpha_bar[t] @ alpha[t]
        alpha_bar[t] /= scales[t]
        for j in range(n):
            g = alpha_bar[t, j] * emission[j, observed[t]]
            emission_bar[j, observed[t]] += alpha_bar[t, j] * reached[t, j]
            if t == 0:
                start_bar[j] = g
            else:
                for i in range(n):
                    transition_bar[i, j] += g * alpha[t - 1, i]
                    alpha_bar[t - 1, i] += g * transition[i, j]
    return start_bar, transition_bar, emission_bar
