"""Correlations of scipy.ndimage with a kernel: the rules, and the calls that are made of them.

A correlation is linear in the array. Its transpose takes an element back to those in its window;
at the ends to those that the mode has put there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage

from adjoint.ir.infer import register_inference
from adjoint.rules.filters.parts import every_axis, like, no_output, real, shaped
from adjoint.rules.registry import expand, rule
from adjoint.rules.staged import as_array, call, rank_of, shape_of
from adjoint.runtime.with_scipy import filters as f

register_inference(f.correlated, like)
register_inference(f.correlated_transposed, like)
register_inference(f.windows_against, shaped(2))


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


def along(x: Any, weights: Any, axis: int, mode: Any, cval: Any, origin: Any = 0) -> Any:
    """A correlation along one axis, as one with a kernel that is thin along the others."""
    x = real(x)
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
    no_output(output)
    return along(as_array(input), weights, axis, mode, cval, origin)


@expand(ndimage.convolve1d)
def convolve1d(
    input: Any, weights: Any, axis: int = -1, output: Any = None, mode: Any = "reflect",
    cval: Any = 0.0, origin: Any = 0,
) -> Any:  # fmt: skip
    no_output(output)
    weights = np.flip(as_array(weights))
    origin = _turned(origin, shape_of(weights)[0])
    return along(as_array(input), weights, axis, mode, cval, origin)


def _turned(origin: Any, size: Any) -> Any:
    """The origin of a kernel that is turned around."""
    return size % 2 - 1 - origin


@expand(ndimage.correlate)
def correlate(
    input: Any, weights: Any, output: Any = None, mode: Any = "reflect", cval: Any = 0.0,
    origin: Any = 0, *, axes: Any = None,
) -> Any:  # fmt: skip
    no_output(output)
    every_axis(axes)
    return call(f.correlated, real(input), as_array(weights), mode, cval, origin)


@expand(ndimage.convolve)
def convolve(
    input: Any, weights: Any, output: Any = None, mode: Any = "reflect", cval: Any = 0.0,
    origin: Any = 0, *, axes: Any = None,
) -> Any:  # fmt: skip
    no_output(output)
    every_axis(axes)
    weights = np.flip(as_array(weights))
    rank = rank_of(weights)
    given = origin if isinstance(origin, (tuple, list)) else (origin,) * rank
    sizes = shape_of(weights)
    origins = tuple(_turned(given[k], sizes[k]) for k in range(rank))
    return call(f.correlated, real(input), weights, mode, cval, origins)
