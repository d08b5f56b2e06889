"""Samples of complex numbers: every rule that takes them, on complex arguments."""

import cmath
import operator
from typing import Any

import numpy as np

from adjoint.testing.samples.linalg import near_identity
from adjoint.testing.samples.table import any_, call, complex_, positive, sample

single = np.complex64
HOLOMORPHIC = [
    np.exp, np.expm1, np.exp2, np.log, np.log1p, np.log2, np.log10, np.sin, np.cos, np.tan,
    np.arcsin, np.arccos, np.arctan, np.sinh, np.cosh, np.tanh, np.arcsinh, np.arccosh, np.arctanh,
    np.sqrt, np.square, np.reciprocal, np.negative, np.positive, np.sinc,
]  # fmt: skip
PARTS = [np.abs, np.real, np.imag, np.conj, np.angle]
FORMS = [
    complex_(5), complex_(2, 3), complex_(4, dtype=single), np.complex128(0.3 - 0.8j),
    np.asarray(0.3 + 0.4j), complex_(0), complex_(4, 4)[::2, 1::2],
]  # fmt: skip
for z in FORMS:
    sample(HOLOMORPHIC, z)
    sample(PARTS, z)
CMATH = [
    cmath.exp, cmath.log, cmath.log10, cmath.sqrt, cmath.sin, cmath.cos, cmath.tan,
    cmath.asin, cmath.acos, cmath.atan, cmath.sinh, cmath.cosh, cmath.tanh, cmath.asinh,
    cmath.acosh, cmath.atanh, cmath.phase, cmath.polar,
]  # fmt: skip
for number in (0.3 - 0.8j, -0.7 - 0.2j, -1.2 + 0.4j, 0.6 + 1.1j):
    sample([abs, operator.neg, np.abs, np.angle, np.exp, np.log, np.arccosh], number)
    sample(CMATH, number)
sample([cmath.exp, cmath.log, cmath.sqrt, cmath.sin, cmath.phase, cmath.polar], 0.7)
sample([cmath.phase, cmath.polar], -0.7)
sample(cmath.log, 0.3 - 0.8j, 1.2 + 0.7j)
sample(cmath.rect, 0.7, -1.2)
sample(complex, 0.7, -1.2)
sample(complex, 0.7)
sample([np.real, np.imag, np.conj, np.real_if_close, np.angle], any_(3))
sample(np.angle, complex_(3), deg=True)
sample(np.angle, complex_(3), True)

ARITHMETIC = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
PAIRS: list[tuple[Any, Any]] = [
    (complex_(3), complex_(3)), (complex_(2, 3), complex_(3)), (complex_(3), positive(3)),
    (positive(3), complex_(2, 3)), (complex_(3), 0.7 - 0.2j), (0.7 - 0.2j, complex_(3)),
    (0.7 - 0.2j, 0.4 + 0.3j), (complex_(3, dtype=single), complex_(3, dtype=single)),
    (positive(3), 0.4 + 0.3j), (complex_(3), 1.3), (2.5, complex_(2)),
]  # fmt: skip
for a, b in PAIRS:
    sample(ARITHMETIC, a, b)
sample(operator.pow, -positive(3), complex_(3))
for n in (0, 1, 2, 3, -2):
    sample(operator.pow, complex_(3), n)

for z in (complex_(3), complex_(2, 3)):
    sample([np.sum, np.mean, np.prod, np.var, np.std, np.cumsum], z)
sample([np.sum, np.mean, np.prod, np.var, np.std], complex_(2, 3), axis=0)
sample([np.sum, np.mean, np.var, np.std], complex_(2, 3, dtype=single), axis=1, keepdims=True)
sample(np.var, complex_(4), ddof=1)

for make in (complex_, any_):
    sample([np.matmul, np.dot, np.linalg.matmul], complex_(2, 3), make(3, 2))
    sample(np.matmul, complex_(2, 2, 3), make(3, 2))
    sample([np.matmul, np.dot, np.inner, np.vdot, np.vecdot], make(3), complex_(3))
    sample(np.vdot, complex_(2, 3), make(2, 3))
    sample(np.vecdot, complex_(2, 3), make(3))
    sample(np.matvec, complex_(2, 3), make(3))
    sample(np.vecmat, complex_(3), make(3, 2))
    sample(np.outer, make(2), complex_(3))
    sample([np.kron, np.tensordot], complex_(2, 2), make(2, 2))
    sample(np.einsum, "ij,jk->ik", complex_(2, 3), make(3, 2))
    sample(np.einsum, "ii,i->i", make(3, 3), complex_(3))
    sample(np.cross, complex_(3), make(2, 3))
    sample(np.where, np.array([True, False, True]), complex_(3), make(3))
