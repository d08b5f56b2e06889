"""A saddle point: the outer descent differentiates through the inner one."""

from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint import grad, jvp
from benchmarks.gradbench.problems.descent import OUTER, argmin


def payoff(p: np.ndarray, q: np.ndarray) -> Any:
    return p @ p - q @ q


def slope_in_reverse(p: np.ndarray, q: np.ndarray) -> Any:
    return grad(payoff, 1)(p, q)


def slope_forward(p: np.ndarray, q: np.ndarray) -> Any:
    still = np.zeros_like(p)
    _, first = jvp(payoff, (p, q), (still, np.array([1.0, 0.0])))
    _, second = jvp(payoff, (p, q), (still, np.array([0.0, 1.0])))
    return np.array([first, second])


def reply(p: np.ndarray, start: np.ndarray, slope: Callable[..., Any]) -> Any:
    """The best answer to p."""
    return argmin(lambda q: (-payoff(p, q), -slope(p, q)), start)


def worst_in_reverse(p: np.ndarray, start: np.ndarray) -> Any:
    return payoff(p, reply(p, start, slope_in_reverse))


def worst_forward(p: np.ndarray, start: np.ndarray) -> Any:
    return payoff(p, reply(p, start, slope_forward))


WORST = {"r": worst_in_reverse, "f": worst_forward}
SLOPES = {"r": slope_in_reverse, "f": slope_forward}


def saddle(outer: str, inner: str) -> Callable[[np.ndarray], Any]:
    evaluate = OUTER[outer](WORST[inner])

    def found(start: np.ndarray) -> Any:
        p = argmin(lambda x: evaluate(x, start), start)
        return np.concatenate((p, reply(p, start, SLOPES[outer])))

    return found


FUNCTIONS = {outer + inner: saddle(outer, inner) for outer in "fr" for inner in "fr"}


def read(given: dict[str, Any]) -> tuple[Any, ...]:
    return (np.array(given["start"], dtype=float),)


def example(rng: np.random.Generator) -> dict[str, Any]:
    return {"start": rng.uniform(0.5, 1.5, size=2).tolist()}
