"""Loops of many steps in little memory, by binomial checkpointing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from adjoint.recompute import checkpoint
from adjoint.runtime.revolve import split

X = TypeVar("X")


def checkpointed_loop(
    step: Callable[..., X], x: X, steps: int, *args: Any, snapshots: int = 10
) -> X:
    """Compute `x` after `steps` steps x ← step(x, k, *args), for k = 0, 1, ...

    A gradient keeps at most `snapshots` of the states x at a time, and takes steps again from the
    closest one. With s snapshots, (s + r choose s) steps are possible that are taken again at most
    r times each: 1001 steps with 10 snapshots at most 4 times. (Griewank and Walther, "Algorithm
    799: revolve", 2000.)

    Parameters
    ----------
    step : callable
        A function that `checkpoint` accepts. It returns a state of the structure and shapes of
        `x`.
    x : number, array or container
        The first state.
    steps : int
        The number of steps.
    *args
        Further arguments of `step`. Derivatives with respect to them are computed, too.
    snapshots : int
        The number of states that are kept, including the first.

    Returns
    -------
    number, array or container
        The last state.

    Raises
    ------
    ValueError
        If `snapshots` is less than 1.

    Examples
    --------
    >>> def decay(x, k, rate):
    ...     return x - rate * x
    >>> grad(lambda rate: checkpointed_loop(decay, 1.0, 3, rate, snapshots=2))(0.5)
    -0.75
    """
    if snapshots < 1:
        raise ValueError("a gradient has to keep one state at least")
    if steps < 1:
        return x
    return _advance(step, x, 0, steps, snapshots, args)


@checkpoint
def _advance(step: Any, x: Any, k: int, length: int, snapshots: int, args: Any) -> Any:
    """The state after step k + length - 1.

    To reverse it takes the left part of the steps, keeps the state between the parts while the
    right part is reversed, and has all snapshots again for the left part.
    """
    if length == 1:
        return step(x, k, *args)
    left = split(length, snapshots)
    between = _advance(step, x, k, left, snapshots, args)
    return _advance(step, between, k + left, length - left, snapshots - 1, args)
