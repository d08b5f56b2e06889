"""Order statistics, averages, covariances."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Constant, Value
from adjoint.ir.infer import infer, probe, register_inference
from adjoint.ir.types import UNKNOWN, Array, List, Struct, Type, dims_of
from adjoint.rules.kinds import Refused
from adjoint.rules.reductions import numbers_of
from adjoint.rules.registry import expand, rule
from adjoint.rules.staged import as_array, both, by_items, call, parts_of, rank_of, select
from adjoint.runtime.sorting import quantile_weights

_METHODS = (
    "linear", "lower", "higher", "nearest", "midpoint", "interpolated_inverted_cdf", "hazen",
    "weibull", "median_unbiased", "normal_unbiased",
)  # fmt: skip


@expand(np.ptp)
def ptp(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    options: dict[str, Any] = {} if axis is None else {"axis": axis}
    if keepdims:
        options["keepdims"] = True
    return np.max(a, **options) - np.min(a, **options)


@rule(np.nanmedian)
def nanmedian(y_bar: Any, y: Any, x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return select(numbers_of(x), median(y_bar, y, x, axis, keepdims=keepdims), 0.0)


@rule(np.median)
def median(y_bar: Any, y: Any, x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return _quantile(y_bar, x, 0.5, axis, "linear", keepdims)[0]


@rule(np.nanquantile)
def nanquantile(
    y_bar: Any, y: Any, x: Any, q: Any, axis: Any = None, *, method: str = "linear",
    keepdims: bool = False,
) -> Any:  # fmt: skip
    x_bar, q_bar = quantile(y_bar, y, x, q, axis, method=method, keepdims=keepdims)
    return select(numbers_of(x), x_bar, 0.0), q_bar


@rule(np.quantile)
def quantile(
    y_bar: Any, y: Any, x: Any, q: Any, axis: Any = None, *, method: str = "linear",
    keepdims: bool = False,
) -> Any:  # fmt: skip
    x_bar, q_bar = _quantile(y_bar, x, as_array(q), axis, method, keepdims)
    return x_bar, _in_its_form(q_bar, q)


@rule(np.nanpercentile)
def nanpercentile(
    y_bar: Any, y: Any, x: Any, q: Any, axis: Any = None, *, method: str = "linear",
    keepdims: bool = False,
) -> Any:  # fmt: skip
    x_bar, q_bar = percentile(y_bar, y, x, q, axis, method=method, keepdims=keepdims)
    return select(numbers_of(x), x_bar, 0.0), q_bar


@rule(np.percentile)
def percentile(
    y_bar: Any, y: Any, x: Any, q: Any, axis: Any = None, *, method: str = "linear",
    keepdims: bool = False,
) -> Any:  # fmt: skip
    x_bar, q_bar = _quantile(y_bar, x, as_array(q) / 100, axis, method, keepdims)
    return x_bar, _in_its_form(q_bar / 100, q)


def _is_listed(q: Any) -> bool:
    of_values = isinstance(q, Value) and isinstance(q.type, (Struct, List))
    return of_values or isinstance(q, (tuple, list))


def _in_its_form(q_bar: Any, q: Any) -> Any:
    return by_items(q_bar, q) if _is_listed(q) else q_bar


def _quantile(
    y_bar: Any, x: Any, q: Any, axis: Any, method: str, keepdims: bool
) -> tuple[Any, Any]:
    """A quantile is a sum of elements, with weights that depend on q and on the order of x."""
    if method not in _METHODS:
        raise UnsupportedError(f"np.quantile is not differentiated with method={method!r}")
    ahead, rank = rank_of(q), rank_of(x)
    axes = range(rank) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if not keepdims and (ahead or axis is not None):
        places = tuple(sorted(ahead + a % rank for a in axes))
        y_bar = np.expand_dims(y_bar, places[0] if len(places) == 1 else places)
    options = [axis] if axis is not None else []
    if method != "linear":
        options = [axis, method]
    x_bar = y_bar * call(quantile_weights, x, q, *options)
    if ahead:
        x_bar = np.sum(x_bar, axis=0 if ahead == 1 else tuple(range(ahead)))
    slopes = call(quantile_weights, x, q, axis, method, True)
    q_bar = np.sum(y_bar * x * slopes, axis=tuple(range(ahead, ahead + rank)))
    return x_bar, q_bar


@rule(quantile_weights)
def quantile_weights_rule(
    y_bar: Any, y: Any, x: Any, q: Any, axis: Any = None, method: str = "linear",
    slope: bool = False,
) -> Any:  # fmt: skip
    """The weights are constant in x between ties, and have a constant slope in q."""
    if slope:
        return None
    slopes = call(quantile_weights, x, q, axis, method, True)
    ahead = rank_of(q)
    return None, np.sum(y_bar * slopes, axis=tuple(range(ahead, ahead + rank_of(x))))


def _weights_type(args: Sequence[Value], kwargs: dict[str, Value]) -> Type:
    x, q = args[0].type, dims_of(args[1].type)
    if not isinstance(x, Array) or q is None:
        return UNKNOWN
    return Array(x.dtype, q + x.dims)


register_inference(quantile_weights, _weights_type)


def _quantile_type(target: Any) -> Any:
    """NumPy is asked with quantiles that it accepts."""

    def infer_quantile(args: Sequence[Value], kwargs: dict[str, Value]) -> Type:
        q = args[1].type if len(args) > 1 else None
        if isinstance(q, (Struct, List)):
            q = infer(np.asarray, [args[1]], {})
        if isinstance(args[1], Constant) or not isinstance(q, Array):
            sample = args[1] if isinstance(args[1], Constant) else Constant(0.5)
            return probe(target, [args[0], sample, *args[2:]], kwargs)
        sample = Constant(np.full((1,) * q.rank, 0.5, q.dtype))
        found = probe(target, [args[0], sample, *args[2:]], kwargs)
        if not isinstance(found, Array) or not q.rank:
            return found
        return Array(found.dtype, q.dims + found.dims[q.rank :])

    return infer_quantile


for _target in (np.quantile, np.percentile, np.nanquantile, np.nanpercentile):
    register_inference(_target, _quantile_type(_target))


@expand(np.average)
def average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *,
    keepdims: bool = False,
) -> Any:  # fmt: skip
    options: dict[str, Any] = {} if axis is None else {"axis": axis}
    if keepdims:
        options["keepdims"] = True
    if returned is not False:
        raise UnsupportedError(
            "np.average with returned=True is not supported", instead="sum the weights yourself"
        )
    a = as_array(a)
    if weights is None:
        return call(np.mean, a, **options)
    weights = as_array(weights)
    if rank_of(weights) == rank_of(a):
        return call(np.sum, a * weights, **options) / call(np.sum, weights, **options)
    weighted = a * _beside(weights, a, axis)
    return call(np.sum, weighted, **options) / call(np.sum, weights)


def _beside(weights: Any, a: Any, axis: Any) -> Any:
    """Weights for the axes of an average, with ones for the other axes of `a`."""
    if axis is None:
        raise UnsupportedError("np.average needs an axis for weights of another shape")
    axes = [k % a.ndim for k in (axis if isinstance(axis, tuple) else (axis,))]
    if len(axes) > 1 and axes != sorted(axes):
        weights = np.transpose(weights, tuple(int(k) for k in np.argsort(axes)))
    others = tuple(k for k in range(a.ndim) if k not in axes and k > min(axes))
    return np.expand_dims(weights, others) if others else weights


#: Why a histogram has no derivative with respect to what is counted.
COUNTS = (
    "a histogram counts, which is constant between jumps; use np.bincount with the bins of "
    "np.digitize for weighted sums"
)


@rule(np.histogram)
def histogram(
    y_bar: Any, y: Any, a: Any, bins: Any = 10, range: Any = None, density: Any = None,
    weights: Any = None,
) -> Any:  # fmt: skip
    """Each bin is the sum of its weights, with a density by its width and the sum of all."""
    h_bar, edges = parts_of(y_bar)[0], call(operator.getitem, y, 1)
    counts = Refused(f"histogram is not differentiable: {COUNTS}")
    if h_bar is None or weights is None:
        return counts, counts, counts, None, None
    places = call(np.searchsorted, edges, a, side="right") - 1
    n = edges.shape[0] - 1
    inside = both(a >= edges[0], a <= edges[-1])  # the last bin has both of its edges
    if density:
        h, widths = call(operator.getitem, y, 0), edges[1:] - edges[:-1]
        total = np.sum(np.where(inside, weights, 0.0))
        h_bar = (h_bar / widths - np.sum(h_bar * h)) / total
    of_bins = h_bar[np.clip(places, 0, n - 1)]
    return counts, counts, counts, None, np.where(inside, of_bins, 0.0)


@rule(np.cov)
def cov(
    C_bar: Any, C: Any, m: Any, y: Any = None, rowvar: bool = True, bias: bool = False,
    ddof: Any = None, *, dtype: Any = None,
) -> Any:  # fmt: skip
    """C = X X^T / (n - ddof), where the rows of X are centred."""
    X = _rows(m, y, rowvar)
    lost = (0 if bias else 1) if ddof is None else ddof
    n = X.shape[-1] - lost if lost else X.shape[-1]
    if isinstance(n, int) or lost > 1:
        n = call(max, n, 0)  # NumPy divides by no less
    centred = X - np.mean(X, axis=-1, keepdims=True)
    if rank_of(C_bar) == 0:  # of one variable
        return _apart(2.0 * C_bar * centred / n, m, y, rowvar)
    return _apart((C_bar + C_bar.T) @ centred / n, m, y, rowvar)


@rule(np.corrcoef)
def corrcoef(
    R_bar: Any, R: Any, x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None
) -> Any:
    """R = U U^T, where the rows of U are centred and divided by their norms."""
    if rank_of(R_bar) == 0:  # of one variable: a constant
        return None if isinstance(R_bar, Value) else np.zeros_like(x)
    X = _rows(x, y, rowvar)
    centred = X - np.mean(X, axis=-1, keepdims=True)
    norm = np.sqrt(np.sum(centred * centred, axis=-1, keepdims=True))
    U = centred / norm
    U_bar = (R_bar + R_bar.T) @ U
    X_bar = (U_bar - U * np.sum(U * U_bar, axis=-1, keepdims=True)) / norm
    return _apart(X_bar, x, y, rowvar)


def _rows(m: Any, y: Any, rowvar: bool) -> Any:
    """The variables of a covariance as rows."""
    m = m.T if m.ndim == 2 and not rowvar else m
    if y is None:
        return m
    y = y.T if y.ndim == 2 and not rowvar else y
    return np.vstack((m, y))


def _apart(X_bar: Any, m: Any, y: Any, rowvar: bool) -> Any:
    """The cotangents of the arrays whose rows (or columns) were put together."""
    if y is None:
        return X_bar.T if not rowvar and m.ndim == 2 else X_bar
    cotangents, start = [], 0
    for part in (m, y):
        if part.ndim == 1:
            cotangents.append(X_bar[start])
            start = start + 1
            continue
        stop = start + part.shape[0 if rowvar else 1]
        rows = X_bar[start:stop]
        cotangents.append(rows if rowvar else rows.T)
        start = stop
    return tuple(cotangents)
