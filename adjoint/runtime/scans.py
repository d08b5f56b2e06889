"""Pullbacks of scans and of sums over segments. NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np


def cumprod_cotangent(y_bar: Any, x: Any, axis: int) -> Any:
    """The pullback of np.cumprod, exact at zeros.

    Before the first zero z, x_bar[i] is the sum of y_bar[j] y[j] over j >= i, divided by x[i]. At
    z it is the same with x[z] = 1, since nothing else is left out there. Behind z it is 0.
    """
    zero = x == 0
    zeros = np.cumsum(zero, axis=axis)
    first = zero & (zeros == 1)
    x_bar = _sum_of_rest(y_bar * np.cumprod(x, axis=axis), axis) / np.where(zero, 1, x)
    if not zero.any():
        return x_bar
    others = np.cumprod(np.where(first, 1, x), axis=axis)
    return np.where(zeros == 0, x_bar, np.where(first, _sum_of_rest(y_bar * others, axis), 0))


def _sum_of_rest(y: Any, axis: int) -> Any:
    """For each place, the sum from there to the end."""
    return np.flip(np.cumsum(np.flip(y, axis), axis=axis), axis)


def spread_segments(y_bar: Any, indices: Any, n: int, axis: int) -> Any:
    """The pullback of np.add.reduceat: each of n elements gets the cotangent of its segments.

    Segment k goes from indices[k] up to indices[k + 1], and has one element at least.
    """
    starts = np.asarray(indices) % n
    stops = np.append(starts[1:], n)
    lengths = np.maximum(stops - starts, 1)
    segment = np.repeat(np.arange(len(starts)), lengths)
    behind = np.cumsum(lengths) - lengths  # the number of elements in the segments before
    places = np.arange(len(segment)) + (starts - behind)[segment]
    y_bar = np.moveaxis(y_bar, axis, 0)
    x_bar = np.zeros((n, *y_bar.shape[1:]), y_bar.dtype)
    np.add.at(x_bar, places, y_bar[segment])
    return np.moveaxis(x_bar, 0, axis)
