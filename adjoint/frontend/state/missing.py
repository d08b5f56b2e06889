"""Names that on some path are unassigned, or None, where on others they have a value.

A `Ref` that is `missing` stands for such a name. At run time the variable then holds None, so that
`v is None` asks just that. Whatever else needs its value checks first that there is one: where
Python stops with an error, so does the gradient.
"""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import Any

from adjoint.frontend.state import objects as o
from adjoint.frontend.state.memory.aliasing import edges
from adjoint.frontend.state.store import Slot, read
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value

_IS_NONE = {operator.is_: True, operator.is_not: False}


def compare_with_none(frame: Any, ref: o.Ref, target: Any) -> o.Obj:
    """`ref is None` or `ref is not None`, of what may be None."""
    value = read(ref, frame.lowering.state)
    return o.Ref(frame.lowering.builder.apply(target, value, Constant(None)))


def require(lowering: Any, ref: o.Ref, name: str = "") -> None:
    """Assert that there is a value; from here on there is one."""
    value = read(ref, lowering.state)
    shown = name or value.name or "this"
    what = "None" if ref.missing == "None" else "not assigned"
    present = lowering.builder.apply(operator.is_not, value, Constant(None))
    error = TypeError if ref.missing == "None" else UnboundLocalError
    lowering.builder.apply(ops.check, present, f"'{shown}' is {what} here", error)
    _replace(lowering.frame, ref, value)


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
    refs = [obj for _, _, _, obj in edges(frame) if isinstance(obj, o.Ref) and obj.missing]
    for ref in dict.fromkeys(refs):
        if read(ref, state) is value:
            _replace(frame, ref, value)


def _replace(frame: Any, ref: o.Ref, value: Value) -> None:
    """Let an object without `missing` stand wherever this branch or loop may put it."""
    present = replace(ref, value=value, missing="", aliases=ref.aliases | {ref}, serial=o.now())
    for _, holder, key, obj in list(edges(frame)):
        if obj is not ref:
            continue
        if holder is frame:
            frame.names[key] = present
        elif isinstance(holder, (o.Seq, o.Mapping, o.Instance)):
            frame.lowering.change(holder)
            Slot(holder, key).put(present)
