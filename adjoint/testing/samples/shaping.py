"""Samples of functions that move, repeat and join elements, and of constructors."""

from typing import Any

import numpy as np

from adjoint.testing.samples.table import (
    any_,
    call,
    sample,
)

for axes in (None, (1, 0, 2), (2, 0, 1), (-1, 0, 1), [2, 0, 1]):
    sample(np.transpose, any_(2, 3, 4), axes)
sample(np.transpose, any_(3))
sample(np.transpose, any_(2, 3, dtype=np.float32))
sample(np.swapaxes, any_(2, 3, 4), 0, -1)
sample(np.swapaxes, any_(2, 3), 1, 0)
sample(np.moveaxis, any_(2, 3, 4), 0, -1)
sample(np.moveaxis, any_(2, 3, 4), (0, 1), (-1, 0))
shape: Any
axis: Any
target: Any
for shape in ((3, 2), (6,), 6, (-1,), (2, -1), (1, 2, 3), (-1, 1)):
    sample(np.reshape, any_(2, 3), shape)
sample(np.reshape, any_(2, 3, dtype=np.float32), (3, 2))
sample(np.reshape, np.asfortranarray(any_(2, 3)), (3, 2))
sample(np.reshape, any_(2, 3), (3, 2), order="F")
sample(np.reshape, any_(0, 3), (3, 0))
sample(np.reshape, 0.7, (1, 1))
for x in (
    any_(2, 3),
    np.asfortranarray(any_(2, 3)),
    any_(3),
    np.asarray(0.7),
    any_(4, 4)[::2, 1::2],
):
    sample(np.ravel, x)
sample(np.ravel, any_(2, 3), order="F")
sample(np.squeeze, any_(1, 3, 1))
sample(np.squeeze, any_(1, 3, 1), 0)
sample(np.squeeze, any_(1, 3, 1), axis=(0, -1))
for axis in (0, 1, -1, (0, 2)):
    sample(np.expand_dims, any_(2, 3), axis)
for shape, target_shape in (((3,), (2, 3)), ((2, 1), (2, 3)), ((), (2, 3)), ((1, 3), (2, 3)),
                            ((2, 3), (2, 3)), ((0,), (2, 0)), ((1,), (3,))):  # fmt: skip
    sample(np.broadcast_to, np.asarray(any_(*shape)), target_shape)
sample(np.broadcast_to, 0.7, (2, 3))
sample(np.broadcast_to, any_(3, dtype=np.float32), (2, 3))
for axis in (None, 0, 1, (0, 1)):
    sample(np.flip, any_(2, 3), axis)
for x in (any_(2, 3), np.asarray(0.7), any_(2, 3).T, any_(0), any_(3, dtype=np.float32)):
    sample([np.copy, np.asarray, np.array, np.ascontiguousarray], x)
sample([np.asarray, np.array], 0.7)
sample([np.asarray, np.array], np.float64(0.7))
sample([np.asarray, np.array], any_(3, dtype=np.float32), dtype=float)
sample(np.astype, any_(3, dtype=np.float32), float)
sample(np.astype, any_(3), float)
sample(np.ndarray.item, np.asarray(0.7))
sample(np.ndarray.item, any_(1, 1))
for text in (
    "np.array([{0}, {1}])",
    "np.array([[{0}, 1.0], [{1}, {0}]])",
    "np.array(({0}, 2, {1}))",
    "np.asarray([{0}, {1}])",
    "np.array([{0}, {1}], dtype=float)",
    "np.stack([{0}, {1}])",
    "np.array([({0}, {1}), ({1}, {1})])",
    "np.array([{0}, {1}]) @ np.array([{1}, 3.0])",
):
    call(text, 0.3, 0.7)  # fmt: skip
for text in (
    "np.array([{0}, {1}])",
    "np.array([[{0}], [{1}]])",
    "np.array([{0}[0], {1}[1], 2.0])",
    "np.stack([{0}, {1}])",
    "np.concatenate(({0}, {1}, {0}))",
    "np.array({0})",
):
    call(text, any_(3), any_(3))  # fmt: skip
