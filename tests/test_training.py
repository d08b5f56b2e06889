"""Gradients through loops of gradient steps, with respect to what steers the training."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad, optim, value_and_grad
from tests.oracle import richardson_gradient

# On a quadratic every quantity has a closed form.

H = np.diag([3.0, 1.0, 0.5]) + 0.1
P0 = np.array([1.0, -2.0, 0.5])


def quadratic(p: Any, decay: Any = 0.0) -> Any:
    return 0.5 * p @ H @ p + 0.5 * decay * p @ p


def test_rate_decay_and_start_of_gradient_descent() -> None:
    """pₙ = (I - lr (H + decay I))ⁿ p₀; the sum of its entries is differentiated."""

    def f(p: Any, lr: Any, decay: Any, n: int) -> Any:
        for _ in range(n):
            p, _state = optim.sgd.update(grad(quadratic)(p, decay), (), p, lr)
        return np.sum(p)

    lr, decay, n = 0.1, 0.2, 6
    A, one = np.eye(3) - lr * (H + decay * np.eye(3)), np.ones(3)
    power = np.linalg.matrix_power
    p_bar, lr_bar, decay_bar = grad(f, (0, 1, 2))(P0, lr, decay, n)
    np.testing.assert_allclose(p_bar, power(A, n) @ one, rtol=1e-12)
    assert decay_bar == pytest.approx(-n * lr * one @ power(A, n - 1) @ P0, rel=1e-12)
    slope = -n * one @ power(A, n - 1) @ (H + decay * np.eye(3)) @ P0
    assert lr_bar == pytest.approx(slope, rel=1e-12)


def test_friction_of_momentum_in_a_while_loop() -> None:
    """The step is a matrix M on (v, p): ∂Mⁿ/∂beta = Σₖ Mᵏ ∂M/∂beta Mⁿ⁻¹⁻ᵏ."""

    def f(p: Any, lr: Any, beta: Any) -> Any:
        state = optim.momentum.init(p)
        steps = 0
        while steps < 5:
            p, state = optim.momentum.update(grad(quadratic)(p), state, p, lr, beta)
            steps += 1
        return np.sum(p)

    lr, beta, one = 0.1, 0.7, np.eye(3)
    M = np.block([[beta * one, H], [-lr * beta * one, one - lr * H]])
    by_beta = np.block([[one, 0 * one], [-lr * one, 0 * one]])
    by_lr = np.block([[0 * one, 0 * one], [-beta * one, -H]])
    start, seed = np.concatenate([np.zeros(3), P0]), np.concatenate([np.zeros(3), np.ones(3)])
    power = np.linalg.matrix_power

    def slope(D: Any) -> float:
        return float(sum(seed @ power(M, k) @ D @ power(M, 4 - k) @ start for k in range(5)))

    got = grad(f, (0, 1, 2))(P0, lr, beta)
    np.testing.assert_allclose(got[0], (power(M, 5).T @ seed)[3:], rtol=1e-12)
    assert got[1:] == pytest.approx((slope(by_lr), slope(by_beta)), rel=1e-12)


def test_weights_of_data_points() -> None:
    """One step on Σ wᵢ (xᵢ·p - yᵢ)² / 2 moves p by -lr Σ wᵢ (xᵢ·p - yᵢ) xᵢ."""
    rng = np.random.default_rng(0)
    x, y, w, v = (
        rng.normal(size=(5, 3)),
        rng.normal(size=5),
        rng.uniform(size=5),
        rng.normal(size=3),
    )

    def f(w: Any) -> Any:
        p, _ = optim.sgd.update(
            grad(lambda p: 0.5 * np.sum(w * (x @ p - y) ** 2))(P0), (), P0, 0.1
        )
        return v @ p

    np.testing.assert_allclose(grad(f)(w), -0.1 * (x @ P0 - y) * (x @ v), rtol=1e-12)


def test_clipped_steps_have_a_fixed_length() -> None:
    """While they are clipped, steps from p > 0 on p²/2 all are -lr max_norm."""

    def f(p: Any, lr: Any, max_norm: Any) -> Any:
        for _ in range(4):
            g = optim.clip_by_global_norm(grad(lambda p: 0.5 * p * p)(p), max_norm)
            p, _state = optim.sgd.update(g, (), p, lr)
        return p

    assert f(5.0, 0.1, 2.0) == pytest.approx(4.2)
    assert grad(f, (0, 1, 2))(5.0, 0.1, 2.0) == pytest.approx((1.0, -8.0, -0.4), rel=1e-12)


def test_the_final_rate_of_a_schedule() -> None:
    """On a loss of slope 1 the parameter moves by the sum of the rates."""

    def f(lr: Any, final: Any) -> Any:
        p = 0.0
        for step in range(9):
            g = grad(lambda p: -p)(p)
            p, _state = optim.sgd.update(g, (), p, optim.cosine_decay(step, lr, 8, final))
        return p

    assert grad(f, (0, 1))(0.3, 0.1) == pytest.approx((4.5, 4.5), rel=1e-12)


def test_early_stopping_by_break() -> None:
    """The step is halved error after error, until one is small enough: the third."""

    def f(p: Any, lr: Any) -> Any:
        for _ in range(100):
            value, g = value_and_grad(lambda p: p * p)(p)
            if value < 0.02:
                break
            p, _state = optim.sgd.update(g, (), p, lr)
        return p

    assert f(1.0, 0.25) == 0.125
    assert grad(f, (0, 1))(1.0, 0.25) == pytest.approx((0.125, -2 * 3 * 0.25), rel=1e-12)


def test_backtracking_line_search() -> None:
    """Armijo's condition on h p²/2 halves the step from 1 until it is at most 2 (1 - c) / h."""

    def loss(p: Any, h: Any) -> Any:
        return 0.5 * h * p * p

    def f(p: Any, h: Any) -> Any:
        for _ in range(3):
            value, g = value_and_grad(loss)(p, h)
            step = 1.0
            while loss(p - step * g, h) > value - 0.5 * step * g * g:
                step = 0.5 * step
            p = p - step * g
        return p

    h, step = 5.0, 0.125
    factor = 1 - step * h
    assert f(2.0, h) == pytest.approx(2.0 * factor**3)
    want = factor**3, -3 * step * factor**2 * 2.0
    assert grad(f, (0, 1))(2.0, h) == pytest.approx(want, rel=1e-12)


