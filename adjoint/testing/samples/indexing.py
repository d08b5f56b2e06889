"""Samples of subscripts and stores."""

import operator
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.testing.samples.table import (
    any_,
    call,
    internal,
    mask,
    sample,
)

rows = np.array([2, 0, 2])
INDICES: list[tuple[tuple[int, ...], Any]] = [
    ((4,), 1), ((4,), -1), ((4,), slice(1, 3)), ((4,), slice(None, None, 2)),
    ((4,), slice(None, None, -1)),
    ((3, 4), 1), ((3, 4), (1, 2)), ((3, 4), (slice(None), 1)), ((3, 4),
    (slice(1, None), slice(None, -1))),
    ((3, 4), (Ellipsis, 0)), ((3, 4), (None, 1)), ((3, 4), (slice(None), None, slice(1, 3))),
    ((3,), (slice(None), None)), ((2, 3, 2), (0, Ellipsis)), ((4,), rows), ((3, 4), rows),
    ((4, 3), (slice(None), rows)), ((3, 4), (rows, rows)), ((3, 4), (rows, 1)), ((3, 4),
    (1, rows)),
    ((3, 4), (np.array([[0], [1]]), rows)), ((3, 4), np.array([[0, 1], [1, 1]])),
    ((3, 4, 3), (rows, slice(None), rows)), ((3, 4, 3), (0, slice(None), rows)),
    ((3, 4, 3), (slice(None), rows, rows)), ((3, 4), (slice(0, 2), rows)), ((3, 4), [0, 2, 0]),
    ((3,), mask), ((3, 4), mask), ((4, 3), (slice(None), mask)), ((3, 4), (mask, rows[:2])),
    ((2, 3), np.array([[True, False, True], [False, True, True]])), ((3, 4), (mask, 1)),
    ((3,), np.zeros(0, int)), ((3,), np.zeros(3, bool)), ((3, 4), (rows, None)), ((3, 4),
    (-1, -2)),
    ((3, 4), (np.array([-1, 0]), slice(None, None, -1))), ((3,), Ellipsis), ((3,), np.int64(1)),
]  # fmt: skip
for shape, index in INDICES:
    sample(operator.getitem, any_(*shape), index)
sample(operator.getitem, any_(4, dtype=np.float32), rows)
sample(operator.getitem, any_(3, dtype=np.float32), 1)
sample(operator.getitem, any_(4, 6).T, (rows, slice(1, 3)))
internal(ops.index_add, any_(4), rows, any_(3))
internal(ops.index_add, any_(3, 4), (slice(None), 1), any_(3))
internal(ops.index_add, any_(3), 1, 0.7)
ELEMENT = ((operator.getitem, 1),)
internal(ops.store, any_(3), 0.7, ELEMENT, 1)
internal(ops.store, any_(3, 4), any_(3), ELEMENT, (slice(None), 1))
internal(ops.store, any_(3, 4), any_(4), ELEMENT, slice(1, None))
internal(ops.store, any_(4), any_(3), ELEMENT, rows)
internal(ops.store, any_(3), 0.7, ELEMENT, mask)
internal(ops.store, any_(3, 4), any_(3, 4), ())
internal(ops.store, any_(3, 4), any_(3), ((np.transpose, 0), (operator.getitem, 1)), 2)
internal(ops.store, any_(3, 4), 0.7, ((operator.getitem, 1), (operator.getitem, 1)), 1, 2)
for text in (
    "{0}[1:][0]",
    "{0}[{0} > 0.0]",
    "{0}[np.argsort({0})]",
    "{0}[[0, 2]]",
    "{0}[::-1][:2]",
    "{0}[np.argmax({0})]",
    "{0}[:, None] * {0}[None, :]",
):
    call(text, np.array([0.3, -0.4, 0.9]))  # fmt: skip