call("np.array([{0}, {1}])", np.float32(0.3), np.float32(0.7))
call("np.array([{0}, {1}])", np.asarray(0.3), np.float64(0.7))
for text in (
    ".T",
    ".transpose()",
    ".transpose(1, 0)",
    ".transpose((1, 0))",
    ".swapaxes(0, 1)",
    ".reshape(3, 2)",
    ".reshape((3, 2))",
    ".reshape(-1)",
    ".ravel()",
    ".flatten()",
    ".copy()",
    ".astype(float)",
    ".astype(np.float64)",
    ".item(2)",
    ".real",
):
    call("{0}" + text, any_(2, 3))  # fmt: skip
call("{0}.squeeze()", any_(1, 3))
call("{0}.squeeze(axis=0)", any_(1, 3))

for axis in (0, 1, -1):
    sample(np.stack, [any_(2, 3), any_(2, 3)], axis)
    sample(np.concatenate, [any_(2, 3), any_(2, 3)], axis)
sample(np.stack, (any_(3), any_(3)))
sample(np.stack, [0.3, 0.7])
sample(np.stack, [np.float64(0.3), np.float64(0.7)])
sample(np.concatenate, (any_(2, 3), any_(1, 3), any_(0, 3)))
sample(np.concatenate, (any_(2), any_(3)))
sample(np.concatenate, (any_(2, 3), any_(2)), None)
sample(np.concatenate, [any_(2, 1), any_(2, 2)], axis=1)
sample(np.concatenate, [any_(2, dtype=np.float32), any_(3, dtype=np.float32)])
call("np.concatenate([{0}, np.zeros(2), {1}])", any_(2), any_(3))
call("np.concatenate({0})", [any_(2), any_(3)])
call("np.concatenate({0}, axis=1)", [any_(2, 1), any_(2, 3)])
call("np.stack({0})", [any_(3), any_(3)])
call("np.stack({0}, axis=1)", [any_(3), any_(3)])
call("np.array({0})", [any_(3), any_(3)])
call("np.array({0})", [0.3, 0.7])
call("np.append({0}, {1})", any_(2), 0.7)
sample(np.append, any_(2), any_(3))
sample(np.append, any_(2, 3), any_(1, 3), axis=0)
for target in (np.vstack, np.hstack, np.column_stack):
    sample(target, [any_(3), any_(3)])
    sample(target, (any_(2, 3), any_(2, 3)))
    sample(target, [any_(2, 3), any_(2, 3)])
sample(np.vstack, (any_(2, 3), any_(3), any_(1, 3)))
sample(np.column_stack, (any_(3, 2), any_(3)))
sample(np.hstack, (0.3, any_(2)))
for target in (np.atleast_1d, np.atleast_2d):
    for x in (0.7, np.asarray(0.7), any_(3), any_(2, 3)):
        sample(target, x)
sample(np.roll, any_(5), 2)
sample(np.roll, any_(2, 3), -1, axis=1)
sample(np.roll, any_(2, 3), (1, 2), axis=(0, 1))
sample([np.tril, np.triu], any_(3, 3))
sample([np.tril, np.triu], any_(2, 4, 3), 1)
sample(np.diag, any_(3))
sample(np.diag, any_(3, 3))
sample(np.diag, any_(2, 3))
sample(np.diagonal, any_(3, 3))
sample(np.diagonal, any_(2, 3))
sample(np.repeat, any_(3), 2)
sample(np.repeat, any_(2, 3), 2, axis=1)
sample(np.repeat, any_(2, 3), 2, axis=0)
sample(np.repeat, any_(2, 3), 2)
sample(np.tile, any_(3), 2)
sample(np.tile, any_(3), (2, 2))
sample(np.tile, any_(2, 3), (2, 1))
sample(np.tile, any_(2, 3), 2)
sample(np.pad, any_(3), 1)
sample(np.pad, any_(2, 3), ((1, 0), (2, 1)))
sample(np.take, any_(4), np.array([2, 0, 2]))
sample(np.take, any_(3, 2), np.array([2, 0]), axis=0)
sample(np.take, any_(2, 3), 1, axis=1)
sample(np.diff, any_(4))
sample(np.diff, any_(2, 3), axis=0)
sample(np.diff, any_(5), 2)

# Constructors

