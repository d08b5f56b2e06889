"""Result types of products, of joins and of splits.

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
from adjoint.ir.indexing import (
    broadcast_dims,
    broadcast_size,
    items_of,
    python_argument,
    slice_size,
)
from adjoint.ir.infer import Args, InferType, KwArgs, infer, probe, register_inference
from adjoint.ir.types import (
    ANY,
    UNKNOWN,
    Array,
    List,
    Scalar,
    Size,
    Struct,
    Type,
    dims_of,
    fresh_dim,
    shift,
)
from adjoint.rules.products import contracted_axes, spelled_out

Dims = tuple[Size, ...]


def static(name: str, position: int, default: Any, args: Args, kwargs: KwArgs) -> Any:
    """An argument that decides the shape."""
    value = kwargs.get(name, args[position] if len(args) > position else Constant(default))
    known = python_argument(value)
    if not isinstance(known, Value):
        return known
    items = items_of(value)
    if items is not None:
        return tuple(static(name, 0, None, [i], {}) for i in items)
    raise UnsupportedError(f"the argument '{name}' is known only at run time")


def dtype_of(type_: Type) -> Any:
    if isinstance(type_, Array):
        return type_.dtype
    return {"float": 0.0, "int": 0, "bool": False, "complex": 0j}[getattr(type_, "kind", "float")]


def own_dtype(type_: Type) -> Any:
    """The dtype of an array made of this alone."""
    return np.result_type(dtype_of(type_))


def array(dims: Dims, *operands: Type) -> Array:
    """The result of a product: a NumPy scalar where no axis is left."""
    dtype = np.result_type(*map(dtype_of, operands))
    return Array(dtype, dims, scalar=not dims)


def product(shape: Callable[..., Dims]) -> InferType:
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
) -> InferType:
    """Inference of a function that widens its arrays, and joins them along an axis."""

    def infer_join(args: Args, kwargs: KwArgs) -> Type:
        return with_dtype(joined(args[0], axis_of, widen), kwargs)

    return infer_join


def with_dtype(type_: Type, kwargs: KwArgs) -> Type:
    dtype = static("dtype", 0, None, [], kwargs)
    if dtype is None or not isinstance(type_, Array):
        return type_
    return Array(np.dtype(dtype), type_.dims)


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
    many = not isinstance(arrays.type, Struct) and len(parts) == 1
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
            count = dims[0]
            return [Array(dtype, dims[1:])] * (max(count, 1) if isinstance(count, int) else 1)
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
    return with_dtype(joined(args[0], lambda rank: axis, lambda dims: dims), kwargs)


def stack_type(args: Args, kwargs: KwArgs) -> Type:
    rows = infer(np.asarray, args[:1], {})
    if not isinstance(rows, Array):
        return UNKNOWN
    count, *dims = rows.dims
    axis = static("axis", 1, 0, args, kwargs)
    dims.insert(axis if axis >= 0 else axis + len(rows.dims), count)
    return with_dtype(Array(rows.dtype, tuple(dims)), kwargs)


def append_type(args: Args, kwargs: KwArgs) -> Type:
    axis = static("axis", 2, None, args, kwargs)
    pair = Value(Struct(tuple, (args[0].type, args[1].type)))
    return joined(pair, lambda rank: axis, lambda dims: dims)


# Splits


def split_type(axis_of: Callable[[int, Args, KwArgs], int], even: bool = True) -> InferType:
    """Inference of a function that splits an array into a list along an axis."""

    def infer_split(args: Args, kwargs: KwArgs) -> Type:
        whole = args[0].type
        if not isinstance(whole, Array):
            return UNKNOWN
        axis = axis_of(whole.rank, args, kwargs)
        size = whole.dims[axis]
        places = args[1] if len(args) > 1 else kwargs["indices_or_sections"]
        if not isinstance(places, Constant) and isinstance(places.type, Scalar):
            dims = (*whole.dims[:axis], ANY, *whole.dims[axis + 1 :])
            return List(Array(whole.dtype, dims))
        if isinstance(places, Constant) and np.ndim(places.value) == 0:
            sizes = sections(size, int(places.value), even)
        else:
            items = items_of(places)
            if items is None and isinstance(places, Constant):
                items = list(map(Constant, np.asarray(places.value).tolist()))
            if items is None and isinstance(places.type, Struct):
                items = [Value(t) for t in places.type.items]  # sizes known only at run time
            if items is None:
                raise UnsupportedError(
                    "how many parts an array is split into is known only at run time",
                    instead="take the parts with slices",
                )
            ends = [Constant(None), *items, Constant(None)]
            sizes = [
                slice_size(size, Constant(slice(a.value, b.value)))
                if isinstance(a, Constant) and isinstance(b, Constant) else ANY
                for a, b in zip(ends, ends[1:], strict=False)
            ]  # fmt: skip
        dims = whole.dims
        return Struct(list, tuple(
            Array(whole.dtype, (*dims[:axis], n, *dims[axis:][1:])) for n in sizes
        ))  # fmt: skip

    return infer_split


def sections(size: Size, count: int, even: bool) -> list[Size]:
    if not isinstance(size, int):
        each = fresh_dim()
        return [each] * count if even else [ANY] * count
    if even and size % count:
        raise UnsupportedError(f"{size} elements are not split into {count} equal parts")
    return [size // count + (k < size % count) for k in range(count)]


def unstack_type(args: Args, kwargs: KwArgs) -> Type:
    whole = args[0].type
    if not isinstance(whole, Array):
        return UNKNOWN
    axis = static("axis", 1, 0, args, kwargs) % whole.rank
    count, dims = whole.dims[axis], (*whole.dims[:axis], *whole.dims[axis + 1 :])
    part = Array(whole.dtype, dims, scalar=not dims)
    return Struct(tuple, (part,) * count) if isinstance(count, int) else List(part, count)


def broadcast_arrays_type(args: Args, kwargs: KwArgs) -> Type:
    shapes = [dims_of(v.type) for v in args]
    if any(s is None for s in shapes):
        return UNKNOWN
    dims = broadcast_dims(*(s for s in shapes if s is not None))
    return Struct(tuple, tuple(Array(own_dtype(v.type), dims) for v in args))


def _rows(dims: Dims) -> Dims:
    return (1,) * (2 - len(dims)) + dims


def _columns(dims: Dims) -> Dims:
    return dims if len(dims) > 1 else (*(dims or (1,)), 1)


def _planes(dims: Dims) -> Dims:
    return dims if len(dims) > 2 else (*(dims if len(dims) == 2 else (1, *(dims or (1,)))), 1)


def vecdot_type(args: Args, kwargs: KwArgs) -> Type:
    """Along the last axis, or along the one that is asked for."""
    if "axis" in kwargs or len(args) > 2:
        return probe(np.vecdot, args, kwargs)
    return product(lambda a, b: broadcast_dims(a[:-1], b[:-1]))(args, kwargs)


register_inference(np.dot, product(dot_dims))
register_inference(np.inner, product(lambda a, b: a[:-1] + b[:-1]))
register_inference(np.vdot, product(lambda a, b: ()))
register_inference(np.vecdot, vecdot_type)
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
register_inference(np.stack, stack_type)
register_inference(np.dstack, join_type(lambda rank: 2, _planes))
for split in (np.split, np.array_split):
    register_inference(
        split,
        split_type(lambda rank, args, kwargs: static("axis", 2, 0, args, kwargs) % rank,
                   even=split is np.split),
    )  # fmt: skip
register_inference(np.hsplit, split_type(lambda rank, *_: 0 if rank == 1 else 1))
register_inference(np.vsplit, split_type(lambda *_: 0))
register_inference(np.dsplit, split_type(lambda *_: 2))
register_inference(np.unstack, unstack_type)
register_inference(np.broadcast_arrays, broadcast_arrays_type)
