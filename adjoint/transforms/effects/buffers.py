"""A buffer of integers cuts off the fraction of what is written into it, and so its derivative.

The frontend refuses that where it knows the buffer to be one. Where an array has integers on one
path and floats on another, a check comes first.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from adjoint.ir import ops
from adjoint.ir.actual import is_integer, may_be_integer
from adjoint.ir.core import Constant, Function, Op, Value
from adjoint.ir.types import BOOL, Array, Opaque
from adjoint.transforms.activity.activity import varied
from adjoint.transforms.effects.raising import Inserter, raising_branch


def check_buffers(function: Function, inputs: Iterable[Value]) -> None:
    """Put a check before every write of what depends on the inputs into what may be integers.

    >>> # u.1 = store u, %0   becomes   if issubdtype %1, integer: fail; u.1 = store u, %0
    """
    _check_all(function, varied(inputs), {function})


def _check_all(function: Function, moving: set[Value], seen: set[Function]) -> None:
    for op in list(function.body.walk()):
        inner = op.attrs.get("function")
        if isinstance(inner, Function) and inner not in seen:
            seen.add(inner)
            _check_all(inner, varied(inner.params), seen)
        if op.target is ops.store and op.operands[1] in moving and _may_cut_off(op.operands[0]):
            _check(op)


def _may_cut_off(base: Value) -> bool:
    return isinstance(base.type, Array) and not is_integer(base.type) and may_be_integer(base)


def _check(op: Op) -> None:
    assert op.parent is not None
    inserter = Inserter(op.parent, op.parent.ops.index(op), op)
    base, dtype = op.operands[0], [Opaque(np.dtype)]
    found = inserter.insert(Op("apply", [base], dtype, target=np.result_type))
    asked = [found.result, Constant(np.integer)]
    cuts = inserter.insert(Op("apply", asked, [BOOL], target=np.issubdtype))
    line = op.span.statement if op.span is not None else 0
    message = f"line {line}: a float is written into an array of integers"
    inserter.insert(raising_branch(cuts.result, TypeError, message, op))
