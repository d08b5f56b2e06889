"""Reductions that leave out nan: what is left out has derivative 0, whatever made it nan."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad, hvp, jvp
from tests.oracle import richardson_gradient

DATA = np.array([1.0, np.nan, 2.0, 0.5, 3.0])
X = np.array([0.4, 0.3, 0.25, 0.6, 1.1])
ROWS = np.array([[0.4, 0.3, 0.2, 0.6, 1.1], [0.1, 0.9, 0.5, -0.2, 0.7]])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.nansum(x * DATA) ** 2,
        lambda x: np.nanmean(x * DATA) ** 2,
        lambda x: np.nanprod(x * DATA),
        lambda x: np.nanstd(x * DATA),
        lambda x: np.nanvar(np.exp(x) * DATA, ddof=1),
        lambda x: np.nanmax(x * DATA) ** 2,
        lambda x: np.nanmin(np.sin(x) / DATA) ** 2,
        lambda x: np.nanmedian(x * DATA) ** 2,
        lambda x: np.nanpercentile(x * DATA, 30.0) ** 2,
        lambda x: np.sum(np.nanquantile(x * DATA, [0.2, 0.7]) ** 2),
        lambda x: np.sum(np.nancumsum(x * DATA) ** 2),
        lambda x: np.sum(np.nancumprod(x * DATA) ** 2),
        lambda x: np.nanvar(x * DATA, where=np.array([True, True, True, False, True])),
    ],
)
def test_what_is_left_out(f: Callable[..., Any]) -> None:
    want = richardson_gradient(f, (X,))
    got = grad(f)(X)
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-9)
    v = np.array([0.3, 1.0, -2.0, 0.7, 0.5])
    assert jvp(f, (X,), (v,))[1] == pytest.approx(want @ v)
    second = richardson_gradient(lambda x: grad(f)(x) @ v, (X,))
    np.testing.assert_allclose(hvp(f)(X, v), second, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.nanmax(x * DATA, axis=1) ** 2),
        lambda x: np.sum(np.nanmedian(x * DATA, axis=1, keepdims=True) ** 2),
        lambda x: np.sum(np.nanvar(x * DATA, axis=1)),
    ],
)
def test_along_an_axis(f: Callable[..., Any]) -> None:
    want = richardson_gradient(f, (ROWS,))
    np.testing.assert_allclose(grad(f)(ROWS), want, rtol=1e-6, atol=1e-9)
