"""The roots of polynomials."""

from __future__ import annotations

from typing import Any

import numpy as np


def complex_roots(p: Any) -> Any:
    """`np.roots(p)`, as complex numbers whatever they are."""
    return np.asarray(np.roots(p), complex)


def root_slopes(p: Any, r: Any) -> Any:
    """The derivative of a polynomial at its roots.

    Raises
    ------
    numpy.linalg.LinAlgError : a root is not simple, and has no derivative.
    """
    p = np.asarray(p)
    slopes = np.polyval(np.polyder(p), r) + 0j * r
    size = np.polyval(np.abs(np.polyder(p)), np.abs(r))
    if np.any(np.abs(slopes) <= 1e-7 * size):
        raise np.linalg.LinAlgError(
            "adjoint: a root of the polynomial is not simple, so that it has no derivative"
        )
    return slopes
