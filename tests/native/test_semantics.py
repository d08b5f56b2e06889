"""Where Numba's numbers are not Python's or NumPy's, compiled programs give theirs, or defer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, grad, use
from tests.native import assert_same

pytest.importorskip("numba")
X = np.array([0.5, -1.5, 2.0, 0.25])


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADJOINT_CACHE_DIR", "")


def floor_division(x, i, j):
    return x * (i // j) + x * x * (i % j)


def float_modulo(x, a, b):
    return x * (a // b) + x * (a % b)


def large_product(x, n):
    p = 1
    for i in range(1, n):
        p = p * i
    return x * (p % 1000003)


def large_sum(x, n):
    p = 1
    for _ in range(n):
        p = p + p
    return x * float(p)


def negative_index(x, i):
    return x[i] * x[-1] + x[-i]


def slices(x):
    y = np.zeros((3, len(x)))
    y[0, 1:] = x[:-1] * x[1:]
    y[1, ::2] = y[0, :2] + x[0]
    y[:, 1] = x[:3]
    y[2:, :] = x[None, :]
    y[0, 2:] += y[0, 1:2]
    y[...] = y * y
    return np.sum(y * x)


def shifted(x):
    y = x.copy()
    y[1:] = y[:-1]
    y[:-1] += y[1:] * x[0]
    return np.sum(y * y)


def too_long(x):
    y = np.zeros(3)
    y[1:] = x
    return np.sum(y)


def domain(x):
    return math.sqrt(x) * math.log(x)


def overflow(x):
    return math.exp(x)


def division(x, y):
    return x / y


def zero_power(x, n):
    return x**n


def bools(x):
    return x * (True + True) + x * ((x > 0.0) + 1)


def overlapping(x):
    y = x * 1.0
    y[1:] += y[:-1]
    y[::-1] += y
    y[:-1] = y[1:]
    y += y[::-1]
    return np.sum(y * y)


def overlapping_columns(x):
    y = np.outer(x, x)
    y += y.T
    y[:, 1:] += y[:, :-1]
    y[...] = y.T
    return np.sum(y * y * y)


def keeps_its_argument(x):
    x[0] = x[1] * 2.0
    x *= 3.0
    return np.sum(x * x)


def plus_is_a_copy(x):
    y = +x
    y[0] = 7.0
    return np.sum(x * y)


def first_of_maxima(x, a):
    return max(x, a) + min(a, x)


def rounded(x, n):
    s = x
    for i in range(n):
        s = s * 1.1 + round(i / 2) * x
    return s


def repeated(x):
    y = np.zeros(3)
    np.add.at(y, np.array([0, 2, 0, 0]), x)
    return np.sum(y * y)


def gathered(x):
    return np.sum(x[np.array([0, 0, 3, -1])] ** 3)


def leaves_while(x, n):
    s = 0.0
    r = 0.0
    k = 0.0
    while True:
        t = 3.0 * x
        k = k + 1.0
        if k >= n:
            t = -k * x
            s = r + t
            break
        r = r + t
    return s


def empty_loop(x, n):
    s = 0.0
    for i in range(n):
        s = s + x * i
    return s * s + x


def large_against_float(x, n):
    k = n * 1024 * 1024 + 1
    return x if k == float(k - 1) else x * x


def slices_of_nothing(x):
    return np.sum(x[10:]) + np.sum(x[2:1]) + np.sum(x[-100:2] ** 2)


def mismatch(x, y):
    return np.sum(x * y)


def stored_row(x):
    A = np.zeros((2, 4))
    A[0] = x
    A[:, 1] = x[0]
    A[1] = A[0] * x
    return np.sum(A * A)


def nan_maximum(x):
    y = np.array([x, np.nan, 1.0])
    return np.max(y) * x


def sum_of_single(x):
    return np.sum(x * 2.5 + x * x)


CASES = [
    (floor_division, (0.5, -7, 2)), (floor_division, (0.5, 7, -2)), (floor_division, (0.5, 7, 0)),
    (float_modulo, (0.5, -7.5, 2.0)), (float_modulo, (0.5, 7.5, -2.0)),
    (float_modulo, (0.5, 1.0, 0.0)),
    (large_product, (0.5, 30)), (large_sum, (0.5, 70)), (large_sum, (0.5, 10)),
    (negative_index, (X, 1)), (negative_index, (X, 4)), (negative_index, (X, 2**70)),
    (slices, (X,)), (shifted, (X,)), (too_long, (X,)),
    (domain, (0.7,)), (domain, (-0.7,)), (domain, (0.0,)),
    (overflow, (1.0,)), (overflow, (1000.0,)),
    (division, (1.0, 0.0)), (division, (1.0, 3.0)),
    (division, (np.float64(1.0), np.float64(0.0))),
    (zero_power, (0.0, -1)), (zero_power, (2.0, 3)), (zero_power, (2.0, -1.5)),
    (zero_power, (-2.0, 0.5)), (zero_power, (1e200, 3)), (zero_power, (0.0, 0)),
    (bools, (1.5,)), (overlapping, (X,)), (overlapping_columns, (X,)),
    (keeps_its_argument, (X,)), (plus_is_a_copy, (X,)),
    (first_of_maxima, (1.0, float("nan"))), (first_of_maxima, (float("nan"), 1.0)),
    (first_of_maxima, (1.0, 2.0)), (rounded, (0.3, 7)), (repeated, (X,)), (gathered, (X,)),
    (leaves_while, (0.7, 5.0)), (leaves_while, (0.7, 1.0)), (empty_loop, (0.7, 0)),
    (empty_loop, (0.7, -3)), (large_against_float, (0.7, 2**34)), (slices_of_nothing, (X,)),
    (mismatch, (X, X[:2])), (mismatch, (X, X[:1])), (mismatch, (X[::2], X[1::2])),
    (mismatch, (np.asfortranarray(np.outer(X, X)), np.outer(X, X))), (stored_row, (X,)),
    (nan_maximum, (0.5,)), (sum_of_single, (X.astype(np.float32),)),
    (sum_of_single, (X[::-1],)),
]  # fmt: skip


def outcome(function: Any, args: tuple[Any, ...]) -> tuple[str, Any]:
    copies = [x.copy() if isinstance(x, np.ndarray) else x for x in args]
    try:
        with np.errstate(all="ignore"):
            found = function(*copies)
    except UnsupportedError:
        return "UnsupportedError", None
    except Exception as error:
        return type(error).__name__, str(error)
    for copy, x in zip(copies, args, strict=True):
        np.testing.assert_array_equal(copy, x)
    return "", found


@pytest.mark.parametrize(
    "function, args", CASES, ids=[f"{k}-{f.__name__}" for k, (f, _) in enumerate(CASES)]
)
def test_as_in_python(function: Any, args: tuple[Any, ...]) -> None:
    want, value = outcome(grad(function), args)
    with use("numba", compare=False):
        gradient = grad(function)
        for _ in range(2):  # the second call takes the short way
            got, other = outcome(gradient, args)
            if got == "UnsupportedError":
                pytest.skip("refused")
            assert got == want
            if not want:
                assert_same(other, value)
            else:
                assert other == value


def test_most_are_compiled() -> None:
    refused = []
    for function in dict.fromkeys(f for f, _ in CASES):
        args = next(a for f, a in CASES if f is function)
        try:
            grad(function, backend="numba").source_for(*args)
        except UnsupportedError:
            refused.append(function.__name__)
    assert len(refused) <= 4, refused
