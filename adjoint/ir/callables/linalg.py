"""Records of products, factorisations, norms and Fourier transforms."""

from __future__ import annotations

import numpy as np

from adjoint.ir.callables.facts import (
    ARRAY,
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


def _einsum(call: Call) -> Result:
    """Of one operand it gives a view where it only transposes, or takes a diagonal."""
    single = len(call.operands) <= 2
    return Result(Memory.MAYBE if single else Memory.OWN, (), rank0=Rank0.NUMBER)


def _transformed(call: Call) -> Result:
    """Along no axes at all, the argument itself."""
    axes = call.given("axes")
    return Result() if axes is None or call.says("axes", None) else Result(Memory.MAYBE)


LINALG: Table = (
    each(Facts(_einsum), np.einsum),
    each(NUMBER, *named(np, "dot inner vdot kron".replace(" kron", ""))),
    each(Facts(any_shapes=True), np.outer),
    each(ARRAY, np.tensordot),
    each(ARRAY, np.linalg.tensordot),
    each(OWN, np.cross),
    each(Facts(Result(rank0=Rank0.NUMBER), any_shapes=True), np.linalg.norm),
    each(
        NUMBER,
        *named(np.linalg, "det trace slogdet cond matrix_rank vector_norm matrix_norm vecdot "
               "matmul"),
    ),
    each(Facts(sequences=True), np.linalg.multi_dot),
    each(
        OWN,
        *named(np.linalg, "cholesky cross eig eigh eigvals eigvalsh inv lstsq outer pinv qr solve "
               "svd svdvals tensorinv tensorsolve"),
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
