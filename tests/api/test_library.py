"""Derivatives of functions of libraries themselves, without a function around them."""

import functools
import math

import numpy as np
import pytest
from scipy import special, stats

from adjoint import (
    DisconnectedWarning,
    SourceUnavailableError,
    check_grads,
    derivative,
    elementwise_grad,
    grad,
    jacobian,
    jvp,
    value_and_grad,
)

X = np.array([0.3, 1.2, -0.5])


def test_functions_of_numpy():
    assert grad(np.sin)(1.0) == math.cos(1.0)
    np.testing.assert_allclose(grad(np.linalg.norm)(X), X / np.linalg.norm(X))
    assert grad(np.multiply, argnums=(0, 1))(2.0, 3.0) == (3.0, 2.0)
    np.testing.assert_array_equal(jacobian(np.cumsum)(X), np.tri(3))
    np.testing.assert_allclose(elementwise_grad(np.tanh)(X), 1 - np.tanh(X) ** 2)
    np.testing.assert_allclose(grad(np.std)(X, ddof=1), (X - X.mean()) / (2 * np.std(X, ddof=1)))
    with pytest.warns(DisconnectedWarning, match=r"np\.floor"):
        assert np.all(grad(lambda x: np.sum(np.floor(x)))(X) == 0.0)
    check_grads(np.linalg.inv, (np.array([[2.0, 0.3], [0.1, 1.5]]),), order=2)


def test_builtins_and_math():
    assert grad(math.sin)(1.0) == math.cos(1.0)
    assert grad(abs)(-2.0) == -1.0
    assert grad(sum)([1.0, 2.0]) == [1.0, 1.0]
    assert grad(max, argnums=(0, 1))(1.0, 2.0) == (0.0, 1.0)


def test_functions_of_scipy():
    np.testing.assert_allclose(grad(special.gammaln)(2.5), special.digamma(2.5))
    assert grad(stats.norm.logpdf)(0.5) == -0.5


def test_modes_and_orders():
    np.testing.assert_allclose(derivative(np.sin, 4)(0.3), math.sin(0.3))
    assert jvp(np.exp, (0.0,), (2.0,)) == (1.0, 2.0)
    assert grad(lambda x: grad(np.sin)(x) * x)(1.0) == math.cos(1.0) - math.sin(1.0)
    assert "np.cos(x)" in grad(np.sin).source_for(1.0)
    value, gradient = value_and_grad(functools.partial(np.power, 2.0))(3.0)
    assert value == 8.0
    np.testing.assert_allclose(gradient, 8.0 * math.log(2.0))


def test_a_cached_function_is_the_function():
    @functools.lru_cache
    def square(x):
        return x * x

    assert grad(square)(3.0) == 6.0


def test_without_rule_or_source():
    with pytest.raises(SourceUnavailableError, match="not a Python function"):
        grad(np.datetime64)(1.0)
