"""Where a planet is: Kepler's equation by Newton's method for each time, against observations."""

import math

import numpy as np


def eccentric_anomaly(mean, e):
    E = mean + e * math.sin(mean)
    while abs(E - e * math.sin(E) - mean) > 1e-12:
        E = E - (E - e * math.sin(E) - mean) / (1.0 - e * math.cos(E))
    return E


def kepler(a, e, period, times, xs, ys):
    loss = 0.0
    for t, x, y in zip(times, xs, ys):
        E = eccentric_anomaly(2.0 * math.pi * t / period, e)
        loss += (a * (math.cos(E) - e) - x) ** 2
        loss += (a * math.sqrt(1.0 - e**2) * math.sin(E) - y) ** 2
    return loss


def by_hand(a, e, period, times, xs, ys):
    minor = math.sqrt(1.0 - e**2)
    a_bar = e_bar = period_bar = minor_bar = 0.0
    for t, x, y in zip(times, xs, ys):
        mean = 2.0 * math.pi * t / period
        E = mean + e * math.sin(mean)
        iterates = []
        while abs(E - e * math.sin(E) - mean) > 1e-12:
            iterates.append(E)
            E = E - (E - e * math.sin(E) - mean) / (1.0 - e * math.cos(E))

        c, s = math.cos(E), math.sin(E)
        dx_bar = 2.0 * (a * (c - e) - x)
        dy_bar = 2.0 * (a * minor * s - y)
        a_bar += dx_bar * (c - e) + dy_bar * minor * s
        e_bar -= dx_bar * a
        minor_bar += dy_bar * a * s
        E_bar = a * (dy_bar * minor * c - dx_bar * s)
        mean_bar = 0.0
        for E in reversed(iterates):
            c, s = math.cos(E), math.sin(E)
            slope = 1.0 - e * c
            step = (E - e * s - mean) / slope
            mean_bar += E_bar / slope
            e_bar += E_bar * (s - step * c) / slope
            E_bar *= step * e * s / slope
        e_bar += E_bar * math.sin(mean)
        mean_bar += E_bar * (1.0 + e * math.cos(mean))
        period_bar -= mean_bar * mean / period
    return a_bar, e_bar - minor_bar * e / minor, period_bar


ARGNUMS = (0, 1, 2)


def example():
    rng = np.random.default_rng(19)
    times = np.linspace(0.1, 9.0, 25)
    return 1.2, 0.4, 5.0, times, rng.normal(size=25), rng.normal(size=25)
