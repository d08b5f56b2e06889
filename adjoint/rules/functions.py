"""Elementary functions: `math` on Python numbers, NumPy's ufuncs on anything."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adjoint.ir.core import Value
from adjoint.ir.types import Struct
from adjoint.rules.registry import elementwise, linear, multilinear, nondifferentiable, rule
from adjoint.rules.staged import call, equal, is_python_number, select, shape_of, sign


def _sqrt(x: Any) -> Any:
    return call(math.sqrt if is_python_number(x) else np.sqrt, x)


elementwise([np.exp, math.exp], x=lambda y, x: y)
elementwise([np.expm1, math.expm1], x=lambda y, x: y + 1)
elementwise([np.exp2, math.exp2], x=lambda y, x: y * math.log(2))
elementwise([np.log1p, math.log1p], x=lambda y, x: 1 / (1 + x))
elementwise([np.log2, math.log2], x=lambda y, x: 1 / (x * math.log(2)))
elementwise([np.log10, math.log10], x=lambda y, x: 1 / (x * math.log(10)))
elementwise(np.sin, x=lambda y, x: np.cos(x))
elementwise(math.sin, x=lambda y, x: call(math.cos, x))
elementwise([np.tan, math.tan], x=lambda y, x: 1 + y * y)
elementwise([np.arcsin, math.asin], x=lambda y, x: 1 / _sqrt(1 - x * x))
elementwise([np.arctan, math.atan], x=lambda y, x: 1 / (1 + x * x))
elementwise(np.sinh, x=lambda y, x: np.cosh(x))
elementwise(np.cosh, x=lambda y, x: np.sinh(x))
elementwise(math.sinh, x=lambda y, x: call(math.cosh, x))
elementwise(math.cosh, x=lambda y, x: call(math.sinh, x))
elementwise([np.tanh, math.tanh], x=lambda y, x: 1 - y * y)
elementwise([np.arcsinh, math.asinh], x=lambda y, x: 1 / _sqrt(x * x + 1))
elementwise([np.arccosh, math.acosh], x=lambda y, x: 1 / _sqrt(x * x - 1))
elementwise([np.arctanh, math.atanh], x=lambda y, x: 1 / (1 - x * x))
elementwise([np.square], x=lambda y, x: 2 * x)
elementwise([np.reciprocal], x=lambda y, x: -y * y)
elementwise([np.deg2rad, np.radians, math.radians], x=lambda y, x: math.pi / 180)
elementwise([np.rad2deg, np.degrees, math.degrees], x=lambda y, x: 180 / math.pi)
elementwise(
    np.hypot,
    a=lambda y, a, b: a / select(equal(y, 0), 1, y),
    b=lambda y, a, b: b / select(equal(y, 0), 1, y),
)
elementwise(
    [np.arctan2, math.atan2],
    a=lambda y, a, b: b / (a * a + b * b),
    b=lambda y, a, b: -a / (a * a + b * b),
)
elementwise(
    np.logaddexp, a=lambda y, a, b: np.exp(a - y), b=lambda y, a, b: np.exp(b - y)
)
elementwise(
    np.logaddexp2, a=lambda y, a, b: np.exp2(a - y), b=lambda y, a, b: np.exp2(b - y)
)
elementwise(
    [np.copysign, math.copysign],
    a=lambda y, a, b: sign(a) * call(
        math.copysign if is_python_number(b) else np.copysign, 1.0, b
    ),
    b=None,
)
elementwise([math.fmod], a=lambda y, a, b: 1, b=lambda y, a, b: -call(math.trunc, a / b))
elementwise(math.remainder, a=lambda y, a, b: 1, b=lambda y, a, b: -call(round, a / b))
elementwise([np.nextafter, math.nextafter], a=lambda y, a, b: 1, b=None)
elementwise([math.fabs], x=lambda y, x: sign(x))
elementwise(
    [math.pow],
    a=lambda y, a, b: b * call(math.pow, a, select(equal(b, 0), 1.0, b - 1)),
    b=lambda y, a, b: y * call(math.log, select(equal(a, 0), 1.0, a)),
)
elementwise(float, x=lambda y, x: 1)
elementwise(
    math.erf, x=lambda y, x: 2 / math.sqrt(math.pi) * call(math.exp, -(x * x))
)
elementwise(
    math.erfc, x=lambda y, x: -2 / math.sqrt(math.pi) * call(math.exp, -(x * x))
)


elementwise(  # the limit at 0, an even function's slope, is 0
    np.sinc,
    x=lambda y, x: (np.cos(math.pi * x) - y) / select(equal(x, 0), 1, x),
)


@linear([np.real, np.conj])
def real(y_bar: Any, x: Any) -> Any:
    return y_bar if is_python_number(x) or x.dtype.kind == "f" else np.conj(y_bar)


@linear(np.nan_to_num)
def nan_to_num(y_bar: Any, x: Any) -> Any:
    """What was replaced is a constant."""
    return select(np.isfinite(x), y_bar, 0.0)


@multilinear([np.ldexp, math.ldexp])
def ldexp(y_bar: Any, x: Any, exponent: Any) -> Any:
    return call(math.ldexp if is_python_number(x) else np.ldexp, y_bar, exponent), None


@linear([np.modf, math.modf])
def modf(y_bar: Any, x: Any) -> Any:
    """The fractional part has slope 1, the integral part is constant."""
    return y_bar[0]


@rule([np.frexp, math.frexp])
def frexp(y_bar: Any, y: Any, x: Any) -> Any:
    """x = mantissa * 2**exponent, with an exponent that is constant almost everywhere."""
    return call(math.ldexp if is_python_number(x) else np.ldexp, y_bar[0], -y[1])


@rule(np.divmod)
def divmod_rule(y_bar: Any, y: Any, a: Any, b: Any) -> Any:
    return y_bar[1], -y_bar[1] * y[0]


@rule(math.hypot)
def hypot_of_numbers(y_bar: Any, y: Any, *coordinates: Any) -> Any:
    """The slope at the origin is 0, as that of abs."""
    scale = y_bar / select(equal(y, 0), 1, y)
    return tuple(scale * x for x in coordinates)


@rule(math.dist)
def dist(y_bar: Any, y: Any, p: Any, q: Any) -> Any:
    scale = y_bar / select(equal(y, 0), 1, y)
    if isinstance(p, Value) and not isinstance(p.type, Struct):
        p_bar = scale * (p - q)
        return p_bar, -p_bar
    steps = [scale * (p[k] - q[k]) for k in range(len(p))]
    return steps, [-step for step in steps]


@linear(math.fsum)
def fsum(y_bar: Any, items: Any) -> Any:
    if isinstance(items, Value) and not isinstance(items.type, Struct):
        return np.broadcast_to(y_bar, shape_of(items))
    return [y_bar] * len(items)


@rule([np.log, math.log])
def log(y_bar: Any, y: Any, x: Any, base: Any = None) -> Any:
    if base is None:
        return y_bar / x
    scale = call(math.log, base)
    return y_bar / (x * scale), -y_bar * y / (base * scale)


@rule([np.sqrt, math.sqrt])
def sqrt(y_bar: Any, y: Any, x: Any) -> Any:
    return y_bar / (2 * y)


@rule([np.cbrt, math.cbrt])
def cbrt(y_bar: Any, y: Any, x: Any) -> Any:
    return y_bar / (3 * y * y)


@rule(np.cos)
def cosine(y_bar: Any, y: Any, x: Any) -> Any:
    return -y_bar * np.sin(x)


@rule(math.cos)
def cosine_of_number(y_bar: Any, y: Any, x: Any) -> Any:
    return -y_bar * call(math.sin, x)


@rule([np.arccos, math.acos])
def arccos(y_bar: Any, y: Any, x: Any) -> Any:
    return -y_bar / _sqrt(1 - x * x)


def digamma(x: float) -> float:
    """The logarithmic derivative of the gamma function.

    Recurrence up to x >= 10, then the asymptotic series (Abramowitz and Stegun 6.3.5, 6.3.18).
    """
    result = 0.0
    if x <= 0.0:
        return digamma(1.0 - x) - math.pi / math.tan(math.pi * x)
    while x < 10.0:
        result -= 1.0 / x
        x += 1.0
    w = 1.0 / (x * x)
    series = w * (1 / 12 - w * (1 / 120 - w * (1 / 252 - w * (1 / 240 - w * (1 / 132)))))
    return result + math.log(x) - 0.5 / x - series


elementwise(math.lgamma, x=lambda y, x: call(digamma, x))
elementwise(math.gamma, x=lambda y, x: y * call(digamma, x))

nondifferentiable(
    math.floor, math.ceil, math.trunc, math.isnan, math.isinf, math.isfinite, math.isclose,
    math.factorial, math.comb, math.gcd, math.isqrt, math.lcm, math.perm, math.ulp,
)  # fmt: skip
