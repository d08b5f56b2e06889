"""Samples of linear algebra.

Functions of symmetric matrices are called on matrices that are not symmetric, of which they read
one triangle, and on `x + x.T`, where their rules are shorter.
"""

import math
from typing import Any

import numpy as np

from adjoint.testing.samples.table import EXEMPT, any_, apart, call, positive, sample


def near_identity(*shape: int, dtype: type = float) -> np.ndarray:
    """Well conditioned matrices."""
    x = 0.3 * any_(*shape) + np.eye(shape[-2], shape[-1]) * np.arange(1.0, shape[-2] + 1)[:, None]
    return x.astype(dtype)


single = np.float32
shape: Any
for n in (1, 2, 3):
    A = near_identity(n, n)
    sample([np.linalg.inv, np.linalg.det, np.linalg.slogdet, np.linalg.cond], A)
    sample(np.linalg.solve, A, any_(n))
    sample(np.linalg.solve, A, any_(n, 2))
A = near_identity(3, 3)
for x in (near_identity(2, 3, 3), near_identity(2, 1, 2, 2), near_identity(0, 3, 3), A.T,
          near_identity(2, 2, dtype=single), np.zeros((0, 0))):  # fmt: skip
    sample([np.linalg.inv, np.linalg.det, np.linalg.slogdet], x)
    sample([np.linalg.pinv], x)
SOLVE = [
    ((2, 3, 3), (3,)), ((2, 3, 3), (2, 3, 2)), ((3, 3), (2, 3, 2)), ((2, 3, 3), (3, 2)),
    ((2, 1, 2, 2), (3, 2, 2)), ((2, 2, 2), (2, 2)), ((0, 0), (0,)), ((2, 2), (2, 0)),
]  # fmt: skip
for a, b in SOLVE:
    sample(np.linalg.solve, near_identity(*a), any_(*b))
sample(np.linalg.solve, near_identity(2, 2, dtype=single), any_(2, dtype=single))
sample(np.linalg.solve, near_identity(2, 2, dtype=single), any_(2))
sample(np.linalg.solve, np.asfortranarray(A), any_(6, 2)[::2])
sample(np.linalg.solve, np.array([[2, 1], [1, 3]]), any_(2))
for shape in ((3, 2), (2, 3), (2, 3, 2), (1, 3)):
    sample(np.linalg.pinv, near_identity(*shape))
sample(np.linalg.pinv, near_identity(3, 2), 1e-10)
sample(np.linalg.pinv, near_identity(3, 2), rtol=None)
for p in (None, 2, -2, 1, -1, math.inf, -math.inf, "fro"):
    sample(np.linalg.cond, near_identity(3, 3), p=p)
for x in (near_identity(2, 3, 3), near_identity(2, 2, dtype=single)):
    sample(np.linalg.cond, x)
    sample(np.linalg.cond, x, p=1)
sample(np.linalg.cond, near_identity(3, 2))

EXEMPT[np.linalg.lstsq] = "only the first of its results has a derivative: below, as calls"
for text in ("np.linalg.lstsq({0}, {1})[0]", "np.linalg.lstsq({0}, {1}, rcond=1e-10)[0]"):
    for shape in ((4, 2), (3, 3), (2, 3)):
        call(text, near_identity(*shape), any_(shape[0]))
        call(text, near_identity(*shape), any_(shape[0], 2))
call("np.linalg.lstsq({0}, {1})[0]", near_identity(3, 2, dtype=single), any_(3, dtype=single))

for shape, ind in (((2, 3, 6), 2), ((6, 2, 3), 1), ((4, 2, 2), 1), ((2, 2, 2, 2), 2)):
    rows = math.prod(shape[:ind])
    sample(np.linalg.tensorinv, near_identity(rows, rows).reshape(shape), ind)
sample(np.linalg.tensorinv, near_identity(4, 4).reshape(2, 2, 2, 2))
sample(np.linalg.tensorsolve, near_identity(6, 6).reshape(2, 3, 3, 2), any_(2, 3))
sample(np.linalg.tensorsolve, near_identity(6, 6).reshape(2, 3, 6), any_(2, 3))
sample(
    np.linalg.tensorsolve, near_identity(6, 6).reshape(2, 3, 3, 2).transpose(2, 0, 1, 3),
    any_(2, 3), axes=(0, 3),
)  # fmt: skip

# Factorizations

