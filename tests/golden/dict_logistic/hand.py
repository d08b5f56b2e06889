"""The gradient of `loss` in primal.py, by hand."""

import numpy as np


def gradient(parameters, x, labels):
    # forward
    weights = parameters["weights"]
    margin = labels * (x @ weights + parameters["bias"])
    exp_margin = np.exp(-margin)

    # backward
    margin_bar = -exp_margin / (1.0 + exp_margin) / margin.size
    score_bar = labels * margin_bar
    return {"weights": score_bar @ x + 0.2 * weights, "bias": np.sum(score_bar)}
