"""Entropic optimal transport: Sinkhorn's iteration, the cost of the plan."""

import numpy as np


def sinkhorn(cost, a, b, epsilon, iterations):
    K = np.exp(-cost / epsilon)
    u = np.ones(len(a))
    v = np.ones(len(b))
    for _ in range(iterations):
        u = a / (K @ v)
        v = b / (K.T @ u)
    plan = u[:, None] * K * v
    return np.sum(plan * cost)


def by_hand(cost, a, b, epsilon, iterations):
    K = np.exp(-cost / epsilon)
    u = np.ones(len(a))
    v = np.ones(len(b))
    tape = []
    for _ in range(iterations):
        v_prev = v
        u = a / (K @ v)
        v = b / (K.T @ u)
        tape.append((v_prev, u, v))
    plan = u[:, None] * K * v

    weighted = K * cost
    u_bar = weighted @ v
    v_bar = weighted.T @ u
    K_bar = u[:, None] * cost * v
    a_bar = np.zeros_like(a)
    b_bar = np.zeros_like(b)
    for v_prev, u, v in reversed(tape):
        v_over_b = v_bar * v / b
        b_bar += v_over_b
        Ku_bar = -v_over_b * v
        K_bar += np.outer(u, Ku_bar)
        u_bar = u_bar + K @ Ku_bar
        u_over_a = u_bar * u / a
        a_bar += u_over_a
        Kv_bar = -u_over_a * u
        K_bar += np.outer(Kv_bar, v_prev)
        v_bar = K.T @ Kv_bar
        u_bar = np.zeros_like(u)
    return plan - K_bar * K / epsilon, a_bar, b_bar


ARGNUMS = (0, 1, 2)


def example():
    rng = np.random.default_rng(10)
    a, b = rng.uniform(0.5, 1.5, size=20), rng.uniform(0.5, 1.5, size=25)
    return rng.uniform(size=(20, 25)), a / a.sum(), b / b.sum(), 0.3, 15
