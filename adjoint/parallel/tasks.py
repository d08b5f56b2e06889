"""The work of one task: the derivative for one chunk, or for several consecutive ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from adjoint.parallel.parts import Part, merged, scaled, tree
from adjoint.parallel.sent import Sent, Shared, travels
from adjoint.runtime.containers import is_container, items_of

Split = Callable[[Any], tuple[Any, Any]]
#: What is the same for all chunks of a step: the weights, and the arguments that have names.
Given = tuple[Sequence[Any], dict[str, Any]]


@dataclass(frozen=True)
class Job:
    """What is the same for all chunks and all steps.

    Attributes
    ----------
    function : the gradient function, which is called with weights and one chunk.
    split : from a result of the function to what is added and what is kept.
    weights : the positions of the weights among the arguments; the others are chunks.
    mean : chunks count by their size.
    """

    function: Sent | Shared
    split: Split
    weights: tuple[int, ...]
    mean: bool


def run(job: Job, number: int, given: Given, chunk: Sequence[Any]) -> Part:
    """The part of a chunk; `chunk` are its arguments, or what loads them here."""
    try:
        weights, named = given
        chunk = [*map(loaded, chunk)]
        size = size_of(chunk) if job.mean else 0
        if job.mean and size == 0:  # its mean is nan, and counts for nothing
            return Part(kept=[None])
        total, kept = job.split(job.function.load()(*_arguments(job, weights, chunk), **named))
        if job.mean and total is not None:
            total = scaled(total, float(size))
        return Part(size, total, [kept])
    except Exception as error:
        error.add_note(f"in chunk {number}")
        raise travels(error) from None


def run_group(job: Job, first: int, sent: Sent | Shared, rows: Sequence[Sequence[Any]]) -> Part:
    """The part of consecutive chunks, whose first one has the number `first`."""
    given = sent.load()
    return tree((run(job, first + k, given, row) for k, row in enumerate(rows)), merged)


def merge_group(*parts: Part) -> Part:
    return tree(parts, merged)


def _arguments(job: Job, weights: Sequence[Any], chunk: Sequence[Any]) -> list[Any]:
    each, next_weight = iter(chunk), iter(weights)
    total = len(chunk) + len(weights)
    return [next(next_weight if k in job.weights else each) for k in range(total)]


def loaded(chunk: Any) -> Any:
    """The data of a chunk: what a loader returns, what a delayed object computes, or itself."""
    if hasattr(chunk, "__dask_graph__"):
        return chunk.compute(scheduler="synchronous")
    return chunk() if callable(chunk) else chunk


def size_of(chunk: Sequence[Any]) -> int:
    """The number of samples in a chunk: the length of all its arrays."""
    sizes = {int(array.shape[0]) for array in _arrays(chunk)}
    if len(sizes) != 1:
        found = " and ".join(map(str, sorted(sizes))) or "no arrays"
        raise ValueError(
            'reduction="mean" weighs a chunk by the length of its arrays, which must be the same '
            f"for all of them: here are {found}. With reduction=\"sum\" you may divide yourself"
        )
    return sizes.pop()


def _arrays(x: Any) -> list[Any]:
    """The arrays in a chunk, and whatever else has a shape."""
    if not hasattr(x, "shape") and is_container(x):
        return [array for item in items_of(x) for array in _arrays(item)]
    return [x] if getattr(x, "shape", ()) else []
