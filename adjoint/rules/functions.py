"""Elementary functions: `math` on Python numbers, NumPy's ufuncs on anything."""

from __future__ import annotations

import cmath
import math
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Value
from adjoint.ir.infer import infer, register_inference
from adjoint.ir.types import FLOAT, Struct
from adjoint.rules.registry import elementwise, linear, multilinear, nondifferentiable, rule
from adjoint.rules.staged import by_items, call, equal, is_complex, is_python_number, select, sign
from adjoint.runtime.special import bessel_i


def _sqrt(x: Any) -> Any:
    if is_python_number(x):
        return call(cmath.sqrt if is_complex(x) else math.sqrt, x)
    return np.sqrt(x)


def _exp(x: Any) -> Any:
    if is_python_number(x):
        return call(cmath.exp if is_complex(x) else math.exp, x)
    return np.exp(x)


def _root_of_stretch(x: Any) -> Any:
    """The root of 1 + x * x, which does not overflow for real numbers."""
    if is_complex(x):
        return _sqrt(x * x + 1)
    return call(math.hypot if is_python_number(x) else np.hypot, x, 1.0)


# Slopes keep their relative accuracy: `(1 - x) * (1 + x)` does near 1, where `1 - x * x` does not;
# so does `exp(x)` for the slope of expm1, where `y + 1` is 0 below -37. A saturated tanh is the
# exception: its slope in terms of the result is shorter, and off by less than 1e-15.