EXEMPT[np.linalg.eigh] = "the signs of its vectors are arbitrary: below, as calls"
for x in (near_identity(3, 3), near_identity(1, 1), near_identity(2, 3, 3),
          near_identity(2, 2, dtype=single)):  # fmt: skip
    sample(np.linalg.cholesky, x)
    sample(np.linalg.cholesky, x, upper=True)
    sample(np.linalg.eigvalsh, x)
    sample(np.linalg.eigvalsh, x, "U")
    for half in ("", ", 'U'", ", UPLO='u'"):
        values, vectors = (f"np.linalg.eigh({{0}}{half})[{k}]" for k in (0, 1))
        call(f"{values} + {vectors}[..., 0] ** 2", x)
SYMMETRIC = ("np.linalg.eigh({0} + {0}.T)", "np.linalg.eigvalsh({0} + {0}.T)",
             "np.linalg.eigh({0} + {0}.T, 'U')", "np.linalg.eigvalsh({0} + {0}.T, UPLO='U')",
             "np.linalg.cholesky({0} + {0}.T)", "np.linalg.cholesky({0} + {0}.T, upper=True)",
             "np.linalg.eigh({0} + {0}.T)[0]", "np.linalg.eigh({0} + {0}.T)[1]",
             "np.linalg.eigh({0} + {0}.T).eigenvectors[:, 0]")  # fmt: skip
for text in SYMMETRIC:
    for x in (near_identity(3, 3), near_identity(1, 1), near_identity(2, 2, dtype=single)):
        call(text, x)
for text in ("np.linalg.eigh({0} + np.swapaxes({0}, 1, 2))",
             "np.linalg.eigvalsh({0} + np.swapaxes({0}, 1, 2))",
             "np.linalg.cholesky({0} + np.swapaxes({0}, 1, 2))"):  # fmt: skip
    call(text, near_identity(2, 3, 3))
for x in (near_identity(3, 3), near_identity(4, 2), near_identity(2, 4), near_identity(2, 3, 2),
          near_identity(2, 2, 3), near_identity(3, 2, dtype=single), near_identity(1, 1),
          near_identity(3, 1)):  # fmt: skip
    sample(np.linalg.svd, x, full_matrices=False)
    sample(np.linalg.svd, x, compute_uv=False)
    sample(np.linalg.svdvals, x)
    sample(np.linalg.qr, x)
sample(np.linalg.svd, near_identity(3, 3))
sample(np.linalg.svd, near_identity(2, 2, 2))
for text in ("np.linalg.svd({0})[1]", "np.linalg.svd({0}).S", "np.linalg.svd({0}, False).U",
             "np.linalg.svd({0}, full_matrices=False).Vh", "np.linalg.qr({0}).Q",
             "np.linalg.qr({0})[1]"):  # fmt: skip
    call(text, near_identity(3, 2))
    call(text, near_identity(2, 3))
call("np.linalg.slogdet({0}).logabsdet", near_identity(3, 3))
call("np.linalg.slogdet({0})[0] * np.linalg.slogdet({0})[1]", -near_identity(3, 3))

# Norms

