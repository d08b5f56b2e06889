"""Arguments of classes of libraries, such as sparse matrices, that a derivative is asked for.

The program sees a record in the place of the object, and the cotangent becomes an object again.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from adjoint.api import compiler
from adjoint.requests import Position
from adjoint.runtime.trees import like_instances


def is_sparse(x: Any) -> bool:
    """Is this a matrix of scipy.sparse? There is none where that is not imported."""
    sparse = sys.modules.get("scipy.sparse")
    return sparse is not None and bool(sparse.issparse(x))


def with_records(values: Sequence[Any], wrt: Sequence[Position]) -> Sequence[Any]:
    """The arguments, with records for the sparse matrices that a derivative is asked for."""
    places = [k for k in wrt if isinstance(k, int) and is_sparse(values[k])]
    if not places:
        return values
    changed = list(values)
    for k in places:
        changed[k] = record_of(values[k])
    return tuple(changed)


def record_of(x: Any) -> Any:
    """The record of a sparse matrix; anything else as it is."""
    if not is_sparse(x):
        return x
    compiler.load()
    found = compiler.registry.argument_of(type(x))
    return x if found is None else found[0](x)


def tangent_of(x: Any, tangent: Any) -> Any:
    """The record of a tangent of `x`, which stores the same places."""
    if not is_sparse(x):
        return tangent
    here, there = record_of(x), record_of(tangent)
    same = type(x) is type(tangent) and x.shape == tangent.shape and all(
        a.shape == b.shape and bool((a == b).all())
        for a, b in ((here.row, there.row), (here.col, there.col))
    )
    if not same:
        raise ValueError("a tangent of a sparse matrix is of its class and stores its places")
    return there


def like_argument(x: Any, bar: Any) -> Any:
    """The cotangent of an argument in the argument's own form."""
    found = compiler.registry.argument_of(type(x)) if is_sparse(x) else None
    return like_instances(x, bar) if found is None else found[1](x, bar)
