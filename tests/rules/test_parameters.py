"""Derivatives of special functions in their parameters, against mpmath with 40 digits."""

import mpmath
import numpy as np
import pytest
from scipy import special, stats

from adjoint import UnsupportedError, check_grads, grad, vjp

mp = mpmath.mp
BESSEL = {"jv": mp.besselj, "yv": mp.bessely, "iv": mp.besseli, "kv": mp.besselk}


def close(got, want, digits=1e-10):
    assert abs(got - want) <= digits * abs(want), (got, float(want))


@pytest.mark.parametrize("a", [0.01, 0.5, 1.7, 20.0, 33.0, 1000.0])
def test_gammainc(a):
    slope = grad(lambda a, x: special.gammainc(a, x))
    with mp.workdps(40):
        for ratio in (0.9, 1.0, 1.1) if a > 100.0 else (0.5, 0.9, 1.0, 1.1, 2.0):
            x = a * ratio
            exact = mp.diff(lambda p, x=x: mp.gammainc(p, 0, x, regularized=True), a)
            close(slope(a, x), exact)


@pytest.mark.parametrize("a", [0.1, 1.0, 20.0])
@pytest.mark.parametrize("b", [0.5, 3.5, 30.0])
def test_betainc(a, b):
    slopes = grad(lambda a, b, x: special.betainc(a, b, x), (0, 1))
    with mp.workdps(60):
        for x in (0.01, 0.3, 0.8):
            by_a, by_b = slopes(a, b, x)
            close(by_a, mp.diff(lambda p, x=x: mp.betainc(p, b, 0, x, regularized=True), a))
            close(by_b, mp.diff(lambda q, x=x: mp.betainc(a, q, 0, x, regularized=True), b))


@pytest.mark.parametrize("name", BESSEL)
def test_orders(name):
    function = getattr(special, name)
    slope = grad(lambda v, x: function(v, x))
    with mp.workdps(40):
        for v in (0.001, 0.3, 2.5, 20.0):
            for x in (0.1, 2.0, 11.0, 40.0):
                close(slope(v, x), mp.diff(lambda n, x=x: BESSEL[name](n, x), v))


def test_hypergeometric():
    slopes = grad(lambda a, b, c, z: special.hyp2f1(a, b, c, z), (0, 1, 2))
    a, b, c, z = 0.7, 1.3, 2.9, 0.45
    by_a, by_b, by_c = slopes(a, b, c, z)
    with mp.workdps(40):
        close(by_a, mp.diff(lambda p: mp.hyp2f1(p, b, c, z), a))
        close(by_b, mp.diff(lambda p: mp.hyp2f1(a, p, c, z), b))
        close(by_c, mp.diff(lambda p: mp.hyp2f1(a, b, p, z), c))


X, A, B = np.array([0.3, 1.2, 2.7]), np.array([0.7, 1.9, 3.2]), np.array([0.5, 2.2, 1.1])
U, K = np.array([0.2, 0.5, 0.9]), np.array([-1, 0, 2, 5])
CASES = {
    "gammaincinv": (lambda a, p: special.gammaincinv(a, p), (A, U)),
    "gammainccinv": (lambda a, p: special.gammainccinv(a, p), (A, U)),
    "betaincinv": (lambda a, b, p: special.betaincinv(a, b, p), (A, B, U)),
    "hyp1f1": (lambda a, b, z: special.hyp1f1(a, b, z), (A, B + 1.0, X)),
    "ive": (lambda v, x: special.ive(v, x), (A, X)),
    "kve": (lambda v, x: special.kve(v, x), (A, X)),
    "t": (lambda df, x: stats.t.logsf(x, df, 0.2, 1.3) + stats.t.cdf(x, df), (A + 1.0, X)),
    "gamma": (lambda a, x: stats.gamma.logsf(x, a, scale=2.0) + stats.gamma.cdf(x, a), (A, X)),
    "beta": (lambda a, b, x: stats.beta.logcdf(x, a, b) + stats.beta.sf(x, a, b), (A, B, U)),
    "chi2": (lambda df, x: stats.chi2.sf(x, df) + stats.chi2.logcdf(x, df), (A, X)),
    "poisson": (lambda m: stats.poisson.cdf(K, m) + stats.poisson.sf(K + 1, m), (1.7,)),
    "binom": (lambda p: stats.binom.cdf(K, 5, p) + stats.binom.sf(K, 5, p) ** 2, (0.3,)),
    "nbinom": (lambda n, p: stats.nbinom.cdf(K, n, p), (2.5, 0.3)),
    "frozen": (lambda a, x: stats.gamma(a, scale=1.5).logsf(x), (A, X)),
}


@pytest.mark.parametrize("name", CASES)
def test_values_and_differences(name):
    f, args = CASES[name]
    np.testing.assert_allclose(vjp(f, *args)[0], f(*args), rtol=1e-12, atol=1e-14)
    check_grads(f, args, modes=("forward", "reverse"), rtol=1e-6, atol=1e-8)


def test_mixed_second_derivatives():
    by_a = grad(lambda a, x: special.gammainc(a, x))
    mixed = grad(lambda x: by_a(2.0, x))(1.3)
    other = grad(lambda a: grad(lambda x: special.gammainc(a, x))(1.3))(2.0)
    assert np.isclose(mixed, other, rtol=1e-12)
    with pytest.raises(UnsupportedError, match="second derivative"):
        grad(lambda a: by_a(a, 1.3))(2.0)
