"""The distributions of scipy.stats: values of SciPy, and gradients of those values."""

import numpy as np
import pytest
from scipy import stats

from adjoint import UnsupportedError, check_grads, grad, vjp

CONTINUOUS = {
    "norm": ((), ("logpdf", "pdf", "cdf", "logcdf", "sf", "logsf")),
    "expon": ((), ("logpdf", "pdf", "cdf", "sf")),
    "gamma": ((2.5,), ("logpdf", "pdf", "cdf", "sf")),
    "beta": ((2.0, 1.5), ("logpdf", "pdf", "cdf")),
    "uniform": ((), ("logpdf", "pdf", "cdf")),
    "laplace": ((), ("logpdf", "pdf", "cdf")),
    "logistic": ((), ("logpdf", "pdf", "cdf", "logcdf")),
    "t": ((3.5,), ("logpdf", "pdf", "cdf")),
    "cauchy": ((), ("logpdf", "pdf", "cdf")),
    "lognorm": ((0.7,), ("logpdf", "pdf", "cdf")),
    "chi2": ((3.5,), ("logpdf", "pdf", "cdf")),
    "halfnorm": ((), ("logpdf", "pdf")),
    "invgamma": ((2.5,), ("logpdf", "pdf")),
    "weibull_min": ((1.7,), ("logpdf", "pdf")),
    "pareto": ((1.7,), ("logpdf", "pdf")),
    "gumbel_r": ((), ("logpdf", "pdf")),
}
SUPPORT = {"pareto": 1.5}  # where the samples of a distribution start, if not at 0
CASES = [(name, method) for name, (_, methods) in CONTINUOUS.items() for method in methods]


@pytest.mark.parametrize(("name", "method"), CASES)
def test_continuous(name, method):
    distribution = getattr(stats, name)
    shape = CONTINUOUS[name][0]
    x = np.array([0.45, 0.61, 0.83]) + SUPPORT.get(name, 0.0)

    def placed(x, loc, scale):
        return getattr(distribution, method)(x, *shape, loc, scale=scale)

    def standard(x):
        return getattr(distribution, method)(x, *shape)

    for args in ((x, 0.2, 0.9), (float(x[0]), 0.2, 0.9), (x[:, None], 0.2, np.array([0.9, 1.1]))):
        np.testing.assert_allclose(vjp(placed, *args)[0], placed(*args), rtol=1e-12)
        check_grads(placed, args, order=2, rtol=1e-5, atol=1e-7)
    outside = np.array([-0.7, 0.5, 3.7])
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(vjp(standard, outside)[0], standard(outside), rtol=1e-12)
        assert not np.any(np.isnan(grad(lambda x: np.sum(standard(x)))(outside)))
    check_grads(standard, (x,))


def test_parameters():
    x = np.array([0.4, 0.6, 0.8])
    check_grads(lambda a: stats.gamma.logpdf(x, a, scale=2.0), (2.5,))
    check_grads(lambda a, b: stats.beta.logpdf(x, a, b), (2.0, 1.5))
    check_grads(lambda df: stats.t.logpdf(x, df), (3.5,))
    check_grads(lambda s: stats.lognorm.logpdf(x, s), (0.7,))
    check_grads(lambda s: stats.lognorm.cdf(x, s), (0.7,))
    check_grads(lambda df: stats.chi2.logpdf(x, df), (3.5,))
    check_grads(lambda a: stats.invgamma.logpdf(x, a, scale=0.5), (2.5,))
    check_grads(lambda c: stats.weibull_min.logpdf(x, c), (1.7,))
    check_grads(lambda b: stats.pareto.logpdf(x + 1.0, b), (1.7,))
    check_grads(lambda alpha: stats.dirichlet.logpdf(np.array([0.2, 0.3, 0.5]), alpha), (x,))
    check_grads(lambda q, loc, scale: stats.norm.ppf(q, loc, scale), (x, 0.3, 2.0))
    check_grads(lambda a: stats.gamma.cdf(0.5, a), (2.0,))


@pytest.mark.parametrize("method", ["logpmf", "pmf"])
def test_discrete(method):
    k = np.array([-1, 0, 1, 2, 7])
    poisson, binom = getattr(stats.poisson, method), getattr(stats.binom, method)
    bernoulli = getattr(stats.bernoulli, method)
    for f, args in (
        (lambda mu: poisson(k, mu), (1.7,)),
        (lambda mu: poisson(k, mu, loc=1), (np.array([1.7, 0.3, 2.0, 1.0, 4.0]),)),
        (lambda p: binom(k, 5, p), (0.3,)),
        (lambda p: bernoulli(k, p), (0.3,)),
        (lambda n, p: getattr(stats.nbinom, method)(k, n, p), (2.5, 0.3)),
        (lambda p: getattr(stats.geom, method)(k, p), (0.3,)),
    ):
        np.testing.assert_allclose(vjp(f, *args)[0], f(*args), rtol=1e-12)

        def finite(*args, f=f):
            y = f(*args)
            return np.where(np.isfinite(y), y, 0.0)

        check_grads(finite, args)


