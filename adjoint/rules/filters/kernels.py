"""Filters of scipy.ndimage that have kernels of their own, as correlations along the axes."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage

from adjoint.ir.core import Value
from adjoint.ir.infer import register_inference
from adjoint.ir.staging import stage
from adjoint.ir.types import ANY, Array
from adjoint.rules.filters.correlations import along
from adjoint.rules.filters.parts import every_axis, no_output
from adjoint.rules.kinds import Refused
from adjoint.rules.registry import expand, rule
from adjoint.rules.staged import as_array, call, rank_of
from adjoint.runtime.with_scipy import filters as f

register_inference(f.gaussian_weights, lambda args, kwargs: Array(np.dtype(float), (ANY,)))


@rule(f.gaussian_weights)
def gaussian_weights(
    w_bar: Any, w: Any, sigma: Any, order: Any, truncate: Any = 4.0, radius: Any = None
) -> Any:
    return Refused("the derivative of a Gaussian filter with respect to sigma is not known")


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
    no_output(output)
    weights = stage(f.gaussian_weights, sigma, order, truncate, radius)
    return along(as_array(input), weights, axis, mode, cval)


@expand(ndimage.gaussian_filter)
def gaussian_filter(
    input: Any, sigma: Any, order: Any = 0, output: Any = None, mode: Any = "reflect",
    cval: Any = 0.0, truncate: Any = 4.0, *, radius: Any = None, axes: Any = None,
) -> Any:  # fmt: skip
    no_output(output)
    every_axis(axes)
    x = as_array(input)
    rank = rank_of(x)
    widths, orders, radii = _each(sigma, rank), _each(order, rank), _each(radius, rank)
    settings = zip(widths, orders, _modes(mode, rank), radii, strict=True)
    for axis, (width, one, side, reach) in enumerate(settings):
        if isinstance(width, Value) or width > 1e-15:
            weights = stage(f.gaussian_weights, width, one, truncate, reach)
            x = along(x, weights, axis, side, cval)
    return x


def _modes(mode: Any, rank: int) -> list[Any]:
    return list(mode) if isinstance(mode, (tuple, list)) else [mode] * rank


@expand(ndimage.uniform_filter1d)
def uniform_filter1d(
    input: Any, size: int, axis: int = -1, output: Any = None, mode: Any = "reflect",
    cval: Any = 0.0, origin: int = 0,
) -> Any:  # fmt: skip
    no_output(output)
    return along(as_array(input), call(np.ones, size) / size, axis, mode, cval, origin)


@expand(ndimage.uniform_filter)
def uniform_filter(
    input: Any, size: Any = 3, output: Any = None, mode: Any = "reflect", cval: Any = 0.0,
    origin: Any = 0, *, axes: Any = None,
) -> Any:  # fmt: skip
    no_output(output)
    every_axis(axes)
    x = as_array(input)
    rank = rank_of(x)
    parts = zip(_each(size, rank), _modes(mode, rank), _each(origin, rank), strict=True)
    for axis, (one, side, shift) in enumerate(parts):
        x = along(x, call(np.ones, one) / one, axis, side, cval, shift)
    return x


def _edges(smooth: list[float], input: Any, axis: int, mode: Any, cval: Any) -> Any:
    x = as_array(input)
    rank = rank_of(x)
    modes = _modes(mode, rank)
    axis = axis % rank
    x = along(x, np.array([-1.0, 0.0, 1.0]), axis, modes[axis], cval)
    for other in (k for k in range(rank) if k != axis):
        x = along(x, np.array(smooth), other, modes[other], cval)
    return x


def _edge_filter(target: Any, smooth: list[float]) -> None:
    @expand(target)
    def edges(
        input: Any, axis: int = -1, output: Any = None, mode: Any = "reflect", cval: Any = 0.0
    ) -> Any:
        no_output(output)
        return _edges(smooth, input, axis, mode, cval)


_edge_filter(ndimage.sobel, [1.0, 2.0, 1.0])
_edge_filter(ndimage.prewitt, [1.0, 1.0, 1.0])


@expand(ndimage.laplace)
def laplace(
    input: Any, output: Any = None, mode: Any = "reflect", cval: Any = 0.0, *, axes: Any = None
) -> Any:
    no_output(output)
    every_axis(axes)
    x = as_array(input)
    modes = _modes(mode, rank_of(x))
    kernel = np.array([1.0, -2.0, 1.0])
    parts = [along(x, kernel, axis, modes[axis], cval) for axis in range(rank_of(x))]
    return sum(parts[1:], parts[0])


@expand(ndimage.gaussian_laplace)
def gaussian_laplace(
    input: Any, sigma: Any, output: Any = None, mode: Any = "reflect", cval: Any = 0.0, *,
    axes: Any = None,
) -> Any:  # fmt: skip
    no_output(output)
    every_axis(axes)
    rank = rank_of(as_array(input))
    orders = [[2 if k == axis else 0 for k in range(rank)] for axis in range(rank)]
    parts = [gaussian_filter(input, sigma, order, None, mode, cval) for order in orders]
    return sum(parts[1:], parts[0])
