"""Negative log-likelihood of returns under GARCH(1, 1)."""

import math

import numpy as np


def garch(mu, omega, alpha, beta, returns):
    variance = np.var(returns)
    nll = 0.0
    for r in returns:
        shock = r - mu
        nll += 0.5 * (math.log(2 * math.pi * variance) + shock**2 / variance)
        variance = omega + alpha * shock**2 + beta * variance
    return nll


def by_hand(mu, omega, alpha, beta, returns):
    variance = np.var(returns)
    variances = []
    for r in returns:
        variances.append(variance)
        variance = omega + alpha * (r - mu) ** 2 + beta * variance

    mu_bar = omega_bar = alpha_bar = beta_bar = variance_bar = 0.0
    for r, variance in zip(reversed(returns), reversed(variances)):
        shock = r - mu
        omega_bar += variance_bar
        alpha_bar += variance_bar * shock**2
        beta_bar += variance_bar * variance
        shock_bar = 2.0 * alpha * variance_bar * shock + shock / variance
        mu_bar -= shock_bar
        variance_bar = beta * variance_bar + 0.5 * (1.0 - shock**2 / variance) / variance
    return mu_bar, omega_bar, alpha_bar, beta_bar


ARGNUMS = (0, 1, 2, 3)


def example():
    rng = np.random.default_rng(2)
    return 0.05, 0.1, 0.12, 0.8, rng.normal(size=300)
