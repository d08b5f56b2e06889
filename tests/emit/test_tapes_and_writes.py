"""What a tape has recorded is never written into, and no copy is made where nothing could be."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from adjoint import grad, hvp, vjp
from tests.oracle import assert_same_gradient, richardson_gradient

U = np.array([0.3, -0.7, 1.2, 0.9])


def made_in_each_trip(u: Any, n: int) -> Any:
    for _ in range(n):
        lap = np.zeros_like(u)
        lap[1:-1] = u[2:] - 2 * u[1:-1] + u[:-2]
        u = u * 0.5 + 0.3 * u * lap
        u[0] = u[1]
    return np.sum(u**2)


def read_before_the_write(u: Any, n: int) -> Any:
    for _ in range(n):
        step = np.zeros_like(u)
        step[1:] = u[1:] * u[:-1]
        v = step * step
        step[0] = np.sum(v)
        u = u + step * v
    return np.sum(u**2)


def buffers_that_change_places(u: Any, n: int) -> Any:
    p, q = u * 1.0, u * 2.0
    for i in range(n):
        p, q = q, p
        p[i] = q[i] * p[i] * u[0]
        r = p * q
        p[0] = r[1] ** 2
        if r[0] > 0.2:
            p = r
    return np.sum(p * q)


def the_last_trip_is_kept(u: Any, n: int) -> Any:
    before, s = np.ones(4), 0.0
    for _ in range(n):
        b = np.empty(4)
        b[:] = u * before
        s += np.sum(b**3)
        before[1] = b[0] ** 2
        before, b = b, before
        s += np.sum(np.sin(before) * b)
    return s


def in_two_loops(u: Any, n: int) -> Any:
    s = 0.0
    for i in range(n):
        b = np.zeros(4)
        for j in range(4):
            b[j] = u[j] ** 2 + (b[j - 1] if j else 0.0)
            s = s + np.sum((b * u) ** 2) * b[j]
        u = np.tanh(b * u)
        u[i] = u[i] ** 2
    return s + np.sum(u)


def through_a_helper(u: Any, n: int) -> Any:
    def inner(k: int, u: Any) -> Any:
        z = np.zeros(4)
        for j in range(3):
            z = np.tanh(z * u) + 0.1
            z[j] = z[j] ** 2 * u[k]
        return z

    for i in range(n):
        u = inner(i, u) * u
        u[0] = u[1]
    return np.sum(u)


def a_view_of_what_is_written(u: Any, n: int) -> Any:
    i = 0
    while i < n:
        row = u.reshape(2, 2).copy()
        v = row[0]
        v *= u[0]
        w = row.T @ row
        row[1] = w[0] * row[1]
        u = np.tanh(row.ravel() * u)
        u[3] = v[0] * w[1, 1]
        i += 1
    return np.sum(np.exp(u))


def a_list_of_each_trip(u: Any, n: int) -> Any:
    total = 0.0
    for i in range(n):
        items = []
        z = u[0] + 2.0
        while z > 0.3:
            items.append(z)
            z = z * 0.5
        last = items.pop()
        items[0] = items[0] * last
        total += sum([v * u[i] for v in items if v > 0.4])
    return total


PROGRAMS = [
    made_in_each_trip, read_before_the_write, buffers_that_change_places, the_last_trip_is_kept,
    in_two_loops, through_a_helper, a_view_of_what_is_written, a_list_of_each_trip,
]  # fmt: skip


@pytest.mark.parametrize("function", PROGRAMS)
def test_derivatives(function: Any) -> None:
    want = richardson_gradient(function, (U, 3), 0)
    assert_same_gradient(grad(function)(U.copy(), 3), want)
    _, pullback = vjp(function, U.copy(), 3, argnums=0)
    assert_same_gradient(pullback(1.0), want)
    assert_same_gradient(pullback(1.0), want)
    v = np.array([0.4, -1.1, 0.2, 0.7])
    slope = richardson_gradient(lambda t: grad(function)(U + t * v, 3) @ v, (0.0,), 0)
    assert hvp(function)(copy.deepcopy(U), 3, v) @ v == pytest.approx(slope, rel=1e-6, abs=1e-7)


def test_what_each_trip_makes_is_recorded_as_it_is() -> None:
    text = grad(made_in_each_trip).source_for(U, 3)
    assert "tape.append((lap, scaled_u))" in text and ".copy()" not in text


def test_a_list_of_each_trip_grows_in_place() -> None:
    text = grad(a_list_of_each_trip).source_for(U, 3)
    assert "items.append(z)" in text and "[*items" not in text


def test_what_is_written_behind_the_record_is_copied() -> None:
    text = grad(read_before_the_write).source_for(U, 3)
    assert ".copy()" in text
