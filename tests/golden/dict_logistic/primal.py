"""Logistic regression with its parameters in a dict."""

import numpy as np

FUNCTION = "loss"
ARGNUMS = 0


def loss(parameters, x, labels):
    margin = labels * (x @ parameters["weights"] + parameters["bias"])
    penalty = 0.1 * np.sum(parameters["weights"] ** 2)
    return np.mean(np.log1p(np.exp(-margin))) + penalty


def example() -> tuple:
    rng = np.random.default_rng(0)
    parameters = {"weights": rng.normal(size=3), "bias": 0.2}
    return parameters, rng.normal(size=(6, 3)), np.sign(rng.normal(size=6))
