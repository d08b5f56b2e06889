"""Samples of functions that join arrays, and of functions that split one."""

import numpy as np

from adjoint.testing.samples.table import any_, call, sample

single = np.float32

# Joining

for arrays in ((any_(3), any_(3)), (any_(2, 3), any_(2, 3)), [any_(2, 3, 2), any_(2, 3, 1)],
               (0.3, 0.7), (np.asarray(0.3), 0.7), (any_(2, dtype=single), any_(2, dtype=single)),
               [any_(2), any_(2, dtype=single)], (any_(0), any_(0))):  # fmt: skip
    sample(np.dstack, arrays)
sample(np.dstack, (any_(2, 3, 2), any_(2, 3)))
sample(np.dstack, (any_(2), any_(1, 2)))
call("np.dstack({0})", any_(2, 3, 4))
sample(np.vstack, (0.3, 0.7))
sample(np.vstack, (any_(0, 3), any_(2, 3)))
sample(np.vstack, (any_(2, 3).T, np.asfortranarray(any_(1, 2))))
sample(np.hstack, (any_(2, 3, dtype=single), any_(2, 1, dtype=single)))
sample(np.hstack, (any_(2, 3, 2), any_(2, 1, 2)))
sample(np.column_stack, (any_(3), any_(3, 2), any_(3)))
for axis in (0, 1, 2, -1, -2):
    sample(np.stack, (any_(2, 3), any_(2, 3), any_(2, 3)), axis)
sample(np.stack, (any_(3, dtype=single), any_(3)))
sample(np.stack, [any_(0, 2), any_(0, 2)], 1)
sample(np.concatenate, (any_(2, 3, dtype=single), any_(2, 1)), axis=-1)
sample(np.concatenate, (any_(2, 3).T, any_(1, 2)))
for text in (
    "np.concat([{0}, {1}])",
    "np.concatenate([{0}, {1}], axis=None)",
    "np.concatenate([{0}, {1}], dtype=np.float32)",
    "np.stack([{0}, {1}], dtype=np.float64)",
    "np.vstack([{0}, {1}], dtype=np.float32)",
    "np.hstack([{0}, {1}], dtype=np.float32)",
):
    call(text, any_(2, 3, dtype=single), any_(2, 3, dtype=single))  # fmt: skip
for text in ("np.concatenate({0})", "np.concatenate({0}, axis=1)", "np.concatenate({0}, axis=-1)",
             "np.concatenate({0}, axis=None)", "np.stack({0})", "np.stack({0}, axis=1)",
             "np.vstack({0})", "np.hstack({0})"):  # fmt: skip
    call(text, any_(3, 2, 4))
call("np.vstack({0})", any_(2, 3))
call("np.column_stack({0})", any_(2, 3))
for text in (
    "np.block([[{0}, {1}], [{1}, {0}]])",
    "np.block([{0}, {1}])",
    "np.block([[{0}], [{1}]])",
    "np.block([[{0}, np.zeros((2, 2))], [1.0, 2.0, {1}[0]]])",
    "np.block({0})",
):
    call(text, any_(2, 2), any_(2, 2))
call("np.block([{0}, {1}, 3.0])", any_(2), 0.7)
call("np.block([[{0}], [{1}]])", any_(2), any_(2))
call("np.block([[[{0}], [{1}]]])", any_(1, 2, 2), any_(1, 1, 2))
call("np.append({0}, [1.0, 2.0])", any_(2, 3))
call("np.append({0}, {1})", any_(2, dtype=single), any_(2, 1))

# Splitting

for target in (np.split, np.array_split):
    for x, places, axis in ((any_(6), 3, 0), (any_(6), [2, 3], 0), (any_(6), (2,), 0),
                            (any_(4, 6), 2, 1), (any_(4, 6), [1, 5], -1), (any_(4, 3), 2, 0),
                            (any_(6, dtype=single), 2, 0), (any_(3, 4).T, 2, 0),
                            (any_(5), [2, 2, 9], 0), (any_(5), [-2], 0)):  # fmt: skip
        sample(target, x, places, axis)
sample(np.array_split, any_(7), 3)
sample(np.array_split, any_(2, 5), 2, axis=1)
sample(np.hsplit, any_(6), 3)
sample(np.hsplit, any_(2, 6), 3)
sample(np.hsplit, any_(2, 6), [1, 4])
sample(np.vsplit, any_(4, 3), 2)
sample(np.vsplit, any_(4, 3), [1])
sample(np.dsplit, any_(2, 3, 4), 2)
sample(np.unstack, any_(3, 2))
sample(np.unstack, any_(3, 2), axis=1)
sample(np.unstack, any_(3))
sample(np.unstack, any_(2, 3, 2, dtype=single), axis=-1)

# Grids

for options in ({}, {"indexing": "ij"}, {"sparse": True}, {"sparse": True, "indexing": "ij"}):
    sample(np.meshgrid, any_(2), any_(3), **options)
    sample(np.meshgrid, any_(2), any_(3), any_(4), **options)
    sample(np.meshgrid, any_(2), **options)
sample(np.meshgrid, any_(2, dtype=single), any_(3, dtype=single))
sample(np.meshgrid, any_(2), 0.7)
sample(np.meshgrid, any_(2, 2), any_(3))
sample(np.broadcast_arrays, any_(3), any_(2, 1))
sample(np.broadcast_arrays, any_(3), any_(2, 3), 0.7)
sample(np.broadcast_arrays, any_(3, dtype=single), np.asarray(0.7))
sample(np.broadcast_arrays, any_(0, 1), any_(2))

# The product that is a grid of copies

for a, b in ((2.0, any_(3)), (any_(2, 2), 0.7), (any_(2), any_(2, 3)), (any_(2, 3, 1), any_(2)),
             (any_(2, dtype=single), any_(3, dtype=single)), (any_(0), any_(2)),
             (np.asarray(0.7), any_(2)), (any_(2, 2, 2), any_(2, 1, 3))):  # fmt: skip
    sample(np.kron, a, b)

if hasattr(np, "row_stack"):  # removed in a later NumPy
    call("np.row_stack([{0}, {1}])", any_(3), any_(2, 3))
