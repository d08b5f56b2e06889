"""Trees: containers and instances of plain classes, for the public functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.runtime import containers
from adjoint.runtime.containers import is_container, is_float, items_of, mapped
from adjoint.runtime.records import is_plain_instance, take_apart


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
    if any([take_apart(each) for each in (x, *others)]):
        return _map(f, x, *others)
    return containers.tree_map(f, x, *others)


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
    >>> adjoint.optim.tree_leaves({"w": 1.0, "more": (2.0, "name", 3)})
    [1.0, 2.0]
    """
    take_apart(x)
    return containers.tree_leaves(x)


def zeros_like(x: Any) -> Any:
    """The zero cotangent of `x`, in its structure; what is no float rides along."""
    take_apart(x)
    return containers.zeros_like(x)


def _map(f: Callable[..., Any], x: Any, *others: Any) -> Any:
    if is_plain_instance(x):
        return _map_instance(f, {}, x, *others)
    if not isinstance(x, np.ndarray) and is_container(x):
        return mapped(lambda *items: _map(f, *items), x, *others)
    return f(x, *others) if is_float(x) else x


def _map_instance(f: Callable[..., Any], done: dict[int, Any], x: Any, *others: Any) -> Any:
    """`tree_map` of an instance of a plain class: what several fields share stays shared."""
    if not (isinstance(x, np.ndarray) or is_container(x)):
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
