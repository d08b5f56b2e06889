"""Small descriptions of values: type, shape, norm, range, numbers, a picture."""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np

from adjoint.runtime.nonfinite import first_bad

#: An array of so many elements is shown by its numbers; a larger one by a picture.
MOST_NUMBERS = 9
#: Pixels of a picture along each axis, at most.
_PIXELS = 14
_MOST_ITEMS = 4
_SHORT = {"float64": "f64", "float32": "f32", "float16": "f16", "complex128": "c128",
          "complex64": "c64", "int64": "i64", "int32": "i32", "bool": "bool"}  # fmt: skip

Summary = dict[str, Any]


def norm(value: Any) -> float | None:
    """The Euclidean norm of a number, an array or all arrays in a container."""
    if isinstance(value, (bool, np.bool_)):
        return None
    if isinstance(value, (int, float, complex)):
        try:
            return float(abs(value))
        except OverflowError:
            return math.inf
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "fciu":
        flat = np.asarray(value).reshape(-1)
        if flat.dtype.kind in "iu" or flat.dtype.itemsize < 8:
            flat = flat.astype(np.float64) if flat.dtype.kind != "c" else flat
        with np.errstate(all="ignore"):
            return math.sqrt(float(np.vdot(flat, flat).real)) if flat.size else 0.0
    if isinstance(value, (tuple, list)):
        norms = [n for n in map(norm, value) if n is not None]
        return math.sqrt(sum(n * n for n in norms)) if norms else None
    return None


def summary(value: Any) -> Summary:
    """What the page shows of a value; floats that JSON does not have are strings."""
    if isinstance(value, (tuple, list)):
        items = [summary(item) for item in value[:_MOST_ITEMS]]
        return {"t": type(value).__name__, "len": len(value), "items": items}
    if isinstance(value, dict):
        keys = list(value)[:_MOST_ITEMS]
        items = [{**summary(value[k]), "key": str(k)} for k in keys]
        return {"t": "dict", "len": len(value), "items": items}
    if isinstance(value, (np.ndarray, np.generic)):
        return _array(np.asarray(value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return {"t": type(value).__name__, "v": number(value), **_marked(value)}
    text = repr(value) if isinstance(value, (bool, str, complex, type(None))) else ""
    return {"t": type(value).__name__, "r": text[:60]}


def number(value: Any) -> Any:
    """A number with six digits, which are what a page has room for."""
    if isinstance(value, (int, np.integer)):
        return int(value) if abs(int(value)) < 2**53 else str(value)
    if not math.isfinite(value):
        return str(float(value))
    return float(f"{float(value):.6g}")


def _marked(value: Any) -> Summary:
    bad = first_bad(value, infs=True)
    return {"bad": bad} if bad else {}


def _array(array: np.ndarray[Any, Any]) -> Summary:
    found: Summary = {"t": _SHORT.get(str(array.dtype), str(array.dtype)), "s": list(array.shape)}
    if array.dtype.kind not in "fciub" or not array.size:
        return found
    length = norm(array)
    if length is not None:
        found["n"] = number(length)
    found |= _marked(array)
    real = np.abs(array) if array.dtype.kind == "c" else array
    if array.size <= MOST_NUMBERS:
        found["v"] = [str(v) if isinstance(v, complex) else number(v) for v in array.ravel()]
    finite = real if "bad" not in found else real[np.isfinite(real)]
    if finite.size:
        found["lo"], found["hi"] = number(finite.min()), number(finite.max())
    if "bad" in found:
        wrong = ~np.isfinite(real)
        found["nbad"] = int(np.count_nonzero(wrong))
        found["at"] = [int(k) for k in np.argwhere(wrong)[0]]
    if array.size > 3 and array.dtype.kind != "b":
        found["p"] = _picture(np.asarray(real, dtype=np.float64))
    return found


def _picture(array: np.ndarray[Any, Any]) -> list[Any]:
    """Width, height and one byte a pixel: 0 is -max, 128 zero, 255 max |x|; 1 is not finite.

    Where there are more elements than pixels, each pixel is the largest element of its block.
    """
    plane = array.reshape(-1, array.shape[-1]) if array.ndim > 1 else array.reshape(1, -1)
    bad = ~np.isfinite(plane)
    plane = np.where(bad, np.inf, plane)
    for axis in (0, 1):
        size = plane.shape[axis]
        if size > 2 * _PIXELS:
            starts = np.linspace(0, size, 2 * _PIXELS, endpoint=False).astype(int)
            low = np.minimum.reduceat(plane, starts, axis)
            high = np.maximum.reduceat(plane, starts, axis)
            plane = np.where(-low > high, low, high)
    finite = plane[np.isfinite(plane)]
    scale = float(np.abs(finite).max()) if finite.size else 0.0
    with np.errstate(all="ignore"):
        levels = 128 + 127 * (plane / scale if scale else np.zeros_like(plane))
    pixels = np.where(np.isfinite(plane), np.clip(levels, 2, 255), 1).astype(np.uint8)
    return [plane.shape[1], plane.shape[0], base64.b64encode(pixels.tobytes()).decode()]
