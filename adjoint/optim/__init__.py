"""Optimizers and learning-rate schedules: small pure functions of parameters in containers.

An optimizer is a pair of functions, `init(params) -> state` and
`update(grads, state, params, lr, ...) -> (params, state)`; a schedule is a function
`(step, lr, ...) -> lr`. All are plain Python and NumPy: they run as they are, and adjoint
differentiates the training loops that call them. Parameters are numbers, arrays, and
dictionaries, lists, tuples, named tuples and data classes of them; what else these hold (integers,
strings) rides along.
"""

from adjoint.optim.optimizers import (
    Moments,
    adam,
    adamw,
    clip_by_global_norm,
    global_norm,
    momentum,
    nesterov,
    rmsprop,
    sgd,
)
from adjoint.optim.schedules import (
    constant,
    cosine_decay,
    exponential_decay,
    linear_warmup,
    step_decay,
)
from adjoint.runtime.trees import tree_leaves, tree_map

__all__ = [
    "Moments",
    "adam",
    "adamw",
    "clip_by_global_norm",
    "constant",
    "cosine_decay",
    "exponential_decay",
    "global_norm",
    "linear_warmup",
    "momentum",
    "nesterov",
    "rmsprop",
    "sgd",
    "step_decay",
    "tree_leaves",
    "tree_map",
]
