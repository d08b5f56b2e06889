"""Learning rates over time: functions `(step, lr, ...) -> lr`, where steps count from 0.

Schedules nest: `linear_warmup(step, cosine_decay(step, lr, 1000), 100)`.
"""

from __future__ import annotations

import math


def constant(step: int, lr: float) -> float:
    """The same rate at all steps."""
    return lr


def step_decay(step: int, lr: float, every: int, factor: float = 0.1) -> float:
    """The rate is multiplied by `factor` every so many steps, lr factor^⌊step / every⌋."""
    return lr * factor ** (step // every)


def exponential_decay(step: int, lr: float, steps: int, factor: float = 0.1) -> float:
    """The rate falls smoothly, by `factor` in so many steps, lr factor^(step / steps)."""
    return lr * factor ** (step / steps)


def cosine_decay(step: int, lr: float, steps: int, final: float = 0.0) -> float:
    """Half a cosine from `lr` down to `final`, reached after so many steps and kept.

    final + (lr - final) (1 + cos(π step / steps)) / 2; Loshchilov and Hutter, "SGDR: stochastic
    gradient descent with warm restarts", 2017, equation 5, without restarts.
    """
    done = min(step, steps) / steps
    return final + 0.5 * (lr - final) * (1.0 + math.cos(math.pi * done))


def linear_warmup(step: int, lr: float, steps: int) -> float:
    """The rate rises in equal steps, lr (step + 1) / steps, and is `lr` from there on.

    Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017, section 2.2.
    """
    return lr * min(1.0, (step + 1) / steps)
