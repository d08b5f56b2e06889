"""How time and memory grow with the data: loops over elements that a tape could make quadratic."""

import copy
import gc
import math
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.programs import Program, gauss_seidel, gauss_seidel_by_hand

# An array that is filled element by element.


def fill(x, c):
    y = np.empty(len(x))
    for i in range(len(x)):
        y[i] = x[i] * c
    return np.sum(y)


def fill_by_hand(x, c):
    return np.full(len(x), c), np.sum(x)


# Elements that are read at random places, some of them often.


def gather(x, index):
    s = 0.0
    for i in range(len(index)):
        s += x[index[i]]
    return s


def gather_by_hand(x, index):
    return np.bincount(index, minlength=len(x)).astype(float)


# One row of a dynamic program, written over the row before: a soft minimum of two neighbours.


def row(before, cost):
    r = before.copy()
    for j in range(1, len(r)):
        r[j] = cost[j] - math.log(math.exp(-r[j - 1]) + math.exp(-r[j]))
    return np.sum(r)


def row_by_hand(before, cost):
    r = before.copy()
    for j in range(1, len(r)):
        r[j] = cost[j] - math.log(math.exp(-r[j - 1]) + math.exp(-r[j]))
    before_bar = np.ones(len(r))
    cost_bar = np.zeros(len(r))
    for j in range(len(r) - 1, 0, -1):
        cost_bar[j] = before_bar[j]
        stays = math.exp(-before[j])
        weight = stays / (stays + math.exp(-r[j - 1]))
        before_bar[j - 1] += before_bar[j] * (1.0 - weight)
        before_bar[j] *= weight
    return before_bar, cost_bar


def curves(sizes: Sequence[int]) -> dict[str, list[Program]]:
    """The programs, each with data of every size."""
    rng = np.random.default_rng(0)
    data = [rng.random(n) for n in sizes]
    places = [rng.integers(n, size=n) for n in sizes]
    return {
        "fill": [Program("fill", fill, fill_by_hand, (x, 1.5), (0, 1)) for x in data],
        "gather": [
            Program("gather", gather, gather_by_hand, (x, index))
            for x, index in zip(data, places, strict=True)
        ],
        "row": [Program("row", row, row_by_hand, (x, 0.5 + x), (0, 1)) for x in data],
        "gauss-seidel": [
            Program("gauss-seidel", gauss_seidel, gauss_seidel_by_hand, (x,)) for x in data
        ],
    }


def peak_memory(f: Callable[..., Any], arguments: tuple[Any, ...]) -> int:
    """The most bytes that a call holds at once, its arguments among them."""
    f(*arguments)  # What is made once, as the text of a gradient, does not count.
    gc.collect()
    tracemalloc.start()
    try:
        f(*copy.deepcopy(arguments))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def slope(sizes: Sequence[int], values: Sequence[float]) -> float:
    """The power of the size that fits the values best: 1 is linear, 2 quadratic."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])
