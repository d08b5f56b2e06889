"""Samples of reductions."""

from typing import Any

import numpy as np

from adjoint.runtime.arrays import prod_others, sum_to
from adjoint.testing.samples.table import (
    any_,
    call,
    distinct,
    internal,
    sample,
    steps,
)

AXES: list[tuple[tuple[int, ...], dict[str, Any]]] = [
    ((3,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": 1}),
    ((2, 3), {"axis": -1, "keepdims": True}), ((2, 3), {"axis": -2}), ((2, 3), {"keepdims": True}),
    ((2, 3, 2), {"axis": (0, 2)}), ((2, 3, 2), {"axis": (-1, 0)}), ((2, 3, 2), {"axis": (1,)}),
    ((2, 3, 2), {"axis": (1, 2), "keepdims": True}), ((2, 1, 3), {"axis": 1}), ((3,), {"axis": 0}),
    ((2, 3), {"axis": None}), ((2, 3), {"axis": (0, 1)}), ((1, 2), {"axis": 0, "keepdims": True}),
]  # fmt: skip
REDUCTIONS: list[Any] = [np.sum, np.mean, np.prod, np.var, np.std, np.max, np.min]


for target in REDUCTIONS:
    for shape, options in AXES:
        sample(target, distinct(*shape), **options)
    sample(target, distinct(2, 3), 0)
    sample(target, distinct(2, 3, dtype=np.float32), axis=1)
    sample(target, distinct(4, 4)[::2, 1:])
    sample(target, np.asfortranarray(distinct(3, 2)), axis=0)
for target in (np.sum, np.mean, np.prod, np.max, np.min):
    sample(target, np.asarray(0.7))
    sample(target, 0.7)
    sample(target, np.zeros((0, 3)), axis=1)
for target in (np.sum, np.prod):
    sample(target, np.zeros((0, 3)), axis=0)
    sample(target, np.zeros(0))
sample([np.var, np.std], distinct(2, 3), axis=1, ddof=1)
sample([np.var, np.std], distinct(5), ddof=1)
sample([np.var, np.std], distinct(5), correction=1)
sample([np.sum, np.mean, np.prod], distinct(3, dtype=np.float32), dtype=float)
sample(np.prod, np.array([0.0, 2.0, 3.0]))
sample(np.prod, np.array([[0.0, 2.0, 3.0], [0.0, 0.0, 4.0]]), axis=1)
sample([np.amax, np.amin], distinct(2, 3), axis=0)
for shape, axis in (((3,), None), ((2, 3), None), ((2, 3), 0), ((2, 3), -1), ((2, 3, 2), (0, 2))):
    internal(prod_others, distinct(*shape), axis)
internal(sum_to, any_(2, 3), (3,))
internal(sum_to, any_(2, 3), (2, 1))
internal(sum_to, any_(2, 3), ())
for shape, options in (((3,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": -1})):
    sample([np.cumsum], any_(*shape), **options)
    for name in ("sum", "mean", "prod", "max", "min", "var", "std", "cumsum"):
        named = ", ".join(f"{key}={value}" for key, value in options.items())
        call(f"{{0}}.{name}({named})", distinct(*shape))
sample(np.trace, any_(3, 3))
sample(np.trace, any_(2, 3))
sample(np.trace, any_(3, 2, dtype=np.float32))
call("{0}.trace()", any_(3, 3))
call("{0}.sum((0, 2), keepdims=True)", any_(2, 3, 2))

# Parts of an array: where, initial, and nans left out
kept = np.array([[True, False, True], [False, True, True]])
nan = np.nan
holes = np.array([[0.3, nan, -0.7], [nan, 1.1, 0.2]])
CHOOSING: list[Any] = [np.sum, np.mean, np.prod, np.var, np.std]
MISSING: list[Any] = [
    np.nansum,
    np.nanmean,
    np.nanprod,
    np.nanmax,
    np.nanmin,
    np.nanvar,
    np.nanstd,
]
NAMED = {t: t.__name__ for t in [*CHOOSING, np.max, np.min]}
for target in CHOOSING:
    name = NAMED[target]
    for given in ("", ", axis=0", ", axis=1, keepdims=True", ", axis=(0, 1)", ", axis=-1"):
        call(f"np.{name}({{0}}{given}, where={{1}})", distinct(2, 3), kept)
    call(f"np.{name}({{0}}, where={{1}})", distinct(2, 3), kept[1])
    call(f"np.{name}({{0}}, axis=0, where={{1}})", distinct(3, 2, dtype=np.float32), kept[:1].T)
    call(f"{{0}}.{name}(axis=1, where={{0}} > -0.5)", distinct(2, 3))
for name in ("max", "min"):
    for given in ("", ", axis=0", ", axis=1, keepdims=True"):
        call(f"np.{name}({{0}}{given}, initial=0.05, where={{1}})", distinct(2, 3), kept)
        call(f"np.{name}({{0}}{given}, initial=0.05)", distinct(2, 3))
        call(f"np.{name}({{0}}{given}, initial=-7.0)", distinct(2, 3))
call("np.sum({0}, axis=1, initial=2.0)", any_(2, 3))
call("np.prod({0}, axis=1, initial=2.0)", any_(2, 3))
call("np.prod({0}, initial=2.0, where={1})", any_(2, 3), kept)
call("np.prod({0}, axis=1, initial=2.0)", any_(2, 3, dtype=np.float32))
call("np.var({0}, axis=1, ddof=1, where={1})", distinct(2, 3), kept)
call("np.mean({0}, 1, None, None, True)", distinct(2, 3))
call("np.sum({0}, 1, None, None, True)", distinct(2, 3))
for target in MISSING:
    for shape, options in AXES:
        sample(target, distinct(*shape), **options)
    sample(target, distinct(2, 3, dtype=np.float32), axis=1)
    for given in ("", ", axis=0", ", axis=1, keepdims=True", ", axis=(0, 1)"):
        call(f"np.{target.__name__}({{0}} + {{1}}{given})", any_(2, 3), 0 * holes)
for target in (np.nansum, np.nanmean, np.nanprod, np.nanmax, np.nanmin):
    sample(target, np.asarray(0.7))
    sample(target, 0.7)
call("np.nanmean({0} + {1}, axis=1, where={0} > -0.8)", steps(0.05)(2, 3), 0 * holes)
call("np.nanvar({0} + {1}, axis=1, ddof=1)", any_(2, 3), 0 * holes)
call("np.nanstd({0} + {1}, ddof=2)", any_(2, 3, dtype=np.float32), 0 * holes)
