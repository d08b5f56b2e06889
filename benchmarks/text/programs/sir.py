"""An epidemic by Euler's method: susceptible, infected, recovered; mismatch with case counts."""

import numpy as np


def sir(beta, gamma, infected0, cases, dt):
    S, I, R = 1.0 - infected0, infected0, 0.0
    loss = 0.0
    for observed in cases:
        infections = beta * S * I * dt
        recoveries = gamma * I * dt
        S = S - infections
        I = I + infections - recoveries
        R = R + recoveries
        loss += (infections - observed) ** 2
    return loss + 0.1 * R**2


def by_hand(beta, gamma, infected0, cases, dt):
    S, I, R = 1.0 - infected0, infected0, 0.0
    tape = []
    for _ in cases:
        infections = beta * S * I * dt
        recoveries = gamma * I * dt
        tape.append((S, I, infections))
        S = S - infections
        I = I + infections - recoveries
        R = R + recoveries

    beta_bar = gamma_bar = S_bar = I_bar = 0.0
    R_bar = 0.2 * R
    for observed, (S, I, infections) in zip(reversed(cases), reversed(tape)):
        infections_bar = dt * (I_bar - S_bar + 2.0 * (infections - observed))
        recoveries_bar = dt * (R_bar - I_bar)
        beta_bar += infections_bar * S * I
        gamma_bar += recoveries_bar * I
        S_bar += infections_bar * beta * I
        I_bar += infections_bar * beta * S + recoveries_bar * gamma
    return beta_bar, gamma_bar, I_bar - S_bar


ARGNUMS = (0, 1, 2)


def example():
    rng = np.random.default_rng(3)
    return 0.9, 0.3, 0.02, rng.uniform(0.0, 0.02, size=200), 0.2
