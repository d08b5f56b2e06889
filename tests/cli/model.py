"""Functions that the tests name on the command line."""

import numpy as np

from adjoint import grad


def loss(w, x):
    return np.sum(np.tanh(w @ x) ** 2)


def annotated(x: float, n: int = 3):
    for _ in range(n):
        x = np.sin(x) * x
    return x


@grad
def slope(x):
    return x**3


def integer(n):
    return n * n


def doubled(xs):
    return sum(xs * 2.0)


def windowed(x):
    beta = x[0] * 2.0
    return np.sum(x**2) + np.sum(np.kaiser(5, beta))


def raises(x):
    assert x < 1.0, "too large"
    return x


def stepped(x):
    return np.floor(x) + (x if x > 0.0 else 2.0 * x)


class Model:
    @staticmethod
    def energy(x):
        return x * x * x
