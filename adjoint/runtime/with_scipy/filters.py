"""Filters of images and signals: their kernels, and the transposes of what is linear."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from scipy import ndimage, signal

#: The modes of `np.pad` that continue an array as those of scipy.ndimage do.
_PADS = {
    "reflect": "symmetric", "grid-mirror": "symmetric", "mirror": "reflect", "nearest": "edge",
    "wrap": "wrap", "grid-wrap": "wrap", "constant": "constant", "grid-constant": "constant",
}  # fmt: skip


def gaussian_weights(sigma: Any, order: int, truncate: Any = 4.0, radius: Any = None) -> Any:
    """The kernel of `ndimage.gaussian_filter1d`, for `ndimage.correlate1d`."""
    size = int(truncate * float(sigma) + 0.5) if radius is None else int(radius)
    impulse = np.zeros(4 * size + 3)
    impulse[2 * size + 1] = 1.0
    response = ndimage.gaussian_filter1d(
        impulse, sigma, order=order, mode="constant", truncate=truncate, radius=radius
    )
    return response[size + 1 : 3 * size + 2][::-1].copy()


def _sources(n: int, before: int, after: int, mode: str) -> Any:
    """Which element stands at each place of the continued axis; -1 where none does."""
    options: Any = {"constant_values": -1} if _PADS[mode] == "constant" else {}
    if n == 1 and _PADS[mode] == "reflect":
        return np.zeros(before + 1 + after, int)
    pad: Any = _PADS[mode]
    return np.pad(np.arange(n), (before, after), pad, **options)


def _margins(size: int, origin: int) -> tuple[int, int]:
    before = size // 2 + origin
    return before, size - 1 - before


def correlated(
    x: Any, w: Any, mode: str = "reflect", cval: Any = 0.0, origins: Any = 0
) -> Any:
    """`ndimage.correlate(x, w, mode=mode, cval=cval, origin=origins)`."""
    return ndimage.correlate(np.asarray(x, float), w, mode=mode, cval=cval, origin=origins)


def _origins(w: Any, origins: Any) -> list[int]:
    if isinstance(origins, (int, np.integer)):
        return [int(origins)] * w.ndim
    return list(origins)


def correlated_transposed(y_bar: Any, w: Any, mode: str = "reflect", origins: Any = 0) -> Any:
    """The transpose in the array: each element goes back to those that its window has."""
    y_bar, w = np.asarray(y_bar, float), np.asarray(w, float)
    margins = [_margins(s, o) for s, o in zip(w.shape, _origins(w, origins), strict=True)]
    wide = np.zeros([n + s - 1 for n, s in zip(y_bar.shape, w.shape, strict=True)])
    for offset in itertools.product(*map(range, w.shape)):
        at = tuple(slice(q, q + n) for q, n in zip(offset, y_bar.shape, strict=True))
        wide[at] += w[offset] * y_bar
    for axis, (n, (before, after)) in enumerate(zip(y_bar.shape, margins, strict=True)):
        source = _sources(n, before, after, mode)
        moved = np.moveaxis(wide, axis, 0)
        folded = np.zeros((n, *moved.shape[1:]))
        np.add.at(folded, source[source >= 0], moved[source >= 0])
        wide = np.moveaxis(folded, 0, axis)
    return wide


def windows_against(
    y_bar: Any, x: Any, shape: Any, mode: str = "reflect", cval: Any = 0.0, origins: Any = 0
) -> Any:
    """The cotangent of the kernel: each weight times what it has met."""
    x, y_bar = np.asarray(x, float), np.asarray(y_bar)
    out = np.zeros(shape)
    margins = [_margins(s, o) for s, o in zip(shape, _origins(out, origins), strict=True)]
    for axis, (before, after) in enumerate(margins):
        source = _sources(x.shape[axis], before, after, mode)
        taken = np.take(x, np.maximum(source, 0), axis)
        outside = np.reshape(source < 0, [-1 if k == axis else 1 for k in range(x.ndim)])
        x = np.where(outside, cval, taken)
    for offset in itertools.product(*map(range, shape)):
        at = tuple(slice(q, q + n) for q, n in zip(offset, y_bar.shape, strict=True))
        out[offset] = np.sum(x[at] * y_bar)
    return out


# Signals


def initial_response(b: Any, a: Any, n: int) -> Any:
    """What a filter puts out that has been at rest at 1, without input."""
    zi = signal.lfilter_zi(b, a)
    return signal.lfilter(b, a, np.zeros(n), zi=zi)[0]


def savgol_transposed(
    y_bar: Any, window_length: int, polyorder: int, deriv: int = 0, delta: Any = 1.0
) -> Any:
    """The transpose of `signal.savgol_filter` along the first axis, with mode 'interp'."""
    y_bar, n, w = np.asarray(y_bar), len(y_bar), window_length
    weights = signal.savgol_filter(np.eye(w), w, polyorder, deriv, delta, axis=0)
    half = w // 2
    out = np.zeros(y_bar.shape)
    for q in range(w):
        out[q : n - w + 1 + q] += weights[half, q] * y_bar[half : n - half]
    if half:
        out[:w] += np.tensordot(weights[:half].T, y_bar[:half], 1)
        out[n - w :] += np.tensordot(weights[-half:].T, y_bar[n - half :], 1)
    return out


def resample_transposed(y_bar: Any, n: int, axis: int = 0) -> Any:
    """The transpose of `signal.resample` of a real signal of length n.

    The Fourier transform is unitary up to scale, so that it resamples back. The frequency at the
    middle is counted once there, and twice or half here.
    """
    y = np.moveaxis(np.asarray(y_bar, float), axis, 0)
    num = len(y)
    if n == num:
        return np.array(y_bar)
    back = num / n * signal.resample(y, n, axis=0)
    if min(n, num) % 2 == 0:
        signs = (-1.0) ** np.arange(min(n, num))
        if n < num:
            back -= 0.5 * np.multiply.outer(signs, np.tensordot(signs, back, 1)) / n
        else:
            middle = np.multiply.outer(signs, np.tensordot(signs, y, 1)) / num
            back += num / n * signal.resample(middle, n, axis=0)
    return np.moveaxis(back, 0, axis)
