"""Optimizers and schedules, against closed forms of the sequences that they produce."""

import math
from collections import namedtuple
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, grad, optim
from tests.oracle import richardson_gradient

OPTIMIZERS = [
    optim.sgd,
    optim.momentum,
    optim.nesterov,
    optim.rmsprop,
    optim.adam,
    optim.adamw,
]
Layer = namedtuple("Layer", "W b")


@dataclass
class Model:
    layer: Layer
    scale: float
    name: str
    sizes: tuple[int, ...]


def run(optimizer: Any, gradients: Any, p: Any, lr: float, **options: float) -> list[Any]:
    """The parameters after each of the given gradients."""
    state, visited = optimizer.init(p), []
    for g in gradients:
        p, state = optimizer.update(g, state, p, lr, **options)
        visited.append(p)
    return visited


rng = np.random.default_rng(0)
GRADIENTS = list(rng.normal(size=(6, 3)))
START = rng.normal(size=3)


def averages(gradients: list[Any], beta: float) -> list[Any]:
    """The sums Σₖ beta^(t-k) gₖ, written out."""
    return [
        sum(beta ** (t - k) * gradients[k] for k in range(t + 1)) for t in range(len(gradients))
    ]


def test_sgd() -> None:
    want = START - 0.1 * np.cumsum(GRADIENTS, axis=0)
    np.testing.assert_allclose(run(optim.sgd, GRADIENTS, START, 0.1), want)


def test_momentum() -> None:
    want = START - 0.1 * np.cumsum(averages(GRADIENTS, 0.8), axis=0)
    np.testing.assert_allclose(run(optim.momentum, GRADIENTS, START, 0.1, beta=0.8), want)


def test_momentum_on_a_quadratic_is_a_power_of_a_matrix() -> None:
    """(v, p) ← [[beta, h], [-lr beta, 1 - lr h]] (v, p) for the loss h p² / 2."""
    h, lr, beta, p = 3.0, 0.1, 0.7, 2.0
    step = np.array([[beta, h], [-lr * beta, 1 - lr * h]])
    state = optim.momentum.init(p)
    for _ in range(9):
        p, state = optim.momentum.update(h * p, state, p, lr, beta)
    np.testing.assert_allclose((state, p), np.linalg.matrix_power(step, 9) @ [0.0, 2.0])


def test_nesterov_looks_ahead() -> None:
    """θ' = θ + w', w' = beta w - lr ∇f(θ + beta w): equations 3 and 4 of Sutskever et al."""
    lr, beta, p = 0.05, 0.9, np.array([2.0, -1.0])
    theta, w = p, np.zeros(2)
    state = optim.nesterov.init(p)
    for _ in range(8):
        w = beta * w - lr * np.cos(theta + beta * w)
        theta = theta + w
        p, state = optim.nesterov.update(np.cos(p), state, p, lr, beta)
        np.testing.assert_allclose(p, theta + beta * w)


def test_rmsprop() -> None:
    square = [0.1 * s for s in averages([g * g for g in GRADIENTS], 0.9)]
    steps = [g / (np.sqrt(s) + 1e-3) for g, s in zip(GRADIENTS, square, strict=True)]
    got = run(optim.rmsprop, GRADIENTS, START, 0.1, eps=1e-3)
    np.testing.assert_allclose(got, START - 0.1 * np.cumsum(steps, axis=0))


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_adam_and_its_decay(decay: float) -> None:
    beta1, beta2, lr, p = 0.8, 0.95, 0.1, START
    means = averages(GRADIENTS, beta1)
    squares = averages([g * g for g in GRADIENTS], beta2)
    want = []
    for t in range(len(GRADIENTS)):
        # The weights beta^(t-k) of an average that is unbiased sum to one.
        mean = means[t] / sum(beta1**k for k in range(t + 1))
        square = squares[t] / sum(beta2**k for k in range(t + 1))
        p = p - lr * (mean / (np.sqrt(square) + 1e-3) + decay * p)
        want.append(p)
    options = {"beta1": beta1, "beta2": beta2, "eps": 1e-3}
    got = run(optim.adamw, GRADIENTS, START, lr, weight_decay=decay, **options)
    np.testing.assert_allclose(got, want)
    if not decay:
        np.testing.assert_allclose(run(optim.adam, GRADIENTS, START, lr, **options), want)


def test_the_first_step_of_adam_has_the_length_of_the_rate() -> None:
    (first,) = run(optim.adam, [np.array([1e-3, -50.0])], np.zeros(2), 0.25)
    np.testing.assert_allclose(first, [-0.25, 0.25], rtol=1e-4)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.__name__)
@pytest.mark.parametrize("kind", ["dict", "list", "data class"])
def test_parameters_in_containers(optimizer: Any, kind: str) -> None:
    """Each array moves as it would alone; what is no float rides along."""

    def packed(W: Any, b: Any, scale: Any) -> Any:
        if kind == "dict":
            return {"a": {"W": W, "n": 3}, "b": (b, scale)}
        if kind == "list":
            return [[W, b], scale, 7]
        return Model(Layer(W, b), scale, "model", (2, 3))

    rng = np.random.default_rng(1)
    W, b, scale = rng.normal(size=(2, 3)), rng.normal(size=3), 0.5
    slopes = [(rng.normal(size=(2, 3)), rng.normal(size=3), rng.normal()) for _ in range(3)]
    got = run(optimizer, [packed(*g) for g in slopes], packed(W, b, scale), 0.1)[-1]
    parts = [run(optimizer, list(s), p, 0.1)[-1]
             for s, p in zip(zip(*slopes, strict=True), (W, b, scale), strict=True)]  # fmt: skip
    assert type(got) is type(packed(W, b, scale))
    assert repr(got) == repr(packed(*parts))


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.__name__)
def test_nothing_is_modified_and_single_precision_stays(optimizer: Any) -> None:
    p, g = np.ones(3, np.float32), np.full(3, 0.5, np.float32)
    state = optimizer.init(p)
    new, state = optimizer.update(g, state, p, 0.1)
    newer, _ = optimizer.update(g, state, new, 0.1)
    assert newer.dtype == new.dtype == np.float32
    assert p.tolist() == [1.0] * 3 and g.tolist() == [0.5] * 3
    assert new is not p and not np.array_equal(new, newer)


