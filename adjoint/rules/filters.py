"""Filters of scipy.ndimage and scipy.signal, and the resampling of images and signals.

A filter is linear in the array. Its transpose takes an element back to those in its window; at
the ends to those that the mode has put there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage, signal

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Value
from adjoint.ir.infer import infer, register_inference, shape_from
from adjoint.ir.staging import stage
from adjoint.ir.types import ANY, UNKNOWN, Array, Type, dims_of
from adjoint.rules.kinds import Refused
from adjoint.rules.registry import expand, linear, rule
from adjoint.rules.staged import as_array, call, rank_of, shape_of
from adjoint.runtime.with_scipy import filters as f

_KERNEL = Refused("the derivative with respect to the kernel or coefficients is not known")


def _like(args: Any, kwargs: Any) -> Type:
    dims = dims_of(infer(np.asarray, [args[0]], {}))
    return UNKNOWN if dims is None else Array(np.dtype(float), dims)


def _shaped(position: int) -> Any:
    def infer_type(args: Any, kwargs: Any) -> Type:
        dims = shape_from(args[position])
        return UNKNOWN if dims is None else Array(np.dtype(float), dims)

    return infer_type


def _of_points(args: Any, kwargs: Any) -> Type:
    dims = dims_of(infer(np.asarray, [args[1]], {}))
    return UNKNOWN if dims is None else Array(np.dtype(float), dims[1:])


for _function in (
    f.correlated, f.correlated_transposed, f.savgol_transposed, signal.sosfilt,
    signal.savgol_filter, signal.detrend,
):  # fmt: skip
    register_inference(_function, _like)
register_inference(signal.sosfilt, lambda args, kwargs: _like(args[1:], kwargs))
register_inference(f.windows_against, _shaped(2))
register_inference(f.image_spread, _shaped(2))
register_inference(f.at_coordinates, _of_points)
register_inference(f.image_slope, _of_points)
register_inference(f.gaussian_weights, lambda args, kwargs: Array(np.dtype(float), (ANY,)))
register_inference(f.initial_response, lambda args, kwargs: Array(np.dtype(float), (ANY,)))


@rule(f.gaussian_weights)
def gaussian_weights(
    w_bar: Any, w: Any, sigma: Any, order: Any, truncate: Any = 4.0, radius: Any = None
) -> Any:
    return Refused("the derivative of a Gaussian filter with respect to sigma is not known")


@rule(f.initial_response)
def initial_response(y_bar: Any, y: Any, b: Any, a: Any, n: Any) -> Any:
    return _KERNEL, _KERNEL


def _no_output(output: Any) -> None:
    if output is not None:
        raise UnsupportedError("output= of a filter is not supported", instead="leave it out")


# Correlations


def _without_fill(
    tangents: Any, y: Any, x: Any, w: Any, mode: Any = "reflect", cval: Any = 0.0, origins: Any = 0
) -> Any:
    x_dot, w_dot = tangents[:2]
    total = None if x_dot is None else call(f.correlated, x_dot, w, mode, 0.0, origins)
    if w_dot is not None:
        part = call(f.correlated, x, w_dot, mode, cval, origins)
        total = part if total is None else total + part
    return total


@rule(f.correlated, jvp=_without_fill)
def correlated(
    y_bar: Any, y: Any, x: Any, w: Any, mode: Any = "reflect", cval: Any = 0.0, origins: Any = 0
) -> Any:
    return (
        call(f.correlated_transposed, y_bar, w, mode, origins),
        call(f.windows_against, y_bar, x, shape_of(w), mode, cval, origins),
    )


@rule(f.correlated_transposed)
def correlated_transposed(
    x_bar: Any, x: Any, y_bar: Any, w: Any, mode: Any = "reflect", origins: Any = 0
) -> Any:
    """Linear in both: the filter without a fill value."""
    return (
        call(f.correlated, x_bar, w, mode, 0.0, origins),
        call(f.windows_against, y_bar, x_bar, shape_of(w), mode, 0.0, origins),
    )


@rule(f.windows_against)
def windows_against(
    w_bar: Any, w: Any, y_bar: Any, x: Any, shape: Any, mode: Any = "reflect", cval: Any = 0.0,
    origins: Any = 0,
) -> Any:  # fmt: skip
    return (
        call(f.correlated, x, w_bar, mode, cval, origins),
        call(f.correlated_transposed, y_bar, w_bar, mode, origins),
    )


def _along(x: Any, weights: Any, axis: int, mode: Any, cval: Any, origin: Any = 0) -> Any:
    """A correlation along one axis, as one with a kernel that is thin along the others."""
    rank = rank_of(x)
    axis = axis % rank
    others = tuple(k for k in range(rank) if k != axis)
    weights = np.expand_dims(as_array(weights), others) if others else as_array(weights)
    origins = tuple(origin if k == axis else 0 for k in range(rank))
    return call(f.correlated, x, weights, mode, cval, origins)


@expand(ndimage.correlate1d)
def correlate1d(
    input: Any, weights: Any, axis: int = -1, output: Any = None, mode: Any = "reflect",
    cval: Any = 0.0, origin: Any = 0,
) -> Any:  # fmt: skip
    _no_output(output)
    return _along(as_array(input), weights, axis, mode, cval, origin)


@expand(ndimage.convolve1d)
def convolve1d(
    input: Any, weights: Any, axis: int = -1, output: Any = None, mode: Any = "reflect",
    cval: Any = 0.0, origin: Any = 0,
) -> Any:  # fmt: skip
    _no_output(output)
    weights = np.flip(as_array(weights))
    return _along(as_array(input), weights, axis, mode, cval, _turned(origin, shape_of(weights)[0]))


def _turned(origin: Any, size: Any) -> Any:
    """The origin of a kernel that is turned around."""
    if isinstance(size, Value) or isinstance(origin, Value):
        raise UnsupportedError("the size of the kernel must be known when compiling",
                               instead="use correlate with np.flip of it")  # fmt: skip
    return -origin - (1 if size % 2 == 0 else 0)


def _every_axis(axes: Any) -> None:
    if axes is not None:
        raise UnsupportedError("axes= of a filter is not supported",
                               instead="filter along each axis by the functions that end in 1d")  # fmt: skip


@expand(ndimage.correlate)
def correlate(
    input: Any, weights: Any, output: Any = None, mode: Any = "reflect", cval: Any = 0.0,
    origin: Any = 0, *, axes: Any = None,
) -> Any:  # fmt: skip
    _no_output(output)
    _every_axis(axes)
    return call(f.correlated, as_array(input), as_array(weights), mode, cval, origin)


@expand(ndimage.convolve)
def convolve(
    input: Any, weights: Any, output: Any = None, mode: Any = "reflect", cval: Any = 0.0,
    origin: Any = 0, *, axes: Any = None,
) -> Any:  # fmt: skip
    _no_output(output)
    _every_axis(axes)
    weights = np.flip(as_array(weights))
    rank = rank_of(weights)
    given = origin if isinstance(origin, (tuple, list)) else (origin,) * rank
    sizes = shape_of(weights)
    origins = tuple(_turned(given[k], sizes[k]) for k in range(rank))
    return call(f.correlated, as_array(input), weights, mode, cval, origins)


# Filters with kernels of their own


def _each(value: Any, rank: int) -> list[Any]:
    """A setting for each axis."""
    if isinstance(value, (tuple, list)):
        return list(value)
    if rank_of(value):
        return [value[k] for k in range(rank)]
    return [value] * rank


@expand(ndimage.gaussian_filter1d)
def gaussian_filter1d(
    input: Any, sigma: Any, axis: int = -1, order: int = 0, output: Any = None,
    mode: Any = "reflect", cval: Any = 0.0, truncate: Any = 4.0, *, radius: Any = None,
) -> Any:  # fmt: skip
    _no_output(output)
    weights = stage(f.gaussian_weights, sigma, order, truncate, radius)
    return _along(as_array(input), weights, axis, mode, cval)


@expand(ndimage.gaussian_filter)
def gaussian_filter(
    input: Any, sigma: Any, order: Any = 0, output: Any = None, mode: Any = "reflect",
    cval: Any = 0.0, truncate: Any = 4.0, *, radius: Any = None, axes: Any = None,
) -> Any:  # fmt: skip
    _no_output(output)
    _every_axis(axes)
    x = as_array(input)
    rank = rank_of(x)
    settings = zip(
        _each(sigma, rank), _each(order, rank), _modes(mode, rank), _each(radius, rank), strict=True
    )
    for axis, (width, one, side, reach) in enumerate(settings):
        if isinstance(width, Value) or width > 1e-15:
            weights = stage(f.gaussian_weights, width, one, truncate, reach)
            x = _along(x, weights, axis, side, cval)
    return x


def _modes(mode: Any, rank: int) -> list[Any]:
    return list(mode) if isinstance(mode, (tuple, list)) else [mode] * rank


@expand(ndimage.uniform_filter1d)
def uniform_filter1d(
    input: Any, size: int, axis: int = -1, output: Any = None, mode: Any = "reflect",
    cval: Any = 0.0, origin: int = 0,
) -> Any:  # fmt: skip
    _no_output(output)
    return _along(as_array(input), call(np.ones, size) / size, axis, mode, cval, origin)


@expand(ndimage.uniform_filter)
def uniform_filter(
    input: Any, size: Any = 3, output: Any = None, mode: Any = "reflect", cval: Any = 0.0,
    origin: Any = 0, *, axes: Any = None,
) -> Any:  # fmt: skip
    _no_output(output)
    _every_axis(axes)
    x = as_array(input)
    rank = rank_of(x)
    parts = zip(_each(size, rank), _modes(mode, rank), _each(origin, rank), strict=True)
    for axis, (one, side, shift) in enumerate(parts):
        x = _along(x, call(np.ones, one) / one, axis, side, cval, shift)
    return x


def _edges(smooth: list[float], input: Any, axis: int, mode: Any, cval: Any) -> Any:
    x = as_array(input)
    rank = rank_of(x)
    modes = _modes(mode, rank)
    axis = axis % rank
    x = _along(x, np.array([-1.0, 0.0, 1.0]), axis, modes[axis], cval)
    for other in (k for k in range(rank) if k != axis):
        x = _along(x, np.array(smooth), other, modes[other], cval)
    return x


@expand(ndimage.sobel)
def sobel(
    input: Any, axis: int = -1, output: Any = None, mode: Any = "reflect", cval: Any = 0.0
) -> Any:
    _no_output(output)
    return _edges([1.0, 2.0, 1.0], input, axis, mode, cval)


@expand(ndimage.prewitt)
def prewitt(
    input: Any, axis: int = -1, output: Any = None, mode: Any = "reflect", cval: Any = 0.0
) -> Any:
    _no_output(output)
    return _edges([1.0, 1.0, 1.0], input, axis, mode, cval)


@expand(ndimage.laplace)
def laplace(
    input: Any, output: Any = None, mode: Any = "reflect", cval: Any = 0.0, *, axes: Any = None
) -> Any:
    _no_output(output)
    _every_axis(axes)
    x = as_array(input)
    modes = _modes(mode, rank_of(x))
    kernel = np.array([1.0, -2.0, 1.0])
    parts = [_along(x, kernel, axis, modes[axis], cval) for axis in range(rank_of(x))]
    return sum(parts[1:], parts[0])


@expand(ndimage.gaussian_laplace)
def gaussian_laplace(
    input: Any, sigma: Any, output: Any = None, mode: Any = "reflect", cval: Any = 0.0, *,
    axes: Any = None,
) -> Any:  # fmt: skip
    _no_output(output)
    _every_axis(axes)
    rank = rank_of(as_array(input))
    orders = [[2 if k == axis else 0 for k in range(rank)] for axis in range(rank)]
    parts = [gaussian_filter(input, sigma, order, None, mode, cval) for order in orders]
    return sum(parts[1:], parts[0])


# Resampling of images


def _known(order: Any, mode: Any) -> None:
    if order not in (1, 3) or mode not in ("constant", "mirror", "reflect", "grid-wrap"):
        raise UnsupportedError(
            f"the resampling of images with order={order} and mode={mode!r} is not differentiated",
            instead="use order 1 or 3, and mode 'constant', 'mirror', 'reflect' or 'grid-wrap'",
        )


@expand(ndimage.map_coordinates)
def map_coordinates(
    input: Any, coordinates: Any, output: Any = None, order: int = 3, mode: Any = "constant",
    cval: Any = 0.0, prefilter: bool = True,
) -> Any:  # fmt: skip
    _no_output(output)
    _known(order, mode)
    points = coordinates
    if isinstance(points, (list, tuple)):
        points = np.stack([as_array(p) for p in points])
    return call(f.at_coordinates, as_array(input), points, order, mode, cval, prefilter)


@rule(
    f.at_coordinates,
)
def at_coordinates(
    y_bar: Any, y: Any, x: Any, coordinates: Any, order: Any = 3, mode: Any = "constant",
    cval: Any = 0.0, prefilter: Any = True,
) -> Any:  # fmt: skip
    slopes = [
        y_bar * call(f.image_slope, x, coordinates, axis, order, mode, prefilter)
        for axis in range(rank_of(x))
    ]
    x_bar = call(f.image_spread, y_bar, coordinates, shape_of(x), order, mode, prefilter)
    return x_bar, np.stack(slopes)


@rule(f.image_spread)
def image_spread(
    x_bar: Any, x: Any, y_bar: Any, coordinates: Any, shape: Any, order: Any = 3,
    mode: Any = "constant", prefilter: Any = True,
) -> Any:  # fmt: skip
    slopes = [
        y_bar * call(f.image_slope, x_bar, coordinates, axis, order, mode, prefilter)
        for axis in range(rank_of(x))
    ]
    value = call(f.at_coordinates, x_bar, coordinates, order, mode, 0.0, prefilter)
    return value, np.stack(slopes)


@rule(f.image_slope)
def image_slope(
    y_bar: Any, y: Any, x: Any, coordinates: Any, axis: Any, order: Any = 3,
    mode: Any = "constant", prefilter: Any = True,
) -> Any:  # fmt: skip
    reason = Refused("the second derivative of the resampling of an image is not known")
    return reason, reason


# Signals


@rule(signal.sosfilt)
def sosfilt(y_bar: Any, y: Any, sos: Any, x: Any, axis: int = -1, zi: Any = None) -> Any:
    """A causal filter: its transpose is the filter backwards in time."""
    if zi is not None:
        raise UnsupportedError("sosfilt is differentiated without zi")
    back = call(signal.sosfilt, sos, np.flip(y_bar, axis=axis), axis=axis)
    return _KERNEL, np.flip(back, axis=axis)


@expand(signal.filtfilt)
def filtfilt(
    b: Any, a: Any, x: Any, axis: int = -1, padtype: Any = "odd", padlen: Any = None,
    method: Any = "pad", irlen: Any = None,
) -> Any:  # fmt: skip
    """Forwards and backwards, each from the state of rest at the first value."""
    if method != "pad" or irlen is not None:
        raise UnsupportedError("filtfilt is differentiated with method='pad'")
    x, b, a = as_array(x), as_array(b), as_array(a)
    if rank_of(x) != 1:
        raise UnsupportedError("filtfilt is differentiated for one signal at a time",
                               instead="call it for each row")  # fmt: skip
    taps = [shape_of(v)[0] if rank_of(v) else 1 for v in (b, a)]
    if padlen is None:
        padlen = 3 * call(max, *taps)
    wide = _padded(x, padlen, padtype)
    response = call(f.initial_response, b, a, shape_of(wide)[0])
    once = call(signal.lfilter, b, a, wide) + wide[0] * response
    back = np.flip(once)
    twice = np.flip(call(signal.lfilter, b, a, back) + back[0] * response)
    return twice[padlen:-padlen] if _is_padded(padlen, padtype) else twice


def _is_padded(n: Any, padtype: Any) -> bool:
    return padtype is not None and (isinstance(n, Value) or n > 0)


def _padded(x: Any, n: int, padtype: Any) -> Any:
    if not _is_padded(n, padtype):
        return x
    before, after = x[n:0:-1], x[-2 : -n - 2 : -1]
    if padtype == "odd":
        before, after = 2.0 * x[0] - before, 2.0 * x[-1] - after
    elif padtype == "constant":
        before, after = 0.0 * before + x[0], 0.0 * after + x[-1]
    elif padtype != "even":
        raise UnsupportedError(f"filtfilt is not differentiated with padtype={padtype!r}")
    return np.concatenate([before, x, after])


@expand(signal.savgol_filter)
def savgol_filter(
    x: Any, window_length: Any, polyorder: Any, deriv: Any = 0, delta: Any = 1.0, axis: int = -1,
    mode: Any = "interp", cval: Any = 0.0,
) -> Any:  # fmt: skip
    x = as_array(x)
    if any(isinstance(v, Value) for v in (window_length, polyorder, deriv)):
        raise UnsupportedError("the window and the order of savgol_filter must be known when "
                               "compiling", instead="write them as literals")  # fmt: skip
    if mode != "interp" or isinstance(delta, Value):
        if isinstance(delta, Value):
            raise UnsupportedError("delta= of savgol_filter must be known when compiling")
        weights = signal.savgol_coeffs(window_length, polyorder, deriv, delta)[::-1].copy()
        shift = 0 if window_length % 2 else -1
        return _along(x, weights, axis, mode, cval, shift)
    if window_length % 2 == 0:
        raise UnsupportedError("savgol_filter is differentiated with windows of odd length")
    return call(signal.savgol_filter, x, window_length, polyorder, deriv, delta, axis)


@linear(signal.savgol_filter)
def savgol(
    y_bar: Any, x: Any, window_length: Any, polyorder: Any, deriv: Any = 0, delta: Any = 1.0,
    axis: int = -1,
) -> Any:  # fmt: skip
    moved = np.moveaxis(y_bar, axis, 0) if rank_of(x) > 1 else y_bar
    back = call(f.savgol_transposed, moved, window_length, polyorder, deriv, delta)
    return np.moveaxis(back, 0, axis) if rank_of(x) > 1 else back


@linear(f.savgol_transposed)
def savgol_transposed(
    x_bar: Any, y_bar: Any, window_length: Any, polyorder: Any, deriv: Any = 0, delta: Any = 1.0
) -> Any:
    return call(signal.savgol_filter, x_bar, window_length, polyorder, deriv, delta, 0)


def _resampled(args: Any, kwargs: Any) -> Type:
    dims, axis = dims_of(infer(np.asarray, [args[0]], {})), kwargs.get("axis")
    if dims is None:
        return UNKNOWN
    return Array(np.dtype(float), (ANY,) * len(dims))


register_inference(signal.resample, _resampled)
register_inference(f.resample_transposed, _resampled)


@linear(signal.resample)
def resample(
    y_bar: Any, x: Any, num: Any, t: Any = None, axis: int = 0, window: Any = None,
    domain: Any = "time",
) -> Any:  # fmt: skip
    if t is not None or window is not None or domain != "time":
        raise UnsupportedError("resample is differentiated without t, window and domain")
    return call(f.resample_transposed, y_bar, shape_of(x)[axis], axis)


@linear(f.resample_transposed)
def resample_transposed(x_bar: Any, y_bar: Any, n: Any, axis: int = 0) -> Any:
    return call(signal.resample, x_bar, shape_of(y_bar)[axis], axis=axis)


@linear(signal.detrend)
def detrend(
    y_bar: Any, data: Any, axis: int = -1, type: Any = "linear", bp: Any = 0,
    overwrite_data: bool = False,
) -> Any:  # fmt: skip
    """The rest of a projection, which is symmetric."""
    return call(signal.detrend, y_bar, axis, type, bp)
