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
    rtol: float | None = None,
    atol: float | None = None,
    seed: int = 0,
) -> None:
    """Compare the pullback of `f` at `args` with extrapolated central differences.

    The check is the dot-product test along random directions: for a random cotangent w and a
    random tangent v of each argument, `<w, J v>` by differences equals `<J^T w, v>`. Of complex
    numbers `<g, v>` is the real part of `g v` (docs/conventions.md).

    Parameters
    ----------
    f : a function of floats, complex numbers, arrays and containers of them.
    args : where to check; arguments without floats in them (integers, strings) are left alone.
    order, modes : only order 1 and reverse mode exist so far.
    rtol, atol : by default 1e-6 and 1e-8; 1e-3 and 1e-4 when a float32 or float16 takes part.

    Raises
    ------
    AssertionError : says which argument disagrees, and by how much.
    """
    from adjoint.api import pull

    if order != 1 or tuple(modes) != ("reverse",):
        raise NotImplementedError("only order=1 and modes=('reverse',) are supported so far")
    rng = np.random.default_rng(seed)
    active = tuple(k for k, a in enumerate(args) if _leaves(a))
    if not active:
        raise ValueError("check_grads needs an argument with a float in it")
    value, pullback, _ = pull(f, active, args)
    coarse = any(np.finfo(np.result_type(x)).bits < 64 for x in _leaves([*args, value]))
    rtol = rtol if rtol is not None else 1e-3 if coarse else 1e-6
    atol = atol if atol is not None else 1e-4 if coarse else 1e-8
    w = _random_like(value, rng)
    for k, cotangent in zip(active, pullback(w), strict=True):
        v = _random_like(args[k], rng)

        def line(t: float, k: int = k, v: Any = v) -> float:
            moved = list(args)
            moved[k] = _axpy(args[k], t, v)
            return _dot(w, f(*moved))

        want = _derivative(line)
        got = _dot(cotangent, v)
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
    is_array = isinstance(x, (np.ndarray, np.generic))
    is_float = isinstance(x, (float, complex)) or (is_array and x.dtype.kind in "fc")
    return [x] if is_float else []


def _map(function: Callable[..., Any], x: Any, *others: Any) -> Any:
    if isinstance(x, (tuple, list)):
        return type(x)(_map(function, *items) for items in zip(x, *others, strict=True))
    if isinstance(x, dict):
        return {k: _map(function, v, *(other[k] for other in others)) for k, v in x.items()}
    return function(x, *others) if _leaves(x) else x


def _random_like(x: Any, rng: np.random.Generator) -> Any:
    def draw(leaf: Any) -> Any:
        values = np.asarray(rng.normal(size=np.shape(leaf)))
        if np.iscomplexobj(leaf):
            values = values + 1j * rng.normal(size=np.shape(leaf))
        return values[()]

    return _map(draw, x)


def _axpy(x: Any, t: float, v: Any) -> Any:
    return _map(lambda leaf, d: leaf + np.multiply(t, d), x, v)  # in double precision


def _dot(a: Any, b: Any) -> float:
    """The pairing of a cotangent with a tangent: the real part, without a conjugate."""
    pairs = zip(_leaves(a), _leaves(b), strict=True)
    return float(sum(np.sum(np.asarray(x) * np.asarray(y)).real for x, y in pairs))
