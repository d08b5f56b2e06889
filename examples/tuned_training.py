"""Tune a training run by gradient descent: its rates, momentum, weight decay and starting point.

The run is a loop of gradient steps, so it calls `grad`; the gradient of what it reaches, with
respect to what steers it, is again one call of `value_and_grad`. Maclaurin, Duvenaud and Adams
("Gradient-based hyperparameter optimization through reversible learning", 2015) do the same.
"""

import math
from pathlib import Path

import numpy as np

from adjoint import grad, optim, value_and_grad

DATA = Path(__file__).parent / "data" / "digits.csv.gz"
STEPS = 20


def loss(weights, images, labels, decay):
    """Mean logistic loss for labels of -1 and +1, with weight decay."""
    margin = labels * (images @ weights)
    return np.mean(np.log1p(np.exp(-margin))) + decay * np.sum(weights**2)


def train(knobs, images, labels):
    """A few steps of momentum; each of them has a learning rate of its own."""
    beta = 1.0 / (1.0 + math.exp(-knobs["logit_momentum"]))
    decay = math.exp(knobs["log_decay"])
    weights = knobs["start"]
    state = optim.momentum.init(weights)
    for log_rate in knobs["log_rates"]:
        slope = grad(loss)(weights, images, labels, decay)
        weights, state = optim.momentum.update(slope, state, weights, math.exp(log_rate), beta)
    return weights


@value_and_grad
def outcome(knobs, images, labels, held_images, held_labels):
    """The loss, on images that were held out, of what the training reaches."""
    weights = train(knobs, images, labels)
    return loss(weights, held_images, held_labels, 0.0)


def load(negative: int = 3, positive: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """The images of two digits, scaled to [0, 1], and their labels, -1.0 and +1.0."""
    table = np.loadtxt(DATA, delimiter=",", dtype=np.int64)
    digits = table[:, -1]
    chosen = (digits == negative) | (digits == positive)
    return table[chosen, :-1] / 16.0, np.where(digits[chosen] == positive, 1.0, -1.0)


def main(rounds: int = 40) -> tuple[float, float]:
    """The loss on untouched images after a run with default knobs, and with tuned ones."""
    images, labels = load()
    order = np.random.default_rng(0).permutation(len(images))
    few, held, test = np.split(order, [60, 180])
    data = images[few], labels[few]
    knobs = {
        "start": np.zeros(images.shape[1]),
        "log_rates": np.full(STEPS, math.log(0.05)),
        "logit_momentum": 0.0,
        "log_decay": math.log(1e-3),
    }

    def on_test() -> float:
        return float(loss(train(knobs, *data), images[test], labels[test], 0.0))

    before = on_test()
    state = optim.adam.init(knobs)
    for k in range(rounds):
        value, slope = outcome(knobs, *data, images[held], labels[held])
        if k % 10 == 0:
            print(f"round {k:3d}  held-out loss {value:.4f}")
        knobs, state = optim.adam.update(slope, state, knobs, 0.1)
    after = on_test()
    rates = np.exp(knobs["log_rates"])
    print("rates", " ".join(f"{rate:.3f}" for rate in rates))
    print(f"momentum {1 / (1 + math.exp(-knobs['logit_momentum'])):.3f}  "
          f"weight decay {math.exp(knobs['log_decay']):.5f}")  # fmt: skip
    print(f"loss on untouched images {before:.4f} before, {after:.4f} after")
    return before, after


if __name__ == "__main__":
    main()
