"""Convolutions and filters of scipy.signal.

A full convolution is bilinear, and its transposes are correlations. The modes 'same' and 'valid'
are its middle, so that a cotangent goes back into the middle of zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import signal

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Constant, Value
from adjoint.ir.infer import infer, register_inference, shape_from
from adjoint.ir.types import ANY, UNKNOWN, Array, Type
from adjoint.rules.kinds import Refused
from adjoint.rules.registry import linear, multilinear, rule
from adjoint.rules.staged import call, rank_of, shape_of
from adjoint.runtime.arrays import in_middle, middle_of, with_length


def _type(function: Any) -> Callable[[Sequence[Value], dict[str, Value]], Type]:
    def infer_type(args: Sequence[Value], kwargs: dict[str, Value]) -> Type:
        a, b = (infer(np.asarray, [x], {}) for x in args[:2])
        if not (isinstance(a, Array) and isinstance(b, Array)):
            return UNKNOWN
        if a.rank != b.rank:
            raise UnsupportedError(f"{function.__name__} needs two arrays of one rank")
        mode = kwargs.get("mode", args[2] if len(args) > 2 else Constant("full"))
        same = isinstance(mode, Constant) and mode.value == "same"
        dtype = np.result_type(a.dtype, b.dtype)
        if function in (signal.fftconvolve, signal.oaconvolve):
            dtype = np.result_type(dtype, np.float32 if dtype.kind in "fc" else np.float64)
        return Array(dtype, a.dims if same else (ANY,) * a.rank)

    return infer_type


for function in (signal.convolve, signal.correlate, signal.fftconvolve, signal.oaconvolve):
    register_inference(function, _type(function))


def _part(args: Sequence[Value], kwargs: dict[str, Value]) -> Type:
    dims, x = shape_from(args[1]), args[0].type
    return Array(x.dtype, dims) if dims is not None and isinstance(x, Array) else UNKNOWN


register_inference(in_middle, _part)
register_inference(middle_of, _part)


def _full(y_bar: Any, a: Any, b: Any, mode: str) -> Any:
    """The cotangent of the full convolution."""
    if mode == "full":
        return y_bar
    m, n = shape_of(a), shape_of(b)
    return call(in_middle, y_bar, tuple(m[k] + n[k] - 1 for k in range(rank_of(a))))


def _convolve(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    given = {name: value for name, value in options.items() if value != "auto"}
    return call(function, *args, "valid", **given)


@multilinear(signal.convolve)
def convolve(y_bar: Any, a: Any, b: Any, mode: str = "full", method: str = "auto") -> Any:
    full = _full(y_bar, a, b, mode)
    return (
        _convolve(signal.correlate, full, b, method=method),
        _convolve(signal.correlate, full, a, method=method),
    )


@multilinear(signal.correlate)
def correlate(y_bar: Any, a: Any, b: Any, mode: str = "full", method: str = "auto") -> Any:
    """The convolution of a with b reversed."""
    full = _full(y_bar, a, b, mode)
    return (
        _convolve(signal.convolve, full, b, method=method),
        np.flip(_convolve(signal.correlate, full, a, method=method)),
    )


@multilinear([signal.fftconvolve, signal.oaconvolve])
def fftconvolve(y_bar: Any, a: Any, b: Any, mode: str = "full", axes: Any = None) -> Any:
    if axes is not None:
        raise UnsupportedError("the derivative of fftconvolve is not known with axes")
    full = _full(y_bar, a, b, mode)
    return (
        call(signal.fftconvolve, full, np.flip(b), "valid"),
        call(signal.fftconvolve, full, np.flip(a), "valid"),
    )


@linear(in_middle)
def in_middle_transposed(y_bar: Any, x: Any, shape: Any) -> Any:
    return call(middle_of, y_bar, shape_of(x))


@linear(middle_of)
def middle_of_transposed(y_bar: Any, x: Any, shape: Any) -> Any:
    return call(in_middle, y_bar, shape_of(x))


# Filters


@rule(signal.lfilter)
def lfilter(y_bar: Any, y: Any, b: Any, a: Any, x: Any, axis: int = -1) -> Any:
    """y = b(z) / a(z) x, with z a step back in time: the transpose is the filter backwards.

    y changes by z^k (1 / a(z)) x with b_k, and by -z^k (1 / a(z)) y with a_k.
    """
    x_bar = np.flip(call(signal.lfilter, b, a, np.flip(y_bar, axis=axis), axis=axis), axis=axis)
    if rank_of(x) > 1:
        reason = "the derivative with respect to coefficients is known for one signal only"
        return Refused(reason), Refused(reason), x_bar
    b_bar = _lags(y_bar, call(signal.lfilter, [1.0], a, x), shape_of(b)[0])
    a_bar = -_lags(y_bar, call(signal.lfilter, [1.0], a, y), shape_of(a)[0])
    return b_bar, a_bar, x_bar


def _lags(g: Any, u: Any, count: Any) -> Any:
    """The products of g with u that is shifted by 0, 1, ... steps."""
    n = shape_of(g)[0]
    return call(with_length, np.correlate(g, u, "full")[n - 1 :], count, -1)
