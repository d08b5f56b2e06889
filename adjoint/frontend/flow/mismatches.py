"""Which operations may raise a ValueError for what they are given: for shapes that do not fit.

Only a `try` that waits for it asks. What is not known to be safe is tested before it is done.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.callables import facts_of
from adjoint.ir.core import Value
from adjoint.ir.infer import is_elementwise
from adjoint.ir.types import Array, List, Size, Struct, Type, same_size

_PRODUCTS: frozenset[Any] = frozenset({operator.matmul, np.matmul, np.dot})


def may_mismatch(target: Any, args: Sequence[Value], named: dict[str, Value]) -> bool:
    """May `target(*args, **named)` raise a ValueError for the shapes of what it is given?"""
    facts = facts_of(target)
    if facts is None or facts.any_shapes or not facts.is_pure:
        return False
    if getattr(target, "__module__", "").startswith("adjoint.") and target is not ops.store:
        return False  # made by the compiler, of what the program has made already
    dims = [d for value in [*args, *named.values()] for d in _dims(value.type)]
    if is_elementwise(target):
        return not all(_fit(a, b) for a, b in combinations(dims, 2))
    if target in _PRODUCTS and len(dims) == 2 and max(map(len, dims)) <= 2:
        return not same_size(dims[0][-1], dims[1][0 if len(dims[1]) == 1 else -2])
    if target is ops.store:
        return any(dims[1:])  # what is written has a shape of its own
    return bool(dims)


def _dims(type_: Type) -> Iterator[tuple[Size, ...]]:
    """The sizes of all arrays of rank 1 and more that a value is or holds."""
    match type_:
        case Array(_, dims) if dims:
            yield dims
        case Struct(_, items):
            for item in items:
                yield from _dims(item)
        case List(element):
            yield from _dims(element)


def _fit(a: tuple[Size, ...], b: tuple[Size, ...]) -> bool:
    pairs = zip(reversed(a), reversed(b), strict=False)
    return all(m == 1 or n == 1 or same_size(m, n) for m, n in pairs)
