"""Functions that make arrays: of numbers and rows, of one number, of points on a line."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Value
from adjoint.ir.infer import infer
from adjoint.ir.types import List, Struct, rank_of
from adjoint.rules.registry import linear, nondifferentiable, rule
from adjoint.rules.staged import call


@linear([
    np.copy, np.asarray, np.array, np.asanyarray, np.ascontiguousarray, np.asfortranarray,
    np.require, np.asarray_chkfinite,
])  # fmt: skip
def copy(y_bar: Any, x: Any, *layout: Any, **options: Any) -> Any:
    """An array made of numbers, rows or nested lists of them gives its cotangent back by rows."""
    if isinstance(x, Value) and isinstance(x.type, (Struct, List)):
        own = rank_of(infer(np.asarray, [x], {}))
        if own is not None and own < y_bar.ndim:  # with ndmin, axes stand before the own ones
            y_bar = y_bar[(0,) * (y_bar.ndim - own)]
        return _rows(y_bar, x.type)
    return y_bar


def _rows(y_bar: Any, type_: Any) -> Any:
    if isinstance(type_, Struct):
        return [_rows(y_bar[k], item) for k, item in enumerate(type_.items)]
    if isinstance(type_, List):
        nested = isinstance(type_.element, List)
        return call(np.ndarray.tolist if nested else list, y_bar)
    return y_bar


@linear(np.astype)
def astype(y_bar: Any, x: Any, dtype: Any) -> Any:
    return y_bar


@linear(np.ndarray.item)
def item(y_bar: Any, x: Any) -> Any:
    return np.reshape(y_bar, x.shape)


@rule(np.full)
def full(
    y_bar: Any, y: Any, shape: Any, fill_value: Any, dtype: Any = None, order: str = "C"
) -> Any:
    return None, y_bar


@rule(np.full_like)
def full_like(
    y_bar: Any, y: Any, a: Any, fill_value: Any, dtype: Any = None, order: str = "K",
    subok: bool = True, shape: Any = None,
) -> Any:  # fmt: skip
    return None, y_bar


# Points on a line


@rule(np.linspace)
def linspace(
    y_bar: Any, y: Any, start: Any, stop: Any, num: Any = 50, endpoint: bool = True,
    retstep: bool = False, *, dtype: Any = None, axis: int = 0,
) -> Any:  # fmt: skip
    """A point is (1 - t) start + t stop, with t from 0 to 1."""
    if retstep:
        raise UnsupportedError(
            "np.linspace with retstep is not differentiated",
            instead="compute the step: (stop - start) / (num - 1)",
        )
    y_bar = np.moveaxis(y_bar, axis, 0) if axis % y_bar.ndim else y_bar
    t = steps(num, endpoint, y_bar.dtype)
    return _weighted(1 - t, y_bar), _weighted(t, y_bar)


@rule(np.geomspace)
def geomspace(
    y_bar: Any, y: Any, start: Any, stop: Any, num: Any = 50, endpoint: bool = True, *,
    dtype: Any = None, axis: int = 0,
) -> Any:  # fmt: skip
    """A point is start**(1 - t) stop**t."""
    g = y_bar * y
    g = np.moveaxis(g, axis, 0) if axis % g.ndim else g
    t = steps(num, endpoint, y_bar.dtype)
    return _weighted(1 - t, g) / start, _weighted(t, g) / stop


@rule(np.logspace)
def logspace(
    y_bar: Any, y: Any, start: Any, stop: Any, num: Any = 50, endpoint: bool = True,
    base: Any = 10.0, *, dtype: Any = None, axis: int = 0,
) -> Any:  # fmt: skip
    """A point is base**x for the points x of linspace: dy/dx = y log(base)."""
    g = y_bar * y
    g = np.moveaxis(g, axis, 0) if axis % g.ndim else g
    t = steps(num, endpoint, y_bar.dtype)
    start_bar, stop_bar = _weighted(1 - t, g), _weighted(t, g)
    scale = float(np.log(base)) if isinstance(base, (int, float)) else np.log(base)
    base_bar = (start * start_bar + stop * stop_bar) / base
    return start_bar * scale, stop_bar * scale, None, None, base_bar


def steps(num: Any, endpoint: bool, dtype: Any) -> Any:
    options: dict[str, Any] = {} if endpoint else {"endpoint": False}
    if dtype != np.float64:
        options["dtype"] = dtype
    return call(np.linspace, 0.0, 1.0, num, **options)


def _weighted(t: Any, y_bar: Any) -> Any:
    """The sum over the first axis, with weights."""
    return np.tensordot(t, y_bar, 1) if y_bar.ndim > 2 else np.dot(t, y_bar)


@rule(np.arange)
def arange(y_bar: Any, y: Any, *args: Any, **kwargs: Any) -> Any:
    """A point is start + k step."""
    if len(args) == 1:
        return None
    k = call(np.arange, call(np.size, y))
    if len(args) == 2:
        return np.sum(y_bar), None
    return np.sum(y_bar), None, np.dot(y_bar, k)


nondifferentiable(
    # of shapes and of nothing but numbers that are no floats
    np.zeros, np.ones, np.empty, np.zeros_like, np.ones_like, np.empty_like, np.eye, np.identity,
    np.tri, np.indices, ops.zero,
    # of bytes and text
    np.frombuffer, np.fromfile, np.fromstring, np.loadtxt, np.genfromtxt, np.load,
    np.fromregex,
    # windows of a given length
    np.hanning, np.hamming, np.bartlett, np.blackman,
)  # fmt: skip
