"""Functions of scipy.special: error, gamma, logarithms and exponentials, entropies, statistics.

Formulas are those of the Digital Library of Mathematical Functions (DLMF), chapters 5, 6, 7 and 8.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Value
from adjoint.ir.infer import register_inference
from adjoint.ir.types import UNKNOWN, Array, dims_of, proven_equal
from adjoint.rules.kinds import refused
from adjoint.rules.registry import elementwise, nondifferentiable, rule
from adjoint.rules.staged import call, equal, keep, parts_of, rank_of, select, sign
from adjoint.runtime.with_scipy.parameters import betainc_by_a, betainc_by_b, gammainc_by_a

_parameter = refused("the derivative with respect to the parameter of this function is not known")
_TWO_OVER_SQRT_PI = 2 / math.sqrt(math.pi)
_SQRT_TWO_PI = math.sqrt(2 * math.pi)


def _zeta(s: Any, q: Any) -> Any:
    return call(special.zeta, s, q)


# Error functions and their inverses (DLMF 7.10)

elementwise(special.erf, x=lambda y, x: _TWO_OVER_SQRT_PI * np.exp(-x * x))
elementwise(special.erfc, x=lambda y, x: -_TWO_OVER_SQRT_PI * np.exp(-x * x))
elementwise(special.erfi, x=lambda y, x: _TWO_OVER_SQRT_PI * np.exp(x * x))


def _slope_of_erfcx(y: Any, x: Any) -> Any:
    """The difference cancels for large x; Tricomi's function does not (DLMF 7.11.5, 13.3.22)."""
    far = np.maximum(x * x, 64.0)
    tail = -x / math.sqrt(math.pi) * special.hyperu(1.5, 1.5, far)
    return select(x > 8.0, tail, 2 * x * y - _TWO_OVER_SQRT_PI)


elementwise(special.erfcx, x=_slope_of_erfcx)
elementwise(special.erfinv, x=lambda y, x: np.exp(y * y) / _TWO_OVER_SQRT_PI)
elementwise(special.erfcinv, x=lambda y, x: -np.exp(y * y) / _TWO_OVER_SQRT_PI)
#: This is 1 - 2 * x * y, which cancels for large x (DLMF 7.5.1, 13.6.5).
elementwise(special.dawsn, x=lambda y, x: special.hyp1f1(1.0, 0.5, -x * x))


@rule(special.fresnel)
def fresnel(y_bar: Any, y: Any, x: Any) -> Any:
    phase = math.pi / 2 * x * x
    return y_bar[0] * np.sin(phase) + y_bar[1] * np.cos(phase)


# Gamma functions. The derivative of digamma is zeta(2, x), and so on (DLMF 25.11.12).

elementwise(special.gamma, x=lambda y, x: y * special.digamma(x))
elementwise([special.gammaln, special.loggamma], x=lambda y, x: special.digamma(x))
elementwise(special.rgamma, x=lambda y, x: -y * special.digamma(x))
elementwise(special.digamma, x=lambda y, x: _zeta(2, x))
elementwise(special.polygamma, n=_parameter, x=lambda y, n, x: call(special.polygamma, n + 1, x))
elementwise(special.zeta, s=_parameter, q=lambda y, s, q: -s * _zeta(s + 1, q))
elementwise(
    special.beta,
    a=lambda y, a, b: y * (special.digamma(a) - special.digamma(a + b)),
    b=lambda y, a, b: y * (special.digamma(b) - special.digamma(a + b)),
)
elementwise(
    special.betaln,
    a=lambda y, a, b: special.digamma(a) - special.digamma(a + b),
    b=lambda y, a, b: special.digamma(b) - special.digamma(a + b),
)
elementwise(
    special.binom,
    n=lambda y, n, k: y * (special.digamma(n + 1) - special.digamma(n - k + 1)),
    k=lambda y, n, k: y * (special.digamma(n - k + 1) - special.digamma(k + 1)),
)
elementwise(
    special.poch,
    z=lambda y, z, m: y * (special.digamma(z + m) - special.digamma(z)),
    m=lambda y, z, m: y * special.digamma(z + m),
)


def _multigammaln_type(args: Any, kwargs: Any) -> Any:
    dims = dims_of(args[0].type)
    return UNKNOWN if dims is None else Array(np.dtype(float), dims, scalar=not dims)


register_inference(special.multigammaln, _multigammaln_type)


@rule(special.multigammaln)
def multigammaln(y_bar: Any, y: Any, a: Any, d: Any) -> Any:
    if isinstance(d, Value):
        raise UnsupportedError("the dimension of multigammaln must be known when compiling")
    slope = special.digamma(a)
    for k in range(1, d):
        slope = slope + special.digamma(a - k / 2)
    return y_bar * slope


