"""Samples of functions that order and select elements."""

import numpy as np

from adjoint.runtime.sorting import add_along_axis
from adjoint.testing.samples.table import any_, call, composed, distinct, internal, sample, steps

clear = steps(0.05)  # of the thresholds below

for text in (
    "np.sort({0})",
    "np.sort({0}, axis=0)",
    "np.sort({0}, 1)",
    "np.sort({0}, axis=None)",
    "np.sort({0}, axis=-1, kind='stable')",
    "np.take_along_axis({0}, np.argsort({0}, axis=1), axis=1)",
    "np.take_along_axis({0}, np.argmax({0}, axis=0, keepdims=True), 0)",
    "np.partition({0}, 2)",
    "np.partition({0}, 1, axis=0)",
    "np.partition({0}, 3, axis=None)",
):
    call(text, distinct(3, 4))
    call(text, distinct(3, 4, dtype=np.float32))
call("np.sort({0})", distinct(5))
call("np.partition({0}, (1, 3))", distinct(6))
call("np.sort({0}, axis=1)", distinct(2, 3, 2))
composed(np.partition, distinct(5), 2)
rows = np.array([[2, 0], [1, 1], [0, 2]])
sample(np.take_along_axis, any_(3, 3), rows, 1)
sample(np.take_along_axis, any_(3, 2), rows, 0)
sample(np.take_along_axis, any_(3, 3), rows[:1], 1)
if np.lib.NumpyVersion(np.__version__) >= "2.3.0":  # the axis had no default before
    sample(np.take_along_axis, any_(3, 3), rows)
sample(np.take_along_axis, any_(2, 2), rows.ravel(), None)
sample(np.take_along_axis, any_(4), np.array([0, 3, 3]), 0)
sample(np.take_along_axis, any_(3, 3, dtype=np.float32), rows, axis=1)
internal(add_along_axis, any_(3, 3), rows, any_(3, 2), 1)
internal(add_along_axis, any_(3, 2), rows, any_(3, 2), 0)
internal(add_along_axis, any_(3, 3), rows[:1], any_(3, 2), 1)
mask = np.array([True, False, True])
composed(np.compress, mask, any_(3))
composed(np.compress, mask, any_(2, 3), axis=1)
composed(np.compress, mask, any_(4, 2), axis=0)
composed(np.compress, mask, any_(2, 3))
composed(np.extract, mask, any_(3))
composed(np.extract, np.array([[True, False], [False, True]]), any_(2, 2))
call("np.extract({0} > 0, {0})", clear(4))
call("np.compress({0} > 0, {1})", clear(4), clear(4))
call("np.select([{2}, ~{2}], [{0}, {1}])", any_(3), any_(3), mask)
call("np.select([{2}], [{0}], {1})", 0.7, any_(3), mask)
call("np.select([{0} > 0.5, {0} > -0.5], [{0} ** 2, {1}])", clear(5), clear(5))
call("np.select([{0} > 0.5, {0} > -0.5], [np.sin({0}), {1}], default={0})", clear(5), 0.3)
call("np.select([{0} > 0.5, {0} > -0.5], [{0}, {1}], 0.5)", clear(2, 3), clear(3))
call("np.select([{0} > 0.5], [{0}])", clear(3, dtype=np.float32))
which = np.array([0, 2, 1, 0])
call("np.choose({2}, [{0}, {1}, 0.5])", any_(4), 0.7, which)
call("np.choose({2}, ({0}, {1}, {0}))", any_(4), any_(3, 4), which)
call("np.choose({1} + 2, ({0}, 2.0 * {0}, {0}), mode='clip')", any_(4), which)
call("np.choose({1} - 2, ({0}, 2.0 * {0}, {0}), mode='wrap')", any_(4), which)
sample(np.choose, which, (any_(4), any_(4), any_(4)))
sample(np.choose, np.array([0, 3, 4]), (any_(3), any_(3)), mode="wrap")
bins = np.array([0, 2, 2, 1, 0])
sample(np.bincount, bins, any_(5))
sample(np.bincount, bins, any_(5), 6)
call("np.bincount({1}, weights={0}, minlength=4)", any_(5), bins)
call("np.bincount(np.digitize({0}, np.array([-0.5, 0.5])), {0})", clear(5))
call("{0} * np.searchsorted(np.array([-0.5, 0.5]), {0})", clear(5))
for text in (
    "np.piecewise({0}, [{0} < 0, {0} >= 0], [lambda v: v**2, lambda v: np.sin(v)])",
    "np.piecewise({0}, [{0} < -0.5, {0} > 0.5], [np.exp, 2.0, lambda v: v * 3.0])",
    "np.piecewise({0}, [{0} < 0], [np.sin, np.cos])",
    "np.piecewise({0}, {0} < 0, [0.0, lambda v: v**3])",
    "np.piecewise({0}, [{0} < 0, {0} >= 0], [lambda v, a: a * v, lambda v, a: v - a], 0.3)",
):
    call(text, clear(5))
    if "np.piecewise({0}, [" in text:
        call(text, clear(2, 3))
call("np.piecewise({0}, [{0} < 0], [0.0, lambda v: {1} * v])", clear(5), 0.7)
