"""Functions that make arrays from shapes, ranges and sequences."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Constant, Value
from adjoint.ir.indexing import broadcast_dims
from adjoint.ir.infer.containers import common_element
from adjoint.ir.infer.operands import (
    Args,
    InferType,
    KwArgs,
    dtype_from,
    dtype_of,
    shape_from,
    size_from,
)
from adjoint.ir.infer.oracle import probe
from adjoint.ir.types import (
    ANY,
    UNKNOWN,
    Array,
    List,
    Range,
    Scalar,
    Size,
    Struct,
    Type,
    Unknown,
    dims_of,
    is_rank0,
    known,
    shift,
)


def _filled(args: Args, kwargs: KwArgs) -> Type:
    shape = kwargs.get("shape", args[0] if args else None)
    dims = shape_from(shape) if shape is not None else None
    dtype = dtype_from(kwargs.get("dtype", args[1] if len(args) > 1 else None), np.float64)
    return UNKNOWN if dims is None else Array(dtype, dims)


def _full(args: Args, kwargs: KwArgs) -> Type:
    dims = shape_from(args[0])
    fill = kwargs.get("fill_value", args[1] if len(args) > 1 else Constant(0.0))
    default = np.result_type(dtype_of(fill.type))
    dtype = dtype_from(kwargs.get("dtype", args[2] if len(args) > 2 else None), default)
    return UNKNOWN if dims is None else Array(dtype, dims)


def _like(args: Args, kwargs: KwArgs) -> Type:
    base = args[0].type
    if isinstance(base, Unknown):
        return UNKNOWN
    dims = dims_of(base)
    if dims is None:
        return probe(np.zeros_like, args, kwargs)
    if "shape" in kwargs:
        dims = shape_from(kwargs["shape"]) or dims
    return Array(dtype_from(kwargs.get("dtype"), dtype_of(base)), dims)


def _arange(args: Args, kwargs: KwArgs) -> Type:
    ints = all(isinstance(v.type, Scalar) and v.type.kind == "int" for v in args)
    dtype = dtype_from(kwargs.get("dtype"), np.int64 if ints else np.float64)
    if ints:
        return Array(dtype, (range_size(args),))
    known_numbers = [v.value for v in args if isinstance(v, Constant)]
    size = len(np.arange(*known_numbers)) if len(known_numbers) == len(args) else ANY
    return Array(dtype, (size,))


def range_size(args: Args) -> Size:
    sizes = [v.type.size if isinstance(v.type, Scalar) else None for v in args]
    if len(sizes) == 1 and sizes[0] is not None:
        return sizes[0]
    numbers = known(sizes)
    if numbers is not None:
        return len(range(*numbers))
    if len(sizes) == 2 and isinstance(sizes[0], int) and sizes[1] is not None:
        return shift(sizes[1], -sizes[0])
    return ANY


def _linspace(args: Args, kwargs: KwArgs) -> Type:
    count = kwargs.get("num", args[2] if len(args) > 2 else Constant(50))
    shapes = [dims_of(v.type) for v in args[:2]]
    dims = list(broadcast_dims(*[s for s in shapes if s is not None]))
    axis = kwargs.get("axis", Constant(0))
    assert isinstance(axis, Constant)
    dims.insert(axis.value if axis.value >= 0 else len(dims) + 1 + axis.value, size_from(count))
    given = [v.type.dtype for v in args[:2] if isinstance(v.type, Array)]
    dtype = dtype_from(kwargs.get("dtype"), np.result_type(*given, 0.0))
    points = Array(dtype, tuple(dims))
    step = kwargs.get("retstep", args[4] if len(args) > 4 else Constant(False))
    if isinstance(step, Constant) and step.value and len(args) < 6:
        return Struct(tuple, (points, Array(dtype, tuple(dims[1:]), scalar=len(dims) == 1)))
    return points


def _geomspace(args: Args, kwargs: KwArgs) -> Type:
    return _linspace(args[:4], {"dtype": Constant(np.float64), **kwargs})


def _logspace(args: Args, kwargs: KwArgs) -> Type:
    base = kwargs.get("base", args[4] if len(args) > 4 else Constant(10.0)).type
    if not is_rank0(base):
        raise UnsupportedError("np.logspace is only supported with a number as base")
    points = _linspace(args[:4], {k: v for k, v in kwargs.items() if k != "base"})
    if isinstance(points, Array) and isinstance(base, Array) and "dtype" not in kwargs:
        return Array(np.result_type(points.dtype, base.dtype), points.dims)
    return points


def _asarray(args: Args, kwargs: KwArgs) -> Type:
    if "ndmin" in kwargs:
        rest = {k: v for k, v in kwargs.items() if k != "ndmin"}
        made, least = _asarray(args, rest), kwargs["ndmin"]
        if isinstance(made, Array) and isinstance(least, Constant):
            return Array(made.dtype, (1,) * (least.value - made.rank) + made.dims)
        return UNKNOWN
    source = args[0]
    dtype = kwargs.get("dtype", args[1] if len(args) > 1 else None)
    match source.type:
        case Unknown():
            return UNKNOWN
        case Array(old, dims, loose=loose):
            return Array(dtype_from(dtype, old), dims, loose=loose)
        case Scalar():
            return Array(dtype_from(dtype, dtype_of(source.type)), ())
        case List(element, size):
            inner = _asarray([Value(element)], kwargs)
            if isinstance(inner, Array):
                return Array(inner.dtype, (size, *inner.dims))
            return inner
        case Struct(_, items):
            rows = [_asarray([Value(item)], kwargs) for item in items]
            if any(isinstance(row, Unknown) for row in rows):
                return UNKNOWN
            own = [row for row in rows if isinstance(row, Array)]
            common = np.result_type(*(row.dtype for row in own)) if own else np.dtype(float)
            made_of = dtype_from(dtype, common)
            if not own:
                return Array(made_of, (0,))
            row_type = common_element([Array(made_of, row.dims) for row in own])
            assert isinstance(row_type, Array)
            return Array(made_of, (len(items), *row_type.dims))
    return probe(np.asarray, args, kwargs)


def _ndarray_copy(args: Args, kwargs: KwArgs) -> Type:
    unknown = set(kwargs) - {"order", "subok"}
    if unknown:
        raise UnsupportedError(f"copy() has no parameter '{min(unknown)}'")
    return _asarray(args[:1], {})


CREATION: dict[Any, InferType] = {
    np.zeros: _filled,
    np.ones: _filled,
    np.empty: _filled,
    np.full: _full,
    np.zeros_like: _like,
    np.ones_like: _like,
    np.empty_like: _like,
    np.full_like: _like,
    np.arange: _arange,
    np.linspace: _linspace,
    np.geomspace: _geomspace,
    np.logspace: _logspace,
    np.array: _asarray,
    np.asarray: _asarray,
    np.asanyarray: _asarray,
    np.copy: _ndarray_copy,
    range: lambda args, kwargs: Range(range_size(args)),
    itertools.count: lambda args, kwargs: Range(),
}