def test_multivariate_normal():
    A = np.array([[1.0, 0.0, 0.0], [0.3, 1.2, 0.0], [-0.2, 0.1, 0.8]])
    mean = np.array([0.1, -0.4, 0.2])
    for x in (np.array([0.3, 0.1, -0.5]), np.arange(6.0).reshape(2, 3) / 3.0):

        def f(x, mean, A):
            return stats.multivariate_normal.logpdf(x, mean, A @ A.T)

        np.testing.assert_allclose(vjp(f, x, mean, A)[0], f(x, mean, A), rtol=1e-12)
        check_grads(f, (x, mean, A), order=2, rtol=1e-5, atol=1e-7)
    variances = np.array([0.5, 2.0])
    check_grads(
        lambda x, mean: stats.multivariate_normal.pdf(x, mean, cov=variances),
        (np.ones(2), np.zeros(2)),
    )


def test_double_precision_as_scipy():
    x = np.array([0.4, 0.6], np.float32)
    value, pullback = vjp(lambda x: stats.norm.logpdf(x, scale=2.0), x)
    assert value.dtype == stats.norm.logpdf(x, scale=2.0).dtype == np.float64
    assert pullback(np.ones(2))[0].dtype == np.float32


def test_text():
    source = grad(lambda x: np.sum(stats.norm.logpdf(x))).source_for(np.ones(3))
    assert "return -x" in source


def test_refused():
    with pytest.raises(UnsupportedError, match="no known derivative"):
        grad(lambda x: stats.crystalball(1.0, 2.0).logpdf(x))(0.5)
    with pytest.raises(UnsupportedError, match="allow_singular"):
        grad(lambda x: stats.multivariate_normal.logpdf(x, allow_singular=True))(np.ones(2))


def test_frozen():
    """A distribution that was made with its parameters gives what its methods give with them."""
    x = np.array([0.4, 0.6, 0.8])

    def f(m, s):
        prior, other = stats.norm(m, scale=s), stats.gamma(s)
        return np.sum(prior.logpdf(x) + other.pdf(x)) + prior.cdf(0.3) + stats.poisson(s).pmf(2)

    np.testing.assert_allclose(vjp(f, 0.3, 1.2)[0], f(0.3, 1.2), rtol=1e-12)
    check_grads(f, (0.3, 1.2), order=2)
    covariance = np.array([[1.0, 0.2], [0.2, 0.8]])
    check_grads(lambda m: stats.multivariate_normal(m, covariance).logpdf(x[:2]), (x[1:],))
    with pytest.raises(UnsupportedError):
        grad(lambda m: stats.norm(m).entropy())(0.3)


@pytest.mark.parametrize(("name", "method"), CASES)
def test_frozen_outside_of_the_program(name, method):
    """So does one that was made before: its parameters are read at each call."""
    shapes, x = CONTINUOUS[name][0], SUPPORT.get(name, 0.0) + np.array([0.2, 0.45, 0.7])
    made = getattr(stats, name)(*shapes, scale=1.3)
    given = getattr(getattr(stats, name), method)

    def outside(x):
        return np.sum(getattr(made, method)(x) * x)

    def inside(x):
        return np.sum(given(x, *shapes, scale=1.3) * x)

    np.testing.assert_allclose(grad(outside)(x), grad(inside)(x), rtol=1e-12)
    made.kwds["scale"] = 0.9
    check_grads(outside, (x,))


def test_frozen_of_vectors_outside_of_the_program():
    covariance, x = np.array([[1.0, 0.2], [0.2, 0.8]]), np.array([0.3, 0.7])
    normal, dirichlet = stats.multivariate_normal([0.1, 0.2], covariance), stats.dirichlet([2, 3])
    singular = stats.multivariate_normal([0.1, 0.2], covariance, allow_singular=True)
    check_grads(lambda x: normal.logpdf(x) + normal.pdf(x), (x,))
    check_grads(lambda x: dirichlet.logpdf(x / np.sum(x)), (x,))
    with pytest.raises(UnsupportedError):
        grad(lambda x: singular.logpdf(x))(x)


def test_a_distribution_of_the_user_is_refused():
    class Halved(type(stats.norm)):
        def _pdf(self, x):
            return np.exp(-x * x) / 2.0

    made = Halved(name="halved")(scale=2.0)
    with pytest.raises(UnsupportedError):
        grad(lambda x: made.logpdf(x))(0.3)
