"""The resampling of images by scipy.ndimage: linear in the pixels, and smooth in the places.

Shifts, zooms, rotations and affine maps are values at the places that they take the pixels from.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage, special

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Value
from adjoint.ir.infer import infer, register_inference, shape_from
from adjoint.ir.types import ANY, INT, UNKNOWN, Array, Struct, Type, dims_of
from adjoint.rules.filters.parts import like, no_output, real, shaped
from adjoint.rules.kinds import Refused
from adjoint.rules.registry import expand, linear, nondifferentiable, rule
from adjoint.rules.staged import as_array, call, rank_of, shape_of
from adjoint.runtime.with_scipy import resampling as f

_FLOAT = np.dtype(float)


def _of_points(args: Any, kwargs: Any) -> Type:
    dims = dims_of(infer(np.asarray, [args[1]], {}))
    return UNKNOWN if dims is None else Array(_FLOAT, dims[1:])


def _places(args: Any, kwargs: Any) -> Type:
    dims = shape_from(args[0])
    return UNKNOWN if dims is None else Array(_FLOAT, (len(dims), *dims))


def _zoomed(args: Any, kwargs: Any) -> Type:
    dims = shape_from(args[0])
    return UNKNOWN if dims is None else Array(_FLOAT, (len(dims), *(ANY for _ in dims)))


register_inference(f.at_coordinates, _of_points)
register_inference(f.image_slope, _of_points)
register_inference(f.image_spread, shaped(2))
register_inference(f.unfiltered, like)
register_inference(f.without_offset, lambda args, kwargs: args[0].type)
register_inference(ndimage.spline_filter1d, like)
register_inference(f.pixels, _places)
register_inference(f.zoomed_pixels, _zoomed)
register_inference(f.turned_shape, lambda args, kwargs: Struct(tuple, (INT, INT)))
nondifferentiable(f.pixels, f.zoomed_pixels, f.turned_shape)

_MODES = ("constant", "mirror", "reflect", "grid-wrap")


def _known(order: Any, mode: Any) -> None:
    if order in (1, 2, 3, 4, 5) and mode in _MODES or order == 1 and mode == "nearest":
        return
    raise UnsupportedError(
        f"the resampling of images with order={order} and mode={mode!r} is not differentiated",
        instead="use an order from 1 to 5 and mode 'constant', 'mirror', 'reflect' or "
        "'grid-wrap', or order 1 and mode 'nearest'",
    )


# The rules


@rule(f.at_coordinates)
def at_coordinates(
    y_bar: Any, y: Any, x: Any, coordinates: Any, order: Any = 3, mode: Any = "constant",
    cval: Any = 0.0, prefilter: Any = True,
) -> Any:  # fmt: skip
    zeros = (0,) * rank_of(x)
    x_bar = call(f.image_spread, y_bar, coordinates, shape_of(x), zeros, order, mode, prefilter)
    return x_bar, _along_axes(y_bar, x, coordinates, zeros, order, mode, prefilter)


def _along_axes(
    y_bar: Any, x: Any, coordinates: Any, orders: Any, order: Any, mode: Any, prefilter: Any
) -> Any:
    """The cotangent of the coordinates: once more differentiated, along each axis."""
    if max(orders) >= max(order - 1, 1):  # the next derivative jumps, or is zero between jumps
        return Refused("the derivative of this order of the resampling of an image jumps")
    slopes = []
    for axis in range(len(orders)):
        more = tuple(nu + (k == axis) for k, nu in enumerate(orders))
        slopes.append(y_bar * call(f.image_slope, x, coordinates, more, order, mode, prefilter))
    return np.stack(slopes)


@rule(f.image_slope)
def image_slope(
    y_bar: Any, y: Any, x: Any, coordinates: Any, orders: Any, order: Any = 3,
    mode: Any = "constant", prefilter: Any = True,
) -> Any:  # fmt: skip
    x_bar = call(f.image_spread, y_bar, coordinates, shape_of(x), orders, order, mode, prefilter)
    return x_bar, _along_axes(y_bar, x, coordinates, orders, order, mode, prefilter)


@rule(f.image_spread)
def image_spread(
    x_bar: Any, x: Any, y_bar: Any, coordinates: Any, shape: Any, orders: Any, order: Any = 3,
    mode: Any = "constant", prefilter: Any = True,
) -> Any:  # fmt: skip
    value = call(f.image_slope, x_bar, coordinates, orders, order, mode, prefilter)
    return value, _along_axes(y_bar, x_bar, coordinates, orders, order, mode, prefilter)


@linear(ndimage.spline_filter1d)
def spline_filter1d(
    y_bar: Any, input: Any, order: Any = 3, axis: int = -1, output: Any = np.float64,
    mode: Any = "mirror",
) -> Any:  # fmt: skip
    real(input)
    if output is not np.float64:
        no_output(output)
    if mode not in ("mirror", "reflect", "grid-wrap"):
        raise UnsupportedError(f"spline_filter is not differentiated with mode={mode!r}",
                               instead="use 'mirror', 'reflect' or 'grid-wrap'")  # fmt: skip
    return call(f.unfiltered, y_bar, order, axis, mode)


@linear(f.without_offset)
def without_offset(y_bar: Any, matrix: Any, rank: Any) -> Any:
    return y_bar


@linear(f.unfiltered)
def unfiltered(
    x_bar: Any, y_bar: Any, order: Any = 3, axis: int = -1, mode: Any = "mirror"
) -> Any:
    return call(ndimage.spline_filter1d, x_bar, order, axis, mode=mode)


# The functions of SciPy


@expand(ndimage.spline_filter)
def spline_filter(
    input: Any, order: Any = 3, output: Any = np.float64, mode: Any = "mirror"
) -> Any:
    if output is not np.float64:
        no_output(output)
    x = real(input)
    for axis in range(rank_of(x) if order > 1 else 0):
        x = call(ndimage.spline_filter1d, x, order, axis, mode=mode)
    return x


def _sampled(
    x: Any, places: Any, output: Any, order: Any, mode: Any, cval: Any, prefilter: Any
) -> Any:
    no_output(output)
    _known(order, mode)
    return call(f.at_coordinates, real(x), places, order, mode, cval, prefilter)


@expand(ndimage.map_coordinates)
def map_coordinates(
    input: Any, coordinates: Any, output: Any = None, order: int = 3, mode: Any = "constant",
    cval: Any = 0.0, prefilter: bool = True,
) -> Any:  # fmt: skip
    points = coordinates
    if isinstance(points, (list, tuple)):
        points = np.stack([as_array(p) for p in points])
    return _sampled(input, points, output, order, mode, cval, prefilter)


def _upright(v: Any, rank: int) -> Any:
    """A number, or one for each axis, in front of the pixels."""
    v = as_array(v)
    return v if rank_of(v) == 0 else np.expand_dims(v, tuple(range(1, rank + 1)))


@expand(ndimage.shift)
def shift(
    input: Any, shift: Any, output: Any = None, order: int = 3, mode: Any = "constant",
    cval: Any = 0.0, prefilter: bool = True,
) -> Any:  # fmt: skip
    x = as_array(input)
    places = call(f.pixels, shape_of(x)) - _upright(shift, rank_of(x))
    return _sampled(x, places, output, order, mode, cval, prefilter)


@expand(ndimage.zoom)
def zoom(
    input: Any, zoom: Any, output: Any = None, order: int = 3, mode: Any = "constant",
    cval: Any = 0.0, prefilter: bool = True, *, grid_mode: bool = False,
) -> Any:  # fmt: skip
    """The factors count by the sizes alone that they lead to."""
    x = as_array(input)
    places = call(f.zoomed_pixels, shape_of(x), zoom, grid_mode)
    return _sampled(x, places, output, order, mode, cval, prefilter)


@expand(ndimage.affine_transform)
def affine_transform(
    input: Any, matrix: Any, offset: Any = 0.0, output_shape: Any = None, output: Any = None,
    order: int = 3, mode: Any = "constant", cval: Any = 0.0, prefilter: bool = True,
) -> Any:  # fmt: skip
    x, matrix = as_array(input), as_array(matrix)
    rank = rank_of(x)
    pixels = call(f.pixels, shape_of(x) if output_shape is None else output_shape)
    if rank_of(matrix) == 1:
        places = _upright(matrix, rank) * pixels + _upright(offset, rank)
        return _sampled(x, places, output, order, mode, cval, prefilter)
    columns = shape_of(matrix)[1]
    if isinstance(columns, Value):
        matrix, columns = call(f.without_offset, matrix, rank), rank
    if columns == rank + 1:  # homogeneous coordinates
        matrix, offset = matrix[:rank, :rank], matrix[:rank, rank]
    places = call(np.tensordot, matrix, pixels, 1) + _upright(offset, rank)
    return _sampled(x, places, output, order, mode, cval, prefilter)


@expand(ndimage.rotate)
def rotate(
    input: Any, angle: Any, axes: Any = (1, 0), reshape: bool = True, output: Any = None,
    order: int = 3, mode: Any = "constant", cval: Any = 0.0, prefilter: bool = True,
) -> Any:  # fmt: skip
    x = as_array(input)
    if rank_of(x) != 2 or sorted(a % 2 for a in axes) != [0, 1]:
        raise UnsupportedError("rotate is differentiated for images with two axes",
                               instead="turn each image for itself")  # fmt: skip
    shape = shape_of(x)[0], shape_of(x)[1]
    if reshape and isinstance(angle, Value):
        raise UnsupportedError(
            "the shape of the turned image depends on the angle, which is known only at run time",
            instead="give rotate reshape=False",
        )
    new = shape
    if reshape:
        turned = call(f.turned_shape, shape, angle)
        new = turned[0], turned[1]
    c, s = call(special.cosdg, angle), call(special.sindg, angle)
    rows, columns = (new[0] - 1) / 2, (new[1] - 1) / 2
    offset = np.stack([
        (shape[0] - 1) / 2 - (c * rows + s * columns),
        (shape[1] - 1) / 2 - (c * columns - s * rows),
    ])  # fmt: skip
    pixels = call(f.pixels, new)
    i, j = pixels[0], pixels[1]
    places = np.stack([c * i + s * j, c * j - s * i]) + _upright(offset, 2)
    return _sampled(x, places, output, order, mode, cval, prefilter)
