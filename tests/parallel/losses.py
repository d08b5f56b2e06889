"""Losses, data and helpers for the tests of chunked derivatives."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from adjoint import optim

#: Ragged, with empty chunks at the start, in the middle and at the end.
CUTS = (0, 0, 7, 7, 30, 31, 64, 80, 81, 90, 95, 96, 100, 100)
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(100, 3)), RNG.normal(size=100)
WEIGHTS = {"W": RNG.normal(size=(3, 4)), "layers": [(RNG.normal(size=4), 0.3)], "name": "net"}


def cut(array: np.ndarray, cuts: tuple[int, ...] = CUTS) -> list[np.ndarray]:
    return [array[a:b] for a, b in zip(cuts[:-1], cuts[1:], strict=True)]


def residuals(w: Any, x: Any, y: Any) -> Any:
    ((v, b),) = w["layers"]
    return np.tanh(x @ w["W"]) @ v + b - y


def squares(w: Any, x: Any, y: Any) -> Any:
    return np.sum(residuals(w, x, y) ** 2)


def mean_square(w: Any, x: Any, y: Any) -> Any:
    return np.mean(residuals(w, x, y) ** 2)


def with_aux(w: Any, x: Any, y: Any) -> Any:
    r = residuals(w, x, y)
    return np.sum(r * r), {"rows": len(x), "r": r}


def fails_for_33_rows(w: Any, x: Any) -> Any:
    if len(x) == 33:
        raise KeyError("no such row")
    return np.sum(w * x)


def slow(w: Any, x: Any) -> Any:
    return np.sum(np.tanh(x @ w))


class TwoPartError(Exception):
    """An exception that cannot be unpickled."""

    def __init__(self, code: int, text: str):
        super().__init__(f"{text} ({code})")


def raises_two_parts(w: Any, x: Any) -> Any:
    if np.sum(x) > -1e9:
        raise TwoPartError(3, "an odd exception")
    return np.sum(w * x)


def in_float32(tree: Any) -> Any:
    return optim.tree_map(np.float32, tree)


def close(got: Any, want: Any, rtol: float = 1e-12) -> None:
    got, want = optim.tree_leaves(got), optim.tree_leaves(want)
    scale = max(float(np.max(np.abs(b), initial=0.0)) for b in want)
    for a, b in zip(got, want, strict=True):
        assert type(a) is type(b) and np.result_type(a) == np.result_type(b)
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * scale)


def same_bits(a: Any, b: Any) -> bool:
    pairs = zip(optim.tree_leaves(a), optim.tree_leaves(b), strict=True)
    return all(np.array_equal(x, y) for x, y in pairs)


def ends_its_process_once(chunk: np.ndarray, done: Path) -> np.ndarray:
    """The chunk; the process that loads it first is killed."""
    if not done.exists():
        done.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return chunk


@contextmanager
def pool(kind: str) -> Iterator[Any]:
    if kind == "threads":
        with ThreadPoolExecutor(2) as executor:
            yield executor
    else:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(2, mp_context=context) as executor:
            yield executor
