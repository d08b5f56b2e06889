"""Learning rates over time: functions `(step, lr, ...) -> lr`, where steps count from 0.

Schedules nest: `linear_warmup(step, cosine_decay(step, lr, 1000), 100)`.
"""

from __future__ import annotations

import math


def constant(step: int, lr: float) -> float:
    """Keep the same rate at all steps.

    Parameters
    ----------
    step : int
        The number of steps so far.
    lr : float
        The rate.

    Returns
    -------
    float
        The rate at this step.

    Examples
    --------
    >>> optim.constant(5, 0.1)
    0.1
    """
    return lr


def step_decay(step: int, lr: float, every: int, factor: float = 0.1) -> float:
    """Multiply the rate by `factor` every `every` steps: lr factor^⌊step / every⌋.

    Parameters
    ----------
    step : int
        The number of steps so far.
    lr : float
        The rate at step 0.
    every : int
        The number of steps between two changes.
    factor : float
        The factor of one change.

    Returns
    -------
    float
        The rate at this step.

    Examples
    --------
    >>> [optim.step_decay(step, 1.0, 2, 0.5) for step in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    return lr * factor ** (step // every)


def exponential_decay(step: int, lr: float, steps: int, factor: float = 0.1) -> float:
    """Let the rate fall smoothly: lr factor^(step / steps).

    Parameters
    ----------
    step : int
        The number of steps so far.
    lr : float
        The rate at step 0.
    steps : int
        The number of steps in which the rate falls by `factor`.
    factor : float
        The factor.

    Returns
    -------
    float
        The rate at this step.

    Examples
    --------
    >>> optim.exponential_decay(2, 1.0, 4, 0.25)
    0.5
    """
    return lr * factor ** (step / steps)


def cosine_decay(step: int, lr: float, steps: int, final: float = 0.0) -> float:
    """Follow half a cosine from `lr` down to `final`, and stay there.

    The rate is final + (lr - final) (1 + cos(π step / steps)) / 2; Loshchilov and Hutter, "SGDR:
    stochastic gradient descent with warm restarts", 2017, equation 5, without restarts.

    Parameters
    ----------
    step : int
        The number of steps so far.
    lr : float
        The rate at step 0.
    steps : int
        The step at which `final` is reached.
    final : float
        The last rate.

    Returns
    -------
    float
        The rate at this step.

    Examples
    --------
    >>> [round(optim.cosine_decay(step, 1.0, 2), 3) for step in range(4)]
    [1.0, 0.5, 0.0, 0.0]
    """
    done = min(step, steps) / steps
    return final + 0.5 * (lr - final) * (1.0 + math.cos(math.pi * done))


def linear_warmup(step: int, lr: float, steps: int) -> float:
    """Let the rate rise in equal steps to `lr`, and stay there: lr (step + 1) / steps.

    Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017, section 2.2.

    Parameters
    ----------
    step : int
        The number of steps so far.
    lr : float
        The last rate.
    steps : int
        The number of steps until it is reached.

    Returns
    -------
    float
        The rate at this step.

    Examples
    --------
    >>> [optim.linear_warmup(step, 1.0, 2) for step in range(3)]
    [0.5, 1.0, 1.0]
    """
    return lr * min(1.0, (step + 1) / steps)
