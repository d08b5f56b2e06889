"""An American put on a binomial tree."""

import numpy as np


def binomial_tree(spot, strike, rate, sigma, expiry, steps):
    dt = expiry / steps
    up = np.exp(sigma * np.sqrt(dt))
    down = 1.0 / up
    discount = np.exp(-rate * dt)
    p = (np.exp(rate * dt) - down) / (up - down)
    prices = spot * up ** np.arange(-steps, steps + 1, 2)
    value = np.maximum(strike - prices, 0.0)
    for _ in range(steps):
        prices = prices[:-1] * up
        hold = discount * (p * value[1:] + (1.0 - p) * value[:-1])
        value = np.maximum(hold, strike - prices)
    return value[0]


def by_hand(spot, strike, rate, sigma, expiry, steps):
    dt = expiry / steps
    sqrt_dt = np.sqrt(dt)
    up = np.exp(sigma * sqrt_dt)
    down = 1.0 / up
    discount = np.exp(-rate * dt)
    growth = np.exp(rate * dt)
    p = (growth - down) / (up - down)
    powers = np.arange(-steps, steps + 1, 2)
    ratios = up**powers
    prices = spot * ratios
    value = np.maximum(strike - prices, 0.0)
    final_exercised = value > 0.0
    tape = []
    for _ in range(steps):
        prices_before = prices
        prices = prices[:-1] * up
        hold = discount * (p * value[1:] + (1.0 - p) * value[:-1])
        held = hold > strike - prices
        tape.append((prices_before, value, held))
        value = np.where(held, hold, strike - prices)

    up_bar = discount_bar = p_bar = 0.0
    value_bar = np.ones(1)
    prices_bar = np.zeros(1)
    for prices_before, value, held in reversed(tape):
        hold_bar = value_bar * held
        prices_bar = prices_bar - value_bar + hold_bar
        rise = hold_bar @ value[1:]
        fall = hold_bar @ value[:-1]
        discount_bar += p * rise + (1.0 - p) * fall
        p_bar += discount * (rise - fall)
        value_bar = np.zeros(len(value))
        value_bar[1:] = discount * p * hold_bar
        value_bar[:-1] += discount * (1.0 - p) * hold_bar
        up_bar += prices_bar @ prices_before[:-1]
        prices_bar = np.append(prices_bar * up, 0.0)
    prices_bar = prices_bar - value_bar * final_exercised
    spot_bar = prices_bar @ ratios
    spread_bar = p_bar / (up - down)
    down_bar = spread_bar * (p - 1.0)
    up_bar += spot / up * (prices_bar * powers) @ ratios - spread_bar * p - down_bar * down**2
    growth_bar = spread_bar
    rate_bar = dt * (growth_bar * growth - discount_bar * discount)
    return spot_bar, rate_bar, up_bar * up * sqrt_dt


ARGNUMS = (0, 2, 3)


def example():
    return 100.0, 105.0, 0.03, 0.25, 1.0, 80
