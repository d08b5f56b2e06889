"""Functions that order, search and select elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.indexing import items_of
from adjoint.ir.core import Value
from adjoint.ir.infer import register_inference
from adjoint.ir.types import Struct
from adjoint.rules.registry import (
    expansion,
    linear,
    multilinear,
    nondifferentiable,
    refuse,
)
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


@multilinear(add_along_axis)
def add_along_axis_rule(y_bar: Any, x: Any, indices: Any, values: Any, axis: int) -> Any:
    return y_bar, None, np.take_along_axis(y_bar, indices, axis), None


register_inference(add_along_axis, lambda args, kwargs: args[0].type)


@expansion(np.partition)
def partition(a: Any, kth: Any, axis: Any = -1, kind: str = "introselect") -> Any:
    """The elements in the order of np.argpartition."""
    if axis is None:
        a, axis = np.ravel(a), -1
    order = np.argpartition(a, kth, axis=axis, kind=kind)
    return a[order] if a.ndim == 1 else np.take_along_axis(a, order, axis)


@expansion(np.compress)
def compress(condition: Any, a: Any, axis: Any = None) -> Any:
    chosen = call(np.flatnonzero, condition)
    return np.take(a, chosen) if axis is None else np.take(a, chosen, axis)


@expansion(np.extract)
def extract(condition: Any, arr: Any) -> Any:
    return np.take(arr, call(np.flatnonzero, condition))


@expansion(np.select)
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


def parts(container: Any) -> list[Any]:
    """The items of a tuple or list of a known length."""
    if not isinstance(container, Value):
        return list(container)
    if not isinstance(container.type, Struct):
        raise UnsupportedError(
            "the number of choices is only known when the program runs",
            instead="write the choices as a list of arrays",
        )
    return items_of(container) or [container[k] for k in range(len(container))]


@linear(np.bincount)
def bincount(y_bar: Any, x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """An element of the result is the sum of the weights of its bin."""
    return None, y_bar[x]


refuse(
    np.unique, np.unique_values, np.unique_all, np.unique_counts, np.unique_inverse,
    np.union1d, np.intersect1d, np.setdiff1d, np.setxor1d,
    because="a set of numbers jumps where two of them meet, so that it has no derivative",
    instead="use np.sort, or index with the positions of the elements to keep",
)  # fmt: skip
refuse(
    np.histogram, np.histogram2d, np.histogramdd, np.histogram_bin_edges,
    because="a histogram is differentiated neither by its edges nor by its weights",
    instead="use np.bincount with the bins of np.digitize for weighted sums",
)  # fmt: skip
refuse(np.sort_complex, because="complex numbers have no order that is differentiable")

nondifferentiable(
    np.argpartition, np.searchsorted, np.digitize, np.lexsort, np.nonzero, np.flatnonzero,
    np.argwhere, np.isin, np.isposinf, np.isneginf, np.iscomplexobj, np.isrealobj, np.isreal,
    np.iscomplex, np.array_equiv, np.may_share_memory, np.shares_memory,
)  # fmt: skip
