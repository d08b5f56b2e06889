"""The resampling of images: values between the pixels, slopes, and the transposes.

A value is a sum over the B-splines around the point (Unser, Splines: a perfect fit for signal and
image processing, 1999). A filter turns the pixels into their coefficients first.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import ndimage
from scipy.interpolate import BSpline


def at_coordinates(
    x: Any, coordinates: Any, order: int = 3, mode: str = "constant", cval: Any = 0.0,
    prefilter: bool = True,
) -> Any:  # fmt: skip
    """`ndimage.map_coordinates(x, coordinates, ...)`."""
    return ndimage.map_coordinates(
        np.asarray(x, float), coordinates, None, order, mode, cval, prefilter
    )


def _taps(
    shape: Any, coordinates: Any, order: int, mode: str, orders: Any
) -> Iterator[tuple[Any, Any]]:
    """Index and weight of the coefficients that each point depends on.

    `orders` says how often the weights are differentiated along each axis.
    """
    spline = BSpline.basis_element(np.arange(order + 2.0), extrapolate=False)
    axes = []
    inside = np.ones(coordinates.shape[1:], bool)
    for n, t, nu in zip(shape, coordinates, orders, strict=True):
        if mode == "constant":
            inside &= (t >= 0) & (t <= n - 1)
        if mode == "nearest":
            inside &= (nu == 0) | (t >= 0) & (t <= n - 1)
            t = np.clip(t, 0, n - 1)
        shifted = t if order % 2 else t + 0.5
        first = np.floor(shifted).astype(int)
        part = shifted - first
        places = [first - order // 2 + j for j in range(order + 1)]
        weights = [np.nan_to_num(spline(part + order - j, nu)) for j in range(order + 1)]
        axes.append([(_folded(p, n, mode), w) for p, w in zip(places, weights, strict=True)])
    for taps in itertools.product(*axes):
        weight = np.where(inside, 1.0, 0.0)
        for _, w in taps:
            weight = weight * w
        yield tuple(p for p, _ in taps), weight


def _folded(place: Any, n: int, mode: str) -> Any:
    if n == 1:
        return np.zeros_like(place)
    if mode == "nearest":
        return np.clip(place, 0, n - 1)
    if mode == "grid-wrap":
        return place % n
    if mode == "reflect":
        place = place % (2 * n)
        return np.where(place >= n, 2 * n - 1 - place, place)
    place = place % (2 * n - 2)
    return np.where(place >= n, 2 * n - 2 - place, place)


def image_slope(
    x: Any, coordinates: Any, orders: Any, order: int = 3, mode: str = "constant",
    prefilter: bool = True,
) -> Any:  # fmt: skip
    """The derivative of `at_coordinates`, of these orders along the axes."""
    x, coordinates = np.asarray(x, float), np.asarray(coordinates, float)
    if prefilter and order > 1:
        x = ndimage.spline_filter(x, order, mode=mode)
    out = np.zeros(coordinates.shape[1:])
    for place, weight in _taps(x.shape, coordinates, order, mode, orders):
        out += weight * x[place]
    return out


def image_spread(
    y_bar: Any, coordinates: Any, shape: Any, orders: Any, order: int = 3,
    mode: str = "constant", prefilter: bool = True,
) -> Any:  # fmt: skip
    """The transpose of `image_slope` in the image, which has that shape."""
    coordinates = np.asarray(coordinates, float)
    out = np.zeros(shape)
    for place, weight in _taps(shape, coordinates, order, mode, orders):
        np.add.at(out, place, weight * y_bar)
    if prefilter and order > 1:
        for axis in range(out.ndim):
            out = unfiltered(out, order, axis, mode)
    return out


def unfiltered(y_bar: Any, order: int = 3, axis: int = -1, mode: str = "mirror") -> Any:
    """The transpose of `ndimage.spline_filter1d`."""
    if order < 2:
        return np.array(y_bar)
    if mode == "grid-wrap":  # symmetric
        return ndimage.spline_filter1d(y_bar, order, axis, mode=mode)
    n = np.shape(y_bar)[axis]
    matrix = ndimage.spline_filter1d(np.eye(n), order, 0, mode=mode)
    return np.moveaxis(np.tensordot(matrix, y_bar, ((0,), (axis,))), 0, axis)


def pixels(shape: Any) -> Any:
    """The coordinates of the pixels of an image of this shape, along the first axis."""
    return np.indices(tuple(shape), float)


def zoomed_pixels(shape: Any, zoom: Any, grid_mode: bool = False) -> Any:
    """Where the pixels of an enlarged image are in the one of this shape."""
    factors = np.broadcast_to(zoom, len(shape))
    sizes = [int(round(n * z)) for n, z in zip(shape, factors.tolist(), strict=True)]
    axes = []
    for n, m in zip(shape, sizes, strict=True):
        k = np.arange(m)
        if grid_mode:
            axes.append((k + 0.5) * (n / m) - 0.5 if m > 0 else k * 1.0)
        else:
            axes.append(k * ((n - 1) / (m - 1)) if m > 1 else k * 1.0)
    return np.stack(np.meshgrid(*axes, indexing="ij"))


def turned_shape(shape: Any, angle: Any) -> Any:
    """The shape of an image that is turned by degrees, with all corners inside."""
    c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    if angle % 90 == 0:
        c, s = round(c), round(s)
    corners = np.array([[0, 0, shape[0], shape[0]], [0, shape[1], 0, shape[1]]])
    bounds = np.array([[c, s], [-s, c]]) @ corners
    rows, columns = (np.ptp(bounds, axis=1) + 0.5).astype(int)
    return int(rows), int(columns)


def without_offset(matrix: Any, rank: int) -> Any:
    """The matrix of an affine map, which has no column for the offset.

    Raises
    ------
    TypeError : it has one, which is known too late.
    """
    if np.shape(matrix) != (rank, rank):
        raise TypeError("adjoint: pass affine_transform the matrix and the offset for themselves, "
                        "as in matrix[:2, :2], offset=matrix[:2, 2]")  # fmt: skip
    return matrix
