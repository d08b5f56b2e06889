"""Learn to learn: parameters from which a few steps of training fit any wave, from ten points.

A task is a sine wave of random height and shift. The start of training is chosen such that one
step of gradient descent on ten points leaves a small loss on other points of the same wave: the
outer gradient goes through the inner one, and so has second derivatives. Finn, Abbeel and Levine
("Model-agnostic meta-learning for fast adaptation of deep networks", 2017). A network that is
trained on all waves at once learns their mean instead, which is a poor start.
"""

import numpy as np

from adjoint import grad, optim, value_and_grad

HIDDEN = 32
POINTS = 10  # that are seen of a wave
TASKS = 8  # in a batch
RATE = 0.05  # of the adaptation


def predict(parameters, x):
    (W1, b1), (W2, b2), (w3, b3) = parameters
    h = np.tanh(x[:, np.newaxis] @ W1 + b1)
    h = np.tanh(h @ W2 + b2)
    return h @ w3 + b3


def loss(parameters, x, y):
    return np.mean((predict(parameters, x) - y) ** 2)


def adapt(parameters, x, y, steps, rate):
    """A few steps of gradient descent on one wave."""
    for _ in range(steps):
        slope = grad(loss)(parameters, x, y)
        parameters, _state = optim.sgd.update(slope, (), parameters, rate)
    return parameters


@value_and_grad
def loss_after_adaptation(parameters, x, y, steps, rate=RATE):
    """The mean over waves, whose points are half for the adaptation and half for the loss."""
    total = 0.0
    for xs, ys in zip(x, y, strict=True):
        adapted = adapt(parameters, xs[:POINTS], ys[:POINTS], steps, rate)
        total += loss(adapted, xs[POINTS:], ys[POINTS:])
    return total / len(x)


def make_waves(rng: np.random.Generator, waves: int) -> tuple[np.ndarray, np.ndarray]:
    """Points of waves, one wave a row."""
    height = rng.uniform(0.5, 5.0, size=(waves, 1))
    shift = rng.uniform(0.0, np.pi, size=(waves, 1))
    x = rng.uniform(-5.0, 5.0, size=(waves, 2 * POINTS))
    return x, height * np.sin(x - shift)


def initial_parameters(rng: np.random.Generator) -> tuple:
    return (
        (rng.normal(size=(1, HIDDEN)), rng.normal(size=HIDDEN)),
        (rng.normal(size=(HIDDEN, HIDDEN)) / np.sqrt(HIDDEN), np.zeros(HIDDEN)),
        (rng.normal(size=HIDDEN) / np.sqrt(HIDDEN), 0.0),
    )


def train(rng: np.random.Generator, inner_steps: int, rounds: int) -> tuple:
    """Train for the loss after some steps of adaptation; no steps are plain training."""
    parameters = initial_parameters(rng)
    state = optim.adam.init(parameters)
    for k in range(rounds):
        value, slope = loss_after_adaptation(parameters, *make_waves(rng, TASKS), inner_steps)
        rate = optim.cosine_decay(k, 0.003, rounds)
        parameters, state = optim.adam.update(slope, state, parameters, rate)
        if k % (rounds // 4) == 0:
            print(f"  round {k:4d}  loss {value:.3f}")
    return parameters


def main(rounds: int = 2000) -> tuple[list[float], list[float]]:
    """The loss on new waves before and after each of five steps: plain training, meta-learning."""
    new = make_waves(np.random.default_rng(1), 200)

    def curve(parameters: tuple, rate: float) -> list[float]:
        args = parameters, *new
        return [float(loss_after_adaptation.primal(*args, steps, rate)) for steps in range(6)]

    print("plain training on all waves")
    trained = train(np.random.default_rng(0), 0, rounds)
    rates = (0.002, 0.005, 0.01, 0.02, 0.05)
    plain = min((curve(trained, rate) for rate in rates), key=lambda losses: losses[-1])
    print("meta-learning, for the loss after one step")
    meta = curve(train(np.random.default_rng(0), 1, rounds), RATE)
    print("loss on new waves after 0, 1, ..., 5 steps on ten points")
    print("  plain training, with its best rate", " ".join(f"{value:.2f}" for value in plain))
    print("  meta-learning                     ", " ".join(f"{value:.2f}" for value in meta))
    return plain, meta


if __name__ == "__main__":
    main()
