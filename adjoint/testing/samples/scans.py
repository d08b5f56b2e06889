"""Samples of running sums and products, of differences, and of the methods of ufuncs."""

from typing import Any

import numpy as np

from adjoint.runtime.scans import cumprod_cotangent, spread_segments
from adjoint.testing.samples.table import any_, call, composed, distinct, internal, sample, steps

nan = np.nan
zeros = np.array([[0.3, 0.0, -0.7, 1.2], [0.5, 0.0, 0.0, 2.0], [0.0, 0.4, 0.7, 0.0]])
axis: Any
target: Any
ufunc: Any
for target in (np.cumprod, np.nancumprod, np.nancumsum):
    for shape, options in (
        ((3,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": -1}),
        ((2, 3, 2), {"axis": 1}), ((0,), {}), ((0, 3), {"axis": 0}),
    ):  # fmt: skip
        sample(target, any_(*shape), **options)
    sample(target, any_(2, 3, dtype=np.float32), axis=1)
    sample(target, any_(4, 4)[::2, 1:], axis=0)
for name in ("nancumprod", "nancumsum"):
    call(f"np.{name}({{0}} + {{1}}, axis=1)", any_(2, 3), np.array([nan, 0.0, 0.0]))
for axis in (0, 1, None):
    sample(np.cumprod, zeros, axis)
sample([np.cumsum, np.cumprod], any_(3, dtype=np.float32), dtype=float)
call("{0}.cumprod()", any_(3))
call("{0}.cumprod(axis=0)", zeros)
for target in (np.cumulative_sum, np.cumulative_prod):
    sample(target, any_(3))
    sample(target, any_(3), include_initial=True)
    sample(target, any_(2, 3), axis=1)
    sample(target, zeros, axis=0, include_initial=True)
    sample(target, any_(2, 3, dtype=np.float32), axis=-1, include_initial=True)
for axis in (0, 1):
    internal(cumprod_cotangent, any_(3, 4), zeros, axis)
    internal(cumprod_cotangent, any_(3, 4), any_(3, 4), axis)
sample(np.diff, any_(4))
call("np.diff({0}, prepend=0.0)", any_(4))
call("np.diff({0}, prepend={1}, append=1.0)", any_(4), 0.3)
call("np.diff({0}, axis=0, prepend={1}, append=1.0)", any_(3, 2), any_(1, 2))
call("np.diff({0}, n=2, axis=1, append={1})", any_(3, 2), 0.7)
composed(np.ediff1d, any_(4))
composed(np.ediff1d, any_(2, 3))
composed(np.ediff1d, any_(4), to_end=0.5, to_begin=1.0)
call("np.ediff1d({0}, {1}, {2})", any_(4), any_(2), 0.3)
jumps = np.array([[0.1, 3.0, -3.0, 0.5], [2.0, -2.5, 9.0, 9.5]])
sample(np.unwrap, jumps[0])
sample(np.unwrap, jumps)
sample(np.unwrap, jumps, axis=0)
sample(np.unwrap, jumps, period=5.0)
sample(np.unwrap, jumps.astype(np.float32))

# Methods of ufuncs
for ufunc in (np.add, np.multiply, np.maximum, np.minimum):
    composed(ufunc.reduce, distinct(3))
    composed(ufunc.reduce, distinct(2, 3))
    composed(ufunc.reduce, distinct(2, 3), axis=1)
    composed(ufunc.reduce, distinct(2, 3), axis=None)
    composed(ufunc.reduce, distinct(2, 3), axis=(0, 1), keepdims=True)
    composed(ufunc.reduce, distinct(2, 3, dtype=np.float32), 1)
for ufunc in (np.add, np.multiply):
    composed(ufunc.accumulate, any_(3))
    composed(ufunc.accumulate, any_(2, 3))
    composed(ufunc.accumulate, any_(2, 3), axis=1)
    composed(ufunc.accumulate, any_(2, 3, dtype=np.float32), -1)
call("np.add.reduce({0}, axis=1, initial=2.0, where={0} > 0.0)", steps(0.05)(2, 3))
call("np.add.reduce({0}, dtype=float)", any_(2, dtype=np.float32))
for target in (np.maximum.accumulate, np.minimum.accumulate):
    sample(target, distinct(5))
    sample(target, distinct(2, 5))
    sample(target, distinct(2, 5), axis=1)
    sample(target, distinct(2, 3, 2), axis=-2)
    sample(target, distinct(4, dtype=np.float32))
for axis in (0, 1, (0, 1), None, -1):
    sample(np.logaddexp.reduce, any_(2, 3), axis=axis)
sample(np.logaddexp.reduce, any_(3))
sample(np.logaddexp.reduce, any_(2, 3), axis=1, keepdims=True)
sample(np.logaddexp.reduce, any_(2, 3, dtype=np.float32), 1)
starts = np.array([0, 2, 1, 3])
for axis in (0, 1):
    sample(np.add.reduceat, any_(4, 5), starts, axis)
    internal(spread_segments, any_(4, 4), starts, 5, axis)
sample(np.add.reduceat, any_(5), np.array([0, 2]))
sample(np.add.reduceat, any_(5), [0, 3, 1])
sample(np.add.reduceat, any_(5, dtype=np.float32), starts)
for ufunc in (np.add, np.subtract, np.multiply, np.divide, np.maximum, np.power, np.hypot):
    composed(ufunc.outer, distinct(3) + 2.0, distinct(2) + 2.0)
    composed(ufunc.outer, distinct(2, 2) + 2.0, distinct(3) + 2.0)
    composed(ufunc.outer, distinct(3) + 2.0, distinct(2, 2) + 2.0)
composed(np.multiply.outer, 0.7, any_(3))
composed(np.subtract.outer, any_(3), 0.7)
composed(np.subtract.outer, any_(3, dtype=np.float32), any_(2, dtype=np.float32))

# Keywords of ufuncs
kept = np.array([True, False, True])
call("np.log({0}, where={0} > 0, out=np.zeros(3))", np.array([0.5, -1.0, 2.0]))
call("np.log({0}, np.zeros(3), where={1})", np.array([0.5, 0.0, 2.0]), kept)
call("np.divide({0}, {1}, out=np.zeros(3), where={2})", any_(3), np.array([0.5, 0.0, 2.0]), kept)
call("np.add({0}, {1}, out={0} * 2.0, where={2})", any_(3), any_(3), kept)
call("np.add({0}, 1.0, out=np.empty(3))", any_(3))
call("np.multiply({0}, {1}, np.empty(3))", any_(3), any_(3))
call("np.exp({0}, dtype=np.float64)", any_(3, dtype=np.float32))
call("np.sum({0}, axis=0, out=np.empty(3))", any_(2, 3))
call("np.sum({0}, 0, None, np.empty(3))", any_(2, 3))