def test_clipping_keeps_the_direction_and_bounds_the_norm() -> None:
    grads = {"a": np.array([3.0, 0.0]), "b": [4.0], "n": 2}
    assert optim.global_norm(grads) == 5.0
    clipped = optim.clip_by_global_norm(grads, 1.0)
    np.testing.assert_allclose(clipped["a"], [0.6, 0.0])
    assert clipped["b"] == [pytest.approx(0.8)] and clipped["n"] == 2
    assert optim.clip_by_global_norm(grads, 5.0)["a"].tolist() == [3.0, 0.0]
    assert optim.clip_by_global_norm({"a": np.zeros(2)}, 1.0)["a"].tolist() == [0.0, 0.0]


def test_schedules_at_chosen_steps() -> None:
    assert optim.constant(7, 0.3) == 0.3
    assert [optim.step_decay(k, 8.0, 2, 0.5) for k in range(5)] == [8.0, 8.0, 4.0, 4.0, 2.0]
    assert optim.exponential_decay(0, 2.0, 10) == 2.0
    assert optim.exponential_decay(20, 2.0, 10) == pytest.approx(0.02)
    assert optim.exponential_decay(5, 2.0, 10) == pytest.approx(2.0 / math.sqrt(10.0))
    cosine = [optim.cosine_decay(k, 1.0, 6, 0.2) for k in (0, 2, 3, 6, 9)]
    assert cosine == pytest.approx([1.0, 0.8, 0.6, 0.2, 0.2])
    assert [optim.linear_warmup(k, 1.0, 4) for k in (0, 1, 3, 9)] == [0.25, 0.5, 1.0, 1.0]


def test_tree_map_and_leaves_are_the_same_inside_and_outside() -> None:
    def work(tree: Any) -> Any:
        doubled = optim.tree_map(lambda x, y: x * y, tree, tree)
        total = 0.0
        for k, leaf in enumerate(optim.tree_leaves(doubled)):
            total = total + (k + 1) * np.sum(leaf)
        return total

    tree = {"m": Model(Layer(np.ones(2), 3.0), 2.0, "name", (1, 2)), "rest": [1.5, (5, "x")]}
    assert len(optim.tree_leaves(tree)) == 4
    assert work(tree) == 2.0 + 2 * 9.0 + 3 * 4.0 + 4 * 1.5**2
    got = grad(work)(tree)
    assert got["rest"] == [12.0, (5, "x")] and got["m"].name == "name"
    assert got["m"].layer.W.tolist() == [2.0, 2.0] and got["m"].layer.b == 12.0


def test_trees_of_unequal_structure_are_refused() -> None:
    def f(x: float) -> Any:
        return optim.tree_map(lambda a, b: a + b, {"a": x}, {"b": x})["a"]

    with pytest.raises(UnsupportedError, match="structure"):
        grad(f)(1.0)


def loss(p: Any, x: Any, y: Any) -> Any:
    return np.mean((np.tanh(x @ p["W"] + p["b"]) @ p["v"] - y) ** 2)


def trained(optimizer: Any, p: Any, lr: float, x: Any, y: Any) -> Any:
    """A few clipped and scheduled steps by hand, and where they lead."""
    state = optimizer.init(p)
    for step in range(4):
        g = optim.clip_by_global_norm(grad(loss)(p, x, y), 0.5)
        rate = optim.linear_warmup(step, optim.cosine_decay(step, lr, 6, 0.01), 2)
        p, state = optimizer.update(g, state, p, rate)
    return loss(p, x, y)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.__name__)
def test_derivatives_through_updates(optimizer: Any) -> None:
    rng = np.random.default_rng(2)
    p = {"W": rng.normal(size=(3, 2)), "b": rng.normal(size=2), "v": rng.normal(size=2)}
    args = (p, 0.2, rng.normal(size=(5, 3)), rng.normal(size=5))

    def f(p: Any, lr: Any, x: Any, y: Any) -> Any:
        return trained(optimizer, p, lr, x, y)

    p_bar, lr_bar = grad(f, (0, 1))(*args)
    want, want_lr = richardson_gradient(f, args, (0, 1))
    assert lr_bar == pytest.approx(want_lr, rel=1e-7)
    for name in p:
        np.testing.assert_allclose(p_bar[name], want[name], rtol=1e-6, atol=1e-8)


def test_eps_root_keeps_derivatives_through_a_zero_gradient_finite() -> None:
    def f(p: Any, eps_root: float) -> Any:
        state = optim.adam.init(p)
        p, _ = optim.adam.update(np.array([0.0, 1.0]) * p, state, p, 0.1, eps_root=eps_root)
        return np.sum(p)

    with np.errstate(divide="ignore", invalid="ignore"):
        assert np.isnan(grad(f)(np.ones(2), 0.0)).tolist() == [True, False]
    # The first step is -lr g / (√(g² + eps_root) + eps), whose slope at g = 0 is known.
    want = 1.0 - 0.1 * 0.0 / (1e-3 + 1e-8), 1.0 - 0.1 * 1e-6 / (1.0 + 1e-6) ** 1.5
    np.testing.assert_allclose(grad(f)(np.ones(2), 1e-6), want, atol=1e-8)
