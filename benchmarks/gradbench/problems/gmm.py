"""The log posterior of a mixture of Gaussians, with a Wishart prior on their precisions."""

import math
from typing import Any

import numpy as np

from adjoint import grad


def log_sum_exp(x: np.ndarray) -> Any:
    """Along the last axis."""
    top = np.max(x, axis=-1, keepdims=True)
    return top[..., 0] + np.log(np.sum(np.exp(x - top), axis=-1))


def log_gamma(a: float, d: int) -> float:
    """The logarithm of the multivariate gamma function."""
    terms = sum(math.lgamma(a - 0.5 * j) for j in range(d))
    return 0.25 * d * (d - 1) * math.log(math.pi) + terms


def log_posterior(
    alpha: np.ndarray, mu: np.ndarray, q: np.ndarray, strict: np.ndarray, x: np.ndarray,
    m: int, gamma: float,
) -> Any:  # fmt: skip
    n, d = x.shape
    k = len(alpha)
    columns, rows = np.triu_indices(d, 1)  # `strict` holds the triangle by columns
    lower = np.zeros((k, d, d))
    lower[:, rows, columns] = strict
    diagonal = np.exp(q)
    centred = x[:, None, :] - mu
    whitened = diagonal * centred + np.einsum("kij,nkj->nki", lower, centred)
    terms = alpha + np.sum(q, axis=1) - 0.5 * np.sum(whitened * whitened, axis=2)
    likelihood = np.sum(log_sum_exp(terms)) - n * log_sum_exp(alpha)
    freedom = d + m + 1
    constant = freedom * d * math.log(gamma / math.sqrt(2.0)) - log_gamma(0.5 * freedom, d)
    squares = np.sum(diagonal * diagonal) + np.sum(strict * strict)
    prior = k * constant - 0.5 * gamma * gamma * squares + m * np.sum(q)
    return likelihood - 0.5 * n * d * math.log(2.0 * math.pi) + prior


FUNCTIONS = {"objective": log_posterior, "jacobian": grad(log_posterior, (0, 1, 2, 3))}
VARIABLES = ("alpha", "mu", "q", "l")


def read(given: dict[str, Any]) -> tuple[Any, ...]:
    arrays = [np.array(given[name], dtype=float) for name in (*VARIABLES, "x")]
    return *arrays, int(given["m"]), float(given["gamma"])


def write(function: str, result: Any) -> Any:
    if function == "objective":
        return float(result)
    return {name: bar.tolist() for name, bar in zip(VARIABLES, result, strict=True)}


def example(rng: np.random.Generator, d: int = 3, k: int = 4, n: int = 10) -> dict[str, Any]:
    arrays = {
        "alpha": rng.normal(size=k),
        "mu": rng.uniform(size=(k, d)),
        "q": rng.normal(size=(k, d)),
        "l": rng.normal(size=(k, d * (d - 1) // 2)),
        "x": rng.normal(size=(n, d)),
    }
    lists = {name: array.tolist() for name, array in arrays.items()}
    return {**lists, "d": d, "k": k, "n": n, "m": 1, "gamma": 0.9}
