"""The gradient of `likelihood` in primal.py, by hand."""

import numpy as np


def gradient(mean, covariance, Q, R, observed):
    # forward
    F = np.array([[1.0, 0.5], [0.0, 1.0]])
    tape = []
    for z in observed:
        mean = F @ mean
        covariance = F @ covariance @ F.T + Q
        row = covariance[0]
        s = row[0] + R
        gain = covariance[:, 0] / s
        error = z - mean[0]
        tape.append((row, s, gain, error))
        mean = mean + gain * error
        covariance = covariance - np.outer(gain, row)

    # backward
    mean_bar = np.zeros_like(mean)
    covariance_bar = np.zeros_like(covariance)
    Q_bar = np.zeros_like(Q)
    R_bar = 0.0
    for row, s, gain, error in reversed(tape):
        # the likelihood
        error_bar = -error / s
        s_bar = 0.5 * (error * error / s - 1.0) / s
        # the update
        error_bar += mean_bar @ gain
        gain_bar = mean_bar * error - covariance_bar @ row
        covariance_bar[0] -= gain @ covariance_bar
        mean_bar[0] -= error_bar
        covariance_bar[:, 0] += gain_bar / s
        s_bar -= gain_bar @ gain / s
        covariance_bar[0, 0] += s_bar
        R_bar += s_bar
        # the prediction
        Q_bar += covariance_bar
        covariance_bar = F.T @ covariance_bar @ F
        mean_bar = F.T @ mean_bar
    return mean_bar, covariance_bar, Q_bar, R_bar
