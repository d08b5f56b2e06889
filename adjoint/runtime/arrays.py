"""Array helpers that generated code calls where a shape is known only at run time. NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.runtime.containers import add


def sum_to(g: Any, shape: tuple[int, ...]) -> Any:
    """`g` summed over the axes along which an operand of the given shape was broadcast."""
    g = np.asarray(g)
    if not shape:
        return np.sum(g)
    extra = g.ndim - len(shape)
    if extra < 0 and any(n != 1 for n in shape[:-extra]):
        return np.broadcast_to(g, shape)
    if extra < 0:  # as of a value that is stored in fewer axes
        return sum_to(g, shape[-extra:]).reshape(shape)
    axes = tuple(range(extra))
    axes += tuple(k + extra for k, n in enumerate(shape) if n == 1 and g.shape[k + extra] != 1)
    if not axes:
        return g
    return np.sum(g, axis=axes, keepdims=True).reshape(shape)


def index_add(accumulator: Any, index: Any, value: Any) -> Any:
    """A copy of `accumulator` with `value` added at `index`; repeated indices accumulate."""
    if isinstance(accumulator, list):
        items = list(accumulator)
        items[index] = add(items[index], value)
        return items
    result = np.array(accumulator)
    np.add.at(result, index, value)
    return result


def last_writes(shape: tuple[int, ...], index: Any) -> Any:
    """Where `x[index] = v` has the last word: False for elements that are written again later."""
    places = np.arange(np.prod(shape, dtype=int)).reshape(shape)[index]
    _, first = np.unique(places.reshape(-1)[::-1], return_index=True)
    result = np.zeros(places.size, bool)
    result[places.size - 1 - first] = True
    return result.reshape(places.shape)


def prod_others(x: Any, axis: Any = None) -> Any:
    """For each element, the product of all others along `axis`: d prod(x) / dx, exact at zeros."""
    x = np.asarray(x)
    if isinstance(axis, tuple):
        moved = np.moveaxis(x, axis, range(-len(axis), 0))
        flat = moved.reshape(*moved.shape[: -len(axis)], -1)
        return np.moveaxis(_others(flat).reshape(moved.shape), range(-len(axis), 0), axis)
    if axis is None:
        return _others(x.reshape(-1)).reshape(x.shape)
    return np.moveaxis(_others(np.moveaxis(x, axis, -1)), -1, axis)


def _others(x: Any) -> Any:
    """Products of the elements before and after each one, along the last axis."""
    before, after = np.ones_like(x), np.ones_like(x)
    before[..., 1:] = np.cumprod(x[..., :-1], axis=-1)
    after[..., :-1] = np.cumprod(x[..., :0:-1], axis=-1)[..., ::-1]
    return before * after


def in_middle(x: Any, shape: tuple[int, ...]) -> Any:
    """`x` in the middle of an array of zeros, where `middle_of` finds it again."""
    result = np.zeros(shape, x.dtype)
    result[_middle(x.shape, shape)] = x
    return result


def middle_of(x: Any, shape: tuple[int, ...]) -> Any:
    """The part of the given shape in the middle of `x`."""
    return x[_middle(shape, x.shape)]


def _middle(inner: tuple[int, ...], outer: tuple[int, ...]) -> tuple[slice, ...]:
    starts = [(n - m) // 2 for m, n in zip(inner, outer, strict=True)]
    return tuple(slice(k, k + m) for k, m in zip(starts, inner, strict=True))


def with_length(x: Any, n: int, axis: int) -> Any:
    """`x` cropped along an axis, or padded with zeros, to the length n."""
    x = np.moveaxis(x, axis, -1)[..., :n]
    missing = n - x.shape[-1]
    if missing:
        x = np.concatenate([x, np.zeros((*x.shape[:-1], missing), x.dtype)], axis=-1)
    return np.moveaxis(x, -1, axis)


def split_like(y: Any, arrays: list[Any], axis: int | None = 0) -> list[Any]:
    """The pieces of a concatenation, with the shapes of `arrays`."""
    if axis is None:
        ends = np.cumsum([np.size(a) for a in arrays])
        pieces = np.split(y, ends[:-1])
        return [p.reshape(np.shape(a)) for p, a in zip(pieces, arrays, strict=True)]
    ends = np.cumsum([np.shape(a)[axis] for a in arrays])
    return list(np.split(y, ends[:-1], axis=axis))


def odd_reflection(
    n: int, before: int, after: int, symmetric: bool, dtype: Any
) -> tuple[Any, Any, Any, Any]:
    """Pad n elements x as np.pad does with reflect_type="odd".

    An element of the result is `sign * x[position] + first * x[0] + last * x[-1]`: reflections at
    both ends, f(-t) = 2 f(0) - f(t) and f(p + t) = 2 f(p) - f(p - t), taken together have
    f(2 p + t) = f(t) + 2 (f(p) - f(0)). The result is (position, sign, first, last). With
    `symmetric` the ends themselves are repeated, which doubles them as -1 and p + 1.
    """
    t = np.arange(-before, n + after)
    if n == 1 and not symmetric:
        one = np.ones(len(t), dtype)
        return np.zeros(len(t), int), one, 0 * one, 0 * one
    half = n if symmetric else n - 1
    turns, t = np.divmod(t, 2 * half)
    back = t >= n
    position = np.where(back, 2 * half - symmetric - t, t)
    first, last = -2 * turns, 2 * turns + 2 * back
    return position, np.where(back, -1, 1).astype(dtype), first.astype(dtype), last.astype(dtype)
