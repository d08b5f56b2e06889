"""Fine-tune the language model by preferences: it learns to avoid the letter e.

The trained model continues a prompt twice. Of the two, the continuation with fewer letters e is
the better one, and that is all that is learned from: no rewards, no samples on the way, and no
second model. Direct preference optimization (Rafailov et al., "Direct preference optimization:
your language model is secretly a reward model", 2023) raises the log-probability of the better
continuation against that of the worse, both relative to a frozen copy of the model.
"""

import numpy as np
from language_model import (
    CONTEXT,
    held_out_loss,
    log_likelihood,
    read,
    sample,
    train,
    windows,
)

from adjoint import optim, value_and_grad

PROMPT = 9
CONTINUATION = CONTEXT + 1 - PROMPT
STRENGTH = 1.0  # of the penalty on leaving the frozen model; beta in the paper
BATCH = 24


def preference(parameters, better, worse):
    """The log of how much more probable the better continuations are, one for each pair."""
    rise = log_likelihood(parameters, better) - log_likelihood(parameters, worse)
    return np.sum(rise[:, PROMPT - 1 :], axis=1)


@value_and_grad
def loss(parameters, better, worse, reference):
    """Minus the log-probability of the preferences, in the model of Bradley and Terry."""
    margin = preference(parameters, better, worse) - reference
    return np.mean(np.logaddexp(0.0, -STRENGTH * margin))


def continuations(rng: np.random.Generator, parameters: dict, prompts: np.ndarray) -> np.ndarray:
    return sample(rng, parameters, prompts, CONTINUATION)


def make_pairs(
    rng: np.random.Generator, parameters: dict, prompts: np.ndarray, letter: int
) -> tuple[np.ndarray, np.ndarray]:
    """Two continuations of each prompt, the better one first; even pairs are left out."""
    first, second = (continuations(rng, parameters, prompts) for _ in range(2))
    lead = np.sum((second == letter).astype(int) - (first == letter), axis=1)[:, np.newaxis]
    better, worse = np.where(lead > 0, first, second), np.where(lead > 0, second, first)
    return better[lead[:, 0] != 0], worse[lead[:, 0] != 0]


def accuracy(
    parameters: dict, better: np.ndarray, worse: np.ndarray, reference: np.ndarray
) -> float:
    """The share of pairs of which the model has come to favour the better continuation."""
    return float(np.mean(preference(parameters, better, worse) > reference))


def tune(
    rng: np.random.Generator, parameters: dict, better: np.ndarray, worse: np.ndarray, steps: int
) -> dict:
    reference = preference(parameters, better, worse)  # of the frozen model: numbers
    state = optim.adam.init(parameters)
    for step in range(steps):
        chosen = rng.integers(0, len(better), size=BATCH)
        value, slope = loss(parameters, better[chosen], worse[chosen], reference[chosen])
        parameters, state = optim.adam.update(slope, state, parameters, 0.0005)
        if step % max(steps // 6, 1) == 0:
            print(f"step {step:4d}  preference loss {value:.3f}")
    return parameters


def main(training: int = 600, steps: int = 60, pairs: int = 300) -> tuple[float, float, float]:
    """Accuracy on pairs that were held out, and the share of e before and after."""
    rng = np.random.default_rng(0)
    alphabet, codes = read()
    codes, held_out = np.split(codes, [len(codes) * 9 // 10])
    frozen = train(rng, codes, len(alphabet), training)

    letter = int(np.searchsorted(alphabet, "e"))
    prompts = windows(codes, rng.integers(0, len(codes) - CONTEXT, size=pairs))[:, :PROMPT]
    better, worse = make_pairs(rng, frozen, prompts, letter)
    test, rest = np.split(np.arange(len(better)), [len(better) // 4])
    tuned = tune(rng, frozen, better[rest], worse[rest], steps)

    reference = preference(frozen, better[test], worse[test])
    reached = accuracy(tuned, better[test], worse[test], reference)
    print(f"the better one of {len(test)} held-out pairs is favoured in {reached:.0%}")
    prompts = windows(held_out, rng.integers(0, len(held_out) - CONTEXT, size=100))[:, :PROMPT]
    shares = []
    for name, model in ("before", frozen), ("after", tuned):
        text = continuations(rng, model, prompts)
        shares.append(float(np.mean(text[:, PROMPT:] == letter)))
        print(
            f"{name}: {shares[-1]:.1%} of the letters drawn are e, "
            f"and {held_out_loss(model, held_out):.3f} nats a character of the book"
        )
        for row in text[:3]:
            print("    " + "".join(alphabet[row]).replace("\n", " "))
    return reached, shares[0], shares[1]


if __name__ == "__main__":
    main()
