"""The gradient of `discounted` in primal.py, by hand."""

import numpy as np


def gradient(rewards, costs, rate):
    rewards_bar = []
    costs_bar = np.zeros(costs.shape)
    rate_bar = 0.0
    for t, (reward, cost) in enumerate(zip(rewards, costs, strict=True)):
        discount = (1.0 + rate) ** -t
        rewards_bar.append(discount)
        costs_bar[t] = -2.0 * cost * discount
        rate_bar -= t * (reward - cost**2) * discount / (1.0 + rate)
    return rewards_bar, costs_bar, rate_bar
