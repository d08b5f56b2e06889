"""Filters of images and signals: their kernels, and the transposes of what is linear."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from scipy import linalg, ndimage, signal

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
    options = {"constant_values": -1} if _PADS[mode] == "constant" else {}
    if n == 1 and _PADS[mode] == "reflect":
        return np.zeros(before + 1 + after, int)
    return np.pad(np.arange(n), (before, after), _PADS[mode], **options)


def _margins(size: int, origin: int) -> tuple[int, int]:
    before = size // 2 + origin
    return before, size - 1 - before


def correlated(
    x: Any, w: Any, mode: str = "reflect", cval: Any = 0.0, origins: Any = 0
) -> Any:
    """`ndimage.correlate(x, w, mode=mode, cval=cval, origin=origins)`."""
    return ndimage.correlate(np.asarray(x, float), w, mode=mode, cval=cval, origin=origins)


def _origins(w: Any, origins: Any) -> list[int]:
    return [origins] * w.ndim if isinstance(origins, (int, np.integer)) else list(origins)


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


# Resampling of images

_MODES = {"constant", "mirror", "reflect", "grid-wrap"}


def at_coordinates(
    x: Any, coordinates: Any, order: int = 3, mode: str = "constant", cval: Any = 0.0,
    prefilter: bool = True,
) -> Any:  # fmt: skip
    """`ndimage.map_coordinates(x, coordinates, ...)`."""
    return ndimage.map_coordinates(
        np.asarray(x, float), coordinates, None, order, mode, cval, prefilter
    )


def _cubic(s: Any) -> list[Any]:
    """The weights of the four coefficients around a point, at a distance s from the second."""
    r = 1.0 - s
    return [r**3 / 6, 2 / 3 - s**2 + s**3 / 2, 2 / 3 - r**2 + r**3 / 2, s**3 / 6]


def _slopes(s: Any) -> list[Any]:
    r = 1.0 - s
    return [-(r**2) / 2, -2 * s + 1.5 * s**2, 2 * r - 1.5 * r**2, s**2 / 2]


def _taps(shape: Any, coordinates: Any, order: int, mode: str, along: int | None) -> Any:
    """Index and weight of the coefficients that each point depends on; `along` a slope's axis."""
    axes = []
    outside = np.zeros(coordinates.shape[1:], bool)
    for axis, (n, t) in enumerate(zip(shape, coordinates, strict=True)):
        if mode == "constant":
            outside |= (t < 0) | (t > n - 1)
        first = np.floor(t).astype(int)
        s = t - first
        if order == 1:
            weights = [-np.ones_like(s), np.ones_like(s)] if axis == along else [1.0 - s, s]
            places = [first, first + 1]
        else:
            weights = _slopes(s) if axis == along else _cubic(s)
            places = [first - 1, first, first + 1, first + 2]
        axes.append([(_folded(p, n, mode), w) for p, w in zip(places, weights, strict=True)])
    for taps in itertools.product(*axes):
        weight = np.where(outside, 0.0, 1.0)
        for _, w in taps:
            weight = weight * w
        yield tuple(p for p, _ in taps), weight


def _folded(place: Any, n: int, mode: str) -> Any:
    if n == 1:
        return np.zeros_like(place)
    if mode == "grid-wrap":
        return place % n
    if mode == "reflect":
        place = place % (2 * n)
        return np.where(place >= n, 2 * n - 1 - place, place)
    place = place % (2 * n - 2)
    return np.where(place >= n, 2 * n - 2 - place, place)


def image_slope(
    x: Any, coordinates: Any, axis: int, order: int = 3, mode: str = "constant",
    prefilter: bool = True,
) -> Any:  # fmt: skip
    """The derivative of `at_coordinates` with respect to the coordinates along an axis."""
    x, coordinates = np.asarray(x, float), np.asarray(coordinates, float)
    if prefilter and order == 3:
        x = ndimage.spline_filter(x, 3, mode=mode)
    out = np.zeros(coordinates.shape[1:])
    for place, weight in _taps(x.shape, coordinates, order, mode, axis):
        out += weight * x[place]
    return out


def image_spread(
    y_bar: Any, coordinates: Any, shape: Any, order: int = 3, mode: str = "constant",
    prefilter: bool = True,
) -> Any:  # fmt: skip
    """The transpose of `at_coordinates` in the image, which has that shape."""
    coordinates = np.asarray(coordinates, float)
    out = np.zeros(shape)
    for place, weight in _taps(shape, coordinates, order, mode, None):
        np.add.at(out, place, weight * y_bar)
    if prefilter and order == 3:
        for axis in range(out.ndim):
            out = np.moveaxis(_unfiltered(np.moveaxis(out, axis, 0), mode), 0, axis)
    return out


def _unfiltered(g: Any, mode: str) -> Any:
    """The transpose of `ndimage.spline_filter1d`, which solves with the values of the basis."""
    n = len(g)
    if n == 1:
        return g
    if mode == "grid-wrap":  # symmetric
        return ndimage.spline_filter1d(g, 3, 0, mode=mode)
    ab = np.empty((3, n))
    ab[:] = np.array([1.0, 4.0, 1.0])[:, None] / 6
    if mode == "reflect":
        ab[1, 0] = ab[1, -1] = 5 / 6
    else:
        ab[2, 0] = ab[0, -1] = 2 / 6  # transposed: below and above
    return linalg.solve_banded((1, 1), ab, g.reshape(n, -1)).reshape(g.shape)


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
