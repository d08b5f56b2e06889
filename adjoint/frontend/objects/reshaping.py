"""`x.shape = (2, 3)`: the array object itself gets another shape, under all its names."""

from __future__ import annotations

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.indices import index_object
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.aliasing import check_store, edges
from adjoint.frontend.state.memory.views import layout_of, view
from adjoint.frontend.state.state import Names, Variable
from adjoint.frontend.state.store import Slot
from adjoint.ir import ops
from adjoint.ir.core import Constant
from adjoint.ir.types import Array


def assign_shape(frame: Frame, array: o.Ref, shape: o.Obj) -> None:
    """Let a view of the array with this shape stand wherever the array stands.

    Views of the array that were made before keep the shape that they have.
    """
    lowering, apply = frame.lowering, frame.lowering.builder.apply
    value = lowering.current(array)
    if not isinstance(value.type, Array) or isinstance(array, o.Either):
        raise UnsupportedError("the attribute 'shape' of this object is assigned",
                               instead="write a = np.reshape(a, shape)")  # fmt: skip
    check_store(frame, array)
    size = index_object(frame, shape)
    reshaped = apply(np.reshape, value, size)
    if layout_of(array) != "contiguous":
        same = apply(np.may_share_memory, value, reshaped)
        said = "the shape cannot be assigned: the array is not contiguous"
        apply(ops.check, same, Constant(said), Constant(AttributeError))
    reshaped.name = value.name
    new = view(frame, array, reshaped, np.reshape, [size])
    for _, holder, key, obj in list(edges(frame)):
        if obj is not array:
            continue
        if isinstance(holder, Names):
            lowering.put(Variable(holder, key), new)
        elif isinstance(holder, (o.Seq, o.Mapping, o.Instance)):
            lowering.put(Slot(holder, key), new)
        elif holder is not frame.pending:
            raise UnsupportedError("the shape of an array is assigned that a function holds",
                                   instead="write a = np.reshape(a, shape)")  # fmt: skip