VECTOR = (None, 1, 2, 3, 2.5, 0.5, -1, -2, math.inf, -math.inf, 0)
MATRIX = (None, "fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf)
for p in VECTOR:
    sample(np.linalg.norm, apart(4), ord=p)
    sample(np.linalg.norm, apart(2, 3), ord=p, axis=1)
    sample(np.linalg.norm, apart(2, 3), ord=p, axis=0, keepdims=True)
    sample(np.linalg.norm, apart(3, dtype=single), ord=p)
for p in MATRIX:
    sample(np.linalg.norm, apart(3, 3), ord=p)
    sample(np.linalg.norm, apart(2, 3, 2), ord=p, axis=(0, 2))
    sample(np.linalg.norm, apart(2, 3, 2), ord=p, axis=(-1, 0))
    sample(np.linalg.norm, apart(2, 3, 2), ord=p, axis=(1, 2), keepdims=True)
    sample(np.linalg.norm, apart(2, 2, dtype=single), ord=p)
    if p is not None:
        sample(np.linalg.matrix_norm, apart(3, 2), ord=p)
        sample(np.linalg.matrix_norm, apart(2, 2, 3), ord=p, keepdims=True)
for x in (apart(3), apart(2, 3), apart(2, 3, 2), apart(4, 4)[::2, 1::2], apart(0)):
    sample(np.linalg.norm, x)
    sample(np.linalg.vector_norm, x)
sample(np.linalg.norm, apart(2, 3), keepdims=True)
sample(np.linalg.norm, apart(2, 3), None, 0, True)
sample(np.linalg.norm, apart(2, 3), 1, -1)
sample(np.linalg.norm, apart(2, 3, 2), axis=(0, 2))
sample(np.linalg.matrix_norm, apart(3, 2))
for p in VECTOR[1:]:
    sample(np.linalg.vector_norm, apart(2, 3), ord=p)
    sample(np.linalg.vector_norm, apart(2, 3, 2), axis=(0, 2), ord=p)
    sample(np.linalg.vector_norm, apart(2, 3), axis=-1, ord=p, keepdims=True)

# Products, traces and diagonals

for n in (0, 1, 2, 3, 5, -1, -2, -3):
    sample(np.linalg.matrix_power, near_identity(3, 3), n)
    sample(np.linalg.matrix_power, near_identity(2, 2, 2), n)
sample(np.linalg.matrix_power, near_identity(2, 2, dtype=single), 3)
call("np.linalg.matrix_power({0}, len({0}))", near_identity(3, 3))
for shapes in (((2, 3), (3, 2)), ((2, 3), (3, 2), (2, 4)), ((3,), (3, 2), (2,)), ((3,), (3, 2)),
               ((2, 3), (3, 2), (2, 4), (4, 1)), ((2, 3), (3, 4), (4,))):  # fmt: skip
    sample(np.linalg.multi_dot, tuple(any_(*shape) for shape in shapes))
sample([np.linalg.matmul], any_(2, 3), any_(3, 2))
sample(np.linalg.outer, any_(2), any_(3))
sample(np.linalg.vecdot, any_(2, 3), any_(3))
sample([np.vecdot, np.linalg.vecdot], any_(3, 2), any_(3, 2), axis=0)
sample(np.linalg.tensordot, any_(2, 3, 4), any_(4, 2), axes=((0, 2), (1, 0)))
sample(np.linalg.tensordot, any_(2, 3), any_(3), axes=1)
for a_shape, b_shape in (((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 1, 3), (4, 3))):
    sample([np.cross, np.linalg.cross], any_(*a_shape), any_(*b_shape))
sample([np.cross, np.linalg.cross], any_(3, 2), any_(3, 2), axis=0)
sample(np.cross, any_(3, 2), any_(2, 3), 0, 1)
sample(np.cross, any_(3, 2), any_(2, 3), axisa=0, axisc=0)
sample(np.cross, any_(3, 2), any_(4, 2, 3), axisa=0, axisc=1)
sample(np.cross, any_(3, dtype=single), any_(2, 3, dtype=single))
for x in (any_(3, 3), any_(2, 3), any_(3, 2, 2), any_(2, 3, dtype=single), any_(2, 3, 2, 2)):
    for options in ({}, {"offset": 1}, {"offset": -1}):
        sample([np.trace, np.diagonal, np.linalg.trace, np.linalg.diagonal], x, **options)
        sample([np.trace, np.diagonal], x, axis1=1, axis2=0, **options)
        sample([np.trace, np.diagonal], x, axis1=-2, axis2=-1, **options)
sample([np.trace, np.diagonal], any_(2, 3, 4), 1, 0, 2)
for shape in ((2, 3), (4, 2, 3)):
    sample([np.matrix_transpose, np.linalg.matrix_transpose], any_(*shape))
call("{0}.trace(offset=1) + {0}.diagonal(0, 1, 0)[0]", any_(2, 3))
call("np.sum(np.linalg.matrix_rank({0})) * {0}", positive(2, 2))

# The other form of einsum

for text in (
    "np.einsum({0}, [0, 1], {1}, [1, 2], [0, 2])", "np.einsum({0}, [0, 1], {1}, [1, 2])",
    "np.einsum({0}, [5, 3], {1}, [3, 1])", "np.einsum({0}, [..., 0], {1}, [0, ...], [...])",
    "np.einsum({0}, (0, 1), {1}, (1, 2), optimize=True)", "np.einsum({0}, [0, 1])",
    "np.einsum({1}, [1, 0])", "np.einsum({0} @ {1}, [0, 0])",
):  # fmt: skip
    call(text, any_(2, 3), any_(3, 2))
call(
    "np.einsum('ij,jk', {0}, {1}, dtype=np.float64)",
    any_(2, 3, dtype=single), any_(3, 2, dtype=single),
)  # fmt: skip

for x in (any_(3), any_(3, dtype=single), any_(1), any_(4)[::2]):
    sample(np.vander, x)
    sample(np.vander, x, 4)
    sample(np.vander, x, 3, increasing=True)
    sample(np.vander, x, N=2, increasing=False)
