"""A double pendulum, by the method of Runge and Kutta; the final state against a target."""

import numpy as np


def slope(state, m1, m2, length):
    a1, a2, w1, w2 = state
    delta = a1 - a2
    c, s = np.cos(delta), np.sin(delta)
    den = length * (m1 + m2 * s * s)
    total = m1 + m2
    pull1 = m2 * length * (c * w1 * w1 + w2 * w2) * s
    pull2 = length * (total * w1 * w1 + m2 * c * w2 * w2) * s
    dw1 = (m2 * 9.81 * np.sin(a2) * c - pull1 - total * 9.81 * np.sin(a1)) / den
    dw2 = (total * 9.81 * (np.sin(a1) * c - np.sin(a2)) + pull2) / den
    return np.array([w1, w2, dw1, dw2])


def double_pendulum(state, m1, m2, length, target, dt, steps):
    for _ in range(steps):
        k1 = slope(state, m1, m2, length)
        k2 = slope(state + 0.5 * dt * k1, m1, m2, length)
        k3 = slope(state + 0.5 * dt * k2, m1, m2, length)
        k4 = slope(state + dt * k3, m1, m2, length)
        state = state + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return np.sum((state - target) ** 2)


def slope_pullback(state, m1, m2, length, k, k_bar):
    """Cotangents of state, m1, m2, length."""
    a1, a2, w1, w2 = state
    w1_bar, w2_bar, dw1_bar, dw2_bar = k_bar
    _, _, dw1, dw2 = k
    delta = a1 - a2
    c, s = np.cos(delta), np.sin(delta)
    s1, s2 = np.sin(a1), np.sin(a2)
    mass = m1 + m2 * s * s
    den = length * mass
    total = m1 + m2
    swing1 = c * w1 * w1 + w2 * w2
    swing2 = total * w1 * w1 + m2 * c * w2 * w2
    n1_bar = dw1_bar / den
    n2_bar = dw2_bar / den
    den_bar = -(n1_bar * dw1 + n2_bar * dw2)
    swing1_bar = -n1_bar * m2 * length * s
    swing2_bar = n2_bar * length * s
    w1_bar += 2.0 * w1 * (swing1_bar * c + swing2_bar * total)
    w2_bar += 2.0 * w2 * (swing1_bar + swing2_bar * m2 * c)
    c_bar = n1_bar * m2 * 9.81 * s2 + n2_bar * total * 9.81 * s1
    c_bar += swing1_bar * w1 * w1 + swing2_bar * m2 * w2 * w2
    s_bar = length * (n2_bar * swing2 - n1_bar * m2 * swing1 + 2.0 * den_bar * m2 * s)
    delta_bar = s_bar * c - c_bar * s
    a1_bar = delta_bar + total * 9.81 * np.cos(a1) * (n2_bar * c - n1_bar)
    a2_bar = 9.81 * np.cos(a2) * (n1_bar * m2 * c - n2_bar * total) - delta_bar
    total_bar = 9.81 * (n2_bar * (s1 * c - s2) - n1_bar * s1) + swing2_bar * w1 * w1
    m1_bar = total_bar + den_bar * length
    m2_bar = total_bar + den_bar * length * s * s + swing2_bar * c * w2 * w2
    m2_bar += n1_bar * (9.81 * s2 * c - length * swing1 * s)
    length_bar = den_bar * mass + (n2_bar * swing2 - n1_bar * m2 * swing1) * s
    return np.array([a1_bar, a2_bar, w1_bar, w2_bar]), m1_bar, m2_bar, length_bar


def by_hand(state, m1, m2, length, target, dt, steps):
    tape = []
    for _ in range(steps):
        k1 = slope(state, m1, m2, length)
        k2 = slope(state + 0.5 * dt * k1, m1, m2, length)
        k3 = slope(state + 0.5 * dt * k2, m1, m2, length)
        k4 = slope(state + dt * k3, m1, m2, length)
        tape.append((state, k1, k2, k3, k4))
        state = state + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    state_bar = 2.0 * (state - target)
    m1_bar = m2_bar = length_bar = 0.0
    for state, k1, k2, k3, k4 in reversed(tape):
        k_bar = dt / 6 * state_bar
        stages = (
            (state + dt * k3, k4, 1, dt),
            (state + 0.5 * dt * k2, k3, 2, 0.5 * dt),
            (state + 0.5 * dt * k1, k2, 2, 0.5 * dt),
            (state, k1, 1, 0.0),
        )
        passed = 0.0
        for at, k, weight, h in stages:
            at_bar, m1_part, m2_part, length_part = slope_pullback(
                at, m1, m2, length, k, weight * k_bar + passed
            )
            state_bar = state_bar + at_bar
            m1_bar += m1_part
            m2_bar += m2_part
            length_bar += length_part
            passed = h * at_bar
    return state_bar, m1_bar, m2_bar, length_bar


ARGNUMS = (0, 1, 2, 3)


def example():
    return np.array([0.5, -0.3, 0.1, 0.4]), 1.0, 0.7, 0.9, np.array([0.1, 0.2, 0.0, 0.0]), 0.01, 40
