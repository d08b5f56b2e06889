"""Records of products, factorisations, norms and Fourier transforms."""

from __future__ import annotations

import numpy as np

from adjoint.ir.callables.facts import (
    NUMBER,
    OWN,
    Call,
    Facts,
    Memory,
    Rank0,
    Result,
    Table,
    each,
    named,
)
from adjoint.ir.types import is_rank0


def _einsum(call: Call) -> Result:
    """Of one operand it gives a view where it only transposes, or takes a diagonal."""
    single = len(call.operands) <= 2
    return Result(Memory.MAYBE if single else Memory.OWN, (), rank0=Rank0.NUMBER)


def _transformed(call: Call) -> Result:
    """Along no axes at all, the argument itself."""
    some = call.says("axes", None) and call.says("s", None)
    some = some and not is_rank0(call.operands[0].type)
    return Result() if some else Result(Memory.MAYBE)


LINALG: Table = (
    each(Facts(_einsum), np.einsum),
    each(Facts(Result(rank0=Rank0.NUMBER), arrays=(0, 1)), np.dot, np.inner, np.vdot),
    each(Facts(any_shapes=True, arrays=(0, 1)), np.outer),
    each(
        Facts(Result(rank0=Rank0.ARRAY), arrays=(0, 1)), np.tensordot, np.linalg.tensordot,
    ),
    each(Facts(arrays=(0, 1)), np.cross),
    each(Facts(arrays=(0, 1), any_shapes=True), np.kron),
    each(Facts(Result(rank0=Rank0.NUMBER), any_shapes=True), np.linalg.norm),
    each(
        NUMBER,
        *named(np.linalg, "det trace slogdet cond matrix_rank vector_norm matrix_norm"),
    ),
    each(
        Facts(Result(rank0=Rank0.NUMBER), arrays=(0, 1)), np.linalg.vecdot, np.linalg.matmul,
    ),
    each(
        Facts(arrays=(0, 1)),
        *named(np.linalg, "cross lstsq outer solve tensorsolve"),
    ),
    each(Facts(sequences=True), np.linalg.multi_dot),
    each(
        OWN,
        *named(np.linalg, "cholesky eig eigh eigvals eigvalsh inv pinv qr svd svdvals tensorinv"),
    ),
    each(
        OWN,
        *named(np.fft, "fft ifft rfft irfft hfft ihfft fftfreq rfftfreq"),
    ),
    each(
        Facts(_transformed),
        *named(np.fft, "fft2 ifft2 fftn ifftn rfft2 irfft2 rfftn irfftn"),
    ),
)  # fmt: skip
