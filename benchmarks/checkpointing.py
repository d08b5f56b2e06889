"""Peak memory and time of gradients through ever longer loops, with snapshots and without."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint import checkpointing, grad
from adjoint.runtime.snapshots import Snapshots
from benchmarks.curves import peak_memory

SNAPSHOTS = 10


def recorded(u, steps):
    for _ in range(steps):
        u = u + 0.1 * np.sin(np.roll(u, 1) - u)
    return np.sum(u * u)


def with_snapshots(u, steps):
    with checkpointing(SNAPSHOTS):
        for _ in range(steps):
            u = u + 0.1 * np.sin(np.roll(u, 1) - u)
    return np.sum(u * u)


def of_unknown_length(u, steps):
    t = 0
    with checkpointing(SNAPSHOTS):
        while t < steps:
            u = u + 0.1 * np.sin(np.roll(u, 1) - u)
            t += 1
    return np.sum(u * u)


PROGRAMS: dict[str, Callable[..., Any]] = {
    "recorded": recorded, "for": with_snapshots, "while": of_unknown_length,
}  # fmt: skip


def taken_again(steps: int, known: bool) -> int:
    """How many steps are taken a second time, or more often, to reverse a loop."""
    count = 0

    def step(place: int, state: int) -> int:
        nonlocal count
        count += 1
        return state + 1

    states = Snapshots(steps if known else None, SNAPSHOTS)
    for state in range(steps):
        states.append(state)
    for _ in reversed(states.again(step)):
        pass
    return count


def measure(steps: int, size: int = 100) -> dict[str, dict[str, float]]:
    """Seconds, peak bytes and steps taken again of each program's gradient.

    A gradient that is not that of the recorded loop, to the bit, is not measured.
    """
    u = np.linspace(0.0, 3.0, size)
    found: dict[str, dict[str, float]] = {}
    want = None
    for name, program in PROGRAMS.items():
        gradient = grad(program)
        got = gradient(u, steps)
        want = got if want is None else want
        if not np.array_equal(got, want):
            raise ArithmeticError(f"the gradient of '{name}' is another one")
        start = time.process_time()
        gradient(u, steps)
        seconds = time.process_time() - start
        again = 0 if name == "recorded" else taken_again(steps, name == "for")
        memory = peak_memory(gradient, (u, steps))
        found[name] = {"seconds": seconds, "bytes": memory, "again": again / steps}
    return found
