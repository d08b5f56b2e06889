"""Sums over the windows of an array. NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np


def window_sums(windows: Any, shape: tuple[int, ...], axis: Any = None) -> Any:
    """For each element of an array of that shape, the sum over the windows that it is in.

    The windows are as `np.lib.stride_tricks.sliding_window_view` gives them, along `axis`: one
    axis, several (one of them more than once), or all in turn.
    """
    rank = len(shape)
    axes = range(rank) if axis is None else np.atleast_1d(axis)
    result = np.zeros(shape, windows.dtype)
    for place in np.ndindex(windows.shape[rank:]):
        start = [0] * rank
        for k, offset in zip(axes, place, strict=True):
            start[k] += offset
        part = tuple(slice(s, s + n) for s, n in zip(start, windows.shape, strict=False))
        result[part] += windows[(..., *place)]
    return result
