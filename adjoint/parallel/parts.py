"""Parts of a result, one per chunk, and the tree that adds them in the order of the chunks."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from adjoint.runtime.containers import tree_map

T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """The result for some consecutive chunks.

    Attributes
    ----------
    size : the number of samples, where the mean over samples is wanted.
    total : what is added: a value, a gradient, or a tuple of them. None if all chunks are empty.
    kept : what is not added, one item per chunk.
    """

    size: int = 0
    total: Any = None
    kept: list[Any] = field(default_factory=list)


def merged(a: Part, b: Part) -> Part:
    if a.total is None or b.total is None:
        total = b.total if a.total is None else a.total
    else:
        total = tree_map(operator.add, a.total, b.total)
    return Part(a.size + b.size, total, a.kept + b.kept)


def scaled(total: Any, by: float) -> Any:
    """The floats of a container times a number; their dtypes stay."""
    return tree_map(lambda x: x * by, total)


def divided(total: Any, by: float) -> Any:
    """The floats of a container divided by a number; their dtypes stay."""
    return tree_map(lambda x: x / by, total)


def tree(parts: Iterable[T], merge: Callable[[T, T], T]) -> T:
    """Merge neighbours, then neighbouring pairs, and so on.

    The shape of the tree depends on the number of parts only. If every part is itself the tree
    of 2**k parts (the last one of at most as many), the result is that of the whole tree, bit for
    bit: this is how a task may take several chunks. A part is merged as soon as its neighbour is
    there, so that about log2(n) of them are held.

    Examples
    --------
    >>> tree("abcdefg", lambda a, b: f"({a}{b})")
    '(((ab)(cd))((ef)g))'
    """
    held: list[T] = []
    for count, part in enumerate(parts, 1):
        held.append(part)
        while count % 2 == 0:
            count //= 2
            held[-2:] = [merge(*held[-2:])]
    while len(held) > 1:
        held[-2:] = [merge(*held[-2:])]
    return held[0]
