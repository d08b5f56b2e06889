"""np.mgrid, np.ogrid, np.r_, np.c_, np.s_ and np.index_exp: functions written as subscripts."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.lowering import Frame
from adjoint.ir.core import Constant, Value
from adjoint.ir.indexing import is_slice, slice_parts

#: The classes of these objects.
MAKERS = (type(np.mgrid), type(np.ogrid), type(np.r_), type(np.c_), type(np.s_))


def subscript_of_maker(frame: Frame, maker: Any, index: o.Obj) -> o.Obj:
    if maker is np.s_:
        return index
    if maker is np.index_exp:
        return index if isinstance(index, o.Seq) else o.Seq(tuple, [index])
    parts = _parts(index)
    if maker is np.mgrid or maker is np.ogrid:
        return _grid(frame, parts, not isinstance(index, o.Seq), maker is np.ogrid)
    return _row_or_columns(frame, parts, maker is np.c_)


def _parts(index: o.Obj) -> list[o.Obj]:
    """The items of a subscript."""
    if isinstance(index, o.Seq) and index.kind is tuple:
        return index.items
    known, python = constant_of(index)
    if known and isinstance(python, tuple):
        return [o.Known(p) for p in python]
    return [index]


def _points(frame: Frame, part: o.Obj) -> Value:
    """Evaluate `start:stop:step`; an imaginary step is a number of points."""
    apply = frame.lowering.builder.apply
    start, stop, step = slice_parts(frame.lowering.value(part))
    first: Value = Constant(0) if _is(start, None) else start
    if isinstance(step, Constant) and isinstance(step.value, complex):
        return apply(np.linspace, first, stop, int(abs(step.value)))
    if _is(step, None) or _is(step, 1):
        return apply(np.arange, stop) if _is(first, 0) else apply(np.arange, first, stop)
    return apply(np.arange, first, stop, step)


def _is(value: Value, python: Any) -> bool:
    if not isinstance(value, Constant) or isinstance(value.value, np.ndarray):
        return False
    return value.value is None if python is None else bool(value.value == python)


def _grid(frame: Frame, parts: list[o.Obj], single: bool, is_open: bool) -> o.Obj:
    apply, wrap = frame.lowering.builder.apply, frame.lowering.wrap
    points = [_points(frame, part) for part in parts]
    if single:
        return wrap(points[0])
    dtype = np.result_type(*(p.dtype for p in points))
    points = [p if p.dtype == dtype else p.astype(dtype) for p in points]
    options: dict[str, Any] = {"indexing": "ij"}
    if is_open:
        return wrap(apply(np.meshgrid, *points, **options, sparse=True))
    grids = apply(np.meshgrid, *points, **options)
    items = [apply(operator.getitem, grids, k) for k in range(len(points))]
    return wrap(apply(np.stack, items))


def _row_or_columns(frame: Frame, parts: list[o.Obj], columns: bool) -> o.Obj:
    apply = frame.lowering.builder.apply
    arrays: list[Value] = []
    for part in parts:
        known, python = constant_of(part)
        if known and isinstance(python, str):
            raise UnsupportedError(
                "np.r_ and np.c_ with a string are not supported",
                instead="use np.concatenate or np.stack with an axis",
            )
        value = frame.lowering.value(part)
        if is_slice(value):
            value = _points(frame, part)
        else:
            value = apply(np.atleast_1d, apply(np.asarray, value))
        arrays.append(value)
    if not columns or any(a.ndim > 2 for a in arrays):
        return frame.lowering.wrap(apply(np.concatenate, arrays, axis=-1 if columns else 0))
    return frame.lowering.wrap(apply(np.column_stack, arrays))
