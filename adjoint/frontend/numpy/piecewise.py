"""`np.piecewise`, which calls the user's functions on parts of an array."""

from __future__ import annotations

import operator
from collections.abc import Sequence

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.objects.arraylike import is_nest, made_array
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.structure import is_function
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import is_rank0


def call_piecewise(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    """`y[condition] = function(x[condition])`, one condition after the other."""
    if len(args) < 3 or not isinstance(args[2], o.Seq):
        raise UnsupportedError("np.piecewise needs x, conditions and a list of functions")
    x, functions = frame.lowering.value(args[0]), args[2].items
    conditions = _conditions(frame, x, args[1], len(functions))
    apply, path = frame.lowering.builder.apply, Constant(((operator.getitem, 1),))
    y = apply(np.zeros_like, x)
    for condition, function in zip(conditions, functions, strict=True):
        if is_function(function):
            part = o.Ref(apply(operator.getitem, x, condition))
            function = call_object(frame, function, [part, *args[3:]], dict(kwargs), None)
        y = apply(ops.store, y, frame.lowering.value(function), path, condition)
    return o.Ref(y)


def _conditions(frame: Frame, x: Value, given: o.Obj, count: int) -> list[Value]:
    """The masks, with the one of the elements that are left where there is a function for it."""
    is_known, python = constant_of(given)
    items = given.items if isinstance(given, o.Seq) else [given]
    if is_known and isinstance(python, (list, tuple)):
        items = [o.Known(item) for item in python]
    if all(is_rank0(frame.lowering.value(item).type) for item in items):
        items = [given]  # one condition, as a list of its elements
    arrays = [made_array(frame, item) if is_nest(frame, item) else item for item in items]
    masks = [frame.lowering.value(item) for item in arrays]
    if x.ndim == 0 or any(mask.ndim != x.ndim for mask in masks):
        raise UnsupportedError(
            "np.piecewise is supported for arrays, with conditions of the shape of x",
            instead="use np.where",
        )
    if len(masks) == count - 1:
        known = masks[0]
        for mask in masks[1:]:
            known = frame.lowering.builder.apply(operator.or_, known, mask)
        masks.append(frame.lowering.builder.apply(operator.invert, known))
    if len(masks) != count:
        raise UnsupportedError("np.piecewise has more functions than conditions")
    return masks