# Incomplete gamma and beta functions (DLMF 8.8.13, 8.17.1); parameters by quadrature


_twice = refused("the second derivative with respect to a parameter of this function is not known")


def _gammainc_by_both(y: Any, a: Any, x: Any) -> Any:
    return (np.log(x) - special.digamma(a)) * _gamma_density(a, x)


def _slope_of_betaln(a: Any, b: Any) -> Any:
    return special.digamma(a) - special.digamma(a + b)


def _weak(x: Any) -> Any:
    """A constant that rules have computed, as a number that leaves single precision alone."""
    return float(x) if isinstance(x, np.generic) else x


def _gamma_density(a: Any, x: Any) -> Any:
    return np.exp(special.xlogy(a - 1.0, x) - x - _weak(special.gammaln(a)))


def _beta_density(a: Any, b: Any, x: Any) -> Any:
    logarithm = special.xlogy(a - 1.0, x) + special.xlog1py(b - 1.0, -x)
    return np.exp(logarithm - _weak(special.betaln(a, b)))


elementwise(gammainc_by_a, a=_twice, x=_gammainc_by_both)
elementwise(special.gammainc, a=lambda y, a, x: call(gammainc_by_a, a, x), x=lambda y, a, x: _gamma_density(a, x))
elementwise(special.gammaincc, a=lambda y, a, x: -call(gammainc_by_a, a, x), x=lambda y, a, x: -_gamma_density(a, x))
#: Of the inverses, by the derivative of an implicit function.
for inverse, side in ((special.gammaincinv, 1), (special.gammainccinv, -1)):
    elementwise(
        inverse,
        a=lambda x, a, y: -call(gammainc_by_a, a, x) / _gamma_density(a, x),
        y=lambda x, a, y, side=side: side / _gamma_density(a, x),
    )
elementwise(
    betainc_by_a,
    a=_twice,
    b=_twice,
    x=lambda y, a, b, x: (np.log(x) - _slope_of_betaln(a, b)) * _beta_density(a, b, x),
)
elementwise(
    betainc_by_b,
    a=_twice,
    b=_twice,
    x=lambda y, a, b, x: (np.log1p(-x) - _slope_of_betaln(b, a)) * _beta_density(a, b, x),
)
for function, side in ((special.betainc, 1), (special.betaincc, -1)):
    elementwise(
        function,
        a=lambda y, a, b, x, side=side: side * call(betainc_by_a, a, b, x),
        b=lambda y, a, b, x, side=side: side * call(betainc_by_b, a, b, x),
        x=lambda y, a, b, x, side=side: side * _beta_density(a, b, x),
    )
for inverse, side in ((special.betaincinv, 1), (special.betainccinv, -1)):
    elementwise(
        inverse,
        a=lambda x, a, b, y: -call(betainc_by_a, a, b, x) / _beta_density(a, b, x),
        b=lambda x, a, b, y: -call(betainc_by_b, a, b, x) / _beta_density(a, b, x),
        y=lambda x, a, b, y, side=side: side / _beta_density(a, b, x),
    )


# Sigmoids and sums of exponentials

elementwise(special.expit, x=lambda y, x: y * (1 - y))
elementwise(special.logit, x=lambda y, x: 1 / (x * (1 - x)))
elementwise(special.log_expit, x=lambda y, x: special.expit(-x))
if hasattr(special, "softplus"):  # SciPy 1.15 and newer
    elementwise(special.softplus, x=lambda y, x: special.expit(x))


def _spread(g: Any, like: Any) -> Any:
    """A cotangent, repeated along the axes along which `like` was not."""
    if isinstance(g, Value) and isinstance(like, Value):
        have, want = dims_of(g.type) or (), dims_of(like.type) or ()
        pairs = zip(reversed(have), reversed(want), strict=False)
        if len(have) >= len(want) and all(w == 1 or proven_equal(h, w) for h, w in pairs):
            return g
    return np.ones_like(like) * g


@rule(special.logsumexp)
def logsumexp(
    y_bar: Any, y: Any, a: Any, axis: Any = None, b: Any = None, keepdims: bool = False
) -> Any:
    """The softmax, weighted by b; the slope with respect to a weight is without it."""
    like = a if b is None or rank_of(a) >= rank_of(b) else b
    share = keep(y_bar, like, axis, keepdims) * np.exp(a - keep(y, like, axis, keepdims))
    return share if b is None else (b * share, None, _spread(share, b))


