"""Densities and distribution functions of scipy.stats, as Python functions to differentiate.

Each stands for the method of the same name of SciPy's distribution and gives its values; results
are in double precision, as SciPy's are. Derivatives follow from those of the functions in here.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import linalg, special, stats

from adjoint.rules.registry import defined_as, methods_defined_as

_LOG_SQRT_TWO_PI = math.log(2.0 * math.pi) / 2.0


def _standard(x: Any, loc: Any, scale: Any) -> Any:
    """(x - loc) / scale in double precision; None stands for the defaults 0 and 1."""
    if loc is not None:
        x = x - loc
    if scale is not None:
        x = x / scale
    if not isinstance(x, (int, float)) and x.dtype.name in ("float32", "float16"):
        return x.astype(np.float64)
    return x


def _scaled(logarithm: Any, scale: Any) -> Any:
    """The logarithm of a density, in the units of x."""
    return logarithm if scale is None else logarithm - np.log(scale)


# The normal distribution


def norm_logpdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    z = _standard(x, loc, scale)
    return _scaled(-(z**2) / 2.0 - _LOG_SQRT_TWO_PI, scale)


def norm_cdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    return special.ndtr(_standard(x, loc, scale))


def norm_logcdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    return special.log_ndtr(_standard(x, loc, scale))


def norm_sf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    return special.ndtr(-_standard(x, loc, scale))


def norm_logsf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    return special.log_ndtr(-_standard(x, loc, scale))


def norm_ppf(q: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    return special.ndtri(q) * scale + loc


def multivariate_normal_logpdf(x: Any, mean: Any = None, cov: Any = 1.0) -> Any:
    """By the Cholesky factor of the covariance, which has to be definite."""
    if mean is not None:
        x = x - mean
    if np.ndim(cov) == 2:
        factor = linalg.cholesky(cov, lower=True)
        z = linalg.solve_triangular(factor, x.T, lower=True)
        logarithm = np.sum(np.log(np.diag(factor)))
    else:
        deviations = np.sqrt(cov) * np.ones(x.shape[-1])
        z = (x / deviations).T
        logarithm = np.sum(np.log(deviations))
    return -np.sum(z * z, axis=0) / 2.0 - logarithm - x.shape[-1] * _LOG_SQRT_TWO_PI


# Other continuous distributions


def expon_logpdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    z = _standard(x, loc, scale)
    return _scaled(np.where(z >= 0.0, -z, -np.inf), scale)


def expon_cdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    return -np.expm1(-np.maximum(_standard(x, loc, scale), 0.0))


def expon_sf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    return np.exp(-np.maximum(_standard(x, loc, scale), 0.0))


def gamma_logpdf(x: Any, a: Any, loc: Any = None, scale: Any = None) -> Any:
    z = _standard(x, loc, scale)
    inside = special.xlogy(a - 1.0, z) - z - special.gammaln(a)
    return _scaled(np.where(z >= 0.0, inside, -np.inf), scale)


def gamma_cdf(x: Any, a: Any, loc: Any = None, scale: Any = None) -> Any:
    return special.gammainc(a, np.maximum(_standard(x, loc, scale), 0.0))


def gamma_sf(x: Any, a: Any, loc: Any = None, scale: Any = None) -> Any:
    return special.gammaincc(a, np.maximum(_standard(x, loc, scale), 0.0))


def gamma_logcdf(x: Any, a: Any, loc: Any = None, scale: Any = None) -> Any:
    return np.log(gamma_cdf(x, a, loc, scale))


def gamma_logsf(x: Any, a: Any, loc: Any = None, scale: Any = None) -> Any:
    return np.log(gamma_sf(x, a, loc, scale))


def beta_logpdf(x: Any, a: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    z = _standard(x, loc, scale)
    inside = special.xlog1py(b - 1.0, -z) + special.xlogy(a - 1.0, z) - special.betaln(a, b)
    return _scaled(np.where((z >= 0.0) & (z <= 1.0), inside, -np.inf), scale)


def beta_cdf(x: Any, a: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    return special.betainc(a, b, np.clip(_standard(x, loc, scale), 0.0, 1.0))


def beta_sf(x: Any, a: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    return special.betaincc(a, b, np.clip(_standard(x, loc, scale), 0.0, 1.0))


def beta_logcdf(x: Any, a: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    return np.log(beta_cdf(x, a, b, loc, scale))


def beta_logsf(x: Any, a: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    return np.log(beta_sf(x, a, b, loc, scale))


def uniform_logpdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    z = _standard(x, loc, scale)
    return _scaled(np.where((z >= 0.0) & (z <= 1.0), 0.0, -np.inf), scale)


def uniform_cdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    return np.clip(_standard(x, loc, scale), 0.0, 1.0)


def laplace_logpdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    return _scaled(-np.abs(_standard(x, loc, scale)) - math.log(2.0), scale)


def laplace_cdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    z = _standard(x, loc, scale)
    tail = np.exp(-np.abs(z)) / 2.0
    return np.where(z > 0.0, 1.0 - tail, tail)


def logistic_logpdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    y = -np.abs(_standard(x, loc, scale))
    return _scaled(y - 2.0 * np.log1p(np.exp(y)), scale)


def logistic_cdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    return special.expit(_standard(x, loc, scale))


def logistic_logcdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    return special.log_expit(_standard(x, loc, scale))


def t_logpdf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    z = _standard(x, loc, scale)
    constant = special.gammaln((df + 1.0) / 2.0) - special.gammaln(df / 2.0)
    constant = constant - np.log(df * math.pi) / 2.0
    return _scaled(constant - (df + 1.0) / 2.0 * np.log1p(z * z / df), scale)


def t_cdf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    return special.stdtr(df, _standard(x, loc, scale))


def t_sf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    return special.stdtr(df, -_standard(x, loc, scale))


def t_logcdf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    return np.log(t_cdf(x, df, loc, scale))


def t_logsf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    return np.log(t_sf(x, df, loc, scale))


def cauchy_logpdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    z = _standard(x, loc, scale)
    return _scaled(-math.log(math.pi) - np.log1p(z * z), scale)


def cauchy_cdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    return np.arctan2(1.0, -_standard(x, loc, scale)) / math.pi


def lognorm_logpdf(x: Any, s: Any, loc: Any = None, scale: Any = None) -> Any:
    z = _standard(x, loc, scale)
    logarithm = np.log(np.where(z > 0.0, z, 1.0))
    inside = -((logarithm / s) ** 2) / 2.0 - logarithm - np.log(s) - _LOG_SQRT_TWO_PI
    return _scaled(np.where(z > 0.0, inside, -np.inf), scale)


def lognorm_cdf(x: Any, s: Any, loc: Any = None, scale: Any = None) -> Any:
    z = _standard(x, loc, scale)
    return np.where(z > 0.0, special.ndtr(np.log(np.where(z > 0.0, z, 1.0)) / s), 0.0)


def chi2_logpdf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    return gamma_logpdf(x, df / 2.0, loc, 2.0 if scale is None else 2.0 * scale)


def chi2_cdf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    return gamma_cdf(x, df / 2.0, loc, 2.0 if scale is None else 2.0 * scale)


def chi2_sf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    return gamma_sf(x, df / 2.0, loc, 2.0 if scale is None else 2.0 * scale)


def chi2_logcdf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    return np.log(chi2_cdf(x, df, loc, scale))


def chi2_logsf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    return np.log(chi2_sf(x, df, loc, scale))


def halfnorm_logpdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    z = _standard(x, loc, scale)
    inside = -(z**2) / 2.0 - _LOG_SQRT_TWO_PI + math.log(2.0)
    return _scaled(np.where(z >= 0.0, inside, -np.inf), scale)


def invgamma_logpdf(x: Any, a: Any, loc: Any = None, scale: Any = None) -> Any:
    z = _standard(x, loc, scale)
    inverse = 1.0 / np.where(z > 0.0, z, 1.0)
    inside = (a + 1.0) * np.log(inverse) - special.gammaln(a) - inverse
    return _scaled(np.where(z > 0.0, inside, -np.inf), scale)


def weibull_min_logpdf(x: Any, c: Any, loc: Any = None, scale: Any = None) -> Any:
    z = _standard(x, loc, scale)
    positive = np.where(z > 0.0, z, 1.0)
    inside = np.log(c) + special.xlogy(c - 1.0, positive) - positive**c
    return _scaled(np.where(z > 0.0, inside, -np.inf), scale)


def pareto_logpdf(x: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    z = _standard(x, loc, scale)
    inside = np.log(b) - (b + 1.0) * np.log(np.where(z >= 1.0, z, 1.0))
    return _scaled(np.where(z >= 1.0, inside, -np.inf), scale)


def gumbel_r_logpdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    z = _standard(x, loc, scale)
    return _scaled(-z - np.exp(-z), scale)


def dirichlet_logpdf(x: Any, alpha: Any) -> Any:
    constant = special.gammaln(np.sum(alpha)) - np.sum(special.gammaln(alpha))
    return constant + np.sum(special.xlogy(alpha - 1.0, x))


# Discrete distributions


def _counts(k: Any, loc: Any) -> Any:
    return k if loc is None else k - loc


def poisson_logpmf(k: Any, mu: Any, loc: Any = None) -> Any:
    k = _counts(k, loc)
    inside = special.xlogy(k, mu) - special.gammaln(k + 1.0) - mu
    return np.where((k >= 0) & (k == np.floor(k)), inside, -np.inf)


def binom_logpmf(k: Any, n: Any, p: Any, loc: Any = None) -> Any:
    k = _counts(k, loc)
    rest = n - k
    ways = special.gammaln(n + 1.0) - special.gammaln(k + 1.0) - special.gammaln(rest + 1.0)
    inside = ways + special.xlogy(k, p) + special.xlog1py(rest, -p)
    return np.where((k >= 0) & (rest >= 0) & (k == np.floor(k)), inside, -np.inf)


def bernoulli_logpmf(k: Any, p: Any, loc: Any = None) -> Any:
    k = _counts(k, loc)
    inside = special.xlogy(k, p) + special.xlog1py(1 - k, -p)
    return np.where((k == 0) | (k == 1), inside, -np.inf)


def nbinom_logpmf(k: Any, n: Any, p: Any, loc: Any = None) -> Any:
    k = _counts(k, loc)
    ways = special.gammaln(n + k) - special.gammaln(k + 1.0) - special.gammaln(n)
    inside = ways + n * np.log(p) + special.xlog1py(k, -p)
    return np.where((k >= 0) & (k == np.floor(k)), inside, -np.inf)


def geom_logpmf(k: Any, p: Any, loc: Any = None) -> Any:
    k = _counts(k, loc)
    inside = special.xlog1py(k - 1, -p) + np.log(p)
    return np.where((k >= 1) & (k == np.floor(k)), inside, -np.inf)


def _whole(k: Any, loc: Any) -> Any:
    """How many counts are at most k."""
    return np.floor(_counts(k, loc))


def poisson_cdf(k: Any, mu: Any, loc: Any = None) -> Any:
    n = _whole(k, loc)
    return np.where(n >= 0.0, special.gammaincc(np.maximum(n, 0.0) + 1.0, mu), 0.0)


def poisson_sf(k: Any, mu: Any, loc: Any = None) -> Any:
    n = _whole(k, loc)
    return np.where(n >= 0.0, special.gammainc(np.maximum(n, 0.0) + 1.0, mu), 1.0)


def poisson_logcdf(k: Any, mu: Any, loc: Any = None) -> Any:
    return np.log(poisson_cdf(k, mu, loc))


def poisson_logsf(k: Any, mu: Any, loc: Any = None) -> Any:
    return np.log(poisson_sf(k, mu, loc))


def binom_cdf(k: Any, n: Any, p: Any, loc: Any = None) -> Any:
    """The tail of a binomial distribution is an incomplete beta function (DLMF 8.17.5)."""
    k = _whole(k, loc)
    inside = np.clip(k, 0.0, n - 1.0)
    tail = special.betaincc(inside + 1.0, n - inside, p)
    return np.where(k < 0.0, 0.0, np.where(k >= n, 1.0, tail))


def binom_sf(k: Any, n: Any, p: Any, loc: Any = None) -> Any:
    k = _whole(k, loc)
    inside = np.clip(k, 0.0, n - 1.0)
    tail = special.betainc(inside + 1.0, n - inside, p)
    return np.where(k < 0.0, 1.0, np.where(k >= n, 0.0, tail))


def binom_logcdf(k: Any, n: Any, p: Any, loc: Any = None) -> Any:
    return np.log(binom_cdf(k, n, p, loc))


def binom_logsf(k: Any, n: Any, p: Any, loc: Any = None) -> Any:
    return np.log(binom_sf(k, n, p, loc))


def nbinom_cdf(k: Any, n: Any, p: Any, loc: Any = None) -> Any:
    k = _whole(k, loc)
    return np.where(k >= 0.0, special.betainc(n, np.maximum(k, 0.0) + 1.0, p), 0.0)


def nbinom_sf(k: Any, n: Any, p: Any, loc: Any = None) -> Any:
    k = _whole(k, loc)
    return np.where(k >= 0.0, special.betaincc(n, np.maximum(k, 0.0) + 1.0, p), 1.0)


# The table


def _density(logarithm: Callable[..., Any]) -> Callable[..., Any]:
    def density(*args: Any, **kwargs: Any) -> Any:
        return np.exp(logarithm(*args, **kwargs))

    return density


def _frozen(distribution: Any) -> Callable[..., Frozen]:
    def freeze(*args: Any, **kwargs: Any) -> Frozen:
        return Frozen(distribution, args, kwargs)

    return freeze


class Frozen:
    """A distribution with its parameters, as `norm(loc, scale)` makes it."""

    def __init__(self, distribution: Any, args: Any, kwargs: Any):
        self.distribution, self.args, self.kwargs = distribution, args, kwargs

    def logpdf(self, x: Any) -> Any:
        return self.distribution.logpdf(x, *self.args, **self.kwargs)

    def pdf(self, x: Any) -> Any:
        return self.distribution.pdf(x, *self.args, **self.kwargs)

    def logpmf(self, k: Any) -> Any:
        return self.distribution.logpmf(k, *self.args, **self.kwargs)

    def pmf(self, k: Any) -> Any:
        return self.distribution.pmf(k, *self.args, **self.kwargs)

    def cdf(self, x: Any) -> Any:
        return self.distribution.cdf(x, *self.args, **self.kwargs)

    def logcdf(self, x: Any) -> Any:
        return self.distribution.logcdf(x, *self.args, **self.kwargs)

    def sf(self, x: Any) -> Any:
        return self.distribution.sf(x, *self.args, **self.kwargs)

    def logsf(self, x: Any) -> Any:
        return self.distribution.logsf(x, *self.args, **self.kwargs)

    def ppf(self, q: Any) -> Any:
        return self.distribution.ppf(q, *self.args, **self.kwargs)


_DISTRIBUTIONS = (
    "norm", "expon", "gamma", "beta", "uniform", "laplace", "logistic", "t", "cauchy", "lognorm",
    "chi2", "halfnorm", "invgamma", "weibull_min", "pareto", "gumbel_r", "poisson", "binom",
    "bernoulli", "nbinom", "geom", "multivariate_normal", "dirichlet",
)  # fmt: skip
_METHODS = ("logpdf", "pdf", "logpmf", "pmf", "cdf", "logcdf", "sf", "logsf", "ppf")

for _name in _DISTRIBUTIONS:
    _distribution = getattr(stats, _name)
    defined_as(_distribution, _frozen(_distribution))
    for _method in _METHODS:
        _definition = globals().get(f"{_name}_{_method}")
        if _definition is None and f"{_name}_log{_method}" in globals() and _method[0] == "p":
            _definition = _density(globals()[f"{_name}_log{_method}"])
        if _definition is not None:
            defined_as(getattr(_distribution, _method), _definition)


# Frozen distributions that are made outside of the program


_PUBLIC = {type(getattr(stats, name)): getattr(stats, name) for name in _DISTRIBUTIONS}


def _of_frozen(method: str) -> Callable[[Any], Callable[..., Any] | None]:
    def definition(frozen: Any) -> Callable[..., Any] | None:
        public = _PUBLIC.get(type(frozen.dist))
        return None if public is None else _with_arguments(getattr(public, method))

    return definition


@functools.cache
def _with_arguments(function: Any) -> Callable[..., Any]:
    return lambda frozen, x: function(x, *frozen.args, **frozen.kwds)


def _of_normal(function: Any) -> Callable[[Any], Callable[..., Any] | None]:
    def call(frozen: Any, x: Any) -> Any:
        return function(x, frozen.mean, frozen.cov)

    return lambda frozen: None if frozen.allow_singular else call


def _of_dirichlet(function: Any) -> Callable[[Any], Callable[..., Any] | None]:
    def call(frozen: Any, x: Any) -> Any:
        return function(x, frozen.alpha)

    return lambda frozen: call


for _made in (stats.norm(), stats.poisson(1.0)):
    for _method in _METHODS:
        if hasattr(type(_made), _method):
            methods_defined_as(getattr(type(_made), _method), _of_frozen(_method))
for _method in ("logpdf", "pdf"):
    _normal, _dirichlet = stats.multivariate_normal, stats.dirichlet
    _own = getattr(type(_normal()), _method), getattr(type(_dirichlet([1.0, 1.0])), _method)
    methods_defined_as(_own[0], _of_normal(getattr(_normal, _method)))
    methods_defined_as(_own[1], _of_dirichlet(getattr(_dirichlet, _method)))
