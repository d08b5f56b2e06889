"""Programs that the explorer's tests explore."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

from adjoint.api.exploration import Exploration


def rnn(W, U, b, xs, target):
    h = np.zeros(len(b))
    loss = 0.0
    for x in xs:
        h = np.tanh(W @ h + U @ x + b)
        loss += np.sum((h - target) ** 2)
    return loss / len(xs)


def rnn_arguments(trips: int = 6, scale: float = 0.6) -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    return (
        scale * rng.normal(size=(4, 4)), rng.normal(size=(4, 3)), rng.normal(size=4),
        rng.normal(size=(trips, 3)), np.zeros(4),
    )  # fmt: skip


def nested(x, n):
    i = 0
    s = x
    while i < n:
        for _ in range(3):
            if s > 2:
                s = np.sin(s)
            else:
                s = s * s
        i += 1
    return s


def long_loop(x, n):
    s = x
    for _ in range(n):
        s = np.sin(s) + 0.1 * s
    return s


def ragged(x):
    total = 0.0
    for k in range(1, 6):
        part = x
        for _ in range(k):
            part = part * np.cos(part)
        total += part**2
    return total


def norm_at_zero(x):
    s = 0.0
    for v in x:
        s = s + v * v
    r = np.sqrt(s)
    return 3.0 * r + np.sum(x)


def data_of(page: Exploration) -> dict[str, Any]:
    """The value in a page."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.html, re.S)
    assert found is not None
    shown: dict[str, Any] = json.loads(found[1])
    return shown


def steps_of(
    data: dict[str, Any],
) -> list[tuple[int, tuple[tuple[int, int], ...], dict[str, Any]]]:
    """Line, trips and values of each step."""
    found = []
    for line, place, values, *_ in data["steps"]:
        written = {n: data["values"][k] for n, k in zip(values[::2], values[1::2], strict=True)}
        found.append((line, tuple(map(tuple, data["trips"][place])), written))
    return found
