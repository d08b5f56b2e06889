"""Result types of products and joins.

Elsewhere NumPy is asked, with sample arrays of distinct sizes. That fails where sizes have to
agree but are not known to, as in `np.inner(x, y)`; so these functions say their shapes themselves.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Constant, Value
from adjoint.ir.indexing import broadcast_dims, broadcast_size, items_of
from adjoint.ir.infer import infer, register_inference
from adjoint.ir.types import (
    ANY,
    UNKNOWN,
    Array,
    List,
    Size,
    Struct,
    Type,
    dims_of,
    shift,
)
from adjoint.rules.products import contracted_axes, spelled_out

Dims = tuple[Size, ...]
Args = Sequence[Value]
KwArgs = dict[str, Value]


def static(name: str, position: int, default: Any, args: Args, kwargs: KwArgs) -> Any:
    """An argument that decides the shape."""
    value = kwargs.get(name, args[position] if len(args) > position else Constant(default))
    if isinstance(value, Constant):
        return value.value
    items = items_of(value)
    if items is not None and all(isinstance(i, Constant) for i in items):
        return tuple(i.value for i in items)  # type: ignore[attr-defined]
    if items is not None:
        return tuple(static(name, 0, None, [i], {}) for i in items)
    raise UnsupportedError(f"the argument '{name}' is only known when the program runs")


def dtype_of(type_: Type) -> Any:
    if isinstance(type_, Array):
        return type_.dtype
    return {"float": 0.0, "int": 0, "bool": False, "complex": 0j}[getattr(type_, "kind", "float")]


def array(dims: Dims, *operands: Type) -> Array:
    """The result of a product: a NumPy scalar where no axis is left."""
    dtype = np.result_type(*map(dtype_of, operands))
    return Array(dtype, dims, scalar=not dims)


def product(shape: Callable[..., Dims]) -> Callable[[Args, KwArgs], Type]:
    """Inference of a product of two arrays from the dimensions of both."""

    def infer_product(args: Args, kwargs: KwArgs) -> Type:
        if len(args) < 2:
            raise UnsupportedError("pass the two arrays of a product by position")
        a, b = (dims_of(v.type) for v in args[:2])
        if a is None or b is None:
            return UNKNOWN
        if not a or not b:
            return infer(np.multiply, args[:2], {})
        return array(shape(a, b), args[0].type, args[1].type)

    return infer_product


def dot_dims(a: Dims, b: Dims) -> Dims:
    return a[:-1] + b[:-2] + (b[-1:] if len(b) > 1 else ())


def tensordot_type(args: Args, kwargs: KwArgs) -> Type:
    a, b = (dims_of(v.type) for v in args[:2])
    if a is None or b is None:
        return UNKNOWN
    a_axes, b_axes = contracted_axes(static("axes", 2, 2, args, kwargs), len(a), len(b))
    dims = [d for k, d in enumerate(a) if k not in a_axes]
    dims += [d for k, d in enumerate(b) if k not in b_axes]
    result = array(tuple(dims), args[0].type, args[1].type)
    return Array(result.dtype, result.dims)  # a rank-0 array where all axes are summed


def einsum_type(args: Args, kwargs: KwArgs) -> Type:
    subscripts = args[0].value if isinstance(args[0], Constant) else None
    if not isinstance(subscripts, str):
        raise UnsupportedError(
            "einsum needs its subscripts in a string that is part of the program",
            instead="write the indices as letters, as in 'bij,bjk->bik'",
        )
    shapes = [dims_of(v.type) for v in args[1:]]
    if any(s is None for s in shapes):
        return UNKNOWN
    known = [s for s in shapes if s is not None]
    terms, output = spelled_out(subscripts, list(map(len, known)))
    sizes: dict[str, Size] = {}
    for term, dims in zip(terms, known, strict=True):
        for letter, size in zip(term, dims, strict=True):
            sizes[letter] = broadcast_size(sizes[letter], size) if letter in sizes else size
    dims = tuple(sizes[letter] for letter in output)
    result = array(dims, *(v.type for v in args[1:]))
    dtype = static("dtype", len(args), None, args, kwargs)
    return Array(result.dtype if dtype is None else np.dtype(dtype), dims)


# Joins


def join_type(
    axis_of: Callable[[int], int | None], widen: Callable[[Dims], Dims] = lambda dims: dims
) -> Callable[[Args, KwArgs], Type]:
    """Inference of a function that widens its arrays, and joins them along an axis."""

    def infer_join(args: Args, kwargs: KwArgs) -> Type:
        return joined(args[0], axis_of, widen)

    return infer_join


def joined(arrays: Value, axis_of: Callable[[int], int | None], widen: Any) -> Type:
    parts = parts_of(arrays)
    if parts is None:
        return UNKNOWN
    shapes = [dims_of(t) for t in parts]
    if any(s is None for s in shapes):
        return UNKNOWN
    wide = [widen(s) for s in shapes]
    dtype = np.result_type(*map(dtype_of, parts))
    axis = axis_of(len(wide[0]))
    many = isinstance(arrays.type, List)
    if axis is None:
        flat = [(math.prod(s),) if all(isinstance(n, int) for n in s) else (ANY,) for s in wide]
        flat = [s if len(s) == 1 else f for s, f in zip(wide, flat, strict=True)]
        return Array(dtype, (ANY if many else total([s[0] for s in flat]),))
    if len({len(s) for s in wide}) > 1:
        raise UnsupportedError("arrays of different rank are joined")
    axis = axis % len(wide[0])
    dims = []
    for k in range(len(wide[0])):
        along = [s[k] for s in wide]
        if k == axis:
            dims.append(ANY if many else total(along))
        else:
            dims.append(functools.reduce(same, along))
    return Array(dtype, tuple(dims))


def parts_of(arrays: Value) -> list[Type] | None:
    """The types of the arrays that are joined."""
    match arrays.type:
        case List(element):
            return [element]
        case Struct(_, items) if items:
            return [_as_array(t) for t in items]
        case Array(dtype, dims) if dims:
            return [Array(dtype, dims[1:])]
    return None


def _as_array(type_: Type) -> Type:
    """A list of numbers among the arrays counts as a vector."""
    if isinstance(type_, (Struct, List)):
        return infer(np.asarray, [Value(type_)], {})
    return type_


def total(sizes: Sequence[Size]) -> Size:
    """The sum of sizes: known up to one symbolic one."""
    number = sum(n for n in sizes if isinstance(n, int))
    symbolic = [n for n in sizes if not isinstance(n, int)]
    if not symbolic:
        return number
    return shift(symbolic[0], number) if len(symbolic) == 1 else ANY


def same(a: Size, b: Size) -> Size:
    """Of two sizes that are equal, the one that is known better."""
    return a if isinstance(a, int) or not isinstance(b, int) else b


def concatenate_type(args: Args, kwargs: KwArgs) -> Type:
    axis = static("axis", 1, 0, args, kwargs)
    return joined(args[0], lambda rank: axis, lambda dims: dims)


def append_type(args: Args, kwargs: KwArgs) -> Type:
    axis = static("axis", 2, None, args, kwargs)
    pair = Value(Struct(tuple, (args[0].type, args[1].type)))
    return joined(pair, lambda rank: axis, lambda dims: dims)


def _rows(dims: Dims) -> Dims:
    return (1,) * (2 - len(dims)) + dims


def _columns(dims: Dims) -> Dims:
    return dims if len(dims) > 1 else (*(dims or (1,)), 1)


register_inference(np.dot, product(dot_dims))
register_inference(np.inner, product(lambda a, b: a[:-1] + b[:-1]))
register_inference(np.vdot, product(lambda a, b: ()))
register_inference(np.vecdot, product(lambda a, b: broadcast_dims(a[:-1], b[:-1])))
register_inference(np.matvec, product(lambda a, b: broadcast_dims(a[:-2], b[:-1]) + a[-2:-1]))
register_inference(np.vecmat, product(lambda a, b: broadcast_dims(a[:-1], b[:-2]) + b[-1:]))
register_inference(np.tensordot, tensordot_type)
register_inference(np.einsum, einsum_type)
register_inference(np.concatenate, concatenate_type)
register_inference(np.append, append_type)
register_inference(np.vstack, join_type(lambda rank: 0, _rows))
register_inference(np.column_stack, join_type(lambda rank: 1, _columns))
register_inference(
    np.hstack, join_type(lambda rank: 0 if rank == 1 else 1, lambda dims: dims or (1,))
)
