"""Learn a learning rate and a weight decay for each layer, through 100 steps of training.

The network reads handwritten digits, with pixels as they come, from 0 to 16. Hence its first layer
is far more sensitive than its second, and no common learning rate suits both. The gradient of the
loss on held-out images, by all rates and decays at once, costs a few training runs: each step
calls `grad`, and the loop over the steps is differentiated like any other.

A step of training that is too large makes the rest of it chaotic, and the gradient explodes. Only
its direction is of use then, so it is clipped, and the best knobs on the way are kept. Metz et al.
("Understanding and correcting pathologies in the training of learned optimizers", 2019) look into
that.
"""

import math
from pathlib import Path

import numpy as np

from adjoint import grad, optim, value_and_grad

DATA = Path(__file__).parent / "data" / "digits.csv.gz"
HIDDEN = 16
STEPS = 100


def scores(layers, images):
    (W1, b1), (W2, b2) = layers
    return np.tanh(images @ W1 + b1) @ W2 + b2


def loss(layers, images, targets):
    """Mean cross-entropy."""
    y = scores(layers, images)
    y = y - np.max(y, axis=1, keepdims=True)
    return np.mean(np.log(np.sum(np.exp(y), axis=1)) - np.sum(targets * y, axis=1))


def descend(layer, slope, rate, decay):
    (W, b), (W_bar, b_bar) = layer, slope
    return W - rate * (W_bar + decay * W), b - rate * b_bar


def train(knobs, layers, images, targets):
    """Gradient descent; each layer has a rate and a decay of its own, which are positive."""
    for _ in range(STEPS):
        slopes = grad(loss)(layers, images, targets)
        layers = tuple(
            descend(layer, slope, math.exp(knob["log_rate"]), math.exp(knob["log_decay"]))
            for layer, slope, knob in zip(layers, slopes, knobs, strict=True)
        )
    return layers


@value_and_grad
def outcome(knobs, layers, images, targets, held_images, held_targets):
    """The loss, on images that were held out, of what the training reaches."""
    return loss(train(knobs, layers, images, targets), held_images, held_targets)


def load() -> tuple[np.ndarray, np.ndarray]:
    """Images, one a row, and their digits, one-hot."""
    table = np.loadtxt(DATA, delimiter=",", dtype=np.int64)
    return table[:, :-1].astype(float), np.eye(10)[table[:, -1]]


def initial_layers(rng: np.random.Generator) -> tuple:
    W1 = rng.normal(size=(64, HIDDEN)) / 64.0
    W2 = rng.normal(size=(HIDDEN, 10)) / np.sqrt(HIDDEN)
    return (W1, np.zeros(HIDDEN)), (W2, np.zeros(10))


def same_for_both(rate: float) -> tuple[dict[str, float], dict[str, float]]:
    knob = {"log_rate": math.log(rate), "log_decay": math.log(0.001)}
    return knob, knob


def main(rounds: int = 60) -> tuple[float, float]:
    """The loss on untouched images with the best common rate, and with rates that were learned."""
    rng = np.random.default_rng(1)
    images, targets = load()
    few, held, test = np.split(rng.permutation(len(images)), [100, 400])
    layers = initial_layers(rng)
    data = layers, images[few], targets[few]
    held_out = images[held], targets[held]

    def report(name: str, knobs: tuple) -> float:
        trained = train(knobs, *data)
        value = float(loss(trained, images[test], targets[test]))
        digits = np.argmax(scores(trained, images[test]), axis=1)
        right = np.mean(digits == np.argmax(targets[test], axis=1))
        print(f"{name}: loss {value:.3f}, accuracy {right:.1%} on untouched images")
        return value

    common = {rate: same_for_both(rate) for rate in (0.003, 0.01, 0.03, 0.1)}
    losses = {rate: outcome.primal(knobs, *data, *held_out) for rate, knobs in common.items()}
    rate = min(losses, key=losses.__getitem__)
    before = report(f"rate {rate}, the best common one", common[rate])

    knobs = best = common[0.01]
    lowest = losses[0.01]
    state = optim.adam.init(knobs)
    for k in range(rounds):
        value, slope = outcome(knobs, *data, *held_out)
        if k % 10 == 0:
            print(f"round {k:3d}  held-out loss {value:.4f}")
        if value < lowest:
            lowest, best = value, knobs
        slope = optim.clip_by_global_norm(slope, 0.1)
        knobs, state = optim.adam.update(slope, state, knobs, 0.1)
    rates = " and ".join(f"{math.exp(knob['log_rate']):.3f}" for knob in best)
    decays = " and ".join(f"{math.exp(knob['log_decay']):.5f}" for knob in best)
    return before, report(f"rates {rates}, decays {decays}", best)


if __name__ == "__main__":
    main()
