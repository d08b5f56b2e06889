"""Cotangents of containers, for generated code and the public functions. NumPy only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.runtime.records import (
    carries,
    field_names,
    is_plain_instance,
    is_record,
    new_record,
    take_apart,
)


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
    """Apply `f` to each number and array of floats in a container.

    Parameters
    ----------
    f : callable
        It takes one leaf of `x`, and the leaves at the same place of `others`.
    x : number, array or container
        The container: a tuple, list, dictionary, data class, or instance of a plain class. Its
        other items, such as integers and strings, are returned as they are. Fields of an instance
        that share an array share the result.
    *others
        Containers of the structure of `x`.

    Returns
    -------
    number, array or container
        The results, in the structure of `x`.

    Examples
    --------
    >>> tree_map(lambda p, g: p - 0.1 * g, {"w": 1.0, "name": "a"}, {"w": 5.0, "name": "a"})
    {'w': 0.5, 'name': 'a'}
    """
    if not isinstance(x, np.ndarray) and is_tree(x):
        if is_plain_instance(x):
            return _map_instance(f, {}, x, *others)
        return mapped(lambda *items: tree_map(f, *items), x, *others)
    return f(x, *others) if is_float(x) else x


def is_tree(x: Any) -> bool:
    """Is this a container, or an instance of a plain class that holds floats?"""
    return is_container(x) or is_plain_instance(x) and take_apart(x)


def _map_instance(f: Callable[..., Any], done: dict[int, Any], x: Any, *others: Any) -> Any:
    """`tree_map` of an instance of a plain class: what several fields share stays shared."""
    if not (isinstance(x, np.ndarray) or is_tree(x)):
        return f(x, *others) if is_float(x) else x
    if id(x) not in done:
        if isinstance(x, np.ndarray):
            done[id(x)] = f(x, *others) if is_float(x) else x
        else:
            done[id(x)] = mapped(lambda *items: _map_instance(f, done, *items), x, *others)
    return done[id(x)]


def like_instances(x: Any, bar: Any) -> Any:
    """A cotangent of `x` as instances of plain classes have it.

    What is no float is as in `x`. What several fields share is shared, and has the sum of their
    cotangents.
    """
    parts: dict[int, list[Any]] = {}
    done: dict[int, Any] = {}

    def collect(item: Any, part: Any) -> None:
        if isinstance(item, np.ndarray) or is_container(item):
            parts.setdefault(id(item), []).append(part)
        if not isinstance(item, np.ndarray) and is_container(item):
            for inner, piece in zip(items_of(item), items_of(part), strict=True):
                collect(inner, piece)

    def rebuilt(item: Any, *found: Any) -> Any:
        if not (isinstance(item, np.ndarray) or is_container(item)):
            return sum(found[1:], found[0]) if is_float(item) else item
        if id(item) not in done:
            every = parts[id(item)]
            if isinstance(item, np.ndarray):
                done[id(item)] = sum(every[1:], every[0]) if is_float(item) else item
            else:
                done[id(item)] = mapped(rebuilt, item, *every)
        return done[id(item)]

    if not _holds_instance(x):
        return bar
    collect(x, bar)
    return rebuilt(x, bar)


def _holds_instance(x: Any) -> bool:
    if is_plain_instance(x):
        return True
    return not isinstance(x, np.ndarray) and is_container(x) and any(
        map(_holds_instance, items_of(x))
    )


def tree_leaves(x: Any) -> list[Any]:
    """List the floats and arrays of floats in a container, in its order.

    Parameters
    ----------
    x : number, array or container
        The container.

    Returns
    -------
    list
        The leaves.

    Examples
    --------
    >>> optim.tree_leaves({"w": 1.0, "more": (2.0, "name", 3)})
    [1.0, 2.0]
    """
    if isinstance(x, np.ndarray):
        return [x] if is_float(x) else []
    if isinstance(x, (tuple, list, dict)):
        return [leaf for item in items_of(x) for leaf in tree_leaves(item)]
    if is_tree(x):
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
    if is_tree(x):
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
