"""A recurrent network learns to say whether the last two bits of a stream differ.

That is the smallest task that needs both memory (the bit before) and a hidden layer (exclusive
or). The loop over time is an ordinary `for`; its gradient is backpropagation through time.
"""

import numpy as np

from adjoint import value_and_grad

HIDDEN = 16


@value_and_grad
def loss(parameters, inputs, targets):
    """Mean logistic loss; inputs and targets are indexed by time, then by sequence."""
    Wx, Wh, b, Wo, bo = parameters
    h = np.zeros((inputs.shape[1], HIDDEN))
    total = 0.0
    for x, target in zip(inputs, targets, strict=True):
        h = np.tanh(x @ Wx + h @ Wh + b)
        score = (h @ Wo)[:, 0] + bo
        total = total + np.mean(np.logaddexp(0.0, score) - target * score)
    return total / len(inputs)


def accuracy(parameters: tuple, inputs: np.ndarray, targets: np.ndarray) -> float:
    Wx, Wh, b, Wo, bo = parameters
    h = np.zeros((inputs.shape[1], HIDDEN))
    right = []
    for x, target in zip(inputs, targets, strict=True):
        h = np.tanh(x @ Wx + h @ Wh + b)
        right.append(((h @ Wo)[:, 0] + bo > 0.0) == (target > 0.5))
    return float(np.mean(right))


def make_data(
    rng: np.random.Generator, length: int, sequences: int
) -> tuple[np.ndarray, np.ndarray]:
    """Random bits as -1.0 and +1.0, and 1.0 wherever a bit differs from the one before."""
    bits = rng.integers(0, 2, size=(length, sequences))
    before = np.vstack([np.zeros((1, sequences), dtype=bits.dtype), bits[:-1]])
    return (2.0 * bits - 1.0)[:, :, np.newaxis], (bits != before).astype(float)


def main(steps: int = 300, length: int = 20, sequences: int = 32) -> tuple[list[float], float]:
    """Train with Adam; return the loss at each step and the accuracy on longer, unseen streams."""
    rng = np.random.default_rng(0)
    parameters = (
        rng.normal(size=(1, HIDDEN)),
        rng.normal(size=(HIDDEN, HIDDEN)) / np.sqrt(HIDDEN),
        np.zeros(HIDDEN),
        rng.normal(size=(HIDDEN, 1)) / np.sqrt(HIDDEN),
        np.zeros(1),
    )
    first = [np.zeros_like(p) for p in parameters]
    second = [np.zeros_like(p) for p in parameters]
    curve = []
    for step in range(1, steps + 1):
        value, gradient = loss(parameters, *make_data(rng, length, sequences))
        curve.append(float(value))
        for p, g, m, v in zip(parameters, gradient, first, second, strict=True):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            mean, square = m / (1.0 - 0.9**step), v / (1.0 - 0.999**step)
            p -= 0.01 * mean / (np.sqrt(square) + 1e-8)
        if step == 1 or step % max(steps // 10, 1) == 0:
            print(f"step {step:4d}  loss {value:.4f}  " + "#" * round(60 * float(value)))
    reached = accuracy(parameters, *make_data(rng, 5 * length, sequences))
    print(f"accuracy on streams five times as long {reached:.1%}")
    return curve, reached


def picture(figure) -> None:
    """The loss in each step of the training."""
    axes = figure.subplots()
    axes.semilogy(main(steps=100)[0])
    axes.set_xlabel("step")
    axes.set_ylabel("loss")


if __name__ == "__main__":
    main()
