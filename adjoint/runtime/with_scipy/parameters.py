"""Derivatives of special functions with respect to their parameters.

Incomplete gamma and beta functions: the derivative of the integral of a density is the integral
of its derivative (DLMF 8.2.1 and 8.17.1), and its sign changes once. Of the two integrals, below
and above the argument, the one over a single sign is taken, so that nothing cancels. Double
exponential quadrature (Takahasi and Mori 1974) computes it, of 181 points.

Functions of Bessel and of Gauss are entire in their orders: central differences of order 12
(Fornberg 1988) with a step for which their error is below that of rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

_S = np.linspace(-4.2, 4.2, 181)
_NODES = np.exp(math.pi / 2 * np.sinh(_S))
_WEIGHTS = _NODES * (math.pi / 2) * np.cosh(_S) * (_S[1] - _S[0])


def _integral(integrand: Callable[[Any], Any], scale: Any) -> Any:
    """The integral from 0 to infinity of what decays with that scale or slower."""
    u = scale[..., None] * _NODES
    with np.errstate(all="ignore"):
        values = np.nan_to_num(integrand(u), nan=0.0, posinf=0.0, neginf=0.0)
    return scale * np.sum(values * _WEIGHTS, axis=-1)


def _log_gamma_density(a: Any, x: Any) -> Any:
    """log(x^a exp(-x) / Gamma(a)), without the difference of large terms near x = a."""
    mu = (x - a) / a
    near = (a > 30.0) & (np.abs(mu) < 0.7)
    big, m = np.where(near, a, 30.0), np.where(near, mu, 0.0)
    bend = -big * m * m / 2 * special.hyp2f1(1.0, 2.0, 3.0, -m)
    b = 1.0 / big
    stirling = b / 12 - b**3 / 360 + b**5 / 1260 - b**7 / 1680
    close = bend + np.log(big / (2 * math.pi)) / 2 - stirling
    return np.where(near, close, special.xlogy(a, x) - x - special.gammaln(a))


def gammainc_by_a(a: Any, x: Any) -> Any:
    """The derivative of `special.gammainc(a, x)` with respect to a."""
    a, x = np.broadcast_arrays(np.asarray(a, float), np.asarray(x, float))
    inside = (a > 0) & (x > 0) & np.isfinite(x)
    p, z = np.where(inside, a, 1.0), np.where(inside, x, 1.0)
    psi, front = special.digamma(p), np.exp(_log_gamma_density(p, z))
    q, y = p[..., None], z[..., None]
    lower = _integral(
        lambda u: np.exp(-q * u - y * np.expm1(-u)) * (np.log(y) - u - psi[..., None]),
        1.0 / (np.maximum(p - z, 0.0) + np.sqrt(p) + p * 0.1),
    )
    upper = _integral(
        lambda w: (
            np.exp((q - 1) * np.log1p(w) - y * w) * (np.log(y) + np.log1p(w) - psi[..., None])
        ),
        np.where(z < 1.0, 1.0 / z, 1.0 / (np.maximum(z - p + 1.0, 0.0) + np.sqrt(z))),
    )
    value = front * np.where(np.log(z) < psi, lower, -upper)
    result = np.where(inside, value, np.where((a > 0) & ((x == 0) | (x == np.inf)), 0.0, np.nan))
    return result[()]


def betainc_by_a(a: Any, b: Any, x: Any) -> Any:
    """The derivative of `special.betainc(a, b, x)` with respect to a."""
    x = np.asarray(x, float)
    return _beta_by_first(a, b, x, 1.0 - x)


def betainc_by_b(a: Any, b: Any, x: Any) -> Any:
    """The derivative of `special.betainc(a, b, x)` with respect to b."""
    x = np.asarray(x, float)
    return -_beta_by_first(b, a, 1.0 - x, x)


def _beta_by_first(a: Any, b: Any, x: Any, rest: Any) -> Any:
    """The derivative with respect to the first parameter, at x with 1 - x = rest."""
    a, b, x, rest = np.broadcast_arrays(*(np.asarray(v, float) for v in (a, b, x, rest)))
    inside = (a > 0) & (b > 0) & (x > 0) & (rest > 0)
    p, q = np.where(inside, a, 1.0), np.where(inside, b, 1.0)
    z, r = np.where(inside, x, 0.5), np.where(inside, rest, 0.5)
    log_z, log_r = np.where(z < 0.5, np.log(z), np.log1p(-r)), np.where(
        r < 0.5, np.log(r), np.log1p(-z)
    )
    mean = special.digamma(p) - special.digamma(p + q)
    front = np.exp(p * log_z + q * log_r - special.betaln(p, q))
    A, B, M = p[..., None], q[..., None], mean[..., None]
    Z, R, LZ = z[..., None], r[..., None], log_z[..., None]
    lower = _integral(  # t = x exp(-u), and 1 - t = rest (1 + x (1 - exp(-u)) / rest)
        lambda u: np.exp(-A * u + (B - 1) * np.log1p(-Z * np.expm1(-u) / R)) / R * (LZ - u - M),
        1.0 / np.where(q < 1, p, np.maximum(p - (q - 1) * z / r, 0.0) + np.sqrt(p / r) + p / 10),
    )
    upper = _integral(  # 1 - t = rest exp(-u)
        lambda u: (
            np.exp(-B * u + (A - 1) * np.log1p(-R * np.expm1(-u) / Z))
            / Z
            * (LZ + np.log1p(-R * np.expm1(-u) / Z) - M)
        ),
        1.0 / np.where(p < 1, q, np.maximum(q - (p - 1) * r / z, 0.0) + np.sqrt(q / z) + q / 10),
    )
    value = front * np.where(log_z < mean, lower, -upper)
    ends = (a > 0) & (b > 0) & ((x == 0) | (rest == 0))
    return np.where(inside, value, np.where(ends, 0.0, np.nan))[()]


# Orders

_STEPS = np.arange(1, 7)
#: The weights of f(v + k h) - f(v - k h) in the derivative of order 12.
_CENTRAL = np.array([6 / 7, -15 / 56, 5 / 63, -1 / 56, 1 / 385, -1 / 5544])


def _difference(f: Callable[[Any], Any], v: Any, h: Any) -> Any:
    total = 0.0
    for k, w in zip(_STEPS, _CENTRAL, strict=True):
        total = total + w * (f(v + k * h) - f(v - k * h))
    return total / h


def bessel_by_order(name: str, v: Any, x: Any) -> Any:
    """The derivative of a Bessel function of `special` with respect to its order."""
    v, x = np.broadcast_arrays(np.asarray(v, float), np.asarray(x, float))
    if name in ("ive", "kve"):
        sign = -np.abs(x) if name == "ive" else x
        with np.errstate(all="ignore"):
            return np.exp(sign) * bessel_by_order(name[:2], v, x)
    by_differences = _by_differences(getattr(special, name), v, x)
    if name not in ("iv", "kv"):
        return by_differences[()]
    mu = np.abs(v)
    flat = (mu < 0.1 * x) & (x > 0)
    m, z = np.where(flat, mu, 0.0), np.where(flat, x, 1.0)
    by_integral = _of_i(m, z) if name == "iv" else _of_k(m, z)
    if name == "kv":
        return (np.where(flat, by_integral, np.sign(v) * by_differences) * np.sign(v))[()]
    turned = by_integral + 2 * np.cos(math.pi * m) * special.kv(m, z)
    turned = -(turned + 2 / math.pi * np.sin(math.pi * m) * _of_k(m, z))
    return np.where(flat, np.where(v < 0, turned, by_integral), by_differences)[()]


_ANGLES, _ANGLE_WEIGHTS = np.polynomial.legendre.leggauss(240)
_ANGLES, _ANGLE_WEIGHTS = (_ANGLES + 1) * (math.pi / 2), _ANGLE_WEIGHTS * (math.pi / 2)


def _of_i(v: Any, x: Any) -> Any:
    """The derivative of I_v(x) for 0 <= v < x / 10, where I_v hardly changes (DLMF 10.32.4)."""
    V, X = v[..., None], x[..., None]
    peak = np.sum(
        _ANGLES * np.sin(V * _ANGLES) * np.exp(X * (np.cos(_ANGLES) - 1)) * _ANGLE_WEIGHTS, axis=-1
    )
    tail = _decaying(lambda t: np.exp(-X * (np.cosh(t) - 1) - V * t), x)
    later = _decaying(lambda t: t * np.exp(-X * (np.cosh(t) - 1) - V * t), x)
    small = np.cos(math.pi * v) * tail - np.sin(math.pi * v) / math.pi * later
    return -np.exp(x) * peak / math.pi - np.exp(-x) * small


def _of_k(v: Any, x: Any) -> Any:
    """The derivative of K_v(x) for 0 <= v < x / 10 (DLMF 10.32.9)."""
    V, X = v[..., None], x[..., None]
    return np.exp(-x) * _decaying(
        lambda t: t * np.sinh(V * t) * np.exp(-X * (np.cosh(t) - 1)), x
    )


def _decaying(integrand: Callable[[Any], Any], x: Any) -> Any:
    """The integral from 0 to infinity of what decays as exp(-x cosh(t)) does."""
    end = np.arccosh(1.0 + 45.0 / x) / math.pi
    return end * np.sum(integrand(end[..., None] * _ANGLES) * _ANGLE_WEIGHTS, axis=-1)


def _by_differences(function: Any, v: Any, x: Any) -> Any:
    steepness = 1.0 + np.abs(np.log((np.abs(x) + 1e-300) / 2 / (np.abs(v) + 1.0)))
    return np.asarray(_difference(lambda order: function(order, x), v, 0.12 / steepness))


def hypergeometric_by(name: str, position: int, *args: Any) -> Any:
    """The derivative of `hyp2f1` or `hyp1f1` with respect to one of its parameters.

    It is nan where two steps disagree: the function is not computed accurately there.
    """
    function = getattr(special, name)
    args = tuple(np.asarray(x, float) for x in args)

    def f(value: Any) -> Any:
        return function(*args[:position], value, *args[position + 1 :])

    v = args[position]
    first, second = _difference(f, v, np.asarray(0.05)), _difference(f, v, np.asarray(0.03))
    size = np.abs(f(v)) + np.abs(f(v + 0.05)) + np.abs(second)
    return np.where(np.abs(first - second) <= 1e-9 * size, second, np.nan)[()]


def jv_by_order(v: Any, x: Any) -> Any:
    return bessel_by_order("jv", v, x)


def yv_by_order(v: Any, x: Any) -> Any:
    return bessel_by_order("yv", v, x)


def iv_by_order(v: Any, x: Any) -> Any:
    return bessel_by_order("iv", v, x)


def kv_by_order(v: Any, x: Any) -> Any:
    return bessel_by_order("kv", v, x)


def ive_by_order(v: Any, x: Any) -> Any:
    return bessel_by_order("ive", v, x)


def kve_by_order(v: Any, x: Any) -> Any:
    return bessel_by_order("kve", v, x)


def hyp2f1_by_a(a: Any, b: Any, c: Any, z: Any) -> Any:
    return hypergeometric_by("hyp2f1", 0, a, b, c, z)


def hyp2f1_by_c(a: Any, b: Any, c: Any, z: Any) -> Any:
    return hypergeometric_by("hyp2f1", 2, a, b, c, z)


def hyp1f1_by_a(a: Any, b: Any, x: Any) -> Any:
    return hypergeometric_by("hyp1f1", 0, a, b, x)


def hyp1f1_by_b(a: Any, b: Any, x: Any) -> Any:
    return hypergeometric_by("hyp1f1", 1, a, b, x)
