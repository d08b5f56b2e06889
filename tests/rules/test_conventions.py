"""What a derivative is where a function has none: kinks, ties, jumps and edges of domains.

Differences say nothing at these points; the values are decided, in docs/conventions.md, and
follow three principles: a number has the tie against it (`maximum(x, 0)` has slope 0 at 0), two
operands share theirs evenly, and no nan or inf comes from a side that was not taken.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad

inf = math.inf

Case = tuple[Callable[..., Any], tuple[Any, ...], Any]

FLOATS: list[Case] = [
    (lambda x: abs(x), (0.0,), 0.0),
    (lambda x: abs(x), (-0.0,), 0.0),
    (lambda x: np.abs(x), (0.0,), 0.0),
    (lambda x: math.fabs(x), (0.0,), 0.0),
    (lambda x: np.fabs(x), (0.0,), 0.0),
    (lambda x: max(x, 0.0), (0.0,), 0.0),
    (lambda x: max(0.0, x), (0.0,), 0.0),
    (lambda x: max(x, 0.0), (1.0,), 1.0),
    (lambda x: max(x, 0.0), (-1.0,), 0.0),
    (lambda x: min(x, 0.0), (0.0,), 0.0),
    (lambda x: max(x, x), (0.3,), 1.0),
    (lambda x: min(x, x), (0.3,), 1.0),
    (lambda x: np.maximum(x, 0.0), (0.0,), 0.0),
    (lambda x: np.minimum(x, 0.0), (0.0,), 0.0),
    (lambda x: np.maximum(x, x), (0.3,), 1.0),
    (lambda x: np.minimum(x, x), (0.3,), 1.0),
    (lambda x: np.fmax(x, 0.0), (0.0,), 0.0),
    (lambda x: np.fmin(x, math.nan), (0.3,), 1.0),
    (lambda x: np.fmax(x, math.nan), (0.3,), 1.0),
    (lambda x: np.clip(x, -1.0, 1.0), (1.0,), 0.0),
    (lambda x: np.clip(x, -1.0, 1.0), (-1.0,), 0.0),
    (lambda x: np.clip(x, -1.0, 1.0), (0.5,), 1.0),
    (lambda x: np.clip(x, -1.0, 1.0), (2.0,), 0.0),
    (lambda x: np.clip(x, None, 1.0), (1.0,), 0.0),
    (lambda x: np.clip(x, 1.0, None), (1.0,), 0.0),
    (lambda x: np.sign(x), (0.7,), 0.0),
    (lambda x: np.floor(x) + np.ceil(x) + np.round(x), (0.7,), 0.0),
    (lambda x: np.heaviside(x, 0.5), (0.7,), 0.0),
    (lambda x: np.sqrt(x), (0.0,), inf),
    (lambda x: np.hypot(x, 0.0), (0.0,), 0.0),
    (lambda x: math.hypot(x, 0.0), (0.0,), 0.0),
    (lambda x: math.hypot(0.0, x), (0.0,), 0.0),
    (lambda x: math.hypot(x, x, x), (0.0,), 0.0),
    (lambda x: np.sinc(x), (0.0,), 0.0),
    (lambda x: math.copysign(x, -1.0), (0.5,), -1.0),
    (lambda x: math.copysign(2.0, x), (0.5,), 0.0),
    (lambda x: x % 1.0, (0.0,), 1.0),
    # Powers
    (lambda x: x**0, (0.0,), 0.0),
    (lambda x: x**0.0, (0.0,), 0.0),
    (lambda x: x**1, (0.0,), 1.0),
    (lambda x: x**2, (0.0,), 0.0),
    (lambda x: x**2.0, (0.0,), 0.0),
    (lambda x: x**3, (0.0,), 0.0),
    (lambda x: x**1.5, (0.0,), 0.0),
    (lambda x: x**2, (-3.0,), -6.0),
    (lambda x: x**3, (-2.0,), 12.0),
    (lambda x: x**3.0, (-2.0,), 12.0),
    (lambda x: x**-1, (-2.0,), -0.25),
    (lambda x: x**-2, (-2.0,), 0.25),
    (lambda x: x**-2.0, (2.0,), -0.25),
    (lambda x, n: x**n, (-2.0, 3), 12.0),
    (lambda x, n: x**n, (-2.0, 1), 1.0),
    (lambda x, n: x**n, (-2.0, 0), 0.0),
    (lambda x, n: x**n, (0.0, 0), 0.0),
    (lambda x, n: x**n, (0.0, 1), 1.0),
    (lambda x, n: x**n, (0.0, 2), 0.0),
    (lambda x, n: x**n, (-2.0, -1), -0.25),
    (lambda x, n: x**n, (-2.0, 3.0), 12.0),
    (lambda x, y: x**y, (0.0, 2.0), 0.0),
    (lambda y, x: x**y, (2.0, 0.0), 0.0),
    (lambda y, x: x**y, (0.5, 0.0), 0.0),
    (lambda y: 0.0**y, (2.0,), 0.0),
    (lambda y: 2.0**y, (3.0,), 8.0 * math.log(2.0)),
    (lambda y: 2**y, (3.0,), 8.0 * math.log(2.0)),
    (lambda x: math.pow(x, 0.0), (0.0,), 0.0),
    (lambda x: math.pow(x, 2.0), (0.0,), 0.0),
    (lambda x: math.pow(x, 3.0), (-2.0,), 12.0),
    (lambda x: pow(x, 3), (-2.0,), 12.0),
    (lambda x: np.power(x, 0.0), (0.0,), 0.0),
    # The side of a branch that is not taken
    (lambda x: math.log(x) if x > 0.0 else 0.0, (0.0,), 0.0),
]

ARRAYS: list[Case] = [
    (lambda x: np.sum(np.abs(x)), ([-1.0, 0.0, 2.0],), [-1.0, 0.0, 1.0]),
    (lambda x: np.sum(np.maximum(x, 0.0)), ([-1.0, 0.0, 2.0],), [0.0, 0.0, 1.0]),
    (lambda x: np.sum(np.maximum(0, x)), ([-1.0, 0.0, 2.0],), [0.0, 0.0, 1.0]),
    (lambda x, y: np.sum(np.maximum(x, y)), ([-1.0, 0.0, 2.0], [0.0, 0.0, 0.0]), [0.0, 0.5, 1.0]),
    (lambda x: np.sum(np.maximum(x, x)), ([-1.0, 0.0, 2.0],), [1.0, 1.0, 1.0]),
    (lambda x: np.sum(np.minimum(x, 0.0)), ([-1.0, 0.0, 2.0],), [1.0, 0.0, 0.0]),
    (lambda x: np.sum(np.clip(x, 0.0, 1.0)), ([-1.0, 0.0, 0.5, 1.0, 2.0],), [0, 0, 1, 0, 0]),
    (lambda x: np.max(x), ([1.0, 3.0, 3.0, 2.0],), [0.0, 0.5, 0.5, 0.0]),
    (lambda x: np.min(x), ([1.0, 1.0, 1.0, 2.0],), [1 / 3, 1 / 3, 1 / 3, 0.0]),
    (lambda x: x.max(), ([2.0, 2.0],), [0.5, 0.5]),
    (lambda x: np.sum(np.max(x, axis=0)), ([[1.0, 2.0], [1.0, 0.0]],), [[0.5, 1.0], [0.5, 0.0]]),
    (lambda x: max(x), ([1.0, 3.0, 3.0],), [0.0, 0.5, 0.5]),
    (lambda x: np.std(x), ([2.0, 2.0, 2.0],), [0.0, 0.0, 0.0]),
    (lambda x: np.sum(x.std(axis=1)), ([[2.0, 2.0], [0.0, 2.0]],), [[0.0, 0.0], [-0.5, 0.5]]),
    (lambda x: np.sum(np.sqrt(x)), ([0.0, 4.0],), [inf, 0.25]),
    (lambda x: np.sum(np.sign(x)), ([-1.0, 0.0, 2.0],), [0.0, 0.0, 0.0]),
    (lambda x: np.sum(np.hypot(x, 0.0 * x)), ([0.0, 3.0],), [0.0, 1.0]),
    (lambda x: np.sum(np.sinc(x)), ([0.0],), [0.0]),
    (lambda x: np.sum(np.nan_to_num(x)), ([math.nan, 1.0],), [0.0, 1.0]),
    (lambda x: np.prod(x), ([0.0, 2.0, 3.0],), [6.0, 0.0, 0.0]),
    (lambda x: np.prod(x), ([0.0, 0.0, 3.0],), [0.0, 0.0, 0.0]),
    (lambda x: np.sum(np.prod(x, axis=1)), ([[0.0, 2.0], [3.0, 4.0]],), [[2.0, 0.0], [4.0, 3.0]]),
    (lambda x: np.sum(x**0), ([0.0, 2.0],), [0.0, 0.0]),
    (lambda x: np.sum(x**0.0), ([0.0, 2.0],), [0.0, 0.0]),
    (lambda x: np.sum(x**2), ([0.0, -2.0],), [0.0, -4.0]),
    (lambda x: np.sum(x**3), ([0.0, -2.0],), [0.0, 12.0]),
    (lambda x: np.sum(x**-1), ([-2.0, 4.0],), [-0.25, -0.0625]),
    (lambda x, n: np.sum(x**n), ([0.0, -2.0], 3), [0.0, 12.0]),
    (lambda x, n: np.sum(x**n), ([0.0, -2.0], 0), [0.0, 0.0]),
    (lambda x, n: np.sum(x**n), ([0.0, -2.0, -2.0], [0, 1, 2]), [0.0, 1.0, -4.0]),
    (lambda x, y: np.sum(x**y), ([0.0, 0.0, -2.0], [0.0, 2.0, 3.0]), [0.0, 0.0, 12.0]),
    (lambda y, x: np.sum(x**y), ([2.0, 0.5], [0.0, 0.0]), [0.0, 0.0]),
    (lambda x: np.sum(np.where(x > 0, np.log(x), 0.0)), ([-1.0, 0.0, 2.0],), [0.0, 0.0, 0.5]),
    (lambda x: np.sum(np.where(x == 0, 1.0, np.sin(x) / x)), ([0.0, 1.0],),
     [0.0, math.cos(1.0) - math.sin(1.0)]),
    (lambda n: np.sum(np.where(n > 0, np.sqrt(n), 0.0)), ([0.0, 4.0],), [0.0, 0.25]),
    (lambda x: np.sum(np.where(x > 0, x**0.5, 0.0)), ([0.0, 4.0],), [0.0, 0.25]),
    (lambda x: np.sum(np.where(x > 0, 1.0 / x, 0.0)), ([0.0, 2.0],), [0.0, -0.25]),
    (lambda x: np.sum(np.where(x > 0, np.exp(-1.0 / x), 0.0)), ([0.0, 1.0],),
     [0.0, math.exp(-1.0)]),
    (lambda x: np.sum(np.where(np.abs(x) < 1, np.arcsin(x), 0.0)), ([0.0, 1.0, 3.0],), [1, 0, 0]),
]  # fmt: skip

# Scans, order statistics, interpolation
nan = math.nan
ARRAYS += [
    (lambda x: np.sum(np.cumprod(x)), ([2.0, 0.0, 3.0],), [1.0, 8.0, 0.0]),
    (lambda x: np.sum(np.cumprod(x)), ([0.0, 0.0, 3.0],), [1.0, 0.0, 0.0]),
    (lambda x: np.cumprod(x)[2], ([0.0, 2.0, 3.0],), [6.0, 0.0, 0.0]),
    (lambda x: np.median(x), ([3.0, 1.0, 3.0, 0.0, 4.0],), [0.5, 0.0, 0.5, 0.0, 0.0]),
    (lambda x: np.median(x), ([3.0, 1.0, 2.0, 0.0],), [0.0, 0.5, 0.5, 0.0]),
    (lambda x: np.median(x), ([2.0, 2.0, 2.0, 2.0],), [0.25, 0.25, 0.25, 0.25]),
    (lambda x: np.percentile(x, 50), ([1.0, 1.0, 5.0],), [0.5, 0.5, 0.0]),
    (lambda x: np.nanmedian(x), ([nan, 1.0, 1.0],), [0.0, 0.5, 0.5]),
    (lambda x: np.ptp(x), ([2.0, 2.0],), [0.0, 0.0]),
    (lambda x: np.nanmax(x), ([nan, 3.0, 3.0],), [0.0, 0.5, 0.5]),
    (lambda x: np.nansum(x), ([nan, 3.0],), [0.0, 1.0]),
    (lambda x: np.nanmean(x), ([nan, 3.0, 1.0],), [0.0, 0.5, 0.5]),
    (lambda x: np.nanprod(x), ([nan, 0.0, 2.0],), [0.0, 2.0, 0.0]),
    (lambda x: np.nanstd(x), ([nan, 2.0, 2.0],), [0.0, 0.0, 0.0]),
    (lambda x: np.nancumprod(x)[2], ([nan, 0.0, 2.0],), [0.0, 2.0, 0.0]),
    (lambda x: np.max(x, initial=3.0), ([3.0, 1.0],), [0.5, 0.0]),
    (lambda x: np.max(x, initial=9.0), ([3.0, 1.0],), [0.0, 0.0]),
    (lambda x: np.max(x, initial=0.0, where=x < 3), ([3.0, 1.0],), [0.0, 1.0]),
    (lambda x: np.sum(np.maximum.accumulate(x)), ([1.0, 1.0, 0.0],), [1.0, 2.0, 0.0]),
    (lambda x: np.sum(np.sort(x) * np.array([1.0, 2.0])), ([3.0, 3.0],), [1.0, 2.0]),
    (lambda x: np.sum(np.interp(x, np.array([0.0, 1.0, 3.0]), np.array([0.0, 1.0, 5.0]))),
     ([-1.0, 0.0, 1.0, 3.0, 4.0],), [0.0, 1.0, 2.0, 2.0, 0.0]),
    (lambda x: np.sum(np.unwrap(x)), ([0.0, 4.0, 0.5],), [1.0, 1.0, 1.0]),
    (lambda x: np.sum(np.log(x, where=x > 0, out=np.zeros_like(x))), ([-1.0, 0.0, 2.0],),
     [0.0, 0.0, 0.5]),
    (lambda x: np.sum(np.divide(1.0, x, where=x != 0, out=np.zeros_like(x))), ([0.0, 2.0],),
     [0.0, -0.25]),
    (lambda x: np.sum(np.i0(x)), ([0.0],), [0.0]),
]  # fmt: skip


SCALAR_WHERE = [
    (lambda x: np.where(x > 0.0, np.log(x), 0.0), (0.0,), 0.0),
    (lambda x: np.where(x == 0.0, 1.0, np.sin(x) / x), (0.0,), 0.0),
]


@pytest.mark.parametrize("case", SCALAR_WHERE, ids=["log", "sinc"])
def test_scalar_where(case: Case) -> None:
    f, args, want = case
    with np.errstate(all="ignore"):
        assert grad(f)(np.float64(args[0])) == want


# Norms and complex intermediates
ARRAYS += [
    (lambda x: np.linalg.norm(x), ([0.0, 0.0],), [0.0, 0.0]),
    (lambda x: np.linalg.norm(x, 3), ([0.0, 0.0],), [0.0, 0.0]),
    (lambda x: np.linalg.norm(x, 1), ([0.0, -2.0],), [0.0, -1.0]),
    (lambda x: np.linalg.norm(x, np.inf), ([2.0, -2.0, 1.0],), [0.5, -0.5, 0.0]),
    (lambda x: np.linalg.norm(x, -np.inf), ([2.0, -2.0, 3.0],), [0.5, -0.5, 0.0]),
    (lambda x: np.linalg.norm(x, 0), ([2.0, 0.0],), [0.0, 0.0]),
    (lambda x: np.linalg.norm(x, 0.5), ([0.0, 4.0],), [0.0, 1.0]),
    (lambda x: np.sum(np.linalg.norm(x, axis=1)), ([[0.0, 0.0], [3.0, 4.0]],),
     [[0.0, 0.0], [0.6, 0.8]]),
    (lambda x: np.linalg.norm(x, 1), ([[1.0, -1.0], [1.0, 1.0]],), [[0.5, -0.5], [0.5, 0.5]]),
    (lambda x: np.linalg.norm(x, 2), ([[1.0, 0.0], [0.0, 1.0]],), [[0.5, 0.0], [0.0, 0.5]]),
    (lambda x: np.linalg.norm(x, "nuc"), ([[0.0, 0.0], [0.0, 0.0]],), [[0.0, 0.0], [0.0, 0.0]]),
    (lambda x: np.linalg.norm(x, "fro"), ([[0.0, 0.0], [0.0, 0.0]],), [[0.0, 0.0], [0.0, 0.0]]),
    (lambda x: np.linalg.vector_norm(x), ([[0.0, 0.0], [0.0, 0.0]],), [[0.0, 0.0], [0.0, 0.0]]),
    (lambda x: np.sum(np.abs(x * 1j)), ([-2.0, 0.0, 3.0],), [-1.0, 0.0, 1.0]),
    (lambda x: np.sum(np.angle(x)), ([-2.0, 3.0],), [0.0, 0.0]),
]  # fmt: skip


def identify(cases: list[Case]) -> list[str]:
    return [f"line{f.__code__.co_firstlineno}" for f, _, _ in cases]


def array(x: Any, dtype: Any) -> Any:
    if not isinstance(x, list):
        return x
    result = np.array(x)
    return result.astype(dtype) if result.dtype.kind == "f" else result


@pytest.mark.parametrize("case", FLOATS, ids=identify(FLOATS))
def test_numbers(case: Case) -> None:
    f, args, want = case
    with np.errstate(all="ignore"):
        got = grad(f)(*args)
    assert isinstance(got, float)
    np.testing.assert_allclose(got, want, rtol=1e-12)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("case", FLOATS, ids=identify(FLOATS))
def test_numpy_scalars(case: Case, kind: Any) -> None:
    """The same conventions hold for the scalars that indexing an array gives."""
    f, args, want = case
    if "math" in f.__code__.co_names and kind is np.float32:
        pytest.skip("math computes in double precision")
    with np.errstate(all="ignore"):
        got = grad(f)(kind(args[0]), *args[1:])
    assert np.asarray(got).dtype == kind and np.ndim(got) == 0
    np.testing.assert_allclose(got, want, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("case", ARRAYS, ids=identify(ARRAYS))
def test_arrays(case: Case, dtype: Any) -> None:
    f, args, want = case
    arrays = [array(x, dtype) for x in args]
    with np.errstate(all="ignore"):
        got = grad(f)(*arrays)
    assert got.dtype == dtype and got.shape == arrays[0].shape
    np.testing.assert_allclose(got, np.asarray(want, dtype), rtol=1e-6)


@pytest.mark.parametrize("f", [lambda x: math.sqrt(x), lambda x: x**0.5])
def test_infinite_slopes_of_python_numbers(f: Callable[..., Any]) -> None:
    """Python's arithmetic raises where NumPy's gives inf, in a gradient as anywhere else."""
    with pytest.raises(ZeroDivisionError):
        grad(f)(0.0)
    assert grad(f)(4.0) == 0.25


@pytest.mark.parametrize("n", [0, 1, 2, 3, -1])
def test_higher_powers_of_zero_and_below(n: int) -> None:
    """A run-time int exponent takes the same values as a literal one."""
    f = grad(lambda x, k: x**k)
    for x in (-2.0, -0.5, 1.5):
        assert f(x, n) == pytest.approx(n * x ** (n - 1), abs=1e-15)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(x, initial=x[0]),
        lambda x: np.max(x, initial=x[0]),
        lambda x: np.var(x, mean=1.0),
        lambda x: np.sum(np.log(x, where=x > 0.0)),
        lambda x: np.sum(np.add(x, 1.0, casting="unsafe")),
        lambda x: np.median(x, overwrite_input=True),
        lambda x: np.quantile(x, 0.5, method="inverted_cdf"),
        lambda x: np.quantile(x, 0.5, method="inverted_cdf", weights=x),
        lambda x: np.average(x, returned=True)[0],
        lambda x: np.sum(np.interp(x, x, x, period=3.0)),
        lambda x: np.sum(np.cov(np.stack([x, x]), aweights=x)),
        lambda x: np.sum(np.unique(x)),
        lambda x: np.sum(np.histogram(x)[1]),
        lambda x: np.sum(np.polymul(x, x)),
        lambda x: np.power.reduce(x),
        lambda x: np.sum(np.pad(x, 1, mode="empty")),
        lambda x: np.sum(np.ravel(x, order="K")),
        lambda x: np.einsum("i->i", x, order="F")[0],
    ],
)
def test_arguments_without_a_derivative_are_refused(f: Callable[..., Any]) -> None:
    from adjoint import UnsupportedError

    with pytest.raises(UnsupportedError):
        grad(f)(np.array([1.0, 2.0, 3.0]))
