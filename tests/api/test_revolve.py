"""`checkpointed_loop`: binomial checkpointing, optimal and exact."""

import functools
import math
from collections import Counter
from typing import Any

import numpy as np
import pytest

from adjoint import checkpointed_loop, grad, value_and_grad
from adjoint.runtime.revolve import split
from adjoint.runtime.snapshots import Snapshots
from tests.memory import peak
from tests.oracle import richardson_gradient

x = np.array([0.3, -1.0, 0.8])


def step(x: Any, k: Any, w: Any) -> Any:
    return np.sin(w * x) + 0.1 * k * x


def in_little_memory(w: Any, x: Any, n: int) -> Any:
    return np.sum(checkpointed_loop(step, x, n, w, snapshots=3) ** 2)


def as_a_loop(w: Any, x: Any, n: int) -> Any:
    for k in range(n):
        x = step(x, k, w)
    return np.sum(x**2)


@functools.cache
def fewest(length: int, snapshots: int) -> int:
    """The fewest steps taken again, by dynamic programming over all places to keep a state."""
    if length == 1:
        return 0
    if snapshots == 1:
        return length * (length - 1) // 2
    return min(
        m + fewest(m, snapshots) + fewest(length - m, snapshots - 1) for m in range(1, length)
    )


@functools.cache
def taken(length: int, snapshots: int) -> int:
    if length == 1:
        return 0
    m = split(length, snapshots)
    return m + taken(m, snapshots) + taken(length - m, snapshots - 1)


@pytest.mark.parametrize("snapshots", range(1, 7))
def test_no_schedule_repeats_fewer_steps(snapshots: int) -> None:
    for length in range(1, 80):
        assert taken(length, snapshots) == fewest(length, snapshots), length


@functools.cache
def fewest_on_the_way(length: int, snapshots: int) -> int:
    """The fewest steps taken again when the first pass may keep states as it goes."""
    if length <= 1:
        return 0
    if snapshots == 1:
        return fewest(length, 1)
    return min(
        fewest(m, snapshots) + fewest_on_the_way(length - m, snapshots - 1)
        for m in range(1, length)
    )


def repeated(length: int, snapshots: int, known: bool) -> Counter[int]:
    """How often each step is taken again, when a loop that is this long is reversed."""
    found: Counter[int] = Counter()

    def step(place: int, state: int) -> int:
        assert state == place
        found[place] += 1
        return state + 1

    states = Snapshots(length if known else None, snapshots)
    for state in range(length):
        states.append(state)
        assert len(states.kept) <= snapshots
    again = states.again(step)
    assert list(reversed(again)) == list(range(length))[::-1]
    first = Counter(found)
    assert list(reversed(again)) == list(again)[::-1] == list(range(length))[::-1]
    return first


@pytest.mark.parametrize("snapshots", range(1, 7))
def test_snapshots_of_a_loop(snapshots: int) -> None:
    """Of known length: as few steps as can be. Otherwise: none more often than has to be."""
    for length in range(80):
        known, unknown = (repeated(length, snapshots, k) for k in (True, False))
        assert known.total() == fewest_on_the_way(length, snapshots)
        r = 0
        while math.comb(snapshots + r, r) < length:
            r += 1
        for counts in (known, unknown):
            assert max(counts.values(), default=0) <= r


@pytest.mark.parametrize("n", [0, 1, 2, 7, 40])
def test_value_and_gradient_are_those_of_the_loop(n: int) -> None:
    assert in_little_memory(1.1, x, n) == as_a_loop(1.1, x, n)
    value, got = value_and_grad(in_little_memory, (0, 1))(1.1, x, n)
    _, want = value_and_grad(as_a_loop, (0, 1))(1.1, x, n)
    assert value == as_a_loop(1.1, x, n)
    assert got[0] == pytest.approx(want[0], rel=1e-11)
    np.testing.assert_allclose(got[1], want[1], rtol=1e-11)


def test_the_second_derivative() -> None:
    got = grad(grad(in_little_memory))(1.1, x, 9)
    assert got == pytest.approx(grad(grad(as_a_loop))(1.1, x, 9), rel=1e-10)


def test_memory_does_not_grow_with_the_number_of_steps() -> None:
    big = np.linspace(0.0, 1.0, 20_000)

    def arrays(n: int) -> float:
        return peak(grad(in_little_memory), 1.001, big, n) / big.nbytes

    assert arrays(120) < arrays(30) + 8 < 30  # states are kept, and go through as many calls


def test_containers_and_captured_values() -> None:
    def f(w: Any, z: Any, n: int) -> Any:
        def leapfrog(z: Any, k: Any) -> Any:
            v = z["v"] - 0.1 * w * np.sin(z["q"])
            return {"q": z["q"] + 0.1 * v, "v": v}

        return np.sum(checkpointed_loop(leapfrog, z, n)["q"])

    args = (1.3, {"q": x, "v": np.zeros(3)}, 25)
    got, want = grad(f, (0, 1))(*args), richardson_gradient(f, args, (0, 1))
    assert got[0] == pytest.approx(want[0], rel=1e-8)
    for name in ("q", "v"):
        np.testing.assert_allclose(got[1][name], want[1][name], rtol=1e-8)


def test_thousands_of_steps() -> None:
    def f(w: Any, n: int) -> Any:
        return checkpointed_loop(lambda x, k, w: x + 0.001 * w * np.cos(x), 0.0, n, w)

    def g(w: Any, n: int) -> Any:
        x = 0.0
        for _ in range(n):
            x = x + 0.001 * w * np.cos(x)
        return x

    assert grad(f)(1.0, 5000) == pytest.approx(grad(g)(1.0, 5000), rel=1e-11)


def test_a_state_has_to_be_kept() -> None:
    with pytest.raises(ValueError, match="one state"):
        checkpointed_loop(step, x, 3, 1.0, snapshots=0)
