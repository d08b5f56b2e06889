"""`with checkpointing(...):` around loops: how many of their states a gradient keeps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from adjoint.frontend.state.lowering import Lowering


class checkpointing:  # noqa: N801  (it is called as a function is)
    """Loops in the memory of a few of their states: a context around them, or for `grad`.

    A loop in the `with` keeps at most `snapshots` of the states that it goes through (of what one
    trip hands to the next), as its gradient runs, and takes steps again from the closest one. The
    gradient is the same. Where the number of trips is known, the states are those that cost the
    fewest steps (Griewank and Walther, 2000): with s of them (s + r choose s) steps are possible
    that are taken again at most r times each. In a `while` loop, or one that is left by `break`,
    they are chosen on the way (Wang, Moin and Iaccarino, 2009), at little more cost.

    It is about the outermost loops in the `with`: a loop inside of a loop has a `with` of its own,
    or its trips are recorded as ever, for one trip of the outer loop at a time. As
    `grad(f, checkpoint=checkpointing(8))` it is about the outermost loops of `f`. Outside of
    gradients it does nothing.

    Random numbers drawn in the loop are the same when a step is taken again, and the generator
    goes on as if it had been taken once. What a step prints is printed once.

    Parameters
    ----------
    snapshots : how many states are kept, the first one included.
    memory : how many bytes they may have instead. One is always kept.

    Examples
    --------
    >>> from adjoint import checkpointing, grad
    >>> @grad
    ... def decayed(rate, x, n):
    ...     with checkpointing(snapshots=4):
    ...         for _ in range(n):
    ...             x = x - rate * x * x
    ...     return x
    >>> round(decayed(0.001, 1.0, 1000), 6)
    -250.173201
    """

    def __init__(self, snapshots: int | None = None, *, memory: int | None = None):
        given = [n for n in (snapshots, memory) if n is not None]
        if len(given) != 1:
            raise TypeError("checkpointing takes a number of snapshots, or the memory for them")
        if isinstance(given[0], bool) or not isinstance(given[0], int):
            raise TypeError("the budget of checkpointing is a whole number")
        if given[0] < 1:
            raise ValueError("a gradient has to keep one state at least")
        self.snapshots, self.memory = snapshots, memory

    def __eq__(self, other: object) -> bool:
        return isinstance(other, checkpointing) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.snapshots, self.memory))

    def __repr__(self) -> str:
        budget = self.snapshots if self.memory is None else f"memory={self.memory}"
        return f"checkpointing({budget})"

    def __enter__(self) -> checkpointing:
        return self

    def __exit__(self, *_: object) -> None:
        return None


@contextmanager
def policy(lowering: Lowering, now: checkpointing | None) -> Iterator[Any]:
    """The loops that are lowered in here are checkpointed in this way."""
    root = lowering.root
    before, root.checkpoint = root.checkpoint, now
    try:
        yield before
    finally:
        root.checkpoint = before