# On a small network, against differences.

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(6, 3)), rng.normal(size=6)
X_HELD, Y_HELD = rng.normal(size=(5, 3)), rng.normal(size=5)
NETWORK = {"W": rng.normal(size=(3, 2)), "b": rng.normal(size=2), "v": rng.normal(size=2)}


def predicted(p: Any, x: Any) -> Any:
    return np.tanh(x @ p["W"] + p["b"]) @ p["v"]


def loss(p: Any, w: Any, decay: Any) -> Any:
    penalty = sum(np.sum(q * q) for q in optim.tree_leaves(p))
    return np.sum(w * (predicted(p, X) - Y) ** 2) / np.sum(w) + decay * penalty


def batch_loss(p: Any, x: Any, y: Any, w: Any = 1.0) -> Any:
    return np.mean(w * (predicted(p, x) - y) ** 2)


def held_out(p: Any) -> Any:
    return batch_loss(p, X_HELD, Y_HELD)


def until_the_gradient_is_small(p: Any, lr: Any, beta: Any, decay: Any, w: Any) -> Any:
    state = optim.momentum.init(p)
    steps = 0
    g = grad(loss)(p, w, decay)
    while optim.global_norm(g) > 0.2 and steps < 8:
        p, state = optim.momentum.update(g, state, p, lr, beta)
        g = grad(loss)(p, w, decay)
        steps += 1
    return held_out(p)


def clipped_adam(p: Any, lr: Any, beta: Any, decay: Any, w: Any) -> Any:
    state = optim.adam.init(p)
    for step in range(4):
        value, g = value_and_grad(loss)(p, w, decay)
        if value < 0.05:
            break
        g = optim.clip_by_global_norm(g, 0.3)
        p, state = optim.adam.update(g, state, p, optim.cosine_decay(step, lr, 10), beta)
    return held_out(p)


def patience(p: Any, lr: Any, beta: Any, decay: Any, w: Any) -> Any:
    """The best parameters seen; the search ends after two steps without improvement."""
    best, best_p, worse = held_out(p), p, 0
    state = optim.nesterov.init(p)
    for _ in range(8):
        p, state = optim.nesterov.update(grad(loss)(p, w, decay), state, p, lr, beta)
        now = held_out(p)
        if now < best:
            best, best_p, worse = now, p, 0
        else:
            worse += 1
            if worse >= 2:
                break
    return held_out(best_p)


