"""Methods of ufuncs: reductions, running reductions and outer tables under other names."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.registry import expand, nondifferentiable, rule
from adjoint.rules.staged import call, keep, rank_of


def _reduction(
    target: Callable[..., Any], array: Any, axis: Any = 0, dtype: Any = None, **options: Any
) -> Any:
    if axis != 0 or rank_of(array) != 1:
        options["axis"] = axis
    if dtype is not None:
        options["dtype"] = dtype
    if options.get("keepdims") is False:
        del options["keepdims"]
    return call(target, array, **options)


for _ufunc, _reduced, _running in (
    (np.add, np.sum, np.cumsum), (np.multiply, np.prod, np.cumprod), (np.maximum, np.max, None),
    (np.minimum, np.min, None), (np.logical_and, np.all, None), (np.logical_or, np.any, None),
):  # fmt: skip
    expand(_ufunc.reduce)(functools.partial(_reduction, _reduced))
    if _running is not None:
        expand(_ufunc.accumulate)(functools.partial(_reduction, _running))


@rule(np.logaddexp.reduce)
def logsumexp(
    y_bar: Any, y: Any, x: Any, axis: Any = 0, dtype: Any = None, *, keepdims: bool = False
) -> Any:
    """The derivative is the softmax."""
    y, y_bar = keep(y, x, axis, keepdims), keep(y_bar, x, axis, keepdims)
    return y_bar * np.exp(x - y)


def _outer(ufunc: np.ufunc, a: Any, b: Any) -> Any:
    """The ufunc of all pairs: `a` gets an axis of size one for each axis of `b`."""
    m, n = rank_of(a), rank_of(b)
    if ufunc is np.multiply and m == n == 1:
        return call(np.outer, a, b)
    if m and n:
        a = call(np.expand_dims, a, m if n == 1 else tuple(range(m, m + n)))
    return call(ufunc, a, b)


for _binary in {f for f in vars(np).values() if isinstance(f, np.ufunc)}:
    if _binary.nin == 2 and _binary.nout == 1 and _binary.signature is None:
        expand(_binary.outer)(functools.partial(_outer, _binary))

nondifferentiable(np.logical_xor.reduce, np.bitwise_and.reduce, np.bitwise_or.reduce)