@rule(special.softmax)
def softmax(y_bar: Any, y: Any, x: Any, axis: Any = None) -> Any:
    return y * (y_bar - np.sum(y * y_bar, axis=axis, keepdims=True))


@rule(special.log_softmax)
def log_softmax(y_bar: Any, y: Any, x: Any, axis: Any = None) -> Any:
    return y_bar - np.exp(y) * np.sum(y_bar, axis=axis, keepdims=True)


# Products with logarithms. Where the factor is zero the product is, whatever the logarithm.


def _or_one(x: Any, y: Any) -> Any:
    return select(equal(x, 0), 1, y)


elementwise(special.xlogy, x=lambda z, x, y: np.log(y), y=lambda z, x, y: x / _or_one(x, y))
elementwise(
    special.xlog1py, x=lambda z, x, y: np.log1p(y), y=lambda z, x, y: x / _or_one(x, 1 + y)
)
elementwise(special.entr, x=lambda y, x: -np.log(x) - 1)
elementwise(
    special.rel_entr, x=lambda z, x, y: np.log(x / y) + 1, y=lambda z, x, y: -x / _or_one(x, y)
)
elementwise(
    special.kl_div, x=lambda z, x, y: np.log(x / y), y=lambda z, x, y: 1 - x / _or_one(x, y)
)


# Losses and transformations

elementwise(
    special.huber,
    delta=lambda y, delta, r: np.maximum(np.abs(r) - delta, 0),
    r=lambda y, delta, r: np.clip(r, -delta, delta),
)


def _stretch(delta: Any, r: Any) -> Any:
    return np.sqrt(1 + (r / delta) ** 2)


def _slope_by_delta(y: Any, delta: Any, r: Any) -> Any:
    """2 y / delta - r^2 / (delta s) for s = _stretch(delta, r), without the difference."""
    s, quotient = _stretch(delta, r), r / delta
    return r * quotient**3 / (s * (1 + s) ** 2)


elementwise(
    special.pseudo_huber,
    delta=_slope_by_delta,
    r=lambda y, delta, r: r / _stretch(delta, r),
)


def _power_slope(logarithm: Any, power: Any) -> Any:
    """The derivative of (exp(power * logarithm) - 1) / power with respect to `power`.

    That of exprel, times the square of the logarithm: the quotient is not smooth in rounding.
    """
    return logarithm * logarithm / 2 * special.hyp1f1(2.0, 3.0, power * logarithm)


def _inverse_power_slope(logarithm: Any, x: Any, y: Any, power: Any) -> Any:
    """The same of the inverse, x = exp(logarithm) with logarithm = log(1 + power * y) / power."""
    return -x * _power_slope(logarithm, power) / (1 + power * y)


elementwise(
    special.boxcox,
    x=lambda y, x, power: x ** (power - 1),
    power=lambda y, x, power: _power_slope(np.log(x), power),
)
elementwise(
    special.boxcox1p,
    x=lambda y, x, power: (1 + x) ** (power - 1),
    power=lambda y, x, power: _power_slope(np.log1p(x), power),
)
elementwise(
    special.inv_boxcox,
    y=lambda x, y, power: x ** (1 - power),
    power=lambda x, y, power: _inverse_power_slope(np.log(x), x, y, power),
)
elementwise(
    special.inv_boxcox1p,
    y=lambda x, y, power: (1 + x) ** (1 - power),
    power=lambda x, y, power: _inverse_power_slope(np.log1p(x), 1 + x, y, power),
)


# Exponentials, roots, degrees

elementwise(special.exp2, x=lambda y, x: y * math.log(2))
elementwise(special.exp10, x=lambda y, x: y * math.log(10))
elementwise(special.expm1, x=lambda y, x: np.exp(x))
elementwise(special.log1p, x=lambda y, x: 1 / (1 + x))
elementwise(special.cosm1, x=lambda y, x: -np.sin(x))
elementwise(special.cbrt, x=lambda y, x: 1 / (3 * y * y))
elementwise(special.exprel, x=lambda y, x: special.hyp1f1(2, 3, x) / 2)
elementwise(special.sindg, x=lambda y, x: math.pi / 180 * special.cosdg(x))
elementwise(special.cosdg, x=lambda y, x: -math.pi / 180 * special.sindg(x))
elementwise(special.tandg, x=lambda y, x: math.pi / 180 * (1 + y * y))
elementwise(special.cotdg, x=lambda y, x: -math.pi / 180 * (1 + y * y))


# Exponential integrals (DLMF 6 and 8.19.13)

