"""Quotients of a NumPy number and a zero that is a Python number: NumPy divides, Python raises."""

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import hvp, jvp, value_and_grad


def result(x, n):
    return np.sin(x) / n


def mean(x, n):
    return np.sum(np.array([x, x * x])) / (n * 1.0)


def squashed(x, n):
    z = np.sin(x)
    z /= n
    return math.atan(z)


def again(x, n):
    t = 1.0
    for _ in range(2):
        t = np.sin(x) / (n * t)
    return 1.0 / t


def left_out(x, n):
    z = np.float64(x) / n
    return 2.0 * x if math.isinf(z) else math.sin(z)


def left_out_by_a_name(x, n):
    s = 0.0
    z = np.sin(x) / n
    if z < 10:
        s = z
    return s + x * x


PROGRAMS = [result, mean, squashed, again, left_out, left_out_by_a_name]


@pytest.mark.parametrize("n", [0, 2])
@pytest.mark.parametrize("f", PROGRAMS)
def test_derivatives_raise_only_where_the_program_does(f: Callable[..., Any], n: int) -> None:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        want = f(0.7, n)
        value, slope = value_and_grad(f)(0.7, n)
        ahead, along = jvp(f, (0.7, n), (1.0, None))
        hvp(f)(0.7, n, 1.0)
    np.testing.assert_equal((value, ahead), (want, want))
    np.testing.assert_allclose(along, slope, 1e-12)


@pytest.mark.parametrize("f", [left_out, left_out_by_a_name])
def test_what_a_branch_leaves_out_has_no_part_in_the_slope(f: Callable[..., Any]) -> None:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        _, slope = value_and_grad(f)(0.7, 0)
    h = 1e-6
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        want = (f(0.7 + h, 0) - f(0.7 - h, 0)) / (2 * h)
    np.testing.assert_allclose(slope, want, 1e-8)


def test_python_numbers_raise() -> None:
    with pytest.raises(ZeroDivisionError):
        value_and_grad(lambda x, n: x / n)(0.7, 0)