sample(np.full, 3, 0.7)
sample(np.full, (2, 3), 0.7)
sample(np.full, (2, 3), any_(3))
sample(np.full, (2,), np.asarray(0.7))
sample(np.full_like, np.zeros((2, 3), int), np.float64(0.7), dtype=float)
sample(np.full_like, any_(2, 3), 0.7)
sample(np.linspace, 0.3, 1.4, 5)
sample(np.linspace, 0.3, 1.4, num=4)
sample(np.linspace, 0.3, 1.4, 4, endpoint=False)
sample(np.linspace, 0, 1.4, 3)
sample(np.linspace, any_(2), any_(2), 3)
sample(np.linspace, any_(2), 1.0, 3)
sample(np.arange, 0.25, 2.0)
sample(np.arange, 0.2, 2.0, 0.5)
sample(np.arange, 2.1)
for text in (
    "np.zeros(3) + {0}",
    "np.ones((2, 3)) * {0}",
    "np.zeros_like({0}) + {0}",
    "np.ones_like({0}) * {0}",
    "np.eye(3) * {0}",
    "np.arange(3) * {0}",
    "np.empty_like({0}) * 0.0 + {0}",
    "np.identity(3) @ {0}",
):
    call(text, any_(3))  # fmt: skip

# Axes and order

for x in (any_(2, 3), any_(2, 3, 2, dtype=np.float32), any_(3, 2).T, any_(0, 2)):
    sample([np.fliplr, np.flipud, np.matrix_transpose], x)
    for k in (1, 2, 3, -1):
        sample(np.rot90, x, k)
    sample(np.rot90, x, 1, (1, 0))
sample(np.flipud, any_(3))
sample(np.rot90, any_(2, 3, 2), k=1, axes=(1, 2))
for axis, start in ((0, 3), (2, 0), (1, 2), (-1, 1), (0, 2), (2, -2), (1, 1), (0, -1)):
    sample(np.rollaxis, any_(2, 3, 4), axis, start)
for x in (0.7, np.asarray(0.7), any_(3), any_(2, 3), any_(2, 3, 2), any_(3, dtype=np.float32)):
    sample(np.atleast_3d, x)
sample(np.diag, any_(3), 1)
sample(np.diag, any_(3), -2)
sample(np.diag, any_(3, 4), 1)
sample(np.diag, any_(3, 4), -1)
sample(np.diag, any_(3, dtype=np.float32))
sample(np.flip, any_(2, 3, 4), (0, -1))
sample(np.flip, np.asarray(0.7))
sample(np.roll, any_(2, 3), 4)
sample(np.roll, any_(2, 3), 1, axis=(0, 1))
sample(np.roll, any_(2, 3, dtype=np.float32), (1, -2), axis=(1, 0))
sample(np.roll, any_(0), 1)
sample([np.tril, np.triu], any_(3, 4, dtype=np.float32), -1)
sample([np.tril, np.triu], any_(3))
sample(np.reshape, any_(3, 2).T, (3, 2))
sample(np.squeeze, np.asarray(0.7))
sample(np.squeeze, any_(1, 1, dtype=np.float32))
sample(np.moveaxis, any_(2, 3, 4), [0, 2], [1, 0])
sample(np.transpose, np.asarray(0.7))
for text in (
    "np.diagflat({0})",
    "np.diagflat({0}, 1)",
    "np.diagflat({0}, k=-1)",
    "{0}.mT",
    "{0}.ravel('F')",
    "{0}.flatten('F')",
    "{0}.reshape((3, 2), order='F')",
    "{0}.reshape(3, 2, order='F')",
    "np.atleast_1d({0}, {0})[1]",
    "np.atleast_2d({0}, 2.0)[0]",
    "np.permute_dims({0}, (1, 0))",
    "np.permute_dims({0})",
    "np.transpose(a={0}, axes=(1, 0))",
    "np.roll(a={0}, shift=1, axis=0)",
    "np.squeeze({0})",
    "{0}.conj()",
    "{0}.conjugate()",
    "{0}.view()",
    "{0}.imag + {0}.real",
    "{0}.flat[2]",
    "{0}.flat[1:4]",
    "np.flip(m={0}, axis=0)",
    "np.expand_dims({0}, axis=(0, -1))",
    "{0} * {0}.size",
    "{0} * {0}.ndim",
    "{0} * {0}.itemsize",
    "{0} * {0}.nbytes",
    "{0} * {0}.shape[1]",
    "{0} * {0}.dtype.itemsize",
    "{0} * len({0})",
    "{0}.round() + {0}",
    "{0} * {0}.argsort()",
    "{0} + {0}.argmax()",
    "{0} * {0}.any()",
):
    call(text, any_(2, 3))  # fmt: skip

call("np.atleast_3d({0})", any_(2, 3))
call("np.atleast_3d({0}, {1})[1]", any_(3), any_(2))
