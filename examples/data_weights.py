"""Find mislabelled images: weights on images, chosen so that training does well on clean ones.

The weights are trained by the gradient of the loss on a few clean images, taken through a training
loop that uses the weights. Ren, Zeng, Yang and Urtasun ("Learning to reweight examples for robust
deep learning", 2018) look one step ahead; here the gradient goes through all of the steps.
"""

from pathlib import Path

import numpy as np

from adjoint import grad, optim, value_and_grad

DATA = Path(__file__).parent / "data" / "digits.csv.gz"
STEPS = 25


def losses(weights, images, labels):
    """The logistic loss of each image."""
    return np.log1p(np.exp(-labels * (images @ weights)))


def weighted_loss(weights, trust, images, labels):
    return np.sum(trust * losses(weights, images, labels)) / np.sum(trust)


def train(logits, images, labels):
    """Gradient descent on the weighted loss; a logit says how far an image is to be trusted."""
    trust = 1.0 / (1.0 + np.exp(-logits))
    weights = np.zeros(images.shape[1])
    for _ in range(STEPS):
        slope = grad(weighted_loss)(weights, trust, images, labels)
        weights, _state = optim.sgd.update(slope, (), weights, 0.5)
    return weights


@value_and_grad
def outcome(logits, images, labels, clean_images, clean_labels):
    return np.mean(losses(train(logits, images, labels), clean_images, clean_labels))


def load(negative: int = 3, positive: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """The images of two digits, scaled to [0, 1], and their labels, -1.0 and +1.0."""
    table = np.loadtxt(DATA, delimiter=",", dtype=np.int64)
    digits = table[:, -1]
    chosen = (digits == negative) | (digits == positive)
    return table[chosen, :-1] / 16.0, np.where(digits[chosen] == positive, 1.0, -1.0)


def main(rounds: int = 60) -> tuple[float, float, float]:
    """Accuracy before and after, and the share of flipped labels among the least trusted."""
    rng = np.random.default_rng(0)
    images, labels = load()
    train_set, clean, test = np.split(rng.permutation(len(images)), [180, 220])
    flipped = rng.uniform(size=len(train_set)) < 0.35
    noisy = np.where(flipped, -labels[train_set], labels[train_set])
    logits = np.zeros(len(train_set))

    def accuracy() -> float:
        scores = images[test] @ train(logits, images[train_set], noisy)
        return float(np.mean(np.sign(scores) == labels[test]))

    before = accuracy()
    state = optim.adam.init(logits)
    for k in range(rounds):
        value, slope = outcome(logits, images[train_set], noisy, images[clean], labels[clean])
        if k % 15 == 0:
            print(f"round {k:3d}  loss on {len(clean)} clean images {value:.4f}")
        logits, state = optim.adam.update(slope, state, logits, 0.2)
    after = accuracy()
    suspects = np.argsort(logits)[: np.sum(flipped)]
    found = float(np.mean(flipped[suspects]))
    print(f"{np.mean(flipped):.0%} of the labels are wrong, and {found:.0%} of the least trusted")
    print(f"accuracy on untouched images {before:.1%} before, {after:.1%} after")
    return before, after, found


if __name__ == "__main__":
    main()
