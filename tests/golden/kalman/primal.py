"""A Kalman filter as an object with a history, its state a data class."""

from dataclasses import dataclass

import numpy as np

FUNCTION = "likelihood"
ARGNUMS = (0, 1, 2, 3)


@dataclass
class State:
    mean: np.ndarray
    covariance: np.ndarray


class KalmanFilter:
    def __init__(self, F, Q, R):
        self.F, self.Q, self.R = F, Q, R
        self.log_likelihood = 0.0

    def predict(self, state):
        return State(self.F @ state.mean, self.F @ state.covariance @ self.F.T + self.Q)

    def update(self, state, z):
        s = state.covariance[0, 0] + self.R
        gain = state.covariance[:, 0] / s
        error = z - state.mean[0]
        state.mean = state.mean + gain * error
        state.covariance = state.covariance - np.outer(gain, state.covariance[0])
        self.log_likelihood -= 0.5 * (np.log(2.0 * np.pi * s) + error * error / s)
        return state


def likelihood(mean, covariance, Q, R, observed):
    kalman = KalmanFilter(np.array([[1.0, 0.5], [0.0, 1.0]]), Q, R)
    state = State(mean, covariance)
    for z in observed:
        state = kalman.update(kalman.predict(state), z)
    return kalman.log_likelihood


def example() -> tuple:
    mean, covariance = np.array([0.1, 0.5]), np.array([[1.0, 0.2], [0.2, 0.8]])
    return mean, covariance, 0.1 * np.eye(2), 0.4, np.array([0.4, 0.9, 1.1, 1.8])
