"""Samples of functions that take, repeat, insert and delete elements."""

import numpy as np

from adjoint.testing.samples.table import any_, call, sample

single = np.float32
rows = np.array([2, 0, 2])

for x, indices, axis in ((any_(2, 3), rows, None), (any_(2, 3), rows, 1), (any_(2, 3), -1, 0),
                         (any_(3, 2, 2), np.array([[0, 1], [2, 2]]), 0), (any_(4), 1, None),
                         (any_(2, 3), np.array([[0, 1], [2, 2]]), -1),
                         (any_(3, dtype=single), rows, 0), (any_(3), np.zeros(0, int), None),
                         (any_(3, 2).T, rows, 1),
                         (np.asfortranarray(any_(3, 2)), rows, None)):  # fmt: skip
    sample(np.take, x, indices, axis=axis)
far = np.array([7, -4, 2])
for mode in ("wrap", "clip"):
    sample(np.take, any_(3), far, mode=mode)
    sample(np.take, any_(2, 3), far, mode=mode)
    sample(np.take, any_(2, 3), far, axis=1, mode=mode)
for text in (
    "np.take({0}, [0, 2])",
    "np.take({0}, [0, 1], axis=0)",
    "np.take({0}, (0, 1), axis=1)",
    "{0}.take([2, 1])",
    "{0}.take(2)",
    "{0}.take([2, 1], axis=1)",
    "{0}.take([1, 1], 0)",
):
    call(text, any_(2, 3))

for repeats in (np.array([1, 0, 2]), 0, np.array([2]), 3):
    sample(np.repeat, any_(3), repeats)
    sample(np.repeat, any_(2, 3), repeats, axis=1)
sample(np.repeat, any_(2, 2), np.array([1, 0, 2, 3]))
sample(np.repeat, any_(3, 2, dtype=single), np.array([1, 0, 2]), axis=0)
sample(np.repeat, any_(3, 2).T, 2, axis=-1)
sample(np.repeat, any_(0, 2), 2, axis=0)
sample(np.repeat, np.asarray(0.7), 3)
sample(np.repeat, 0.7, 3)
for text in ("np.repeat({0}, [1, 2], axis=0)", "{0}.repeat(2)", "{0}.repeat(2, axis=1)",
             "np.repeat({0}, repeats=2, axis=0)", "{0}.repeat([0, 1, 2], 1)"):  # fmt: skip
    call(text, any_(2, 3))

sample(np.tile, any_(3, dtype=single), 2)
sample(np.tile, 0.7, 3)
sample(np.tile, np.asarray(0.7), (2, 2))
sample(np.tile, any_(2, 3), (2, 1, 3))
sample(np.tile, any_(2, 3), 0)
sample(np.tile, any_(0, 3), (2, 2))
sample(np.tile, any_(3, 2).T, (1, 2))
call("np.tile({0}, [2, 1])", any_(2, 3))

for shape in (5, (2, 2), (3, 3), 2, (0,)):
    sample(np.resize, any_(4), shape)
    sample(np.resize, any_(2, 3), shape)
sample(np.resize, any_(3, dtype=single), (2, 3))

for obj in (1, -1, np.array([0, 2]), np.array([True, False, True])):
    sample(np.delete, any_(3), obj)
    sample(np.delete, any_(2, 3), obj, axis=1)
sample(np.delete, any_(2, 3), np.array([0, 4]))
sample(np.delete, any_(3, dtype=single), 0)
call("np.delete({0}, [0, 2])", any_(4))
call("np.delete({0}, [0, -1], axis=0)", any_(3, 2))

for obj in (1, -1, 0, 3, np.array([0, 2, 2]), np.array([-1, 0, 3])):
    sample(np.insert, any_(3), obj, 0.7)
    sample(np.insert, any_(3), obj, any_(3))
    sample(np.insert, any_(2, 3), obj, 0.7, axis=1)
sample(np.insert, any_(3), 1, any_(2))
sample(np.insert, any_(2, 3), 1, any_(3), axis=0)
sample(np.insert, any_(2, 3), 1, any_(2), axis=1)
sample(np.insert, any_(2, 3), 1, any_(3, 2), axis=1)
sample(np.insert, any_(2, 3), np.array([1, 1]), any_(2, 2), axis=1)
sample(np.insert, any_(2, 3), np.array([1]), any_(2, 1), axis=1)
sample(np.insert, any_(2, 3), np.array([1]), any_(2, 2), axis=1)
sample(np.insert, any_(2, 3), 4, 0.7)
sample(np.insert, any_(2, 3), np.array([0, 2]), any_(2, 3), axis=0)
sample(np.insert, any_(3, dtype=single), 1, 0.7)
call("np.insert({0}, slice(0, 2), 0.7)", any_(3))
call("np.delete({0}, slice(0, 2))", any_(3))
call("np.delete({0}, np.s_[::2], axis=1)", any_(2, 3))
call("np.insert({0}, [0, 2], {1})", any_(3), any_(2))
call("np.insert({0}, 0, {1}, axis=-1)", any_(2, 3), any_(2))