elementwise([np.exp, math.exp], x=lambda y, x: y)
elementwise([np.expm1, math.expm1], x=lambda y, x: _exp(x))
elementwise([np.exp2, math.exp2], x=lambda y, x: y * math.log(2))
elementwise([np.log1p, math.log1p], x=lambda y, x: 1 / (1 + x))
elementwise([np.log2, math.log2], x=lambda y, x: 1 / (x * math.log(2)))
elementwise([np.log10, math.log10], x=lambda y, x: 1 / (x * math.log(10)))
elementwise(np.sin, x=lambda y, x: np.cos(x))
elementwise(math.sin, x=lambda y, x: call(math.cos, x))
elementwise([np.tan, math.tan], x=lambda y, x: 1 + y * y)
elementwise([np.arcsin, math.asin], x=lambda y, x: 1 / _sqrt((1 - x) * (1 + x)))
elementwise([np.arctan, math.atan], x=lambda y, x: 1 / (1 + x * x))
elementwise(np.sinh, x=lambda y, x: np.cosh(x))
elementwise(np.cosh, x=lambda y, x: np.sinh(x))
elementwise(math.sinh, x=lambda y, x: call(math.cosh, x))
elementwise(math.cosh, x=lambda y, x: call(math.sinh, x))
elementwise([np.tanh, math.tanh], x=lambda y, x: 1 - y * y)
elementwise([np.arcsinh, math.asinh], x=lambda y, x: 1 / _root_of_stretch(x))
elementwise([np.arccosh, math.acosh], x=lambda y, x: 1 / (_sqrt(x - 1) * _sqrt(x + 1)))
elementwise([np.arctanh, math.atanh], x=lambda y, x: 1 / ((1 - x) * (1 + x)))
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
elementwise(np.logaddexp, a=lambda y, a, b: np.exp(a - y), b=lambda y, a, b: np.exp(b - y))
elementwise(np.logaddexp2, a=lambda y, a, b: np.exp2(a - y), b=lambda y, a, b: np.exp2(b - y))
elementwise(
    [np.copysign, math.copysign],
    a=lambda y, a, b: (
        sign(a) * call(math.copysign if is_python_number(b) else np.copysign, 1.0, b)
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
elementwise(math.erf, x=lambda y, x: 2 / math.sqrt(math.pi) * call(math.exp, -(x * x)))
elementwise(math.erfc, x=lambda y, x: -2 / math.sqrt(math.pi) * call(math.exp, -(x * x)))


def _slope_of_sinc(y: Any, x: Any) -> Any:
    """Near 0 the first terms of its series: the difference loses digits, and it has no slope."""
    near = call(abs, x) < 0.01
    t = math.pi * x
    s = t * t
    series = -math.pi * t / 3 * (1 - s / 10 * (1 - s / 28))
    return select(near, series, (np.cos(t) - y) / select(near, 1, x))


elementwise(np.sinc, x=_slope_of_sinc)


@linear(np.real_if_close)
def real_if_close(y_bar: Any, x: Any, tol: Any = 100) -> Any:
    if is_complex(x):
        raise UnsupportedError("whether real_if_close gives real numbers is decided by the values",
                               instead="take the real part with .real")  # fmt: skip
    return y_bar


def _nan_to_num_tangent(tangents: Any, y: Any, x: Any, *args: Any, **options: Any) -> Any:
    return select(np.isfinite(x), tangents[0], 0.0)


@linear(np.nan_to_num, jvp=_nan_to_num_tangent)
def nan_to_num(
    y_bar: Any, x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    """The replaced elements are constants."""
    return select(np.isfinite(x), y_bar, 0.0)


@multilinear([np.ldexp, math.ldexp])
def ldexp(y_bar: Any, x: Any, exponent: Any) -> Any:
    return call(math.ldexp if is_python_number(x) else np.ldexp, y_bar, exponent), None


def _modf_tangent(tangents: Any, y: Any, x: Any) -> Any:
    return tangents[0], call(ops.zero, x)


@linear([np.modf, math.modf], jvp=_modf_tangent)
def modf(y_bar: Any, x: Any) -> Any:
    """The fractional part has slope 1, the integral part is constant."""
    return y_bar[0]


@rule([np.frexp, math.frexp])
def frexp(y_bar: Any, y: Any, x: Any) -> Any:
    """x = mantissa * 2**exponent, with an exponent that is constant almost everywhere."""
    mantissa, exponent = y[0], y[1]
    return call(math.ldexp if is_python_number(mantissa) else np.ldexp, y_bar[0], -exponent)


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
    steps = call(np.asarray, p) - call(np.asarray, q)
    p_bar = y_bar / select(equal(y, 0), 1, y) * steps
    return by_items(p_bar, p), by_items(-p_bar, q)


@linear(math.fsum)
def fsum(y_bar: Any, items: Any) -> Any:
    if isinstance(items, Value) and isinstance(items.type, Struct):
        return [y_bar] * len(items)
    return by_items(np.broadcast_to(y_bar, (call(len, items),)), items)


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
    return -y_bar / _sqrt((1 - x) * (1 + x))


#: The Bernoulli numbers B_2, B_4, ..., over the factorials of their indices.
_BERNOULLI = (1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000)


def polygamma(n: int, x: float) -> float:
    """The derivative number n + 1 of the logarithm of the gamma function.

    The recurrence up to x >= 12 + n, then the asymptotic series (Abramowitz and Stegun 6.4.6 and
    6.4.11; 6.3.5 and 6.3.18 for n = 0, where reflection 6.3.7 serves negative x).
    """
    if n == 0 and x < -12.0:
        return polygamma(0, 1.0 - x) - math.pi / math.tan(math.pi * x)
    sign_ = -1.0 if n % 2 else 1.0
    result = 0.0
    while x < 12.0 + n:
        result -= sign_ * math.factorial(n) / x ** (n + 1)
        x += 1.0
    series = math.factorial(n) / (2.0 * x ** (n + 1))
    for k, ratio in enumerate(_BERNOULLI, start=1):
        series += ratio * math.factorial(2 * k + n - 1) / x ** (2 * k + n)
    leading = -math.log(x) if n == 0 else math.factorial(n - 1) / x**n
    return result - sign_ * (leading + series)


register_inference(polygamma, lambda args, kwargs: FLOAT)
elementwise(polygamma, n=None, x=lambda y, n, x: call(polygamma, n + 1, x))
elementwise(math.lgamma, x=lambda y, x: call(polygamma, 0, x))
elementwise(math.gamma, x=lambda y, x: y * call(polygamma, 0, x))


def _bessel_slope(y: Any, n: int, x: Any) -> Any:
    """Abramowitz and Stegun 9.6.26; the functions of order n and -n are the same."""
    if n == 0:
        return call(bessel_i, 1, x)
    return 0.5 * (call(bessel_i, n - 1, x) + call(bessel_i, n + 1, x))


elementwise(bessel_i, n=None, x=_bessel_slope)
elementwise(np.i0, x=lambda y, x: call(bessel_i, 1, x))
register_inference(bessel_i, lambda args, kwargs: infer(np.i0, args[1:], kwargs))

nondifferentiable(
    math.floor, math.ceil, math.trunc, math.isnan, math.isinf, math.isfinite, math.isclose,
    math.factorial, math.comb, math.gcd, math.isqrt, math.lcm, math.perm, math.ulp,
)  # fmt: skip
