"""Calls and puts by Black and Scholes, against quotes."""

import numpy as np
from scipy.special import erf


def cdf(x):
    return 0.5 * (1.0 + erf(x / np.sqrt(2.0)))


def black_scholes(spot, rate, sigma, strikes, expiry, quotes):
    root = sigma * np.sqrt(expiry)
    d1 = (np.log(spot / strikes) + (rate + 0.5 * sigma**2) * expiry) / root
    d2 = d1 - root
    discounted = strikes * np.exp(-rate * expiry)
    call = spot * cdf(d1) - discounted * cdf(d2)
    put = call - spot + discounted
    return np.mean((call - quotes[0]) ** 2 + (put - quotes[1]) ** 2)


def by_hand(spot, rate, sigma, strikes, expiry, quotes):
    sqrt_expiry = np.sqrt(expiry)
    root = sigma * sqrt_expiry
    d1 = (np.log(spot / strikes) + (rate + 0.5 * sigma**2) * expiry) / root
    d2 = d1 - root
    discounted = strikes * np.exp(-rate * expiry)
    cdf_d1 = cdf(d1)
    cdf_d2 = cdf(d2)
    call = spot * cdf_d1 - discounted * cdf_d2
    put = call - spot + discounted

    put_bar = 2.0 / len(strikes) * (put - quotes[1])
    call_bar = 2.0 / len(strikes) * (call - quotes[0]) + put_bar
    discounted_bar = put_bar - call_bar * cdf_d2
    d2_bar = -call_bar * discounted * np.exp(-0.5 * d2**2) / np.sqrt(2.0 * np.pi)
    d1_bar = call_bar * spot * np.exp(-0.5 * d1**2) / np.sqrt(2.0 * np.pi) + d2_bar
    slope = d1_bar / root
    root_bar = -d2_bar - slope * d1
    spot_bar = (call_bar * cdf_d1 - put_bar + slope / spot).sum()
    rate_bar = ((slope - discounted_bar * discounted) * expiry).sum()
    sigma_bar = (slope * sigma * expiry + root_bar * sqrt_expiry).sum()
    return spot_bar, rate_bar, sigma_bar


ARGNUMS = (0, 1, 2)


def example():
    rng = np.random.default_rng(4)
    return (
        100.0,
        0.03,
        0.2,
        rng.uniform(70.0, 130.0, size=500),
        rng.uniform(0.2, 2.0, size=500),
        rng.uniform(1.0, 30.0, size=(2, 500)),
    )
