"""Coupled oscillators in discrete time: how far from synchrony they end."""

import numpy as np


def kuramoto(frequencies, coupling, theta0, dt, steps):
    theta = theta0
    n = len(theta)
    for _ in range(steps):
        differences = theta[None, :] - theta[:, None]
        theta = theta + dt * (frequencies + np.sum(coupling * np.sin(differences), axis=1) / n)
    return 1.0 - (np.mean(np.cos(theta)) ** 2 + np.mean(np.sin(theta)) ** 2)


def by_hand(frequencies, coupling, theta0, dt, steps):
    theta = theta0
    n = len(theta)
    tape = []
    for _ in range(steps):
        differences = theta[None, :] - theta[:, None]
        tape.append(differences)
        theta = theta + dt * (frequencies + np.sum(coupling * np.sin(differences), axis=1) / n)

    c, s = np.cos(theta), np.sin(theta)
    theta_bar = 2.0 / n * (c.mean() * s - s.mean() * c)
    frequencies_bar = np.zeros_like(frequencies)
    coupling_bar = np.zeros_like(coupling)
    for differences in reversed(tape):
        step_bar = dt * theta_bar
        frequencies_bar += step_bar
        column = step_bar[:, None] / n
        coupling_bar += column * np.sin(differences)
        differences_bar = column * coupling * np.cos(differences)
        theta_bar = theta_bar + differences_bar.sum(axis=0) - differences_bar.sum(axis=1)
    return frequencies_bar, coupling_bar, theta_bar


ARGNUMS = (0, 1, 2)


def example():
    rng = np.random.default_rng(22)
    return (
        rng.normal(size=12),
        rng.uniform(size=(12, 12)),
        rng.uniform(0.0, 6.0, size=12),
        0.05,
        40,
    )
