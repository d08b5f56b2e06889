"""Shapes of arrays and what changes them; products of matrices."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.indexing import broadcast_dims, index_dims, index_items
from adjoint.ir.infer.creation import CREATION
from adjoint.ir.infer.elementwise import elementwise
from adjoint.ir.infer.operands import (
    Args,
    InferType,
    KwArgs,
    dtype_from,
    dtype_of,
    same_as_first,
    shape_from,
)
from adjoint.ir.infer.oracle import probe
from adjoint.ir.types import (
    ANY,
    INT,
    UNKNOWN,
    Array,
    List,
    Opaque,
    Scalar,
    Size,
    Struct,
    Type,
    Unknown,
    dims_of,
    is_loose,
    is_sparse,
    known,
    same_size,
)
from adjoint.runtime.arrays import prod_others, sum_to


def _shape(args: Args, kwargs: KwArgs) -> Type:
    type_ = args[0].type
    if isinstance(type_, (List, Struct)):
        type_ = CREATION[np.asarray](args[:1], {})
    dims = dims_of(type_)
    if dims is None:
        return Opaque(tuple)
    if is_loose(args[0].type):  # of a number it is ()
        return Struct(tuple, (INT,) * len(dims))
    return Struct(tuple, tuple(Scalar("int", d) for d in dims))


def _np_size(args: Args, kwargs: KwArgs) -> Type:
    dims = dims_of(args[0].type)
    if dims is not None and len(args) == 1 and not is_loose(args[0].type):
        if len(dims) <= 1:
            return Scalar("int", dims[0] if dims else 1)
        sizes = known(dims)
        if sizes is not None:
            return Scalar("int", math.prod(sizes))
    return INT


def _broadcast_to(args: Args, kwargs: KwArgs) -> Type:
    dims = shape_from(args[1])
    if dims is None or isinstance(args[0].type, Unknown):
        return UNKNOWN
    return Array(dtype_of(args[0].type), dims, loose=bool(dims) and _is_shape_of_loose(args[1]))


def _sum_to(args: Args, kwargs: KwArgs) -> Type:
    dims = shape_from(args[1])
    if dims is None or isinstance(args[0].type, Unknown):
        return UNKNOWN
    return Array(dtype_of(args[0].type), dims, loose=bool(dims) and _is_shape_of_loose(args[1]))


def _is_shape_of_loose(shape: Value) -> bool:
    """Is this the shape of what may be a number?"""
    op = shape.op
    return op is not None and op.target is np.shape and is_loose(op.operands[0].type)


def _reshape(args: Args, kwargs: KwArgs) -> Type:
    base, shape = args[0], kwargs.get("shape", args[1] if len(args) > 1 else None)
    if isinstance(base.type, Unknown) or shape is None:
        return UNKNOWN
    dims = shape_from(shape)
    if dims is None:
        raise UnsupportedError("reshape to a shape whose rank is known only at run time")
    old = dims_of(base.type)
    if -1 in dims and old is not None:
        dims = tuple(_remaining(old, dims) if d == -1 else d for d in dims)
    return Array(dtype_of(base.type), dims)


def _remaining(old: tuple[Size, ...], new: tuple[Size, ...]) -> Size:
    """The size that -1 stands for in a reshape from `old` to `new`."""
    left, right = list(old), [d for d in new if d != -1]
    for size in list(right):
        match = next((d for d in left if same_size(d, size)), None)
        if match is not None:
            left.remove(match)
            right.remove(size)
    left, right = [d for d in left if d != 1], [d for d in right if d != 1]
    numerators, denominators = known(left), known(right)
    if numerators is not None and denominators is not None:
        denominator = math.prod(denominators)
        return math.prod(numerators) // denominator if denominator else ANY
    return left[0] if len(left) == 1 and not right else ANY


def _astype(args: Args, kwargs: KwArgs) -> Type:
    dims = dims_of(args[0].type)
    if dims is None:
        return UNKNOWN
    scalar = not isinstance(args[0].type, Array) or args[0].type.scalar
    return Array(dtype_from(args[1], np.float64), dims, scalar)


def _last_writes(args: Args, kwargs: KwArgs) -> Type:
    shape, index = args
    dims = shape_from(shape)
    if dims is None:
        return UNKNOWN
    return Array(np.dtype(bool), index_dims(dims, index_items(index)))


def _matrix(value: Value) -> Type:
    """The type of an operand of a matrix product, which may be a sparse matrix."""
    if isinstance(value, Constant) and is_sparse(value.value):
        return Array(value.value.dtype, value.value.shape)
    return value.type


def _matmul(args: Args, kwargs: KwArgs) -> Type:
    a, b = map(_matrix, args)
    if not (isinstance(a, Array) and isinstance(b, Array) and a.dims and b.dims):
        if isinstance(a, Unknown) or isinstance(b, Unknown):
            return UNKNOWN
        return probe(np.matmul, args, kwargs)
    dtype = np.result_type(a.dtype, b.dtype)
    batch = broadcast_dims(a.dims[:-2], b.dims[:-2])
    rows = a.dims[-2:-1]
    columns = b.dims[-1:] if len(b.dims) > 1 else ()
    dims = batch + rows + columns
    return Array(dtype, dims, scalar=not dims)


def _dot(args: Args, kwargs: KwArgs) -> Type:
    if kwargs:
        return probe(np.dot, args, kwargs)
    ranks = [len(d) if (d := dims_of(v.type)) is not None else None for v in args]
    if ranks[0] in (1, 2) and ranks[1] in (1, 2):
        return _matmul(args, kwargs)
    if 0 in ranks and None not in ranks:
        return elementwise(np.multiply, args, {})
    if None in ranks:
        return UNKNOWN
    return probe(np.dot, args, kwargs)


SHAPING: dict[Any, InferType] = {
    np.shape: _shape,
    np.size: _np_size,
    np.ndim: lambda args, kwargs: INT,
    np.broadcast_to: _broadcast_to,
    np.reshape: _reshape,
    np.astype: _astype,
    sum_to: _sum_to,
    prod_others: same_as_first,
    ops.last_writes: _last_writes,
    np.matmul: _matmul,
    operator.matmul: _matmul,
    np.dot: _dot,
}
