"""np.pad in all its modes (`numpy.pad`, "Notes" on the order of the axes)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Value
from adjoint.ir.types import Scalar, is_rank0
from adjoint.rules.registry import expand, linear, nondifferentiable
from adjoint.rules.selecting import add_at
from adjoint.rules.staged import along, call, rank_of, shape_of, sizes_of
from adjoint.runtime.arrays import odd_reflection

Widths = list[tuple[Any, Any]]

#: What the modes with a statistic put at each end of an axis.
STATISTICS: dict[str, Callable[..., Any]] = {
    "mean": np.mean, "maximum": np.max, "minimum": np.min, "median": np.median,
}  # fmt: skip


@expand(np.pad)
def pad(x: Any, pad_width: Any, mode: Any = "constant", **options: Any) -> Any:
    """Modes that compute what they put at the ends are joins; the others have a rule."""
    if mode == "empty" or callable(mode):
        raise UnsupportedError(
            f"np.pad with mode={mode!r} is not differentiable",
            instead="use mode='constant', or assign into np.zeros",
        )
    if mode in STATISTICS:
        return _with_ends(x, pad_width, _statistic(STATISTICS[mode], **options))
    if mode == "linear_ramp":
        return _with_ends(x, pad_width, _ramp(rank_of(x), **options))
    fill = options.get("constant_values", 0)
    if isinstance(fill, Value) and is_rank0(fill.type) and mode == "constant":
        inside = call(np.pad, call(np.zeros, shape_of(x), dtype=bool), pad_width,
                      constant_values=True)  # fmt: skip
        padded = call(np.where, inside, fill, call(np.pad, x, pad_width))
        return padded if padded.dtype == x.dtype else padded.astype(x.dtype)
    given = {} if mode == "constant" else {"mode": mode}
    return call(np.pad, x, pad_width, **given, **options)


@linear(np.pad, affine=True)
def transposed(
    y_bar: Any, x: Any, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0,
    reflect_type: str = "even",
) -> Any:  # fmt: skip
    widths = widths_of(pad_width, rank_of(x))
    if not widths:
        return y_bar  # an array of rank 0 has no ends
    if mode == "constant":
        inner = tuple(_inner(w, n) for w, n in zip(widths, sizes_of(x), strict=True))
        return y_bar[inner if len(inner) > 1 else inner[0]]
    if reflect_type == "odd" and mode in ("reflect", "symmetric"):
        for axis in reversed(range(len(widths))):
            y_bar = _odd(y_bar, x, axis, widths[axis], mode == "symmetric")
        return y_bar
    places = call(np.arange, call(np.size, x))  # each element is a copy of one of x: of which?
    if len(widths) == 1:
        return add_at(call(np.pad, places, pad_width, mode=mode), y_bar, x, None)
    places = call(np.pad, np.reshape(places, shape_of(x)), pad_width, mode=mode)
    return add_at(np.ravel(places), np.ravel(y_bar), x, None)


def _inner(width: tuple[Any, Any], size: Any) -> slice:
    before, after = width
    if isinstance(before, Value) or isinstance(after, Value):
        return slice(before, before + size)
    return slice(before or None, -after if after else None)


def _odd(y_bar: Any, x: Any, axis: int, width: tuple[Any, Any], symmetric: bool) -> Any:
    """One axis of an odd reflection; NumPy pads the first axis first."""
    n = shape_of(x)[axis]
    terms = call(odd_reflection, n, *width, symmetric, y_bar.dtype)
    positions, sign, first, last = (terms[k] for k in range(4))
    rank = y_bar.ndim
    y_bar = np.moveaxis(y_bar, axis, 0) if axis else y_bar
    weights = np.expand_dims(sign, tuple(range(1, rank))) if rank > 1 else sign
    zero = call(np.zeros, (n, *(y_bar.shape[k] for k in range(1, rank))), dtype=y_bar.dtype)
    x_bar = call(ops.index_add, zero, positions, weights * y_bar)
    x_bar = call(ops.index_add, x_bar, 0, np.tensordot(first, y_bar, 1))
    x_bar = call(ops.index_add, x_bar, -1, np.tensordot(last, y_bar, 1))
    return np.moveaxis(x_bar, 0, axis) if axis else x_bar


def widths_of(pad_width: Any, rank: int) -> Widths:
    """(before, after) for each axis, from all the forms that NumPy takes."""
    if isinstance(pad_width, dict):
        widths: Widths = [(0, 0)] * rank
        for axis, width in pad_width.items():
            widths[axis] = (width, width) if _is_number(width) else tuple(width)
        return widths
    if isinstance(pad_width, np.ndarray):
        pad_width = pad_width.tolist()
    if _is_number(pad_width):
        return [(pad_width, pad_width)] * rank
    items = [pad_width[k] for k in range(len(pad_width))]
    if all(map(_is_number, items)):
        return [(items[0], items[-1])] * rank
    pairs = [(w[0], w[len(w) - 1]) for w in items]
    return pairs * rank if len(pairs) == 1 else pairs


def _is_number(x: Any) -> bool:
    return isinstance(x.type, Scalar) if isinstance(x, Value) else np.ndim(x) == 0


# Modes that compute what they put at the ends

Ends = Callable[[Any, int, tuple[Any, Any]], list[Any]]


def _with_ends(x: Any, pad_width: Any, ends: Ends) -> Any:
    """One axis after the other: what the first one puts there takes part in the second."""
    for axis, width in enumerate(widths_of(pad_width, rank_of(x))):
        before, after = ends(x, axis, width)
        parts = [p for p, w in zip((before, x, after), (width[0], 1, width[1]), strict=True)
                 if isinstance(w, Value) or w]  # fmt: skip
        x = np.concatenate(parts, axis=axis) if len(parts) > 1 else x
    return x


def _statistic(target: Callable[..., Any], stat_length: Any = None) -> Ends:
    def ends(x: Any, axis: int, width: tuple[Any, Any]) -> list[Any]:
        used: list[Any] = [None, None]
        if stat_length is not None:
            used = list(widths_of(stat_length, rank_of(x))[axis])
        parts = [
            x
            if n is None
            else x[along(slice(None, n) if k == 0 else slice(-n, None), axis, x.ndim)]
            for k, n in enumerate(used)
        ]
        return [
            np.repeat(target(part, axis=axis, keepdims=True), w, axis=axis)
            for part, w in zip(parts, width, strict=True)
        ]

    return ends


def _ramp(rank: int, end_values: Any = 0) -> Ends:
    def ends(x: Any, axis: int, width: tuple[Any, Any]) -> list[Any]:
        start, stop = widths_of(end_values, rank)[axis]
        ramps = [
            call(np.linspace, end, x[along(k, axis, rank)], w, endpoint=False, dtype=x.dtype,
                 axis=axis)
            for end, k, w in ((start, 0, width[0]), (stop, -1, width[1]))
        ]  # fmt: skip
        return [ramps[0], np.flip(ramps[1], axis)]

    return ends


nondifferentiable(odd_reflection)
