"""Functions that order, search and select elements."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.indexing import broadcast_dims, items_of
from adjoint.ir.infer import infer, register_inference
from adjoint.ir.types import ANY, UNKNOWN, Array, List, Struct, Type, dims_of
from adjoint.rules.registry import (
    expand,
    multilinear,
    nondifferentiable,
    undifferentiable,
)
from adjoint.rules.shapes import dtype_of
from adjoint.rules.staged import call, equal, select
from adjoint.runtime.sorting import add_along_axis


def scatter(y_bar: Any, x: Any, indices: Any, axis: int) -> Any:
    """Zeros like x, with y_bar added where the indices point to along an axis."""
    if x.ndim == 1:
        return call(ops.index_add, call(ops.zero, x), indices, y_bar)
    return call(add_along_axis, call(ops.zero, x), indices, y_bar, axis)


@multilinear(np.take_along_axis)
def take_along_axis(y_bar: Any, x: Any, indices: Any, axis: Any = -1) -> Any:
    if axis is None:
        flat_bar = call(ops.index_add, np.ravel(call(ops.zero, x)), indices, y_bar)
        return np.reshape(flat_bar, x.shape), None
    return scatter(y_bar, x, indices, axis), None


def _add_along_axis_tangent(
    tangents: Any, y: Any, x: Any, indices: Any, values: Any, axis: int
) -> Any:
    """Linear in both at once, as a sum is."""
    x_dot, _, values_dot, *_ = tangents
    if values_dot is None:
        return x_dot
    x_dot = call(ops.zero, x) if x_dot is None else x_dot
    return call(add_along_axis, x_dot, indices, values_dot, axis)


@multilinear(add_along_axis, jvp=_add_along_axis_tangent)
def add_along_axis_rule(y_bar: Any, x: Any, indices: Any, values: Any, axis: int) -> Any:
    return y_bar, None, np.take_along_axis(y_bar, indices, axis), None


register_inference(add_along_axis, lambda args, kwargs: args[0].type)


def _taken_type(args: Sequence[Value], kwargs: dict[str, Value]) -> Type:
    """The sizes have to agree but along the axis, of which only the indices decide."""
    x, indices = args[0].type, dims_of(args[1].type)
    axis = kwargs.get("axis", args[2] if len(args) > 2 else Constant(-1))
    if not isinstance(x, Array) or indices is None or not isinstance(axis, Constant):
        return UNKNOWN
    if axis.value is None:
        return Array(x.dtype, indices)
    dims = list(broadcast_dims(x.dims, indices))
    dims[axis.value] = indices[axis.value]
    return Array(x.dtype, tuple(dims))


register_inference(np.take_along_axis, _taken_type)


@expand(np.partition)
def partition(a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect") -> Any:
    """The elements in the order of np.argpartition."""
    if axis is None:
        a, axis = np.ravel(a), -1
    order = np.argpartition(a, kth, axis=axis, kind=kind)
    return a[order] if a.ndim == 1 else np.take_along_axis(a, order, axis)


@expand(np.compress)
def compress(condition: Any, a: Any, axis: Any = None) -> Any:
    places = call(np.flatnonzero, condition)
    if axis is None:
        return (a if a.ndim == 1 else np.ravel(a))[places]
    before = (slice(None),) * (axis % a.ndim)
    return a[(*before, places)] if before else a[places]


@expand(np.extract)
def extract(condition: Any, arr: Any) -> Any:
    return compress(condition, arr)


@expand(np.select)
def select_first(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """Of several choices, the first whose condition holds."""
    result = default
    pairs = zip(parts(condlist), parts(choicelist), strict=True)
    for condition, choice in reversed(list(pairs)):
        result = call(np.where, condition, choice, result)
    return result


@multilinear(np.choose)
def choose(y_bar: Any, a: Any, choices: Any, mode: str = "raise") -> Any:
    n = len(parts(choices))
    if mode == "wrap":
        a = a % n
    elif mode == "clip":
        a = np.clip(a, 0, n - 1)
    return None, [select(equal(a, k), y_bar, 0.0) for k in range(n)]


def _chosen_type(args: Sequence[Value], kwargs: dict[str, Value]) -> Type:
    container = args[1].type
    types = container.items if isinstance(container, Struct) else [v.type for v in parts(args[1])]
    chosen = args[0].type
    if isinstance(chosen, (Struct, List)):
        chosen = infer(np.asarray, args[:1], {})
    shapes = [dims_of(t) for t in [chosen, *types]]
    if any(s is None for s in shapes):
        return UNKNOWN
    dims = broadcast_dims(*(s for s in shapes if s is not None))
    dtype = np.result_type(*map(dtype_of, types))
    return Array(dtype, dims, scalar=not dims)


register_inference(np.choose, _chosen_type)


def parts(container: Any) -> list[Any]:
    """The items of a tuple or list of a known length."""
    if not isinstance(container, Value):
        return list(container)
    items = items_of(container)
    if items is not None:
        return items
    if not isinstance(container.type, Struct):
        raise UnsupportedError(
            "the number of choices is known only at run time",
            instead="write the choices as a list of arrays",
        )
    return [container[k] for k in range(len(container))]


@multilinear(np.bincount)
def bincount(y_bar: Any, x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """An element of the result is the sum of the weights of its bin."""
    return None, call(operator.getitem, y_bar, x)


def _bins_type(args: Sequence[Value], kwargs: dict[str, Value]) -> Type:
    weights = kwargs.get("weights", args[1] if len(args) > 1 else Constant(None))
    counts = isinstance(weights, Constant) and weights.value is None
    return Array(np.dtype(int if counts else float), (ANY,))


register_inference(np.bincount, _bins_type)


undifferentiable(np.sort_complex, "complex numbers have no order that is differentiable")

nondifferentiable(
    np.argpartition, np.searchsorted, np.digitize, np.lexsort, np.nonzero, np.flatnonzero,
    np.argwhere, np.isin, np.isposinf, np.isneginf, np.iscomplexobj, np.isrealobj, np.isreal,
    np.iscomplex, np.array_equiv, np.may_share_memory, np.shares_memory,
)  # fmt: skip
