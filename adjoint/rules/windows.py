"""Windows that slide over an array, and the sums over them."""

from __future__ import annotations

from typing import Any

from numpy.lib.stride_tricks import sliding_window_view

from adjoint.ir.infer import Args, KwArgs, register_inference, shape_from
from adjoint.ir.types import UNKNOWN, Array, Type
from adjoint.rules.registry import linear
from adjoint.rules.staged import call, given, shape_of
from adjoint.runtime.windows import window_sums


@linear(sliding_window_view)
def windows(y_bar: Any, x: Any, window_shape: Any, axis: Any = None) -> Any:
    """An element gets the sum over the windows that it is in."""
    return call(window_sums, y_bar, shape_of(x), **given(axis=axis))


@linear(window_sums)
def window_sums_transposed(x_bar: Any, windows: Any, shape: Any, axis: Any = None) -> Any:
    rank = x_bar.ndim
    sizes = tuple(shape_of(windows)[k] for k in range(rank, windows.ndim))
    return call(sliding_window_view, x_bar, sizes, **given(axis=axis))


def _sums(args: Args, kwargs: KwArgs) -> Type:
    windows, dims = args[0].type, shape_from(args[1])
    return (
        UNKNOWN if dims is None or not isinstance(windows, Array) else Array(windows.dtype, dims)
    )


register_inference(window_sums, _sums)
