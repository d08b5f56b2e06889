"""Cotangents of containers, for generated code and the public functions. NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np


def rebuilt(kind: type, items: Any) -> Any:
    """A tuple, named tuple or list of these items."""
    return kind(*items) if hasattr(kind, "_fields") else kind(items)


def zeros_like(x: Any) -> Any:
    """The zero cotangent of `x`, in its structure; what is no float rides along."""
    if isinstance(x, (tuple, list)):
        return rebuilt(type(x), map(zeros_like, x))
    if isinstance(x, dict):
        return {k: zeros_like(v) for k, v in x.items()}
    if isinstance(x, np.ndarray):
        return np.zeros_like(x) if x.dtype.kind in "fc" else x
    if isinstance(x, np.generic):
        return type(x)(0) if x.dtype.kind in "fc" else x
    if isinstance(x, (float, complex)):
        return type(x)(0)
    return x


def add(a: Any, b: Any) -> Any:
    """The sum of two cotangents of one container."""
    if isinstance(a, (tuple, list)):
        return rebuilt(type(a), map(add, a, b))
    if isinstance(a, dict):
        return {k: add(v, b[k]) for k, v in a.items()}
    if isinstance(a, (str, bytes, bool, int)) or a is None:
        return a
    return a + b


def copy(x: Any) -> Any:
    """A copy of a container of arrays, all the way down."""
    if isinstance(x, (tuple, list)):
        return rebuilt(type(x), map(copy, x))
    if isinstance(x, dict):
        return {k: copy(v) for k, v in x.items()}
    return x.copy() if isinstance(x, np.ndarray) else x


def pad_zeros(items: list[Any], like: Any) -> list[Any]:
    """`items` filled up with zero cotangents of the remaining elements of `like`."""
    return items + [zeros_like(x) for x in like[len(items) :]]
