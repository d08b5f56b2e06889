"""Which numbers are nan or infinite, and how a message describes an array."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def first_bad(value: Any, infs: bool) -> str | None:
    """'nan' or 'infinity' where the value holds one; without `infs` only nan counts."""
    if isinstance(value, (float, complex)) and not isinstance(value, np.generic):
        parts = (value.real, value.imag)
        if any(map(math.isnan, parts)):
            return "nan"
        return "infinity" if infs and any(map(math.isinf, parts)) else None
    if isinstance(value, (np.ndarray, np.generic)):
        if value.dtype.kind not in "fc" or np.all(np.isfinite(value)):
            return None
        if np.any(np.isnan(value)):
            return "nan"
        return "infinity" if infs else None
    if isinstance(value, (tuple, list)):
        return next((kind for item in value if (kind := first_bad(item, infs))), None)
    return None


def summary(value: Any) -> str:
    """A number by itself; of an array its dtype, its shape, and its range or bad elements."""
    if isinstance(value, (bool, str)) or value is None:
        return ""
    if isinstance(value, (int, float, complex)):
        return f"{value!r}" if not isinstance(value, np.generic) else f"{value.item()!r}"
    if isinstance(value, (tuple, list)):
        items = [said for item in value if (said := summary(item))]
        return f"{type(value).__name__} of {len(value)}" if items else ""
    if not isinstance(value, (np.ndarray, np.generic)):
        return ""
    array = np.asarray(value)
    shown = f"{array.dtype} of shape {array.shape}"
    if array.dtype.kind not in "fciu" or not array.size:
        return shown
    counts = [
        f"{count} {name}"
        for name, test in (("nan", np.isnan), ("infinite", np.isinf))
        if (count := int(np.count_nonzero(test(array))))
    ]
    if counts:
        place = tuple(int(k) for k in np.argwhere(~np.isfinite(array))[0])
        first = f", the first at {list(place)}" if place else ""
        return f"{shown}, {' and '.join(counts)} of {array.size}{first}"
    if array.dtype.kind == "c":
        return shown
    zeros = int(np.count_nonzero(array == 0))
    return f"{shown}, from {array.min():.6g} to {array.max():.6g}" + (
        f", {zeros} of {array.size} zero" if zeros else ""
    )
