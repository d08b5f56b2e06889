"""Interleaved timing: contestants take turns, so that a slow second of the machine hits all."""

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

Clock = Callable[[], float]


def seconds(f: Callable[..., Any], arguments: tuple[Any, ...], repeat: int, clock: Clock) -> float:
    """The mean time of one call, over `repeat` calls in a row."""
    began = clock()
    for _ in range(repeat):
        f(*arguments)
    return (clock() - began) / repeat


def repeats(f: Callable[..., Any], arguments: tuple[Any, ...], wanted: float, clock: Clock) -> int:
    """How many calls in a row take about `wanted` seconds, so that the clock is fine enough."""
    count = 1
    while True:
        took = seconds(f, arguments, count, clock) * count
        if took >= wanted:
            return count
        count *= max(2, min(10, round(wanted / max(took, 1e-9))))


def interleaved(
    contestants: Mapping[str, Callable[..., Any]],
    arguments: tuple[Any, ...],
    budget: float,
    sample: float = 1e-3,
    clock: Clock = time.perf_counter,
) -> dict[str, float]:
    """The median time of one call of each contestant, from about `budget` seconds in all.

    Each round takes one sample of each contestant, in an order that rotates from round to round,
    so that nobody always runs behind the same neighbour (and in its caches).
    """
    counts = {name: repeats(f, arguments, sample, clock) for name, f in contestants.items()}
    samples: dict[str, list[float]] = {name: [] for name in contestants}
    order = list(contestants)
    collecting = gc.isenabled()
    gc.disable()
    try:
        deadline = time.perf_counter() + budget
        # At least five rounds, however slow; a median of fewer means little.
        while time.perf_counter() < deadline or len(samples[order[0]]) < 5:
            for name in order:
                took = seconds(contestants[name], arguments, counts[name], clock)
                samples[name].append(took)
            order = order[1:] + order[:1]
            gc.collect()
    finally:
        if collecting:
            gc.enable()
    return {name: statistics.median(times) for name, times in samples.items()}