def line_search(p: Any, lr: Any, beta: Any, decay: Any, w: Any) -> Any:
    for _ in range(4):
        value, g = value_and_grad(loss)(p, w, decay)
        step = 4.0 * lr
        slope = optim.global_norm(g) ** 2
        trial, _state = optim.sgd.update(g, (), p, step)
        while loss(trial, w, decay) > value - 0.5 * beta * step * slope:
            step = 0.5 * step
            trial, _state = optim.sgd.update(g, (), p, step)
        p = trial
    return held_out(p)


def minibatches(p: Any, lr: Any, beta: Any, decay: Any, w: Any) -> Any:
    state = optim.adamw.init(p)
    for _epoch in range(2):
        for k in range(0, 6, 2):
            g = grad(batch_loss)(p, X[k : k + 2], Y[k : k + 2], w[k : k + 2])
            p, state = optim.adamw.update(g, state, p, lr, beta, weight_decay=decay)
    return held_out(p)


ORDER = np.array([3, 1, 5, 0, 4, 2])


def shuffled_minibatches(p: Any, lr: Any, beta: Any, decay: Any, w: Any) -> Any:
    """Batches are named, taken from data and an order that the program only captures."""
    for k in range(0, 6, 2):
        batch = ORDER[k : k + 2]
        x, y = X[batch], Y[batch]
        g = grad(batch_loss)(p, x, y, w[batch])
        p, _state = optim.sgd.update(g, (), p, lr * beta)
    return held_out(p) + decay * optim.global_norm(p)


def in_place(p: Any, lr: Any, beta: Any, decay: Any, w: Any) -> Any:
    """The style of a training script, which writes into its parameters."""
    p = {name: q.copy() for name, q in p.items()}
    velocity = {name: np.zeros_like(q) for name, q in p.items()}
    for _ in range(4):
        g = grad(loss)(p, w, decay)
        for name in p:
            velocity[name] *= beta
            velocity[name] += g[name]
            p[name] -= lr * velocity[name]
    return held_out(p)


def area_under_the_curve(p: Any, lr: Any, beta: Any, decay: Any, w: Any) -> Any:
    losses = []
    state = optim.rmsprop.init(p)
    for rate in np.array([1.0, 0.7, 0.4]) * lr:
        value, g = value_and_grad(loss)(p, w, decay)
        losses.append(value)
        p, state = optim.rmsprop.update(g, state, p, rate, beta)
    return sum(losses) / len(losses) + held_out(p)


TRAININGS = [
    until_the_gradient_is_small, clipped_adam, patience, line_search, minibatches,
    shuffled_minibatches, in_place, area_under_the_curve,
]  # fmt: skip
ARGUMENTS = (NETWORK, 0.15, 0.8, 0.02, np.array([1.0, 2.0, 0.5, 1.5, 1.0, 0.7]))


@pytest.mark.parametrize("training", TRAININGS, ids=lambda f: f.__name__)
def test_hypergradients_of_a_network(training: Callable[..., Any]) -> None:
    got = grad(training, (0, 1, 2, 3, 4))(*ARGUMENTS)
    want = richardson_gradient(training, ARGUMENTS, (0, 1, 2, 3, 4))
    for name in NETWORK:
        np.testing.assert_allclose(got[0][name], want[0][name], rtol=1e-7, atol=1e-9)
    for g, w in zip(got[1:], want[1:], strict=True):
        np.testing.assert_allclose(g, w, rtol=1e-7, atol=1e-9)
    assert not math.isclose(got[1], 0.0, abs_tol=1e-3), "the rate plays no role in this program"


def test_meta_learning_of_an_initialisation() -> None:
    """MAML: the gradient, over tasks, of the loss after one step from a shared start."""

    def f(p: Any, slopes: Any) -> Any:
        total = 0.0
        for slope in slopes:
            y = slope * X[:, 0]
            adapted, _state = optim.sgd.update(grad(batch_loss)(p, X, y), (), p, 0.1)
            total = total + batch_loss(adapted, X, y)
        return total

    args = (NETWORK, np.array([0.5, 1.5, -1.0]))
    got, want = grad(f)(*args), richardson_gradient(f, args, 0)
    for name in NETWORK:
        np.testing.assert_allclose(got[name], want[name], rtol=1e-7, atol=1e-9)


def test_a_second_derivative_through_training() -> None:
    """Newton's method for the rate: three derivatives deep in all."""

    def f(lr: Any) -> Any:
        p = NETWORK
        for _ in range(3):
            p, _state = optim.sgd.update(grad(held_out)(p), (), p, lr)
        return held_out(p)

    want = richardson_gradient(grad(f), (0.2,), 0)
    assert grad(grad(f))(0.2) == pytest.approx(want, rel=1e-7)
