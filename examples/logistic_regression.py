"""Tell a handwritten 3 from an 8: logistic regression, its parameters in a dict."""

from pathlib import Path

import numpy as np

from adjoint import value_and_grad

DATA = Path(__file__).parent / "data" / "digits.csv.gz"


@value_and_grad
def loss(parameters, images, labels, decay=0.001):
    """Mean logistic loss for labels of -1 and +1, with a little weight decay."""
    margin = labels * (images @ parameters["weights"] + parameters["bias"])
    penalty = decay * np.sum(parameters["weights"] ** 2)
    return np.mean(np.log1p(np.exp(-margin))) + penalty


def load(negative: int = 3, positive: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """The images of two digits, scaled to [0, 1], and their labels, -1.0 and +1.0."""
    table = np.loadtxt(DATA, delimiter=",", dtype=np.int64)
    digits = table[:, -1]
    chosen = (digits == negative) | (digits == positive)
    return table[chosen, :-1] / 16.0, np.where(digits[chosen] == positive, 1.0, -1.0)


def picture(weights: np.ndarray) -> str:
    """The weights as an 8 x 8 picture: + speaks for an eight, - for a three."""
    scale = np.max(np.abs(weights))
    rows = np.round(2.0 * weights.reshape(8, 8) / scale).astype(int)
    marks = {-2: "=", -1: "-", 0: ".", 1: "+", 2: "#"}
    return "\n".join("  " + " ".join(marks[int(w)] for w in row) for row in rows)


def main(steps: int = 300, rate: float = 0.5) -> float:
    """Train and return the accuracy on the held-out fifth."""
    images, labels = load()
    order = np.random.default_rng(0).permutation(len(images))
    held_out, rest = np.split(order, [len(images) // 5])
    parameters = {"weights": np.zeros(images.shape[1]), "bias": 0.0}
    for step in range(steps):
        value, gradient = loss(parameters, images[rest], labels[rest])
        if step % max(steps // 5, 1) == 0:
            print(f"step {step:4d}  loss {value:.4f}")
        parameters = {name: p - rate * gradient[name] for name, p in parameters.items()}
    scores = images[held_out] @ parameters["weights"] + parameters["bias"]
    accuracy = float(np.mean(np.sign(scores) == labels[held_out]))
    print(f"accuracy on {len(held_out)} held-out images {accuracy:.1%}; what it looks at:")
    print(picture(parameters["weights"]))
    return accuracy


if __name__ == "__main__":
    main()
