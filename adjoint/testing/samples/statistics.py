"""Samples of order statistics, averages and covariances."""

from typing import Any

import numpy as np

from adjoint.runtime.sorting import quantile_weights
from adjoint.testing.samples.table import (
    any_,
    call,
    composed,
    distinct,
    internal,
    positive,
    sample,
)

AXES: list[tuple[tuple[int, ...], dict[str, Any]]] = [
    ((4,), {}), ((5,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((4, 3), {"axis": 1}),
    ((2, 4), {"axis": -1, "keepdims": True}), ((2, 3), {"keepdims": True}),
    ((2, 3, 2), {"axis": (0, 2)}), ((2, 3, 2), {"axis": (2, 1), "keepdims": True}),
    ((1,), {}), ((2, 3), {"axis": None}),
]  # fmt: skip
for shape, options in AXES:
    composed(np.ptp, distinct(*shape), **options)
    sample([np.median, np.nanmedian], distinct(*shape), **options)
    sample([np.quantile, np.nanquantile], distinct(*shape), 0.3, **options)
    sample([np.percentile, np.nanpercentile], distinct(*shape), 60, **options)
    sample([np.quantile, np.nanquantile], distinct(*shape), [0.23, 0.45, 0.9], **options)
sample([np.median, np.nanmedian, np.ptp][:2], distinct(2, 3, dtype=np.float32), axis=1)
sample([np.median, np.nanmedian], np.asfortranarray(distinct(3, 4)), 0)
sample([np.median, np.nanmedian], distinct(4, 8)[::2, ::2], 1)
sample([np.quantile, np.nanquantile], distinct(2, 7, dtype=np.float32), 0.3, axis=1)
sample([np.percentile, np.nanpercentile], distinct(2, 7), [10, 50], 1)
sample([np.percentile, np.nanpercentile], distinct(7), 33.3)
sample([np.quantile, np.percentile], distinct(7), 0.4)
sample([np.quantile], distinct(2, 7), np.array([[0.2, 0.33], [0.47, 0.9]]), axis=1)
call("np.quantile({0}, {1}, axis=0)", distinct(7, 2), np.array([0.21, 0.77]))
call("np.percentile({0}, {1})", distinct(7), 41.0)
for method in ("lower", "higher", "nearest", "midpoint", "hazen", "weibull", "median_unbiased",
               "normal_unbiased", "interpolated_inverted_cdf"):  # fmt: skip
    call(f"np.quantile({{0}}, 0.37, method={method!r})", distinct(8))
    call(f"np.quantile({{0}}, [0.01, 0.63, 0.99], axis=1, method={method!r})", distinct(2, 8))
nans = np.zeros((2, 5))
nans[0, 1] = nans[1, :2] = np.nan
for name in ("np.nanmedian({0} + {1}", "np.nanquantile({0} + {1}, 0.3",
             "np.nanpercentile({0} + {1}, [30, 70]"):  # fmt: skip
    for rest in (")", ", axis=1)", ", axis=1, keepdims=True)"):
        call(name + rest, distinct(2, 5), nans)
for method in ("linear", "lower"):
    internal(quantile_weights, distinct(2, 4), 0.37, 1, method)
internal(quantile_weights, distinct(2, 4), np.array([0.2, 0.77]), None)

composed(np.average, any_(3))
composed(np.average, any_(2, 3), axis=1)
composed(np.average, any_(2, 3), 0, keepdims=True)
call("np.average({0}, weights={1})", any_(3), positive(3))
call("np.average({0}, axis=0, weights={1})", any_(2, 3), positive(2))
call("np.average({0}, 1, {1})", any_(2, 3), positive(3))
call("np.average({0}, axis=1, weights={1}, keepdims=True)", any_(2, 3), positive(2, 3))
call("np.average({0}, axis=(0, 1), weights={1})", any_(2, 3, 2), positive(2, 3))
call("np.average({0}, axis=1, weights=[1.0, 2.0, 0.5])", any_(2, 3))
call("np.average({0}, weights={1})", any_(3, dtype=np.float32), positive(3, dtype=np.float32))
sample([np.cov, np.corrcoef], any_(3, 5))
sample([np.cov, np.corrcoef], any_(5, 3), rowvar=False)
sample([np.cov, np.corrcoef], any_(5), any_(5))
sample([np.cov, np.corrcoef], any_(2, 5), any_(5))
sample([np.cov, np.corrcoef], any_(2, 5), any_(3, 5))
sample([np.cov, np.corrcoef], any_(5, 2), any_(5, 3), rowvar=False)
sample(np.cov, any_(5))
sample(np.cov, any_(1, 5))
sample(np.cov, any_(3, 5), bias=True)
sample(np.cov, any_(3, 5), ddof=2)
sample(np.cov, any_(3, 5, dtype=np.float32))
call("np.histogram([0.1, 0.7, 0.4, 0.9], bins=3, weights={0})[0]", any_(4))
call(
    "np.histogram([0.1, 0.7, 0.4, 0.9], bins=3, density=True, weights={0})[0]", any_(4) ** 2 + 1.0
)