sample(np.matmul, complex_(2, 2, dtype=single), complex_(2, 2, dtype=single))
sample(np.reshape, complex_(2, 3), (3, 2))
sample([np.transpose, np.trace, np.diagonal, np.flip, np.copy], complex_(3, 3))


def regular(*shape: int) -> Any:
    return near_identity(*shape) + 0.3 * complex_(*shape)


for A in (regular(3, 3), regular(2, 2, 2)):
    sample([np.linalg.inv, np.linalg.det, np.linalg.slogdet, np.linalg.pinv, np.linalg.svdvals], A)
    sample([np.linalg.cond, np.linalg.qr, np.linalg.eig], A)
    sample(np.linalg.svd, A, compute_uv=False)
    sample(np.linalg.matrix_power, A, 3)
    sample(np.linalg.norm, A, axis=(-2, -1))
    for p in ("fro", "nuc", 1, 2, -2, np.inf):
        sample(np.linalg.matrix_norm, A, ord=p)
sample(np.linalg.solve, regular(3, 3), complex_(3))
sample(np.linalg.solve, regular(3, 3), any_(3, 2))
sample(np.linalg.solve, near_identity(3, 3), complex_(3))
turning = np.array([[1.0, 2.0, 0.3], [-2.0, 1.0, 0.1], [0.2, 0.5, 3.0]])
sample(np.linalg.eig, turning)
for shape in ((3, 2), (2, 3)):
    sample([np.linalg.pinv, np.linalg.qr], regular(*shape))
for p in (1, 2, 3, np.inf, -np.inf):
    sample(np.linalg.norm, complex_(4), ord=p)

for text in (
    "np.linalg.cholesky({0} @ {0}.conj().T)",
    "np.linalg.cholesky({0} @ {0}.conj().T, upper=True)",
    "np.linalg.eigvalsh({0} + {0}.conj().T)",
    "np.abs(np.linalg.eigh({0} + {0}.conj().T)[1])",
    "np.abs(np.linalg.svd({0}, full_matrices=False).U)",
    "np.linalg.eigvals({0})",
):
    call(text, regular(3, 3))
for text in (
    "np.linalg.eigvals({0})", "np.linalg.eigvals({0}).imag", "np.abs(np.linalg.eig({0})[0])",
    "np.linalg.eig({0}).eigenvectors", "np.linalg.eig({0})[1][0].real",
):  # fmt: skip
    call(text, turning)
for text in (
    "np.linalg.eigvals({0}).real", "np.linalg.eig({0})[1].real",
    "np.sum(np.linalg.eigvals({0}).imag)",
):  # fmt: skip
    call(text, near_identity(3, 3))
for text in (
    "np.abs({0}) ** 2", "{0}.real", "{0}.imag * {0}", "{0}.conj()", "{0}.conjugate() * {0}",
    "1j * {0}", "{0}[0] * {0}[1].conjugate()", "np.exp(1j * {0}.real)",
    "np.fft.ifft(np.fft.fft({0}) ** 2)", "np.sum({0} * (1 + 2j))",
):  # fmt: skip
    call(text, complex_(3))
for text in ("{0}.real", "{0}.imag", "{0}.conjugate()", "abs({0}) ** 2", "({0} * 2j).real"):
    call(text, 0.3 - 0.8j)
for text in (
    "np.exp(1j * {0})", "np.abs(np.exp(1j * {0}) + {0})", "np.abs(np.fft.rfft({0}))",
    "np.real(np.sqrt({0} + 0j))", "np.fft.irfft(np.fft.rfft({0}) * (1 + 2j))",
):  # fmt: skip
    call(text, any_(4))
for text in (
    "cmath.exp(1j * {0}).real",
    "abs(complex({0}, 2.0)) ** 2",
    "cmath.rect({0}, {0}).imag",
):
    call(text, 0.7)
