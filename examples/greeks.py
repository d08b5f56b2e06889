"""The greeks of options: derivatives of prices, from a formula and from random paths.

A call option has a price by Black and Scholes. Its derivatives have names: delta (by the price of
the share), vega (by the volatility), rho (by the rate), theta (by the time that has passed), and
gamma, the second derivative by the price of the share. An option on the mean of a path has no
formula: the mean of many paths has derivatives all the same, path by path.
"""

import math

import numpy as np

from adjoint import grad, value_and_grad

STRIKE = 100.0
NAMES = ("delta", "vega", "rho", "theta")


def normal(x):
    """The distribution function of a normal variable."""
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


def call(share, volatility, rate, time):
    """The price of a call option, by Black and Scholes."""
    spread = volatility * math.sqrt(time)
    d = (math.log(share / STRIKE) + rate * time) / spread + 0.5 * spread
    return share * normal(d) - STRIKE * math.exp(-rate * time) * normal(d - spread)


def asian(share, volatility, rate, time, noise):
    """The price of an option on the mean price, over paths of random numbers [path, day]."""
    day = time / noise.shape[1]
    growth = (rate - 0.5 * volatility**2) * day + volatility * math.sqrt(day) * noise
    prices = share * np.exp(np.cumsum(growth, axis=1))
    gain = np.maximum(np.mean(prices, axis=1) - STRIKE, 0.0)
    return math.exp(-rate * time) * np.mean(gain)


def main(paths: int = 20_000) -> dict[str, dict[str, float]]:
    """The greeks of both options."""
    at = (105.0, 0.2, 0.03, 1.0)
    found = {}
    noise = np.random.default_rng(0).normal(size=(paths, 52))
    for name, price, args in (("call", call, at), ("asian", asian, (*at, noise))):
        value, slopes = value_and_grad(price, argnums=(0, 1, 2, 3))(*args)
        greeks = dict(zip(NAMES, map(float, slopes), strict=True))
        greeks["theta"] = -greeks["theta"]  # a day that passes is a day less to go
        found[name] = {"price": float(value), **greeks}
    found["call"]["gamma"] = grad(grad(call))(*at)
    for name, greeks in found.items():
        print(name.ljust(6), "  ".join(f"{k} {v:8.4f}" for k, v in greeks.items()))
    return found


def picture(figure) -> None:
    """Price, delta and gamma of the call for shares at different prices."""
    shares = np.linspace(60.0, 140.0, 60)
    curves = {"price": call, "delta": grad(call), "gamma": grad(grad(call))}
    for axes, (name, curve) in zip(figure.subplots(1, 3), curves.items(), strict=True):
        for time in (0.1, 0.5, 1.0):
            values = [curve(float(share), 0.2, 0.03, time) for share in shares]
            axes.plot(shares, values, label=f"{time} years")
        axes.set_title(name, fontsize=10)
    axes.legend(fontsize=7)


if __name__ == "__main__":
    main()
