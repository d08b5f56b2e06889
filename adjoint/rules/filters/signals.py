"""Filters of scipy.signal, and the resampling of signals: linear in the signal."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import signal

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Value
from adjoint.ir.infer import infer, register_inference
from adjoint.ir.types import ANY, UNKNOWN, Array, Type, dims_of
from adjoint.rules.filters.correlations import along
from adjoint.rules.filters.parts import KERNEL, like, real
from adjoint.rules.registry import expand, linear, rule
from adjoint.rules.staged import as_array, call, rank_of, shape_of
from adjoint.runtime.with_scipy import filters as f

for _function in (f.savgol_transposed, signal.savgol_filter, signal.detrend):
    register_inference(_function, like)
register_inference(signal.sosfilt, lambda args, kwargs: like(args[1:], kwargs))
register_inference(f.initial_response, lambda args, kwargs: Array(np.dtype(float), (ANY,)))


@rule(f.initial_response)
def initial_response(y_bar: Any, y: Any, b: Any, a: Any, n: Any) -> Any:
    return KERNEL, KERNEL


@rule(signal.sosfilt)
def sosfilt(y_bar: Any, y: Any, sos: Any, x: Any, axis: int = -1, zi: Any = None) -> Any:
    """A causal filter: its transpose is the filter backwards in time."""
    real(x)
    if zi is not None:
        raise UnsupportedError("sosfilt is differentiated without zi")
    back = call(signal.sosfilt, sos, np.flip(y_bar, axis=axis), axis=axis)
    return KERNEL, np.flip(back, axis=axis)


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
    x = real(x)
    if any(isinstance(v, Value) for v in (window_length, polyorder, deriv)):
        raise UnsupportedError("the window and the order of savgol_filter must be known when "
                               "compiling", instead="write them as literals")  # fmt: skip
    if window_length % 2 == 0:
        raise UnsupportedError("savgol_filter is differentiated with windows of odd length")
    if mode != "interp" or isinstance(delta, Value):
        if isinstance(delta, Value):
            raise UnsupportedError("delta= of savgol_filter must be known when compiling")
        weights = signal.savgol_coeffs(window_length, polyorder, deriv, delta)[::-1].copy()
        return along(x, weights, axis, mode, cval)
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
    dims = dims_of(infer(np.asarray, [args[0]], {}))
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
    real(x)
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
    real(data)
    return call(signal.detrend, y_bar, axis, type, bp)
