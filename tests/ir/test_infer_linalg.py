"""Claims about the sizes of matrices, their factors and their transforms, in several worlds."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint.ir.core import Value
from adjoint.ir.types import INT, fresh_dim
from tests.ir.claims import apply, array, holds, pack

N, M, P = fresh_dim(), fresh_dim(), fresh_dim()
WORLDS = [
    {N: n, M: m, P: p} for n, m, p in ((4, 2, 3), (2, 4, 3), (3, 3, 1), (1, 2, 5), (2, 1, 2))
]
CLAIMS: list[Callable[[], Any]] = [
    lambda: apply(np.linalg.svd, array(N, M), full_matrices=False),
    lambda: apply(np.linalg.svd, array(N, M)),
    lambda: apply(np.linalg.svd, array(P, N, M), compute_uv=False),
    lambda: apply(np.linalg.svd, array(N, 2), full_matrices=False),
    lambda: apply(np.linalg.svdvals, array(N, M)),
    lambda: apply(np.linalg.qr, array(N, M)),
    lambda: apply(np.linalg.qr, array(P, N, M, dtype=np.float32)),
    lambda: apply(np.linalg.pinv, array(N, M)),
    lambda: apply(np.linalg.eigh, array(N, N)),
    lambda: apply(np.linalg.norm, array(N, M), axis=0),
    lambda: apply(np.linalg.lstsq, array(N, M), array(N, P)),
    lambda: apply(np.linalg.matrix_rank, array(P, N, M)),
    lambda: apply(np.diagonal, array(N, M)),
    lambda: apply(np.diagonal, array(N, M), 1),
    lambda: apply(np.diagonal, array(P, N, M), 0, 1, 2),
    lambda: apply(np.linalg.diagonal, array(P, N, M), offset=-1),
    lambda: apply(np.trace, array(P, N, M), 1, 1, 2),
    lambda: apply(np.cross, array(N, 3), array(3)),
    lambda: apply(np.cross, array(3, N), array(3, N), axis=0),
    lambda: apply(np.linalg.outer, array(N), array(M)),
    lambda: apply(np.linalg.multi_dot, pack(array(N, M), array(M, P))),
    lambda: apply(np.fft.fft, array(N, M)),
    lambda: apply(np.fft.fft, array(N, M), Value(INT), axis=0),
    lambda: apply(np.fft.rfft, array(N, M)),
    lambda: apply(np.fft.rfft, array(N), Value(INT)),
    lambda: apply(np.fft.rfft, array(N), 6),
    lambda: apply(np.fft.irfft, array(N), 7),
    lambda: apply(np.fft.irfft, array(7)),
    lambda: apply(np.fft.ihfft, array(N, 5)),
    lambda: apply(np.fft.hfft, array(N), Value(INT)),
    lambda: apply(np.fft.fft2, array(N, M), pack(Value(INT), 3)),
    lambda: apply(np.fft.rfftn, array(N, M, 4)),
    lambda: apply(np.fft.rfftn, array(N, M), pack(2, 3), axes=(1, 0)),
    lambda: apply(np.fft.irfft2, array(N, 4)),
    lambda: apply(np.fft.fftshift, array(N, M)),
    lambda: apply(np.fft.fftfreq, Value(INT)),
    lambda: apply(np.fft.rfftfreq, 8, 0.5),
]


@pytest.mark.parametrize("claim", CLAIMS, ids=range(len(CLAIMS)))
def test_claims(claim: Callable[[], Any]) -> None:
    for sizes in WORLDS:
        holds([claim()], sizes)
