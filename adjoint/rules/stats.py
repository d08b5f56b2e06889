"""Densities and distribution functions of scipy.stats, as Python functions to differentiate.

Each stands for the method of the same name of SciPy's distribution and gives its values; results
are in double precision, as SciPy's are. Derivatives follow from those of the functions in here.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import linalg, special, stats

from adjoint.rules.registry import defined_as

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


def norm_pdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    return np.exp(norm_logpdf(x, loc, scale))


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


def multivariate_normal_pdf(x: Any, mean: Any = None, cov: Any = 1.0) -> Any:
    return np.exp(multivariate_normal_logpdf(x, mean, cov))


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


def beta_logpdf(x: Any, a: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    z = _standard(x, loc, scale)
    inside = special.xlog1py(b - 1.0, -z) + special.xlogy(a - 1.0, z) - special.betaln(a, b)
    return _scaled(np.where((z >= 0.0) & (z <= 1.0), inside, -np.inf), scale)


def beta_cdf(x: Any, a: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    return special.betainc(a, b, np.clip(_standard(x, loc, scale), 0.0, 1.0))


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


# Densities, where the distribution gives the logarithm


def expon_pdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    return np.exp(expon_logpdf(x, loc, scale))


def gamma_pdf(x: Any, a: Any, loc: Any = None, scale: Any = None) -> Any:
    return np.exp(gamma_logpdf(x, a, loc, scale))


def beta_pdf(x: Any, a: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    return np.exp(beta_logpdf(x, a, b, loc, scale))


def uniform_pdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    return np.exp(uniform_logpdf(x, loc, scale))


def laplace_pdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    return np.exp(laplace_logpdf(x, loc, scale))


def logistic_pdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    return np.exp(logistic_logpdf(x, loc, scale))


def t_pdf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    return np.exp(t_logpdf(x, df, loc, scale))


def cauchy_pdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    return np.exp(cauchy_logpdf(x, loc, scale))


def lognorm_pdf(x: Any, s: Any, loc: Any = None, scale: Any = None) -> Any:
    return np.exp(lognorm_logpdf(x, s, loc, scale))


def poisson_pmf(k: Any, mu: Any, loc: Any = None) -> Any:
    return np.exp(poisson_logpmf(k, mu, loc))


def binom_pmf(k: Any, n: Any, p: Any, loc: Any = None) -> Any:
    return np.exp(binom_logpmf(k, n, p, loc))


def bernoulli_pmf(k: Any, p: Any, loc: Any = None) -> Any:
    return np.exp(bernoulli_logpmf(k, p, loc))


_DISTRIBUTIONS = (
    "norm", "expon", "gamma", "beta", "uniform", "laplace", "logistic", "t", "cauchy", "lognorm",
    "poisson", "binom", "bernoulli", "multivariate_normal",
)  # fmt: skip
_METHODS = ("logpdf", "pdf", "logpmf", "pmf", "cdf", "logcdf", "sf", "logsf", "ppf")

for _distribution in _DISTRIBUTIONS:
    for _method in _METHODS:
        _definition = globals().get(f"{_distribution}_{_method}")
        if _definition is not None:
            defined_as(getattr(getattr(stats, _distribution), _method), _definition)
