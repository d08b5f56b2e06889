"""Cotangents of containers, for generated code and the public functions. NumPy only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.runtime.records import carries, field_names, is_record, new_record


def is_container(x: Any) -> bool:
    return isinstance(x, (tuple, list, dict)) or is_record(x)


def items_of(x: Any) -> list[Any]:
    if is_record(x):
        return [getattr(x, k) for k in field_names(x)]
    return list(x.values()) if isinstance(x, dict) else list(x)


def mapped(f: Callable[..., Any], x: Any, *others: Any) -> Any:
    """`f` of the items of a container (and of those of others like it), in its structure."""
    if is_record(x):
        items = {
            k: f(getattr(x, k), *[getattr(o, k) for o in others])
            if carries(type(x), k)
            else getattr(x, k)
            for k in field_names(x)
        }
        return new_record(type(x), **items)
    if isinstance(x, dict):
        return {k: f(v, *[o[k] for o in others]) for k, v in x.items()}
    return type(x)([f(*items) for items in zip(x, *others, strict=True)])


def tree_map(f: Callable[..., Any], x: Any, *others: Any) -> Any:
    """`f` of each number and array of floats in a container, and of others like it."""
    if not isinstance(x, np.ndarray) and is_container(x):
        return mapped(lambda *items: tree_map(f, *items), x, *others)
    return f(x, *others) if is_float(x) else x


def tree_leaves(x: Any) -> list[Any]:
    """The floats and arrays of floats in a container, in its order."""
    if isinstance(x, np.ndarray):
        return [x] if is_float(x) else []
    if isinstance(x, (tuple, list, dict)):
        return [leaf for item in items_of(x) for leaf in tree_leaves(item)]
    if is_record(x):
        fields = [getattr(x, k) for k in field_names(x) if carries(type(x), k)]
        return [leaf for item in fields for leaf in tree_leaves(item)]
    return [x] if is_float(x) else []


def contract(a: Any, b: Any) -> Any:
    """The inner product of two containers of one structure; what holds no floats is left out."""
    pairs = zip(tree_leaves(a), tree_leaves(b), strict=True)
    return sum(np.sum(np.multiply(x, y)) for x, y in pairs)


def is_float(x: Any) -> bool:
    """Is this a real or complex number, or an array of them?"""
    if isinstance(x, (np.ndarray, np.generic)):
        return x.dtype.kind in "fc"
    return isinstance(x, (float, complex))


def zeros_like(x: Any) -> Any:
    """The zero cotangent of `x`, in its structure; what is no float rides along."""
    if is_container(x):
        return mapped(zeros_like, x)
    if isinstance(x, np.ndarray):
        return np.zeros_like(x) if x.dtype.kind in "fc" else x
    if isinstance(x, np.generic):
        return type(x)(0) if x.dtype.kind in "fc" else x
    if isinstance(x, (float, complex)):
        return type(x)(0)
    return x


def zero_tangents(x: Any) -> Any:
    """The zero tangent of a list, of its integers too: they may stand where floats are meant."""
    if is_container(x):
        return mapped(zero_tangents, x)
    if isinstance(x, np.ndarray):
        return np.zeros_like(x) if x.dtype.kind in "fc" else np.zeros(x.shape)
    if isinstance(x, np.generic) and x.dtype.kind in "fc":
        return type(x)(0)
    return 0.0 if isinstance(x, (int, float, np.generic)) else x


def add(a: Any, b: Any) -> Any:
    """The sum of two cotangents of one container."""
    if is_container(a):
        return mapped(add, a, b)
    if isinstance(a, (float, complex, np.ndarray, np.generic)):
        return a + b
    return a


def cotangent_of(cotangents: Any, position: int) -> Any:
    """The cotangent of one argument, of a rule that returns one or a tuple of them."""
    return cotangents[position] if isinstance(cotangents, tuple) else cotangents


def copy(x: Any) -> Any:
    """A copy of a container of arrays, all the way down."""
    if isinstance(x, np.ndarray):
        return x.copy()
    if isinstance(x, (float, int, complex, str)):  # which is quickly seen
        return x
    return mapped(copy, x) if is_container(x) else x


def pad_zeros(items: list[Any], like: Any) -> list[Any]:
    """`items` filled up with zero cotangents of the remaining elements of `like`."""
    return items + [zeros_like(x) for x in like[len(items) :]]


def index_of_max(keys: Any) -> int:
    """Where `max(keys)` is: the first of the largest, by Python's comparison."""
    return max(range(len(keys)), key=keys.__getitem__)


def index_of_min(keys: Any) -> int:
    """Where `min(keys)` is: the first of the smallest, by Python's comparison."""
    return min(range(len(keys)), key=keys.__getitem__)
