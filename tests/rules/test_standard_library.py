"""What stands for functions of the standard library: the same results, and right gradients."""

import bisect
import heapq
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjoint import grad
from adjoint.rules import standard_library
from tests.oracle import richardson_gradient

NUMBERS = st.lists(st.integers(-5, 5).map(float), max_size=12)
X = np.array([0.4, 1.3, 0.9, 2.2, 0.1])


@given(NUMBERS, st.integers(-6, 6).map(float), st.integers(0, 3))
def test_positions_are_those_of_bisect(a: list[float], x: float, lo: int) -> None:
    a.sort()
    lo = min(lo, len(a))
    for name in ("bisect_left", "bisect_right"):
        want = getattr(bisect, name)(a, x, lo)
        assert getattr(standard_library, name)(a, x, lo) == want
        back = getattr(standard_library, name)(a[::-1], -x, key=lambda v: -v)
        assert back == getattr(bisect, name)(a[::-1], -x, key=lambda v: -v)
    for name in ("insort_left", "insort_right"):
        one, other = list(a), list(a)
        getattr(bisect, name)(one, x)
        getattr(standard_library, name)(other, x)
        assert one == other


@given(NUMBERS, NUMBERS)
def test_heaps_lie_in_memory_as_those_of_heapq(a: list[float], pushed: list[float]) -> None:
    one, other = list(a), list(a)
    heapq.heapify(one)
    standard_library.heapify(other)
    assert one == other
    for k, item in enumerate(pushed):
        name = ("heappush", "heappushpop", "heapreplace")[k % 3]
        if name == "heapreplace" and not one:
            continue
        assert getattr(heapq, name)(one, item) == getattr(standard_library, name)(other, item)
        assert one == other
    while one:
        assert heapq.heappop(one) == standard_library.heappop(other)
        assert one == other


def smallest_products(x: Any) -> Any:
    heap: list[Any] = []
    for v in x:
        heapq.heappush(heap, v * v)
    first = heapq.heappop(heap) * heapq.heappop(heap)
    return first + heapq.heapreplace(heap, x[0]) ** 2 + heapq.heappushpop(heap, x[3]) + heap[1]


def heap_of_a_list(x: Any) -> Any:
    heap = [v * v for v in x]
    heapq.heapify(heap)
    return heapq.heappop(heap) * heap[0] + 3.0 * heap[1]


def looked_up(x: Any) -> Any:
    table = [0.0, 1.0, 2.0]
    i, j = bisect.bisect_right(table, x[1]), bisect.bisect(table, x[0])
    return x[1] ** i + x[0] ** j * table[bisect.bisect_left(table, x[2])]


@pytest.mark.parametrize("f", [smallest_products, heap_of_a_list, looked_up])
def test_gradients(f: Any) -> None:
    assert np.allclose(grad(f)(X), richardson_gradient(f, (X,)), rtol=1e-6)
