"""Samples of products."""

import operator
from typing import Any

import numpy as np

from adjoint.testing.samples.table import (
    any_,
    call,
    sample,
)

MATMUL = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((1, 3), (3, 1)),
    ((2, 2, 3), (2, 3, 2)), ((2, 3), (4, 3, 2)), ((4, 2, 3), (3, 2)), ((2, 1, 2, 3), (4, 3, 2)),
    ((3,), (2, 3, 2)), ((2, 2, 3), (3,)), ((1, 2, 3), (4, 3, 2)), ((0, 3), (3, 2)),
    ((2, 1, 2, 3), (3, 2)), ((0, 2, 3), (3, 2)),
]  # fmt: skip
for a_shape, b_shape in MATMUL:
    sample([np.matmul, operator.matmul], any_(*a_shape), any_(*b_shape))
sample([np.matmul, np.dot], any_(2, 3, dtype=np.float32), any_(3, 2, dtype=np.float32))
sample([np.matmul, np.dot], any_(2, 3, dtype=np.float32), any_(3))
sample([np.matmul, np.dot], any_(3, 2).T, any_(6, 2)[::2])
sample(np.matmul, np.array([[1, 2], [3, 4]]), any_(2))

DOT = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((2, 2, 3), (3,)),
    ((2, 2, 3), (3, 4)), ((2, 3), (4, 3, 2)), ((3,), (4, 3, 2)), ((2, 4, 3), (2, 3, 2)),
    ((), (2, 3)), ((3,), ()), ((), ()),
]  # fmt: skip
for a_shape, b_shape in DOT:
    sample(np.dot, np.asarray(any_(*a_shape)), np.asarray(any_(*b_shape)))
sample(np.dot, 0.7, any_(3))
sample(np.dot, any_(2, 3), 0.7)

INNER = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 3), (4, 3)), ((2, 2, 3), (4, 3)),
    ((2, 3), (4, 2, 3)), ((), (2, 3)), ((3,), ()),
]  # fmt: skip
for a_shape, b_shape in INNER:
    sample(np.inner, np.asarray(any_(*a_shape)), np.asarray(any_(*b_shape)))
for a_shape, b_shape in (((3,), (2,)), ((2, 2), (3,)), ((), (3,)), ((1, 2), (2, 1)), ((0,), (2,))):
    sample(np.outer, np.asarray(any_(*a_shape)), np.asarray(any_(*b_shape)))
sample(np.outer, any_(3, dtype=np.float32), any_(2, dtype=np.float32))
sample(np.vdot, any_(3), any_(3))
sample(np.vdot, any_(2, 3), any_(2, 3))
for a_shape, b_shape in (((3,), (3,)), ((2, 3), (3,)), ((2, 3), (2, 3)), ((2, 1, 3), (4, 3))):
    sample(np.vecdot, any_(*a_shape), any_(*b_shape))
for a_shape, b_shape in (((2, 3), (3,)), ((4, 2, 3), (3,)), ((2, 3), (4, 3)), ((4, 2, 3), (4, 3))):
    sample(np.matvec, any_(*a_shape), any_(*b_shape))
for a_shape, b_shape in (((3,), (3, 2)), ((4, 3), (3, 2)), ((3,), (4, 3, 2)), ((4, 3), (4, 3, 2))):
    sample(np.vecmat, any_(*a_shape), any_(*b_shape))
sample(np.tensordot, any_(2, 3, 2), any_(3, 2, 4))
sample(np.tensordot, any_(2, 3), any_(3, 4), axes=1)
sample(np.tensordot, any_(2, 3), any_(2), axes=0)
sample(np.tensordot, any_(2, 3, 4), any_(4, 2), axes=([0, 2], [1, 0]))
sample(np.tensordot, any_(2, 3, 4), any_(4, 3), axes=((-1, 1), (0, 1)))
sample(np.tensordot, any_(2, 3), any_(4, 3), axes=(1, 1))
sample(np.kron, any_(2), any_(3))
sample(np.kron, any_(2, 3), any_(3, 2))
sample(np.kron, any_(2, 3), any_(2))

EINSUM: list[tuple[Any, ...]] = [
    ("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("ij->ji", (2, 3)), ("ij->", (2, 3)),
    ("ba", (2, 3)), ("ij->i", (2, 3)), ("i,j->ij", (2,), (3,)), ("bij,bjk->bik", (2, 2, 3),
    (2, 3, 2)),
    ("i,i", (3,), (3,)), ("i,i,i->i", (3,), (3,), (3,)), ("ij,i,j->", (2, 3), (2,), (3,)),
    ("ij,jk,kl->il", (2, 3), (3, 2), (2, 2)), ("ij,ij->", (2, 3), (2, 3)), ("ij,k->k", (2, 3),
    (2,)),
    ("...ij,...jk->...ik", (2, 2, 3), (2, 3, 2)), ("...ij,...jk->...ik", (2, 2, 3), (3, 2)),
    ("...i,i->...", (2, 2, 3), (3,)), ("...ij,j", (2, 2, 3), (3,)), ("i...->...", (2, 3)),
    ("...->...", (2, 3)), ("...,...->...", (2, 3), (3,)), ("ii->i", (3, 3)), ("ii", (3, 3)),
    ("ii->", (3, 3)), ("ii,i->i", (3, 3), (3,)), ("iij->ij", (2, 2, 3)),
    ("iij,j->i", (2, 2, 3), (3,)),
    ("ii,jj->ij", (2, 2), (3, 3)), ("iij->j", (2, 2, 3)), ("...ii->...i", (2, 3, 3)),
    ("i,i", (2,), (1,)), ("ij,jk->ik", (2, 3), (1, 4)), ("ij,ij->i", (3, 1), (1, 2)),
    ("ij,jk,ki", (2, 1), (3, 2), (1, 2)), ("ij,ij,ij->j", (1, 2), (3, 1), (1, 1)),
    ("ij,i->", (1, 2), (3,)), ("iij,ij->i", (1, 1, 2), (3, 1)),
    ("iii->i", (2, 2, 2)), ("ijij->ij", (2, 3, 2, 3)), ("i , j -> i j", (2,), (3,)),
]  # fmt: skip
for subscripts, *shapes in EINSUM:
    sample(np.einsum, subscripts, *(any_(*shape) for shape in shapes))
sample(np.einsum, "ij,jk->ik", any_(2, 3, dtype=np.float32), any_(3, 2, dtype=np.float32))
sample(np.einsum, "ij,jk,kl->il", any_(2, 3), any_(3, 2), any_(2, 2), optimize=True)
for text in ("{0}.dot({1})", "{0} @ {1}"):
    call(text, any_(2, 3), any_(3, 2))
# Sizes that have to agree, of which only one is known
for text in (
    "np.inner({0}, np.ones(3))",
    "np.dot({0}, np.ones((4, 3, 2)))",
    "np.einsum('ij,j->i', {0}, np.ones(3))",
    "np.tensordot({0}, np.ones((3, 2)), 1)",
    "np.concatenate([{0}, np.ones((2, 3))])",
    "np.concatenate(({0}, np.ones((2, 1))), axis=1)",
    "np.vstack([{0}, np.zeros(3)])",
    "np.matvec({0}, np.ones(3))",
):
    call(text, any_(2, 3))
