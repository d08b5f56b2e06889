"""The wave equation on a string, in place on two buffers; mismatch at the last time."""

import numpy as np


def wave(u0, speed, target, dt, steps):
    c2 = dt**2 * speed[1:-1] ** 2
    before = u0.copy()
    u = u0.copy()
    for _ in range(steps):
        before[1:-1] = 2 * u[1:-1] - before[1:-1] + c2 * (u[2:] - 2 * u[1:-1] + u[:-2])
        before, u = u, before
    return 0.5 * np.sum((u - target) ** 2)


def by_hand(u0, speed, target, dt, steps):
    c2 = dt**2 * speed[1:-1] ** 2
    before = u0.copy()
    u = u0.copy()
    tape = []
    for _ in range(steps):
        lap = u[2:] - 2 * u[1:-1] + u[:-2]
        tape.append(lap)
        before[1:-1] = 2 * u[1:-1] - before[1:-1] + c2 * lap
        before, u = u, before

    u_bar = u - target
    before_bar = np.zeros_like(u0)
    c2_bar = np.zeros_like(c2)
    for lap in reversed(tape):
        before_bar, u_bar = u_bar, before_bar
        inner = before_bar[1:-1].copy()
        lap_bar = c2 * inner
        c2_bar += lap * inner
        u_bar[1:-1] += 2 * (inner - lap_bar)
        u_bar[2:] += lap_bar
        u_bar[:-2] += lap_bar
        before_bar[1:-1] = -inner
    speed_bar = np.zeros_like(speed)
    speed_bar[1:-1] = 2.0 * dt**2 * c2_bar * speed[1:-1]
    return before_bar + u_bar, speed_bar


ARGNUMS = (0, 1)


def example():
    rng = np.random.default_rng(16)
    x = np.linspace(0.0, np.pi, 100)
    return np.sin(x) ** 3, rng.uniform(0.8, 1.2, size=100), np.sin(2 * x), 0.02, 60
