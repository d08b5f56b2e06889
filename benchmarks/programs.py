"""What is measured: each program as a user writes it, and its gradient as an expert writes it.

The hand-written gradients reuse what their forward pass computed, and return what
`grad(primal, argnums)` returns.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Gradient = Callable[..., Any]


@dataclass(frozen=True)
class Program:
    name: str
    primal: Callable[..., Any]
    by_hand: Gradient
    arguments: tuple[Any, ...]
    argnums: int | tuple[int, ...] = 0


# A scalar polynomial: the work is nothing, so this measures what one call costs.


def polynomial(x):
    return 3.0 * x**4 - 2.0 * x**3 + x**2 - 5.0 * x + 1.0


def polynomial_by_hand(x):
    return 12.0 * x**3 - 6.0 * x**2 + 2.0 * x - 5.0


# A loop over plain floats.


def pendulum(angle, velocity, steps):
    for _ in range(steps):
        velocity = velocity - 0.01 * 9.81 * math.sin(angle)
        angle = angle + 0.01 * velocity
    return angle


def pendulum_by_hand(angle, velocity, steps):
    angles = []
    for _ in range(steps):
        angles.append(angle)
        velocity = velocity - 0.01 * 9.81 * math.sin(angle)
        angle = angle + 0.01 * velocity
    angle_bar = 1.0
    velocity_bar = 0.0
    for angle in reversed(angles):
        velocity_bar += 0.01 * angle_bar
        angle_bar -= 0.01 * 9.81 * velocity_bar * math.cos(angle)
    return angle_bar, velocity_bar


# An element-wise chain: calls into NumPy when short, memory traffic when long.


def chain(x):
    return np.sum(np.sin(x) * np.exp(-x * x) + np.sqrt(x * x + 1.0))


def chain_by_hand(x):
    square = x * x
    sine = np.sin(x)
    bell = np.exp(-square)
    root = np.sqrt(square + 1.0)
    return (np.cos(x) - 2.0 * x * sine) * bell + x / root


# One training step of a network with two layers.


def mlp(W1, b1, W2, b2, x, y):
    h = np.tanh(x @ W1 + b1)
    p = h @ W2 + b2
    r = p - y
    return np.sum(r * r)


def mlp_by_hand(W1, b1, W2, b2, x, y):
    h = np.tanh(x @ W1 + b1)
    p_bar = 2.0 * (h @ W2 + b2 - y)
    a_bar = (p_bar @ W2.T) * (1.0 - h * h)
    return x.T @ a_bar, a_bar.sum(axis=0), h.T @ p_bar, p_bar.sum(axis=0)


# A recurrent network over the rows of an array.


def rnn(Wx, Wh, b, inputs):
    h = np.zeros(b.shape)
    total = 0.0
    for x in inputs:
        h = np.tanh(x @ Wx + h @ Wh + b)
        total = total + np.sum(h * h)
    return total


def rnn_by_hand(Wx, Wh, b, inputs):
    """Step by step, in the order of the program."""
    h = np.zeros(b.shape)
    states = [h]
    for x in inputs:
        h = np.tanh(x @ Wx + h @ Wh + b)
        states.append(h)
    Wx_bar = np.zeros(Wx.shape)
    Wh_bar = np.zeros(Wh.shape)
    b_bar = np.zeros(b.shape)
    h_bar = np.zeros(b.shape)
    for t in range(len(inputs) - 1, -1, -1):
        h = states[t + 1]
        a_bar = (h_bar + 2.0 * h) * (1.0 - h * h)
        Wx_bar += np.outer(inputs[t], a_bar)
        Wh_bar += np.outer(states[t], a_bar)
        b_bar += a_bar
        h_bar = Wh @ a_bar
    return Wx_bar, Wh_bar, b_bar


def rnn_by_hand_batched(Wx, Wh, b, inputs):
    """All that does not depend on the step before, taken out of both loops."""
    steps = len(inputs)
    states = np.zeros((steps + 1, len(b)))
    driven = inputs @ Wx + b
    for t in range(steps):
        states[t + 1] = np.tanh(driven[t] + states[t] @ Wh)
    after = states[1:]
    direct = 2.0 * after
    slope = 1.0 - after * after
    a_bar = np.empty((steps, len(b)))
    h_bar = 0.0
    for t in range(steps - 1, -1, -1):
        a_bar[t] = (h_bar + direct[t]) * slope[t]
        h_bar = Wh @ a_bar[t]
    return inputs.T @ a_bar, states[:-1].T @ a_bar, a_bar.sum(axis=0)


# An array that is filled element by element.


def fill(x):
    y = np.empty(len(x))
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = 0.9 * y[i - 1] + x[i] * x[i]
    return np.sum(y)


def fill_by_hand(x):
    y_bar = np.ones(len(x))
    x_bar = np.empty(len(x))
    for i in range(len(x) - 1, 0, -1):
        g = y_bar[i]
        x_bar[i] = 2.0 * x[i] * g
        y_bar[i - 1] += 0.9 * g
    x_bar[0] = y_bar[0]
    return x_bar


# A heat equation, its stencil in place.


def heat(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u * u)


def heat_by_hand(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    u_bar = 2.0 * u
    for _ in range(steps):
        g = u_bar[1:-1].copy()
        u_bar[1:-1] = 0.8 * g
        u_bar[2:] += 0.1 * g
        u_bar[:-2] += 0.1 * g
    return u_bar


# Gauss-Seidel: every element is computed from what its neighbours are at that moment.


def gauss_seidel(b):
    u = np.zeros(len(b))
    for i in range(1, len(b) - 1):
        u[i] = 0.5 * (u[i - 1] + u[i + 1] + b[i]) + 0.1 * u[i - 1] * u[i - 1]
    return np.sum(u * u)


def gauss_seidel_by_hand(b):
    u = np.zeros(len(b))
    for i in range(1, len(b) - 1):
        u[i] = 0.5 * (u[i - 1] + u[i + 1] + b[i]) + 0.1 * u[i - 1] * u[i - 1]
    u_bar = 2.0 * u
    b_bar = np.zeros(len(b))
    for i in range(len(b) - 2, 0, -1):
        g = u_bar[i]
        u_bar[i] = 0.0
        b_bar[i] = 0.5 * g
        u_bar[i - 1] += 0.5 * g + 0.2 * u[i - 1] * g
        u_bar[i + 1] += 0.5 * g
    return b_bar


def mlp_arguments(batch: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(0)
    return (
        rng.normal(size=(64, 128)) / 8.0,
        rng.normal(size=128),
        rng.normal(size=(128, 10)) / 11.0,
        rng.normal(size=10),
        rng.normal(size=(batch, 64)),
        rng.normal(size=(batch, 10)),
    )


def rnn_arguments(steps: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(0)
    return (
        rng.normal(size=(16, 32)) / 4.0,
        rng.normal(size=(32, 32)) / 6.0,
        rng.normal(size=32),
        rng.normal(size=(steps, 16)),
    )


def programs() -> list[Program]:
    """Everything that `python -m benchmarks` measures, in the order of its table."""
    rng = np.random.default_rng(0)
    layers, weights = (0, 1, 2, 3), (0, 1, 2)
    return [
        Program("polynomial", polynomial, polynomial_by_hand, (1.3,)),
        Program("pendulum 1,000", pendulum, pendulum_by_hand, (0.5, 0.0, 1000), (0, 1)),
        Program("chain 10²", chain, chain_by_hand, (rng.normal(size=100),)),
        Program("chain 10⁶", chain, chain_by_hand, (rng.normal(size=10**6),)),
        Program("mlp 32", mlp, mlp_by_hand, mlp_arguments(32), layers),
        Program("mlp 1,024", mlp, mlp_by_hand, mlp_arguments(1024), layers),
        Program("rnn 100", rnn, rnn_by_hand, rnn_arguments(100), weights),
        Program("fill 1,000", fill, fill_by_hand, (rng.normal(size=1000),)),
        Program("heat 1,000", heat, heat_by_hand, (rng.normal(size=1000), 100)),
        Program("gauss-seidel", gauss_seidel, gauss_seidel_by_hand, (rng.normal(size=1000),)),
        Program("rnn 100 (batched)", rnn, rnn_by_hand_batched, rnn_arguments(100), weights),
    ]


def growing() -> list[tuple[str, list[tuple[int, Program]]]]:
    """Programs whose cost must be linear in the length of their loop, with growing lengths."""
    return [
        (
            "pendulum",
            [
                (n, Program(f"pendulum {n:,}", pendulum, pendulum_by_hand, (0.5, 0.0, n), (0, 1)))
                for n in (10**2, 10**3, 10**4, 10**5)
            ],
        ),
        (
            "fill",
            [
                (n, Program(f"fill {n:,}", fill, fill_by_hand, (np.full(n, 0.5),)))
                for n in (10**3, 10**4, 10**5, 10**6)
            ],
        ),
        (
            "gauss-seidel",
            [
                (n, Program(f"sweep {n:,}", gauss_seidel, gauss_seidel_by_hand, (np.ones(n),)))
                for n in (10**3, 10**4, 10**5)
            ],
        ),
        (
            "rnn",
            [
                (n, Program(f"rnn {n:,}", rnn, rnn_by_hand, rnn_arguments(n), (0, 1, 2)))
                for n in (10**2, 10**3, 10**4)
            ],
        ),
    ]
