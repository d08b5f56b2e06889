"""Bodies that attract each other, pair by pair; the energy after a few leapfrog steps."""

import numpy as np


def n_body(pos, vel, mass, dt, steps):
    pos = pos.copy()
    vel = vel.copy()
    n = len(mass)
    for _ in range(steps):
        for i in range(n):
            for j in range(i + 1, n):
                d = pos[j] - pos[i]
                pull = dt * d / (d @ d + 0.01) ** 1.5
                vel[i] += mass[j] * pull
                vel[j] -= mass[i] * pull
        pos += dt * vel
    return 0.5 * np.sum(mass * np.sum(vel**2, axis=1)) + np.sum(pos[0] ** 2)


def by_hand(pos, vel, mass, dt, steps):
    pos = pos.copy()
    vel = vel.copy()
    n = len(mass)
    tape = []
    for _ in range(steps):
        tape.append(pos.copy())
        for i in range(n):
            for j in range(i + 1, n):
                d = pos[j] - pos[i]
                pull = dt * d / (d @ d + 0.01) ** 1.5
                vel[i] += mass[j] * pull
                vel[j] -= mass[i] * pull
        pos += dt * vel

    mass_bar = 0.5 * np.sum(vel**2, axis=1)
    vel_bar = mass[:, None] * vel
    pos_bar = np.zeros_like(pos)
    pos_bar[0] = 2.0 * pos[0]
    for pos in reversed(tape):
        vel_bar += dt * pos_bar
        for i in range(n):
            for j in range(i + 1, n):
                d = pos[j] - pos[i]
                s = d @ d + 0.01
                inv = dt / s**1.5
                mass_bar[j] += inv * (vel_bar[i] @ d)
                mass_bar[i] -= inv * (vel_bar[j] @ d)
                pull_bar = mass[j] * vel_bar[i] - mass[i] * vel_bar[j]
                d_bar = inv * (pull_bar - 3.0 * (pull_bar @ d) / s * d)
                pos_bar[j] += d_bar
                pos_bar[i] -= d_bar
    return pos_bar, vel_bar, mass_bar


ARGNUMS = (0, 1, 2)


def example():
    rng = np.random.default_rng(21)
    return (
        rng.normal(size=(4, 3)),
        0.3 * rng.normal(size=(4, 3)),
        rng.uniform(0.5, 1.5, 4),
        0.02,
        8,
    )
