"""Arrays that only some paths compute: what asks for their form runs on those paths, too."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad, hvp

M = np.array([[0.3, -0.5, 0.2], [0.7, 0.1, -0.4], [-0.2, 0.6, 0.5]])


def returned_early(x, v):
    if x < 0.5:
        return np.tanh((M @ v)[-1])
    y = math.sin(x)
    if x > 0.9:
        y = y + sum(u * y for u in M @ v)
    return y * np.sum(v * v)


def two_branches(x, v):
    y = x
    if x < 0.5:
        y = np.tanh((M @ v)[-1])
    if x > 0.4:
        y = y + sum(u * y for u in M @ v)
    return y * np.sum(v * v)


def both_arms(x, v):
    y = x
    if x < 0.5:
        y = np.tanh((M @ v)[-1]) * y
    else:
        w = M @ v
        for k in range(2):
            y = y + w[k] * y
    return y


def a_slice(x, v):
    y = x
    if x < 0.5:
        y = np.tanh((M @ v)[1:])[0] * y
    if x > 0.9:
        y = y * np.sum(np.cos(M @ v) ** 2)
    return y * y


def caught(x, v):
    y = x
    try:
        if x < 0.5:
            raise ValueError
        y = y * (M @ v)[1] ** 2
    except ValueError:
        y = y * np.prod((M @ v + v)[:2])
    return y * np.sum(v**3)


@pytest.mark.parametrize("x", [0.3, 0.7, 1.2])
@pytest.mark.parametrize("f", [returned_early, two_branches, both_arms, a_slice, caught])
def test_first_and_second_derivatives(f: Callable[..., Any], x: float) -> None:
    v, direction, h = np.array([0.3, -0.4, 0.9]), np.array([1.0, 0.5, 0.2]), 1e-6
    gradient = grad(f, argnums=1)
    slopes = [(f(x, v + step) - f(x, v - step)) / (2 * h) for step in h * np.eye(3)]
    np.testing.assert_allclose(gradient(x, v), slopes, atol=1e-7)
    ahead, behind = gradient(x, v + h * direction), gradient(x, v - h * direction)
    product = hvp(f, argnums=1)(x, v, direction)
    np.testing.assert_allclose(product, (ahead - behind) / (2 * h), atol=1e-7)
