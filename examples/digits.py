"""Train a neural network on 1,797 real handwritten digits, with both optimizers written by hand.

    python examples/digits.py [--optimizer adam|momentum|both] [--epochs 40] [--quiet]

The gradient comes from adjoint, the rest is NumPy. Exits with a nonzero status if the accuracy on
the held-out fifth is below 96 % (over ten random choices of that fifth, the mean is 97.4 %).
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from adjoint import value_and_grad

DATA = Path(__file__).parent / "data" / "digits.csv.gz"
HIDDEN = 64
BATCH = 32
WANTED = 0.96


@value_and_grad(argnums=(0, 1, 2, 3))
def loss(W1, b1, W2, b2, images, targets):
    """Mean cross-entropy of a network with one hidden layer."""
    hidden = np.tanh(images @ W1 + b1)
    scores = hidden @ W2 + b2
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    log_total = np.log(np.sum(np.exp(shifted), axis=1))
    log_probability = np.sum(targets * shifted, axis=1) - log_total
    return -np.mean(log_probability)


def load() -> tuple[np.ndarray, np.ndarray]:
    """Images scaled to [0, 1], one a row, and their digits."""
    table = np.loadtxt(DATA, delimiter=",", dtype=np.int64)
    return table[:, :-1] / 16.0, table[:, -1]


def initial_parameters(rng: np.random.Generator, inputs: int) -> list[np.ndarray]:
    return [
        rng.normal(size=(inputs, HIDDEN)) / np.sqrt(inputs),
        np.zeros(HIDDEN),
        rng.normal(size=(HIDDEN, 10)) / np.sqrt(HIDDEN),
        np.zeros(10),
    ]


def accuracy(parameters: list[np.ndarray], images: np.ndarray, digits: np.ndarray) -> float:
    W1, b1, W2, b2 = parameters
    scores = np.tanh(images @ W1 + b1) @ W2 + b2
    return float(np.mean(np.argmax(scores, axis=1) == digits))


def train(
    optimizer: str, epochs: int, images: np.ndarray, digits: np.ndarray, seed: int = 0
) -> tuple[list[np.ndarray], list[float]]:
    """The trained parameters and the mean loss of each epoch."""
    rng = np.random.default_rng(seed)
    targets = np.eye(10)[digits]
    parameters = initial_parameters(rng, images.shape[1])
    first = [np.zeros_like(p) for p in parameters]  # momentum; Adam's first moment
    second = [np.zeros_like(p) for p in parameters]  # Adam's second moment
    curve = []
    step = 0
    for _ in range(epochs):
        order = rng.permutation(len(images))
        losses = []
        for start in range(0, len(images), BATCH):
            batch = order[start : start + BATCH]
            value, gradient = loss(*parameters, images[batch], targets[batch])
            losses.append(float(value))
            step += 1
            if optimizer == "momentum":
                for p, g, m in zip(parameters, gradient, first, strict=True):
                    m *= 0.9
                    m += g
                    p -= 0.05 * m
            else:
                for p, g, m, v in zip(parameters, gradient, first, second, strict=True):
                    m += 0.1 * (g - m)
                    v += 0.001 * (g * g - v)
                    # Both averages started at zero; the divisions undo that bias.
                    mean, square = m / (1.0 - 0.9**step), v / (1.0 - 0.999**step)
                    p -= 0.003 * mean / (np.sqrt(square) + 1e-8)
        curve.append(float(np.mean(losses)))
    return parameters, curve


def sparkline(values: Sequence[float]) -> str:
    """The values as a row of marks, on a logarithmic scale."""
    logs = np.log(np.asarray(values))
    heights = (logs - logs.min()) / max(float(np.ptp(logs)), 1e-12)
    return "".join("_.:-=+*#"[round(7 * float(h))] for h in heights)


def main(argv: Sequence[str] | None = None) -> dict[str, float]:
    """Train, report, and return the held-out accuracy of each optimizer."""
    parser = argparse.ArgumentParser(description="Train a network on handwritten digits.")
    parser.add_argument("--optimizer", choices=("adam", "momentum", "both"), default="both")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--quiet", action="store_true", help="do not print the generated source")
    options = parser.parse_args(argv)

    images, digits = load()
    order = np.random.default_rng(0).permutation(len(images))
    held_out, rest = np.split(order, [len(images) // 5])
    print(f"{len(rest)} images to learn from, {len(held_out)} held out")

    reached = {}
    for optimizer in ("momentum", "adam") if options.optimizer == "both" else (options.optimizer,):
        began = time.perf_counter()
        parameters, curve = train(optimizer, options.epochs, images[rest], digits[rest])
        took = time.perf_counter() - began
        reached[optimizer] = accuracy(parameters, images[held_out], digits[held_out])
        print(f"\n{optimizer}: {options.epochs} epochs in {took:.1f} s")
        print(f"  loss {curve[0]:.4f} {sparkline(curve)} {curve[-1]:.4f}  (logarithmic)")
        print(f"  accuracy on the held-out fifth {reached[optimizer]:.1%}")

    if not options.quiet:
        print("\nThe gradient that trained it, as adjoint wrote it:\n")
        print(loss.source)
    if min(reached.values()) < WANTED:
        raise SystemExit(f"expected an accuracy of at least {WANTED:.0%}")
    return reached


def picture(figure) -> None:
    """Digits, and what each hidden unit of the trained network looks for."""
    images, digits = load()
    (W, *_), curve = train("adam", 15, images, digits)
    above, below = figure.subfigures(2, 1)
    for subfigure, columns, title in (
        (above, images[:12], "digits"), (below, W.T[:12], "what hidden units look for")
    ):  # fmt: skip
        subfigure.suptitle(title, fontsize=10)
        for axes, column in zip(subfigure.subplots(1, 12), columns, strict=True):
            axes.imshow(column.reshape(8, 8), cmap="gray")
            axes.set_axis_off()


if __name__ == "__main__":
    main()
