"""Derivatives of programs with solvers: gradient, forward mode and, where asked for, the second."""

from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint import grad, hessian, jvp
from tests.oracle import richardson_gradient


def check(
    f: Callable[..., Any], *args: Any, exact: Callable[..., Any] | None = None, second: bool = True,
    rtol: float = 1e-7,
) -> None:  # fmt: skip
    """Compare all derivatives of a number with differences of `exact`, a function without solvers.

    Without it the differences are those of the program, whose solvers must be accurate then.
    """
    plain = exact or f
    positions = tuple(range(len(args)))
    want = richardson_gradient(plain, args, positions)
    found = grad(f, positions)(*args)
    for one, other in zip(found, want, strict=True):
        np.testing.assert_allclose(one, other, rtol=rtol, atol=rtol)
    tangents = tuple(np.ones_like(a) if np.ndim(a) else 1.0 for a in args)
    along = sum(float(np.sum(g)) for g in found)
    np.testing.assert_allclose(jvp(f, args, tangents)[1], along, rtol=1e-9, atol=1e-9)
    if second:
        H = np.asarray(hessian(f)(*args))
        n = np.size(args[0])

        def slope(x: Any) -> Any:
            return np.sum(grad(f)(x, *args[1:]))

        along_ones = np.sum(np.reshape(H, (n, n)), axis=0)
        expected = np.ravel(richardson_gradient(slope, args[:1], 0))
        np.testing.assert_allclose(along_ones, expected, rtol=1e-5, atol=1e-6)