elementwise(special.expi, x=lambda y, x: np.exp(x) / x)
elementwise(special.exp1, x=lambda y, x: -np.exp(-x) / x)
elementwise(
    special.spence,
    z=lambda y, z: select(equal(z, 1), -1, np.log(z) / select(equal(z, 1), 1, 1 - z)),
)


def _expn_slope(y: Any, n: Any, x: Any) -> Any:
    """-E_{n-1}, by the recurrence 8.19.12 where n may be 0."""
    if isinstance(n, int) and n > 0:
        return -special.expn(n - 1, x)
    return ((n - 1) * y - np.exp(-x)) / x


elementwise(special.expn, n=_parameter, x=_expn_slope)


@rule(special.sici)
def sici(y_bar: Any, y: Any, x: Any) -> Any:
    sine_bar, cosine_bar = parts_of(y_bar)
    x_bar = None if sine_bar is None else sine_bar * np.sinc(x / math.pi)
    return x_bar if cosine_bar is None else _sum(x_bar, cosine_bar * np.cos(x) / x)


def _sum(a: Any, b: Any) -> Any:
    return b if a is None else a + b


@rule(special.shichi)
def shichi(y_bar: Any, y: Any, x: Any) -> Any:
    """The slope of the first integral at 0 is 1; the second one is infinite there."""
    sine_bar, cosine_bar = parts_of(y_bar)
    x_bar = None
    if sine_bar is not None:
        quotient = select(equal(x, 0), 1, np.sinh(x) / select(equal(x, 0), 1, x))
        x_bar = sine_bar * quotient
    return x_bar if cosine_bar is None else _sum(x_bar, cosine_bar * np.cosh(x) / x)


@rule(special.lambertw)
def lambertw(w_bar: Any, w: Any, z: Any, k: Any = 0) -> Any:
    """W exp(W) = z; for real arguments on the real part of the principal branch."""
    return w_bar * np.exp(-w) / (1 + w)


# The normal distribution and its relatives

elementwise(special.ndtr, x=lambda y, x: np.exp(-x * x / 2) / _SQRT_TWO_PI)
elementwise(  # the density over the distribution, without underflow
    special.log_ndtr,
    x=lambda y, x: math.sqrt(2 / math.pi) / special.erfcx(-math.sqrt(0.5) * x),
)
elementwise(special.ndtri, p=lambda x, p: _SQRT_TWO_PI * np.exp(x * x / 2))
elementwise(
    special.ndtri_exp,
    y=lambda x, y: math.sqrt(math.pi / 2) * special.erfcx(-math.sqrt(0.5) * x),
)
elementwise(
    special.owens_t,
    h=lambda y, h, a: (
        -special.erf(math.sqrt(0.5) * a * h) * np.exp(-h * h / 2) / (2 * _SQRT_TWO_PI)
    ),
    a=lambda y, h, a: np.exp(-h * h * (1 + a * a) / 2) / (2 * math.pi * (1 + a * a)),
)


def _student_density(df: Any, t: Any) -> Any:
    constant = special.betaln(df / 2, 0.5) + np.log(df) / 2
    return np.exp(-(df + 1) / 2 * np.log1p(t * t / df) - _weak(constant))


def _stdtr_by_df(y: Any, df: Any, t: Any) -> Any:
    """The tail is half of an incomplete beta function of df / (df + t^2) (DLMF 8.17)."""
    x, half = df / (df + t * t), df / 2
    by_parameter = call(betainc_by_a, half, 0.5, x) / 2
    by_argument = _beta_density(half, 0.5, x) * (t / (df + t * t)) ** 2
    return -sign(t) / 2 * (by_parameter + by_argument)


elementwise(special.stdtr, df=_stdtr_by_df, t=lambda y, df, t: _student_density(df, t))


# Counting: of integers, or of numbers in their place


@rule(special.factorial)
def factorial(y_bar: Any, y: Any, n: Any, exact: bool = False) -> Any:
    return y_bar * y * special.digamma(n + 1)


@rule(special.comb)
def comb(y_bar: Any, y: Any, n: Any, k: Any) -> Any:
    gap = special.digamma(n - k + 1)
    return (
        y_bar * y * (special.digamma(n + 1) - gap),
        y_bar * y * (gap - special.digamma(k + 1)),
    )


@rule(special.perm)
def perm(y_bar: Any, y: Any, n: Any, k: Any) -> Any:
    gap = special.digamma(n - k + 1)
    return y_bar * y * (special.digamma(n + 1) - gap), y_bar * y * gap


nondifferentiable(special.round, special.gammasgn)
