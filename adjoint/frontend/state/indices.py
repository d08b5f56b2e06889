"""Indices as values."""

from __future__ import annotations

import operator

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.lowering import Frame
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import List, Range


def index_object(frame: Frame, obj: o.Obj) -> Value:
    """An index as a value: lists of numbers stay lists, a range is the array of its numbers."""
    known, python = constant_of(obj)
    if known:
        return Constant(python)
    if isinstance(obj, o.Seq) and obj.kind is tuple:
        parts = [index_object(frame, item) for item in obj.items]
        return frame.lowering.builder.apply(ops.make_tuple, *parts)
    value = frame.lowering.value(obj)
    if isinstance(value.type, List) and value.type.kind is tuple:
        if isinstance(value.type.size, int):
            apply = frame.lowering.builder.apply
            positions = [apply(operator.getitem, value, k) for k in range(value.type.size)]
            return apply(ops.make_tuple, *positions)
        raise UnsupportedError(
            "the index is a tuple, and how many numbers it has is known only at run time",
            instead="unpack it first, as in i, j = index",
        )
    if isinstance(value.type, Range) and value.op is not None and value.op.target is range:
        return frame.lowering.builder.apply(np.arange, *value.op.operands)
    return value
