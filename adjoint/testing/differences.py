"""Derivatives by differences, of functions of floats, arrays and containers of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

# Containers of floats as vectors


def leaves(x: Any) -> list[Any]:
    """The floats and arrays of floats in a container."""
    if isinstance(x, (tuple, list)):
        return [leaf for item in x for leaf in leaves(item)]
    if isinstance(x, dict):
        return [leaf for item in x.values() for leaf in leaves(item)]
    is_array = isinstance(x, (np.ndarray, np.generic))
    is_float = isinstance(x, (float, complex)) or (is_array and x.dtype.kind in "fc")
    return [x] if is_float else []


def map_leaves(function: Callable[..., Any], x: Any, *others: Any) -> Any:
    if isinstance(x, (tuple, list)):
        items = [map_leaves(function, *parts) for parts in zip(x, *others, strict=True)]
        return type(x)(*items) if hasattr(x, "_fields") else type(x)(items)
    if isinstance(x, dict):
        return {k: map_leaves(function, v, *(other[k] for other in others)) for k, v in x.items()}
    return function(x, *others) if leaves(x) else x


def random_like(x: Any, rng: np.random.Generator) -> Any:
    def draw(leaf: Any) -> Any:
        values = np.asarray(rng.normal(size=np.shape(leaf)))
        if np.iscomplexobj(leaf):
            values = values + 1j * rng.normal(size=np.shape(leaf))
        return values[()]

    return map_leaves(draw, x)


def add(x: Any, t: Any, v: Any) -> Any:
    """`x + t v`, in double precision."""
    return map_leaves(lambda leaf, d: leaf + np.multiply(t, d), x, v)


def dot(a: Any, b: Any) -> float:
    """The pairing of a cotangent with a tangent: the real part, without a conjugate."""
    pairs = zip(leaves(a), leaves(b), strict=True)
    return float(sum(np.sum(np.asarray(x) * np.asarray(y)).real for x, y in pairs))


def unit_vectors(x: Any) -> Iterator[tuple[str, int, tuple[int, ...], Any]]:
    """For each float in x: its name, the leaf it is in, where it is there, its unit vector."""
    names = list(_leaf_names(x, ""))
    sizes = [np.shape(leaf) for leaf in leaves(x)]
    for position, (name, shape) in enumerate(zip(names, sizes, strict=True)):
        for index in np.ndindex(shape):
            units = [np.zeros(size) for size in sizes]
            units[position][index] = 1.0
            rest = iter(units)
            unit = map_leaves(lambda leaf, rest=rest: next(rest)[()], x)
            inside = f"[{', '.join(map(str, index))}]" if index else ""
            yield name + inside, position, index, unit


def _leaf_names(x: Any, name: str) -> Iterator[str]:
    if isinstance(x, (tuple, list)):
        for k, item in enumerate(x):
            yield from _leaf_names(item, f"{name}[{k}]")
    elif isinstance(x, dict):
        for key, item in x.items():
            yield from _leaf_names(item, f"{name}[{key!r}]")
    elif leaves(x):
        yield name


# Differences


def along(
    f: Callable[..., Any], args: Sequence[Any], tangents: dict[int, Any], w: Any
) -> Callable[[float], float]:
    """`<w, f>` on the line through `args` along the tangents, as a function of one number."""

    def line(t: float) -> float:
        moved = [add(a, t, tangents[k]) if k in tangents else a for k, a in enumerate(args)]
        return dot(w, f(*moved))

    return line


def derivative(line: Callable[[float], float], step: float = 0.02, levels: int = 5) -> float:
    """The derivative at 0 by Richardson extrapolation of central differences (Ridders 1982)."""
    table: list[list[float]] = []
    for level in range(levels):
        h = step / 2**level
        row = [(line(h) - line(-h)) / (2 * h)]
        for k in range(level):
            row.append(row[k] + (row[k] - table[-1][k]) / (4 ** (k + 1) - 1))
        table.append(row)
    return float(table[-1][-1])


def complex_step(
    f: Callable[..., Any], args: Sequence[Any], k: int, v: Any, w: Any, step: float = 1e-30
) -> float:
    """The derivative of `<w, f>` along v, a tangent of argument k (Squire and Trapp 1998)."""
    moved = list(args)
    moved[k] = add(args[k], 1j * step, v)
    y = f(*moved)
    return sum(
        float(np.sum(np.asarray(weight) * np.imag(part))) / step
        for weight, part in zip(leaves(w), leaves(y), strict=True)
    )
