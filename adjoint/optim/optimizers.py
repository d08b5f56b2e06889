"""First-order optimizers: `init(params)` and `update(grads, state, params, lr, ...)`."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from adjoint.runtime.containers import contract
from adjoint.runtime.trees import tree_map, zeros_like


class Moments(NamedTuple):
    """Running averages of a gradient and of its square, after `step` updates."""

    step: int
    mean: Any
    square: Any


class sgd:
    """Gradient descent, p ← p - lr g."""

    @staticmethod
    def init(params: Any) -> Any:
        """There is no state."""
        return ()

    @staticmethod
    def update(grads: Any, state: Any, params: Any, lr: float) -> Any:
        """One step; returns (params, state)."""
        return tree_map(lambda p, g: p - lr * g, params, grads), state


class momentum:
    """The heavy ball, v ← beta v + g, p ← p - lr v.

    Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.
    """

    @staticmethod
    def init(params: Any) -> Any:
        """The velocity v, which is zero."""
        return zeros_like(params)

    @staticmethod
    def update(grads: Any, state: Any, params: Any, lr: float, beta: float = 0.9) -> Any:
        """One step; returns (params, state)."""
        velocity = tree_map(lambda v, g: beta * v + g, state, grads)
        return tree_map(lambda p, v: p - lr * v, params, velocity), velocity


class nesterov:
    """Nesterov's accelerated gradient, v ← beta v + g, p ← p - lr (g + beta v).

    Nesterov, "A method of solving a convex programming problem with convergence rate O(1/k²)",
    1983, in the variables of Sutskever, Martens, Dahl and Hinton, "On the importance of
    initialization and momentum in deep learning", 2013: the parameters are the points at which
    gradients are taken.
    """

    @staticmethod
    def init(params: Any) -> Any:
        """The velocity v, which is zero."""
        return zeros_like(params)

    @staticmethod
    def update(grads: Any, state: Any, params: Any, lr: float, beta: float = 0.9) -> Any:
        """One step; returns (params, state)."""
        velocity = tree_map(lambda v, g: beta * v + g, state, grads)
        params = tree_map(lambda p, v, g: p - lr * (g + beta * v), params, velocity, grads)
        return params, velocity


class rmsprop:
    """Scaled gradients, s ← decay s + (1 - decay) g², p ← p - lr g / (√s + eps).

    Tieleman and Hinton, "Lecture 6.5: RMSProp", Coursera, 2012.
    """

    @staticmethod
    def init(params: Any) -> Any:
        """The mean square s, which is zero."""
        return zeros_like(params)

    @staticmethod
    def update(
        grads: Any,
        state: Any,
        params: Any,
        lr: float,
        decay: float = 0.9,
        eps: float = 1e-8,
        eps_root: float = 0.0,
    ) -> Any:
        """One step; returns (params, state).

        `eps_root` is added below the root, which has no derivative at zero: derivatives through an
        update with a gradient of exactly zero are nan without it.
        """
        square = tree_map(lambda s, g: decay * s + (1.0 - decay) * (g * g), state, grads)
        params = tree_map(
            lambda p, g, s: p - lr * g / (np.sqrt(s + eps_root) + eps), params, grads, square
        )
        return params, square


class adam:
    """Adaptive moments, p ← p - lr m̂ / (√v̂ + eps).

    m and v are running averages of g and g²; m̂ = m / (1 - beta1ᵗ) and v̂ = v / (1 - beta2ᵗ) undo
    that both have started at zero. Kingma and Ba, "Adam: a method for stochastic optimization",
    2015, algorithm 1.
    """

    @staticmethod
    def init(params: Any) -> Moments:
        """Averages of zero, of no steps."""
        return Moments(0, zeros_like(params), zeros_like(params))

    @staticmethod
    def update(
        grads: Any,
        state: Moments,
        params: Any,
        lr: float,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        eps_root: float = 0.0,
    ) -> Any:
        """One step; returns (params, state). `eps_root` is that of `rmsprop`."""
        return adamw.update(grads, state, params, lr, beta1, beta2, eps, eps_root, 0.0)


class adamw:
    """Adam with decoupled weight decay, p ← p - lr (m̂ / (√v̂ + eps) + weight_decay p).

    Loshchilov and Hutter, "Decoupled weight decay regularization", 2019, algorithm 2.
    """

    @staticmethod
    def init(params: Any) -> Moments:
        """Averages of zero, of no steps."""
        return Moments(0, zeros_like(params), zeros_like(params))

    @staticmethod
    def update(
        grads: Any,
        state: Moments,
        params: Any,
        lr: float,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        eps_root: float = 0.0,
        weight_decay: float = 0.01,
    ) -> Any:
        """One step; returns (params, state). `eps_root` is that of `rmsprop`."""
        step = state.step + 1
        mean = tree_map(lambda m, g: beta1 * m + (1.0 - beta1) * g, state.mean, grads)
        square = tree_map(lambda v, g: beta2 * v + (1.0 - beta2) * (g * g), state.square, grads)
        unbias1 = 1.0 / (1.0 - beta1**step)
        unbias2 = 1.0 / (1.0 - beta2**step)

        def moved(p: Any, m: Any, v: Any) -> Any:
            direction = unbias1 * m / (np.sqrt(unbias2 * v + eps_root) + eps)
            return p - lr * (direction + weight_decay * p)

        return tree_map(moved, params, mean, square), Moments(step, mean, square)


def global_norm(grads: Any) -> Any:
    """Compute the Euclidean norm of all numbers in a container.

    Parameters
    ----------
    grads : number, array or container
        The gradients.

    Returns
    -------
    float
        The norm.

    Examples
    --------
    >>> optim.global_norm({"a": 3.0, "b": np.array([0.0, 4.0])})
    5.0
    """
    return math.sqrt(contract(grads, grads))


def clip_by_global_norm(grads: Any, max_norm: float) -> Any:
    """Scale gradients down, all by one factor, to a global norm of at most `max_norm`.

    Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013.

    Parameters
    ----------
    grads : number, array or container
        The gradients.
    max_norm : float
        The largest norm.

    Returns
    -------
    number, array or container
        The scaled gradients, in the structure and shapes of `grads`.

    Examples
    --------
    >>> optim.clip_by_global_norm([3.0, 4.0], 2.5)
    [1.5, 2.0]
    """
    square = contract(grads, grads)
    scale = max_norm / math.sqrt(square) if square > max_norm * max_norm else 1.0
    return tree_map(lambda g: scale * g, grads)
