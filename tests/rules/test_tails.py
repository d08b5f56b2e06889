"""Slopes far out and close to singular points keep their relative accuracy.

The exact slopes are evaluated by mpmath with 60 digits. What saturates, as a sigmoid does, has a
slope in terms of its result: only its absolute error is small there.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

from adjoint import grad, jvp

mp = pytest.importorskip("mpmath")
RELATIVE, ABSOLUTE = 1e-12, 1e-15

Function = Callable[[Any], Any]


def sigmoid(x: Any) -> Any:
    return 1 / ((1 + mp.exp(-x)) * (1 + mp.exp(x)))


def gauss(x: Any) -> Any:
    return 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)


def normal(x: Any) -> Any:
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def dawson(x: Any) -> Any:
    return 1 - mp.sqrt(mp.pi) * x * mp.exp(-x * x) * mp.erfi(x)


def scaled(x: Any) -> Any:
    return 2 * x * mp.exp(x * x) * mp.erfc(x) - 2 / mp.sqrt(mp.pi)


def exprel(x: Any) -> Any:
    return (mp.exp(x) * (x - 1) + 1) / x**2


#: Functions by NumPy, SciPy and math; the exact slope; points.
CASES: list[tuple[list[Function], Function, tuple[float, ...]]] = [
    (
        [lambda x: np.expm1(x), lambda x: math.expm1(x), lambda x: special.expm1(x)],
        mp.exp,
        (-600.0, -40.0, -5.0, -1e-8, 0.3, 20.0),
    ),
    (
        [lambda x: np.log1p(x), lambda x: math.log1p(x), lambda x: special.log1p(x)],
        lambda x: 1 / (1 + x),
        (-1 + 1e-12, -0.5, 1e-9, 1e9, 1e200),
    ),
    (
        [lambda x: np.arcsin(x), lambda x: math.asin(x), lambda x: -np.arccos(x)],
        lambda x: 1 / mp.sqrt(1 - x * x),
        (-1 + 1e-10, 0.3, 1 - 1e-15),
    ),
    (
        [lambda x: np.arctanh(x), lambda x: math.atanh(x)],
        lambda x: 1 / (1 - x * x),
        (-1 + 1e-10, 0.3, 1 - 1e-15),
    ),
    (
        [lambda x: np.arccosh(x), lambda x: math.acosh(x)],
        lambda x: 1 / mp.sqrt(x * x - 1),
        (1 + 1e-10, 1.1, 1e9, 1e200),
    ),
    (
        [lambda x: np.arcsinh(x), lambda x: math.asinh(x)],
        lambda x: 1 / mp.sqrt(x * x + 1),
        (-1e200, -1e9, 1e-5, 3.0),
    ),
    ([lambda x: special.erf(x), lambda x: math.erf(x)], gauss, (-26.0, -5.0, 0.3, 10.0, 25.0)),
    (
        [lambda x: -special.erfc(x), lambda x: -math.erfc(x)],
        gauss,
        (-26.0, -5.0, 0.3, 10.0, 25.0),
    ),
    ([lambda x: special.erfcx(x)], scaled, (-20.0, -2.0, 0.3, 3.0, 8.5, 50.0, 1e3, 1e6, 1e9)),
    ([lambda x: special.dawsn(x)], dawson, (-30.0, -2.0, 0.3, 3.0, 10.0, 50.0, 300.0, 1e3)),
    ([lambda x: special.ndtr(x)], normal, (-37.0, -10.0, 0.3, 10.0, 37.0)),
    (
        [lambda x: special.log_ndtr(x)],
        lambda x: normal(x) / mp.erfc(-x / mp.sqrt(2)) * 2,
        (-1e3, -37.0, -10.0, 0.3, 10.0, 30.0),
    ),
    (
        [
            lambda x: special.log_expit(x),
            lambda x: -np.logaddexp(0.0, -x),
            lambda x: -np.log1p(np.exp(-x)),
        ],
        lambda x: 1 / (1 + mp.exp(x)),
        (-600.0, -40.0, -3.0, 0.0, 3.0, 30.0, 600.0),
    ),
    (
        [
            lambda x: np.logaddexp(0.0, x),
            lambda x: np.logaddexp(x, 0.0),
            lambda x: np.log1p(np.exp(x)),
        ],
        lambda x: 1 / (1 + mp.exp(-x)),
        (-600.0, -40.0, -3.0, 0.0, 3.0, 30.0, 600.0),
    ),
    ([lambda x: special.logit(x)], lambda x: 1 / (x * (1 - x)), (1e-300, 1e-9, 0.4, 1 - 1e-9)),
    (
        [lambda x: special.exprel(x), lambda x: special.boxcox(math.e, x)],
        exprel,
        (-40.0, -1e-5, 1e-9, 1e-3, 0.3, 30.0),
    ),
    ([lambda x: special.cosm1(x)], lambda x: -mp.sin(x), (1e-300, 1e-9, 3.0)),
    (
        [lambda x: np.cosh(x), lambda x: math.cosh(x)],
        mp.sinh,
        (-600.0, 1e-9, 0.3),
    ),
    (
        [lambda x: special.pseudo_huber(x, 3.0)],
        lambda d: 81 / (d**3 * mp.sqrt(1 + 9 / d**2) * (1 + mp.sqrt(1 + 9 / d**2)) ** 2),
        (1.0, 1e3, 1e6),
    ),
]

SATURATING: list[tuple[list[Function], Function]] = [
    (
        [lambda x: np.tanh(x), lambda x: math.tanh(x)],
        lambda x: mp.sech(x) ** 2,
    ),
    (
        [
            lambda x: special.expit(x),
            lambda x: 1.0 / (1.0 + np.exp(-x)),
            lambda x: 0.5 * (1.0 + np.tanh(0.5 * x)),
            lambda x: special.softmax(np.stack([x, 0.0 * x]))[0],
        ],
        sigmoid,
    ),
]


def slopes(f: Function, x: float) -> list[Any]:
    """The slope by both modes, for a float and for an array."""
    found: list[Any] = [grad(f)(x), jvp(f, (x,), (1.0,))[1]]
    try:
        f(np.full(1, x))
    except TypeError:
        return found
    return [*found, grad(lambda a: np.sum(f(a)))(np.full(1, x))[0]]


@pytest.mark.parametrize(
    "f, exact, points", [(f, exact, points) for fs, exact, points in CASES for f in fs]
)
def test_relative_accuracy(f: Function, exact: Function, points: tuple[float, ...]) -> None:
    with mp.workdps(60):
        for x in points:
            want = exact(mp.mpf(x))
            for got in slopes(f, x):
                assert abs(mp.mpf(float(got)) - want) <= RELATIVE * abs(want), (x, got)


@pytest.mark.parametrize("f, exact", [(f, exact) for fs, exact in SATURATING for f in fs])
def test_saturated(f: Function, exact: Function) -> None:
    with mp.workdps(60):
        for x in (-300.0, -40.0, -18.0, -3.0, 1e-9, 1.0, 18.0, 25.0, 300.0):
            want = exact(mp.mpf(x))
            for got in slopes(f, x):
                assert abs(mp.mpf(float(got)) - want) <= ABSOLUTE, (x, got)


@pytest.mark.parametrize("f", [lambda x: special.expit(x), lambda x: 1.0 / (1.0 + np.exp(-x))])
def test_a_sigmoid_at_negative_arguments(f: Function) -> None:
    with mp.workdps(60):
        for x in (-600.0, -40.0, -3.0, 0.0):
            assert grad(f)(x) == pytest.approx(float(sigmoid(mp.mpf(x))), rel=RELATIVE)
