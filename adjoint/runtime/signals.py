"""Where the result of a convolution lies within the full one. NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np


def within_full(y: Any, a: Any, v: Any, mode: str, correlation: bool = False) -> Any:
    """`y`, of the shape of np.convolve(a, v, mode), at its place in the one of mode 'full'."""
    full = np.zeros(len(a) + len(v) - 1, y.dtype)
    full[_place(a, v, mode, correlation)] = y
    return full


def within_full_cotangent(full: Any, a: Any, v: Any, mode: str, correlation: bool = False) -> Any:
    """The part of a full convolution that np.convolve(a, v, mode) gives."""
    return full[_place(a, v, mode, correlation)].copy()


def _place(a: Any, v: Any, mode: str, correlation: bool) -> slice:
    """`valid` leaves out what is not covered by both, `same` keeps the middle.

    Where the middle could begin at either of two places, np.correlate takes the later one if v is
    longer than a, as it exchanges them and turns the result around.
    """
    short, long = sorted((len(a), len(v)))
    if mode == "valid":
        return slice(short - 1, long)
    start = short // 2 if correlation and len(a) < len(v) else (short - 1) // 2
    return slice(start, start + long)
