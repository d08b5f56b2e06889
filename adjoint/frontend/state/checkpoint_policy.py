"""`with checkpointing(...):` around loops: how many of their states a gradient keeps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from adjoint.frontend.state.lowering import Lowering


class checkpointing:  # noqa: N801  (it is called as a function is)
    """Keep only a few states of a loop: a context around loops, or an option of `grad`.

    The gradient of a loop in the `with` keeps at most `snapshots` of the states that the loop goes
    through, and takes steps again from the closest one. The gradient is the same. If the number of
    iterations is known when the loop begins, the states to keep are those that cost the fewest
    steps (Griewank and Walther, 2000): with s of them, (s + r choose s) steps are possible that
    are taken again at most r times each. In a `while` loop, or one that is left by `break`, they
    are chosen on the way (Wang, Moin and Iaccarino, 2009), at little more cost.

    The context concerns the outermost loops in the `with`. A loop inside of one of them needs a
    `with` of its own; else its iterations are recorded, for one iteration of the outer loop at a
    time. As `grad(f, checkpoint=checkpointing(8))` it concerns the outermost loops of `f`. Outside
    of gradients it does nothing.

    A step that is taken again draws the same random numbers, and the generator goes on as if it
    had been taken once. A step prints once.

    Parameters
    ----------
    snapshots : int, optional
        The number of states that are kept, including the first.
    memory : int, optional
        Their size in bytes, instead of `snapshots`. One state is always kept.

    Returns
    -------
    checkpointing
        A context manager, and a value for the option `checkpoint` of `grad`.

    Raises
    ------
    TypeError
        If not exactly one of `snapshots` and `memory` is given.

    Examples
    --------
    >>> @grad
    ... def decayed(rate, x, n):
    ...     with checkpointing(snapshots=4):
    ...         for _ in range(n):
    ...             x = x - rate * x
    ...     return x
    >>> decayed(0.5, 1.0, 3)
    -0.75
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
