"""Names that on some path are unassigned, or None, where on others they have a value.

A `Ref` that is `missing` stands for such a name. At run time the variable then holds None, so that
`v is None` asks just that. Whatever else needs its value checks first that there is one: where
Python stops with an error, so does the gradient.
"""

from __future__ import annotations

import operator
from typing import Any

from adjoint.frontend.state import objects as o
from adjoint.frontend.state.memory.aliasing import reachable
from adjoint.ir.core import Constant, Value

_IS_NONE = {operator.is_: True, operator.is_not: False}


def compare_with_none(frame: Any, ref: o.Ref, target: Any) -> o.Obj:
    """`ref is None` or `ref is not None`, of what may be None."""
    value = frame.lowering.current(ref)
    return o.Ref(frame.lowering.builder.apply(target, value, Constant(None)))


def assume(frame: Any, condition: Any, holds: bool) -> None:
    """Make use of a condition in the arm of a branch: what is not None has a value there."""
    if not isinstance(condition, Value) or isinstance(condition, Constant):
        return
    if holds:  # None is not true
        _has_value(frame, condition)
    op = condition.op
    if op is None:
        return
    if op.target is operator.not_:
        assume(frame, op.operands[0], not holds)
    elif op.kind == "if" and op.attrs.get("style") == ("and" if holds else "or"):
        assume(frame, op.operands[0], holds)
        assume(frame, op.regions[0 if holds else 1].yields[op.results.index(condition)], holds)
    elif op.target in _IS_NONE and _IS_NONE[op.target] != holds:
        _has_value(frame, op.operands[0])


def _has_value(frame: Any, value: Value) -> None:
    """Make use of it that this value is not None."""
    state = frame.lowering.state
    refs = {obj for _, obj in reachable(frame) if isinstance(obj, o.Ref) and obj.missing}
    for ref in refs:
        if state.read(ref) is value:
            state.mark(ref, missing="")
