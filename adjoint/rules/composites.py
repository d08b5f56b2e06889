"""What an expert knows as one function, though the program writes it in several operations.

A composite is found at its last operation. It has terms: values further up, each with the map that
takes the cotangent of the result to a contribution to the cotangent of the value, and with the map
for tangents. All else that the operation is computed from gets nothing on this way. Values in
between may be read elsewhere: there they have cotangents of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from adjoint.ir.core import Op, Value
from adjoint.ir.types import rank_of
from adjoint.rules.kinds import scale
from adjoint.rules.quotients import logarithm_terms, quotient_terms
from adjoint.rules.shifts import cross_entropy, log_softmax, logsumexp, softmax

Map = Callable[[Any], Any]


@dataclass(frozen=True)
class Term:
    """A value that a composite depends on.

    Attributes
    ----------
    pull : the cotangent of the result to that of the value.
    push : the tangent of the value to that of the result.
    elementwise : does each element of the result depend on one of the value?
    """

    value: Value
    pull: Map
    push: Map
    elementwise: bool = False


def composite_terms(op: Op, moves: Callable[[Value], bool]) -> list[Term] | None:
    """The terms of the composite that ends in this operation; None where none does.

    `moves` says which values depend on what is differentiated.
    """
    slopes = quotient_terms(op, moves)
    if slopes is None:
        slopes = logarithm_terms(op, moves)
    if slopes is not None:
        return [
            Term(u, partial(_scaled, slope=slope), partial(_scaled, slope=slope), True)
            for u, slope in slopes
        ]
    for find in (softmax, log_softmax, cross_entropy, _log_determinant):
        found = find(op)
        if found is not None:
            return [Term(*found)] if moves(found[0]) else None
    several = logsumexp(op)
    if several is None or not moves(several[0][0]):
        return None
    return [Term(*found) for found in several if moves(found[0])]


def _scaled(change: Any, slope: Any) -> Any:
    return scale(change, slope)


def _log_determinant(op: Op) -> tuple[Value, Map, Map] | None:
    """`log(det(A))`, whose slope is the inverse, without the quotient det(A) / det(A)."""
    inner = op.operands[0].op if op.target is np.log and len(op.operands) == 1 else None
    if inner is None or inner.target is not np.linalg.det or inner.parent is not op.parent:
        return None
    a = inner.operands[0]
    if rank_of(a.type) != 2:
        return None

    def pull(y_bar: Any) -> Any:
        return y_bar * np.linalg.inv(a).T  # type: ignore[call-overload]

    def push(a_dot: Any) -> Any:
        return np.sum(np.linalg.inv(a).T * a_dot)  # type: ignore[call-overload]

    return a, pull, push
