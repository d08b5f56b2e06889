"""The forward half is the user's text: its statements are found in it as they were written."""

from __future__ import annotations

import copy
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from adjoint import grad, vjp
from tests.oracle import assert_same_gradient, richardson_gradient

x, y = np.array([0.7, 1.3, 2.1, 0.2]), np.array([0.4, 1.9, 0.8, 1.1])
M = np.array([[1.2, 0.3, 0.1], [0.2, 1.5, 0.4], [0.3, 0.1, 1.1]])


# Each `# kept` marks a statement that is in the text as it stands


def literals(x):
    scale = np.sqrt(2 * np.pi)  # kept
    shifted = 1e-3 + x / scale - 1e5 * 1e-9  # kept
    masked = np.where(shifted > 0.2, shifted, -1e9)
    third = 1 / 3 * masked  # kept
    return np.sum(np.sin(third)) + np.max(masked)


def powers_and_slices(x, n):
    total = 1.0
    for i in range(len(x) - n):  # kept
        part = x[i : i + n]  # kept
        weight = n**2 + (i + 1) ** 2  # kept
        total = total * np.sum(np.sin(part)) / weight
    return total


def unpacked(params, x):
    weight, bias, gain = params  # kept
    h = np.tanh(weight * x + bias)  # kept
    return np.sum(gain * h)


def several_at_once(A, x):
    q, k = A @ x, A.T @ x  # kept
    return np.sum(np.tanh(q) * np.cos(k))


def items_of_a_dict(params, x):
    h = np.tanh(params["w"] * x + params["b"])  # kept
    r = params["w"] * h - x  # kept
    return r @ r


def augmented(a, n):
    s = 1.0
    for i in range(n):
        s *= a + i  # kept
        s -= 0.5 * a  # kept
    return s * s


def stencil(u, dt):
    u = u.copy()  # kept
    for _ in range(3):
        flux = u[2:] - 2 * u[1:-1] + u[:-2]  # kept
        u[1:-1] += dt * flux  # kept
    return np.sum(u * u)


def comprehension(x, y):
    rates = np.array([0.5 * k + 1.0 for k in range(len(x))])  # kept
    return np.sum(x * np.sin(rates * y))


def long_statement(x, y):
    result = np.sin(x[1:]) * y[1:] + np.cos(x[:-1]) * y[:-1] - 2.0 * np.tanh(x[1:] * y[:-1]) + x[0]
    return np.sum(result)


def state_at_entry(x, c):
    h = 0.0
    for w in x:
        c = w * c + h  # kept
        h = c * w + h  # kept
    return h * c


def conditional(x, limit):
    s = 1.0
    for v in x:
        w = v if v > limit else limit * v  # kept
        s = s * w + v  # kept
    return s


def reads_around_writes(x):
    u = x.copy()
    first = u[0] * u[1]
    u[0] = 3.0 * u[1]
    second = u[0] * u[1]
    for i in range(1, 3):
        u[i] = u[i] * u[i - 1] + u[0]
        u[0] = u[i] * 0.5
    return first + second * u[0] + u[2] * u[1]


def reads_in_an_inner_loop(x):
    u = x.copy()
    s = u[1] * u[2]
    for _ in range(2):
        s = s + u[1] * u[2]
        u[1] = s * 0.1
    return s * u[1]


def two_sums_of_one_read(x, n):
    s, t = x[0], x[0] * x[1]
    for _ in range(n):
        s, t = t, s + t * x[0]
    return s * t


def overwritten_in_place(x):
    h = x.copy()
    total = 0.0
    for k in range(3):
        g = np.sin(h)
        h = h * g
        h[k] = h[k] * 2.0
        total = total + np.sum(g * h)
    return total


@dataclass
class Spring:
    stiffness: float
    rest: float


def of_a_record(spring, x):
    stretch = x - spring.rest  # kept
    energy = 0.5 * spring.stiffness * stretch**2  # kept
    return np.sum(energy * np.sin(stretch))


PARAMS = {"w": 0.7, "b": 0.2}
CASES: list[tuple[Callable[..., Any], tuple[Any, ...], Any]] = [
    (literals, (x,), 0), (powers_and_slices, (x, 2), 0), (unpacked, ((0.3, 0.1, 1.2), x), (0, 1)),
    (several_at_once, (M, x[:3]), (0, 1)), (items_of_a_dict, (PARAMS, x), (0, 1)),
    (augmented, (0.7, 3), 0), (stencil, (x, 0.1), (0, 1)), (comprehension, (x, y), (0, 1)),
    (long_statement, (x, y), (0, 1)), (state_at_entry, (x, 0.6), (0, 1)),
    (conditional, (x, 0.5), (0, 1)), (reads_around_writes, (x,), 0),
    (reads_in_an_inner_loop, (x,), 0), (two_sums_of_one_read, (x, 4), 0),
    (overwritten_in_place, (x,), 0),
]  # fmt: skip
IDS = [f.__name__ for f, _, _ in CASES]


def kept(function: Callable[..., Any]) -> list[str]:
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    return [line.partition("#")[0].strip() for line in lines if line.endswith("# kept")]


@pytest.mark.parametrize(("function", "args", "wrt"), CASES, ids=IDS)
def test_statements_are_kept(function: Any, args: Any, wrt: Any) -> None:
    forward = grad(function, wrt).source_for(*args).split("# backward")[0]
    lines = [line.strip() for line in forward.splitlines()]
    assert [line for line in kept(function) if line not in lines] == []


@pytest.mark.parametrize(("function", "args", "wrt"), CASES, ids=IDS)
def test_gradients_agree_with_differences(function: Any, args: Any, wrt: Any) -> None:
    want = richardson_gradient(function, args, wrt)
    assert_same_gradient(grad(function, wrt)(*copy.deepcopy(args)), want)


def test_a_record_keeps_its_attributes() -> None:
    spring = Spring(1.3, 0.2)
    gradient = grad(of_a_record, 1)
    forward = gradient.source_for(spring, x).split("# backward")[0]
    assert [line for line in kept(of_a_record) if line not in forward] == []
    want = richardson_gradient(lambda x: of_a_record(spring, x), (x,), 0)
    assert_same_gradient(gradient(spring, x), want)


def test_a_pullback_does_not_read_what_the_caller_has_changed() -> None:
    params = dict(PARAMS)
    _, pullback = vjp(items_of_a_dict, params, x)
    before = pullback(1.0)
    params["w"] = 100.0
    after = pullback(1.0)
    assert_same_gradient(after[0], before[0])
    assert_same_gradient(after[1], before[1])
