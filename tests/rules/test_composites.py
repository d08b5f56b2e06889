"""Functions that programs write in several operations, and that are differentiated as a whole.

Each is written in the ways in which programs write it: over one axis, several or all of them, with
and without `keepdims`. The oracle is the chain rule through the parts, which is what remains if no
composite is found; and, where the parts overflow, the limit in closed form.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import check_grads, grad, jvp
from adjoint.transforms.forward_mode import pushforward
from adjoint.transforms.reverse_mode import pullback

rng = np.random.default_rng(7)
X = rng.normal(size=(3, 4))
W = rng.normal(size=(3, 4))
T = rng.normal(size=(2, 3, 4))
V = rng.normal(size=5)
U = rng.normal(size=5)

Function = Callable[..., Any]


def softmax_kept(x: Any, w: Any) -> Any:
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return np.sum(w * (e / e.sum(axis=-1, keepdims=True)))


def softmax_newaxis(x: Any, w: Any) -> Any:
    m = x.max(axis=1)
    e = np.exp(x - m[:, None])
    return np.sum(w * (e / e.sum(axis=1)[:, None]) ** 2)


def softmax_expanded(x: Any, w: Any) -> Any:
    e = np.exp(x - np.expand_dims(np.max(x, axis=1), 1))
    return np.sum(w * (e / np.expand_dims(np.sum(e, axis=1), 1)))


def softmax_of_columns(x: Any, w: Any) -> Any:
    e = np.exp(x - x.max(axis=0))
    return np.sum(w * (e / e.sum(axis=0)))


def softmax_of_all(x: Any, w: Any) -> Any:
    e = np.exp(x - np.max(x))
    return np.sum(w * (e / np.sum(e)))


def softmax_of_two_axes(x: Any, w: Any) -> Any:
    e = np.exp(x - x.max(axis=(1, 2), keepdims=True))
    return np.sum(w * (e / e.sum(axis=(1, 2), keepdims=True)))


def softmax_without_shift(x: Any, w: Any) -> Any:
    e = np.exp(x)
    return np.sum(w * (e / e.sum(axis=-1, keepdims=True)))


def softmax_shifted_by_all(x: Any, w: Any) -> Any:
    e = np.exp(x - x.max())
    return np.sum(w * (e / e.sum(axis=-1, keepdims=True)))


def softmax_with_parts_read(x: Any, w: Any) -> Any:
    m = x.max(axis=-1, keepdims=True)
    e = np.exp(x - m)
    p = e / e.sum(axis=-1, keepdims=True)
    return np.sum(w * p) + np.sum(m * m) + np.sum(np.sin(e))


def shifted_along_another_axis(x: Any, w: Any) -> Any:
    e = np.exp(x - x.max(axis=0))
    return np.sum(w * (e / e.sum(axis=1, keepdims=True)))


def logsumexp_kept(x: Any, w: Any) -> Any:
    m = x.max(axis=-1, keepdims=True)
    return np.sum((x - (m + np.log(np.exp(x - m).sum(axis=-1, keepdims=True)))) * w)


def logsumexp_newaxis(x: Any, w: Any) -> Any:
    m = x.max(axis=1)
    return np.sum((np.log(np.exp(x - m[:, None]).sum(axis=1)) + m) ** 2)


def logsumexp_of_columns(x: Any, w: Any) -> Any:
    m = x.max(axis=0)
    return np.sum(w[0] * (np.log(np.exp(x - m).sum(axis=0)) + m) ** 2)


def logsumexp_dropped(x: Any, w: Any) -> Any:
    m = np.max(x, axis=1, keepdims=True)
    return np.sum((m[:, 0] + np.log(np.sum(np.exp(x - m), axis=1))) ** 2)


def logsumexp_squeezed(x: Any, w: Any) -> Any:
    m = np.max(x, axis=1, keepdims=True)
    return np.sum((np.squeeze(m, axis=1) + np.log(np.sum(np.exp(x - m), axis=1))) ** 2)


def logsumexp_written_twice(x: Any, w: Any) -> Any:
    e = np.exp(x - np.max(x, axis=0))
    return np.sum(w[0] * (np.max(x, axis=0) + np.log(np.sum(e, axis=0))))


def logsumexp_of_all(x: Any, w: Any) -> Any:
    m = np.max(x)
    return (m + np.log(np.sum(np.exp(x - m)))) ** 2


def no_logsumexp(x: Any, w: Any) -> Any:
    m = np.max(x)
    return np.mean(x) + np.log(np.sum(np.exp(x - m)))


def log_softmax(x: Any, w: Any) -> Any:
    z = x - x.max(axis=-1, keepdims=True)
    return np.sum(w * (z - np.log(np.exp(z).sum(axis=-1, keepdims=True))) ** 2)


def log_softmax_newaxis(x: Any, w: Any) -> Any:
    z = x - x.max(axis=1)[:, None]
    return np.sum(w * (z - np.log(np.exp(z).sum(axis=1))[:, None]))


def cross_entropy(x: Any, w: Any) -> Any:
    z = x - x.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(3), np.array([0, 2, 3])])


def logsumexp_in_a_sum(x: Any, w: Any) -> Any:
    m = np.max(x, axis=0)
    return np.sum((w[1] + m + np.log(np.sum(np.exp(x - m), axis=0)) + np.sin(x[0])) ** 2)


def logsumexp_with_the_shift_first(x: Any, w: Any) -> Any:
    m = np.max(x)
    return (m + w[0] + np.log(np.sum(np.exp(x - m)))) * np.sum(m)


def cross_entropy_of_one(x: Any, w: Any) -> Any:
    z = x - np.max(x)
    return np.log(np.sum(np.exp(z))) - z[2] + (z[1] - np.log(np.sum(np.exp(z)))) ** 2


def cross_entropy_without_shift(x: Any, w: Any) -> Any:
    return w[0] * (x[len(w) - 2] - np.log(np.sum(np.exp(x))))


def cross_entropy_of_rows(x: Any, w: Any) -> Any:
    z = x - np.max(x, axis=1, keepdims=True)
    log_total = np.log(np.sum(np.exp(z), axis=1))
    picked = z[np.arange(len(z)), np.array([0, 2, -1])]
    return np.sum(w[:, 0] * (log_total - picked) + (picked - log_total) ** 2)


def cross_entropy_of_rows_in_another_order(x: Any, w: Any) -> Any:
    picked = x[np.array([2, 0, 1]), np.array([0, 2, 3])]
    return np.sum(w[:, 0] * (np.log(np.sum(np.exp(x), axis=1)) - picked) ** 2)


def cross_entropy_of_one_row_for_all(x: Any, w: Any) -> Any:
    picked = x[np.arange(1), np.array([2])]
    return np.sum(w[:, 0] * (picked - np.log(np.sum(np.exp(x), axis=1))) ** 2)


def rows_beside_the_sums_of_columns(x: Any, w: Any) -> Any:
    square = x @ x.T
    picked = square[np.arange(len(x)), np.array([0, 2, 1])]
    return np.sum(w[:, 0] * (picked - np.log(np.sum(np.exp(square), axis=0))))


def log_softmax_written_twice(x: Any, w: Any) -> Any:
    m = np.max(x, axis=1, keepdims=True)
    return np.sum(w * (x - m - np.log(np.sum(np.exp(x - m), axis=1, keepdims=True))))


def sigmoid_and_logs(x: Any, w: Any) -> Any:
    p = 1.0 / (1.0 + np.exp(-x))
    return -np.sum(w**2 * np.log(p) + (1.0 - w) * np.log(1.0 - p)) + np.sum(p)


def softplus(x: Any, w: Any) -> Any:
    return np.sum(w * np.log1p(np.exp(x)) - np.log(1 + np.exp(-x)) * np.log(np.exp(x) + 1.0))


def log_of_other_quotients(x: Any, w: Any) -> Any:
    return np.sum(w * np.log(2.0 / (3.0 + np.exp(x)))) + np.sum(np.log(1 - 1 / (2 + np.exp(x))))


def log_determinant(x: Any, w: Any) -> Any:
    S = x @ x.T + np.eye(3)
    return np.log(np.linalg.det(S)) + np.sum(np.linalg.inv(S))


CASES: list[tuple[Function, Any, Any]] = [
    (f, x, w)
    for f, arguments in [
        (softmax_kept, [(X, W), (V, U), (T, T[::-1])]),
        (softmax_newaxis, [(X, W)]),
        (softmax_expanded, [(X, W)]),
        (softmax_of_columns, [(X, W), (V, U), (T, T[::-1])]),
        (softmax_of_all, [(X, W), (V, U)]),
        (softmax_of_two_axes, [(T, T[::-1])]),
        (softmax_without_shift, [(X, W), (V, U)]),
        (softmax_shifted_by_all, [(X, W)]),
        (softmax_with_parts_read, [(X, W), (V, U)]),
        (shifted_along_another_axis, [(X, W)]),
        (logsumexp_kept, [(X, W), (V, U), (T, T[::-1])]),
        (logsumexp_newaxis, [(X, W)]),
        (logsumexp_of_columns, [(X, W), (T, T[::-1])]),
        (logsumexp_dropped, [(X, W)]),
        (logsumexp_squeezed, [(X, W)]),
        (logsumexp_written_twice, [(X, W)]),
        (logsumexp_of_all, [(X, W), (V, U)]),
        (no_logsumexp, [(X, W), (V, U)]),
        (logsumexp_in_a_sum, [(X, W)]),
        (logsumexp_with_the_shift_first, [(V, U)]),
        (cross_entropy_of_one, [(V, U)]),
        (cross_entropy_without_shift, [(V, U)]),
        (cross_entropy_of_rows, [(X, W)]),
        (cross_entropy_of_rows_in_another_order, [(X, W)]),
        (cross_entropy_of_one_row_for_all, [(X, W)]),
        (rows_beside_the_sums_of_columns, [(X, W)]),
        (log_softmax_written_twice, [(X, W)]),
        (log_softmax, [(X, W), (V, U), (T, T[::-1])]),
        (log_softmax_newaxis, [(X, W)]),
        (cross_entropy, [(X, W)]),
        (sigmoid_and_logs, [(X, W), (V, U), (0.3, 0.7)]),
        (softplus, [(X, W), (0.3, 0.7)]),
        (log_of_other_quotients, [(X, W)]),
        (log_determinant, [(X, W)]),
    ]
    for x, w in arguments
]

names = [f"{f.__name__}-{np.ndim(x)}" for f, x, _ in CASES]
whole = pytest.mark.parametrize(("f", "x", "w"), CASES, ids=names)


def in_parts(function: Function) -> Function:
    """The same program, compiled anew: nothing of the other one is found again."""

    def copy(x: Any, w: Any) -> Any:
        return function(x, w)

    copy.__name__ = f"{function.__name__}_in_parts"
    return copy


@whole
def test_all_derivatives(f: Function, x: Any, w: Any) -> None:
    check_grads(f, (x, w), order=2)


@whole
def test_the_chain_rule_through_the_parts(
    f: Function, x: Any, w: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = grad(f, argnums=(0, 1))(x, w)
    tangents = jvp(f, (x, w), (np.cos(x), np.sin(w)))[1]
    for module in (pullback, pushforward):
        monkeypatch.setattr(module, "composite_terms", lambda op, moves: None)
    parts = in_parts(f)
    for a, b in zip(found, grad(parts, argnums=(0, 1))(x, w), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13)
    expected = jvp(parts, (x, w), (np.cos(x), np.sin(w)))[1]
    np.testing.assert_allclose(tangents, expected, rtol=1e-11, atol=1e-13)


@whole
def test_single_precision_stays(f: Function, x: Any, w: Any) -> None:
    if np.ndim(x) == 0:
        pytest.skip("a float is double")
    single, other = np.float32(x), np.float32(w)
    found, exact = grad(f)(single, other), grad(f)(x, w)
    assert found.dtype == np.float32
    scale = np.max(np.abs(exact))
    np.testing.assert_allclose(found, exact, rtol=2e-4, atol=2e-5 * scale)


SHIFTED = [
    softmax_kept, softmax_newaxis, softmax_expanded, softmax_of_columns, softmax_of_all,
    logsumexp_kept, logsumexp_newaxis, logsumexp_of_columns, logsumexp_dropped,
    logsumexp_squeezed, logsumexp_written_twice, logsumexp_of_all, log_softmax,
    log_softmax_newaxis, cross_entropy, cross_entropy_of_rows, logsumexp_in_a_sum,
    log_softmax_written_twice,
]  # fmt: skip


@pytest.mark.parametrize("f", SHIFTED)
def test_the_shift_has_no_part_in_the_derivative(f: Function) -> None:
    assert "==" not in grad(f).source_for(X, W)


@pytest.mark.parametrize("f", [no_logsumexp, softmax_with_parts_read, shifted_along_another_axis])
def test_a_maximum_that_matters_has_its_part(f: Function) -> None:
    assert "==" in grad(f).source_for(X, W)


def test_slopes_are_finite_where_the_parts_are_not() -> None:
    x = np.array([-800.0, -400.0, 0.0, 400.0, 800.0])
    tail = np.array([0.0, math.exp(-400.0), 0.5, 1.0, 1.0])

    def log_of_sigmoid(x: Any) -> Any:
        return np.sum(np.log(1 / (1 + np.exp(-x))))

    def log_of_rest(x: Any) -> Any:
        return np.sum(np.log(1 - 1 / (1 + np.exp(-x))))

    def log_of_sum(x: Any) -> Any:
        return np.sum(np.log(1 + np.exp(x)))

    def log1p_of_exp(x: Any) -> Any:
        return np.sum(np.log1p(np.exp(x)))

    with np.errstate(all="ignore"):
        np.testing.assert_allclose(grad(log_of_sigmoid)(x), tail[::-1], atol=1e-15)
        np.testing.assert_allclose(grad(log_of_rest)(x), -tail, rtol=1e-12)
        np.testing.assert_allclose(grad(log_of_sum)(x), [0, 0, 0.5, 1, 1], atol=1e-170)
        np.testing.assert_allclose(grad(log1p_of_exp)(x), tail, rtol=1e-12)


def test_an_inverse_is_taken_once() -> None:
    def f(S: Any, v: Any) -> Any:
        inverse = np.linalg.inv(S)
        return v @ inverse @ v + np.log(np.linalg.det(S))

    S = np.eye(3) + 0.1 * X @ X.T
    code = re.sub("#.*", "", grad(f).source_for(S, V[:3]))
    assert code.count("linalg.inv(") == 1
    np.testing.assert_allclose(
        grad(f)(S, V[:3]),
        np.linalg.inv(S) - np.outer(np.linalg.inv(S) @ V[:3], np.linalg.inv(S) @ V[:3]),
    )
