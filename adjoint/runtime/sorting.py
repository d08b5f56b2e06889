"""Scatters along an axis, and the weights of order statistics. NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np


def add_along_axis(x: Any, indices: Any, values: Any, axis: int) -> Any:
    """A copy of `x` with `values` added where np.take_along_axis takes; repeated ones add up."""
    result = np.array(x, order="C")
    places = np.arange(result.size).reshape(result.shape)
    places = np.take_along_axis(places, indices, axis)
    values = np.broadcast_to(values, places.shape)
    np.add.at(result.reshape(-1), places.reshape(-1), values.reshape(-1))
    return result


def quantile_weights(
    x: Any, q: Any, axis: Any = None, method: str = "linear", slope: bool = False
) -> Any:
    """The derivative of np.quantile(x, q, axis) for each element of x; nans are left out.

    A quantile lies between two order statistics, at a position that depends on q alone (Hyndman
    and Fan, Sample Quantiles in Statistical Packages, 1996). Elements that tie share a weight
    evenly. The axes of q come first. With `slope`, the derivative of these weights by q.
    """
    x = np.asarray(x)
    q = np.asarray(q, x.dtype if isinstance(q, float) else None)  # as np.quantile takes it
    if not x.size:
        return np.zeros(q.shape + x.shape, x.dtype)
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    ends = tuple(range(-len(axes), 0))
    moved = np.moveaxis(x, axes, ends)
    batch = moved.shape[: x.ndim - len(axes)]
    flat = moved.reshape(*batch, -1)
    n = np.sum(~np.isnan(flat), axis=-1)
    low, high, t, per_q = _position(n, q.reshape(q.shape + (1,) * len(batch)), method)
    ordered = np.broadcast_to(np.sort(flat, axis=-1), (*low.shape, flat.shape[-1]))
    below = _share(flat, np.take_along_axis(ordered, low[..., None], -1))
    above = _share(flat, np.take_along_axis(ordered, high[..., None], -1))
    weights = per_q * (above - below) if slope else (1 - t) * below + t * above
    apart = weights.reshape(q.shape + moved.shape).astype(x.dtype)
    return np.moveaxis(apart, ends, tuple(q.ndim + a % x.ndim for a in axes))


def _share(x: Any, value: Any) -> Any:
    ties = x == value
    return ties / np.maximum(np.sum(ties, axis=-1, keepdims=True), 1)


def _position(n: Any, q: Any, method: str) -> tuple[Any, Any, Any, Any]:
    """Ranks of the neighbours, the weight of the upper one, and its derivative by q."""
    h, per_q = (n - 1) * q, (n - 1) * np.ones_like(q)
    if method in ("lower", "higher", "nearest", "midpoint"):
        low, high = np.floor(h), np.ceil(h)
        if method == "nearest":
            low = high = np.round(h)
        t = np.full_like(h, {"lower": 0.0, "higher": 1.0}.get(method, 0.5))
        per_q = 0 * per_q
    else:
        if method != "linear":
            a, b = _plotting_position(method)
            h, per_q = n * q + (a + q * (1 - a - b)) - 1, n + (1 - a - b) * np.ones_like(q)
        inside = (h >= 0) & (h <= n - 1)
        h, per_q = np.clip(h, 0, n - 1), np.where(inside, per_q, 0)
        low = np.floor(h)
        high, t = np.minimum(low + 1, n - 1), h - low
    low, high = (np.maximum(k, 0).astype(int) for k in (low, high))
    return low, high, t[..., None], per_q[..., None]


def _plotting_position(method: str) -> tuple[float, float]:
    """Alpha and beta of a continuous method (Hyndman and Fan, section 3)."""
    return {
        "interpolated_inverted_cdf": (0.0, 1.0), "hazen": (0.5, 0.5), "weibull": (0.0, 0.0),
        "median_unbiased": (1 / 3, 1 / 3), "normal_unbiased": (3 / 8, 3 / 8),
    }[method]  # fmt: skip
