"""A rule that is declared, or corrected, after a first gradient is seen by the next one."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint

X = np.array([1.0, 2.0])


def energy(x):
    return float(np.sum(x) ** 2)


def total(x):
    return energy(x) * 2.0


def unrelated(x):
    return np.sum(x * x)


def size(x):
    return np.sum(x) * 0.0 + 3.0


def with_size(x):
    return np.sum(x) * size(x)


def test_corrected_rule() -> None:
    gradient, other = adjoint.grad(total), adjoint.grad(unrelated)

    @adjoint.rule(energy)
    def wrong(y_bar, y, x):
        return y_bar * np.ones(x.shape)

    np.testing.assert_allclose(gradient(X), 2.0)
    np.testing.assert_allclose(other(X), 2.0 * X)

    @adjoint.rule(energy)
    def right(y_bar, y, x):
        return y_bar * 2.0 * np.sum(x) * np.ones(x.shape)

    np.testing.assert_allclose(gradient(X), 12.0)
    np.testing.assert_allclose(adjoint.grad(total)(X), 12.0)
    np.testing.assert_allclose(other(X), 2.0 * X)


def test_function_that_was_inlined_gets_a_rule() -> None:
    gradient = adjoint.grad(with_size)
    np.testing.assert_allclose(gradient(X), 3.0)
    adjoint.nondifferentiable(size)
    np.testing.assert_allclose(gradient(X), 3.0)

    @adjoint.rule(size)
    def made_up(y_bar, y, x):
        return y_bar * np.ones(x.shape)

    np.testing.assert_allclose(gradient(X), 3.0 + np.sum(X))


@pytest.mark.parametrize("target", [energy])
def test_programs_that_read_another_rule_are_kept(target) -> None:
    other = adjoint.grad(unrelated)
    other(X)
    source = other.source
    adjoint.nondifferentiable(target)
    other(X)
    assert other.source == source
