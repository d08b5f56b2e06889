"""Records of functions of SciPy, which is not imported before a program does."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from adjoint.ir.callables.facts import NUMBER, OWN, Facts, Memory, Result, named

#: Package, record, names. The ufuncs of `scipy.special` have the record of all ufuncs.
_OPTIONAL: dict[str, tuple[tuple[Facts, str], ...]] = {
    "scipy.special": (
        (NUMBER, "logsumexp"),
        (OWN, "softmax log_softmax softplus comb perm factorial polygamma zeta lambertw "
              "multigammaln spherical_jn spherical_yn spherical_in spherical_kn"),
    ),
    "scipy.linalg": (
        (Facts(Result(Memory.HELD, ())), "cho_factor"),
        (NUMBER, "det norm"),
        (OWN, "inv solve solve_triangular eigh eigvalsh cholesky cho_solve expm "
              "expm_frechet sqrtm solve_sylvester"),
    ),
    "scipy.signal": ((OWN, "convolve correlate fftconvolve lfilter"),),
}  # fmt: skip
_waiting = dict(_OPTIONAL)


def imported() -> dict[Any, Facts]:
    """The records of packages that were imported since this was asked last."""
    found: dict[Any, Facts] = {}
    for package in [p for p in _waiting if p in sys.modules]:
        module = sys.modules[package]
        if getattr(module.__spec__, "_initializing", False):
            continue
        for facts, names in _waiting.pop(package):
            functions = [f for f in named(module, names) if not isinstance(f, np.ufunc)]
            found |= dict.fromkeys(functions, facts)
    return found
