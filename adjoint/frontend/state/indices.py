"""Indices as values."""

from __future__ import annotations

import numpy as np

from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.lowering import Frame
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import Range


def index_object(frame: Frame, obj: o.Obj) -> Value:
    """An index as a value: lists of numbers stay lists, a range is the array of its numbers."""
    known, python = constant_of(obj)
    if known:
        return Constant(python)
    if isinstance(obj, o.Seq) and obj.kind is tuple:
        parts = [index_object(frame, item) for item in obj.items]
        return frame.lowering.builder.apply(ops.make_tuple, *parts)
    value = frame.lowering.value(obj)
    if isinstance(value.type, Range) and value.op is not None and value.op.target is range:
        return frame.lowering.builder.apply(np.arange, *value.op.operands)
    return value
