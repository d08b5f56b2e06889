"""`check_grads`: gradients against differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int = 1,
    modes: Sequence[str] = ("reverse",),
    *,
    rtol: float = 1e-6,
    atol: float = 1e-8,
    seed: int = 0,
) -> None:
    """Compare the pullback of `f` at `args` with extrapolated central differences.

    The check is the dot-product test along random directions: for a random cotangent w and a
    random tangent v of each argument, `<w, J v>` by differences equals `<J^T w, v>`.

    Parameters
    ----------
    f : a function of floats, arrays and containers of them.
    args : where to check; integers and strings are left alone.
    order, modes : only order 1 and reverse mode exist so far.

    Raises
    ------
    AssertionError : says which argument disagrees, and by how much.
    """
    from adjoint.api import vjp

    if order != 1 or tuple(modes) != ("reverse",):
        raise NotImplementedError("only order=1 and modes=('reverse',) are supported so far")
    rng = np.random.default_rng(seed)
    active = [k for k, a in enumerate(args) if _leaves(a)]

    def along(*chosen: Any) -> Any:
        full = list(args)
        for k, value in zip(active, chosen, strict=True):
            full[k] = value
        return f(*full)

    function = f if len(active) == len(args) else None
    if function is None:
        raise ValueError("check_grads needs arguments that are all differentiable; use partial")
    value, pullback = vjp(f, *args)
    w = _random_like(value, rng)
    cotangents = pullback(w)
    for k in active:
        v = _random_like(args[k], rng)

        def line(t: float, k: int = k, v: Any = v) -> float:
            moved = list(args)
            moved[k] = _axpy(args[k], t, v)
            return _dot(w, f(*moved))

        want = _derivative(line)
        got = _dot(cotangents[k], v)
        if not np.isclose(got, want, rtol=rtol, atol=atol):
            raise AssertionError(
                f"argument {k}: the pullback gives {got!r} along a random direction, "
                f"differences give {want!r}"
            )


def _derivative(line: Callable[[float], float], step: float = 0.02, levels: int = 5) -> float:
    """Richardson extrapolation of central differences (Ridders 1982)."""
    table: list[list[float]] = []
    for level in range(levels):
        h = step / 2**level
        row = [(line(h) - line(-h)) / (2 * h)]
        for k in range(level):
            row.append(row[k] + (row[k] - table[-1][k]) / (4 ** (k + 1) - 1))
        table.append(row)
    return float(table[-1][-1])


def _leaves(x: Any) -> list[Any]:
    if isinstance(x, (tuple, list)):
        return [leaf for item in x for leaf in _leaves(item)]
    if isinstance(x, dict):
        return [leaf for item in x.values() for leaf in _leaves(item)]
    is_float = isinstance(x, float) or isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind == "f"
    return [x] if is_float else []


def _map(function: Callable[..., Any], x: Any, *others: Any) -> Any:
    if isinstance(x, (tuple, list)):
        return type(x)(_map(function, *items) for items in zip(x, *others, strict=True))
    if isinstance(x, dict):
        return {k: _map(function, v, *(other[k] for other in others)) for k, v in x.items()}
    return function(x, *others) if _leaves(x) else x


def _random_like(x: Any, rng: np.random.Generator) -> Any:
    return _map(lambda leaf: rng.normal(size=np.shape(leaf))[()], x)


def _axpy(x: Any, t: float, v: Any) -> Any:
    return _map(lambda leaf, d: leaf + t * d, x, v)


def _dot(a: Any, b: Any) -> float:
    pairs = zip(_leaves(a), _leaves(b), strict=True)
    return float(sum(np.sum(np.asarray(x) * np.asarray(y)) for x, y in pairs))
