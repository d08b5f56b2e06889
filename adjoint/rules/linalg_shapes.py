"""Result types of linear algebra: NumPy cannot be asked where matrices have to be square.

The sizes of two axes that are equal are often not known to be; a sample would be refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Constant
from adjoint.ir.indexing import broadcast_dims
from adjoint.ir.infer import Args, InferType, KwArgs, infer, register_inference
from adjoint.ir.types import (
    ANY,
    UNKNOWN,
    Array,
    Size,
    Struct,
    Type,
    dims_of,
    fresh_dim,
    proven_equal,
    proven_many,
    type_of_constant,
)
from adjoint.rules.shapes import Dims, dtype_of, parts_of, same, static


def _inexact(*operands: Type) -> np.dtype[Any]:
    """The dtype in which LAPACK computes with these arrays."""
    dtype = np.result_type(*map(dtype_of, operands))
    return dtype if dtype.kind in "fc" else np.dtype(np.float64)


def _real(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.empty(0, dtype).real.dtype


def _complex(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.result_type(dtype, np.complex64)


def of_square(result: Callable[[np.dtype[Any], Dims], Type]) -> InferType:
    """Inference of a function of square matrices, from their dtype and dimensions."""

    def infer_square(args: Args, kwargs: KwArgs) -> Type:
        dims = dims_of(args[0].type)
        if dims is None:
            return UNKNOWN
        if len(dims) < 2:
            raise UnsupportedError("linear algebra needs arrays of two or more dimensions")
        return result(_inexact(args[0].type), dims)

    return infer_square


def _number(dtype: np.dtype[Any], dims: Dims) -> Array:
    return Array(dtype, dims[:-2], scalar=len(dims) == 2)


def _named(function: Any) -> type:
    """The named tuple that a function of a matrix returns."""
    return type(function(np.eye(1)))


SLOGDET, EIGH, EIG, SVD, QR = map(
    _named, (np.linalg.slogdet, np.linalg.eigh, np.linalg.eig, np.linalg.svd, np.linalg.qr)
)


def _smaller(m: Size, n: Size) -> Size:
    if isinstance(m, int) and isinstance(n, int):
        return min(m, n)
    if proven_equal(m, n):
        return m
    return 1 if 1 in (m, n) else fresh_dim(not_one=proven_many(m) and proven_many(n))


def svd_type(args: Args, kwargs: KwArgs) -> Type:
    dims = dims_of(args[0].type)
    if dims is None:
        return UNKNOWN
    dtype, batch = _inexact(args[0].type), dims[:-2]
    k = _smaller(dims[-2], dims[-1])
    s = Array(_real(dtype), (*batch, k))
    if not static("compute_uv", 2, True, args, kwargs):
        return s
    full = static("full_matrices", 1, True, args, kwargs)
    m, n = dims[-2:]
    U = Array(dtype, (*batch, m, m if full else k))
    return Struct(SVD, (U, s, Array(dtype, (*batch, n if full else k, n))))


def svdvals_type(args: Args, kwargs: KwArgs) -> Type:
    return svd_type(args, {"compute_uv": Constant(False)})


def qr_type(args: Args, kwargs: KwArgs) -> Type:
    dims, mode = dims_of(args[0].type), static("mode", 1, "reduced", args, kwargs)
    if dims is None:
        return UNKNOWN
    dtype, batch = _inexact(args[0].type), dims[:-2]
    m, n = dims[-2:]
    k = _smaller(m, n) if mode in ("reduced", "r") else m
    Q, R = Array(dtype, (*batch, m, k)), Array(dtype, (*batch, k, n))
    if mode == "raw":
        raise UnsupportedError("qr with mode='raw' is not supported")
    return R if mode == "r" else Struct(QR, (Q, R))


def solve_type(args: Args, kwargs: KwArgs) -> Type:
    a, b = (dims_of(v.type) for v in args[:2])
    if a is None or b is None:
        return UNKNOWN
    dtype = _inexact(args[0].type, args[1].type)
    if len(b) == 1:
        return Array(dtype, (*a[:-2], same(a[-1], b[0])))
    return Array(dtype, (*broadcast_dims(a[:-2], b[:-2]), same(a[-1], b[-2]), b[-1]))


def lstsq_type(args: Args, kwargs: KwArgs) -> Type:
    a, b = (dims_of(v.type) for v in args[:2])
    if a is None or b is None:
        return UNKNOWN
    dtype = _inexact(args[0].type, args[1].type)
    rank = np.linalg.lstsq(np.eye(1), np.ones(1), rcond=None)[2]
    items = (
        Array(dtype, (a[1], *b[1:])),
        Array(_real(dtype), (ANY,)),
        type_of_constant(rank),
        Array(_real(dtype), (ANY,)),
    )
    return Struct(tuple, items)


def tensorinv_type(args: Args, kwargs: KwArgs) -> Type:
    dims, ind = dims_of(args[0].type), static("ind", 1, 2, args, kwargs)
    return UNKNOWN if dims is None else Array(_inexact(args[0].type), dims[ind:] + dims[:ind])


def tensorsolve_type(args: Args, kwargs: KwArgs) -> Type:
    a, b = (dims_of(v.type) for v in args[:2])
    if a is None or b is None:
        return UNKNOWN
    axes = static("axes", 2, None, args, kwargs) or ()
    moved = [k % len(a) for k in axes]
    order = [k for k in range(len(a)) if k not in moved] + moved
    return Array(_inexact(args[0].type, args[1].type), tuple(a[k] for k in order[len(b) :]))


def multi_dot_type(args: Args, kwargs: KwArgs) -> Type:
    """Of a list whose length is known only at run time, all arrays have one rank: matrices."""
    parts = parts_of(args[0]) or []
    dims = [dims_of(t) for t in parts]
    if not dims or any(not d for d in dims):
        return UNKNOWN
    first, last = dims[0] or (), dims[-1] or ()
    shape = first[:-1] + last[1:]
    return Array(np.result_type(*map(dtype_of, parts)), shape, scalar=not shape)


def cross_type(args: Args, kwargs: KwArgs) -> Type:
    """Vectors have three elements unless both are known to have two."""
    a, b = (dims_of(v.type) for v in args[:2])
    if a is None or b is None:
        return UNKNOWN
    names = ("axisa", "axisb", "axisc", "axis")
    axisa, axisb, axisc, axis = (
        static(name, k, None if k == 5 else -1, args, kwargs) for k, name in enumerate(names, 2)
    )
    if axis is not None:
        axisa = axisb = axisc = axis
    return _cross(a, b, axisa, axisb, axisc, args)


def array_cross_type(args: Args, kwargs: KwArgs) -> Type:
    a, b = (dims_of(v.type) for v in args[:2])
    if a is None or b is None:
        return UNKNOWN
    axis = static("axis", 2, -1, args, kwargs)
    return _cross(a, b, axis, axis, axis, args)


def _cross(a: Dims, b: Dims, axisa: int, axisb: int, axisc: int, args: Args) -> Type:
    axisa, axisb = axisa % len(a), axisb % len(b)
    dims = list(broadcast_dims(a[:axisa] + a[axisa + 1 :], b[:axisb] + b[axisb + 1 :]))
    dtype = np.result_type(*(dtype_of(v.type) for v in args[:2]))
    if a[axisa] == b[axisb] == 2:
        return Array(dtype, tuple(dims))
    dims.insert(axisc % (len(dims) + 1), 3)
    return Array(dtype, tuple(dims))


def _as(target: Any) -> InferType:
    return lambda args, kwargs: infer(target, args, kwargs)


register_inference(np.linalg.inv, of_square(Array))
register_inference(np.linalg.cholesky, of_square(Array))
register_inference(np.linalg.matrix_power, of_square(Array))
register_inference(np.linalg.det, of_square(_number))
register_inference(
    np.linalg.slogdet,
    of_square(lambda t, dims: Struct(SLOGDET, (_number(t, dims), _number(_real(t), dims)))),
)
register_inference(
    np.linalg.eigh,
    of_square(lambda t, dims: Struct(EIGH, (Array(_real(t), dims[:-1]), Array(t, dims)))),
)
register_inference(np.linalg.eigvalsh, of_square(lambda t, dims: Array(_real(t), dims[:-1])))
register_inference(
    np.linalg.eig,
    of_square(
        lambda t, dims: Struct(EIG, (Array(_complex(t), dims[:-1]), Array(_complex(t), dims)))
    ),
)
register_inference(np.linalg.svd, svd_type)
register_inference(np.linalg.svdvals, svdvals_type)
register_inference(np.linalg.qr, qr_type)
register_inference(np.linalg.solve, solve_type)
register_inference(np.linalg.lstsq, lstsq_type)
register_inference(np.linalg.tensorinv, tensorinv_type)
register_inference(np.linalg.tensorsolve, tensorsolve_type)
register_inference(np.linalg.multi_dot, multi_dot_type)
register_inference(np.cross, cross_type)
register_inference(np.linalg.cross, array_cross_type)
register_inference(np.linalg.matmul, _as(np.matmul))
register_inference(np.linalg.tensordot, _as(np.tensordot))
register_inference(np.linalg.vecdot, _as(np.vecdot))
register_inference(np.linalg.outer, _as(np.outer))
