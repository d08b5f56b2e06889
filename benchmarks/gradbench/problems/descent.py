"""Gradient descent, as GradBench prescribes it for `particle` and `saddle`."""

from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint import jvp, value_and_grad

Evaluate = Callable[[np.ndarray], tuple[Any, np.ndarray]]


def argmin(evaluate: Evaluate, start: np.ndarray) -> Any:
    """Descend from `start`; `evaluate` gives the value and the gradient at a point."""
    x = start
    value, slope = evaluate(x)
    rate, good = 1e-5, 0
    while np.sqrt(slope @ slope) > 1e-5:
        if good == 10:
            rate, good = 2.0 * rate, 0
        step = rate * slope
        if np.sqrt(step @ step) <= 1e-5:
            return x
        new_value, new_slope = evaluate(x - step)
        if new_value < value:
            x, value, slope = x - step, new_value, new_slope
            good += 1
        else:
            rate, good = 0.5 * rate, 0
    return x


def value_and_tangents(f: Callable[..., Any]) -> Callable[..., Any]:
    """What `value_and_grad(f)` computes, in forward mode: a direction at a time."""

    def evaluate(x: np.ndarray, *rest: Any) -> Any:
        still = [np.zeros_like(each) for each in rest]
        found = [jvp(f, (x, *rest), (unit, *still)) for unit in np.eye(len(x))]
        return found[0][0], np.array([tangent for _, tangent in found])

    return evaluate


#: How to differentiate, by the letter in the names of GradBench's functions.
OUTER = {"r": value_and_grad, "f": value_and_tangents}
