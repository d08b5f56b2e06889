"""A language model: a transformer learns to write English, one character after the other.

    python examples/language_model.py [--steps 600] [--source]

The text is the first part of Lewis Carroll's "Alice's Adventures in Wonderland". The network is
that of Radford et al. ("Language models are unsupervised multitask learners", 2019), only small:
embeddings of characters and positions, layers of causal self-attention and of a perceptron, both
behind a layer norm and around a residual connection, and a linear map to the next character. All
of it is plain NumPy, in single precision; adjoint writes the backward pass, and `--source` prints
it.
"""

import argparse
import math
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from adjoint import optim, stop_gradient, value_and_grad

DATA = Path(__file__).parent / "data" / "alice.txt"
CONTEXT = 32  # how many characters the model sees
WIDTH = 48  # how many numbers stand for a character
HEADS = 4
LAYERS = 2
BATCH = 24


def layer_norm(x, gain, bias):
    """Each row with mean 0 and variance 1, then with a learned scale and offset."""
    centred = x - np.mean(x, axis=-1, keepdims=True)
    variance = np.mean(centred**2, axis=-1, keepdims=True)
    return gain * centred / np.sqrt(variance + 1e-5) + bias


def highest(scores):
    """What a softmax subtracts against overflow. It cancels, and so does its derivative."""
    return stop_gradient(np.max(scores, axis=-1, keepdims=True))


def softmax(scores):
    weights = np.exp(scores - highest(scores))
    return weights / np.sum(weights, axis=-1, keepdims=True)


def attention(x, layer):
    """Each position takes the mean of values before it, weighted by how keys fit its query."""
    batch, length, width = x.shape
    heads = (x @ layer["qkv"]).reshape(batch, length, 3 * HEADS, width // HEADS)
    q, k, v = np.split(heads.transpose(0, 2, 1, 3), 3, axis=1)
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(width // HEADS)
    future = np.triu(np.ones((length, length), dtype=bool), 1)
    mixed = softmax(np.where(future, -np.inf, scores)) @ v
    return mixed.transpose(0, 2, 1, 3).reshape(batch, length, width) @ layer["out"]


def perceptron(x, layer):
    return np.maximum(x @ layer["up"] + layer["up_bias"], 0.0) @ layer["down"] + layer["down_bias"]


def next_scores(parameters, text):
    """For each position in each row of `text`, scores of the characters that may follow."""
    x = parameters["characters"][text] + parameters["positions"][: text.shape[1]]
    for layer in parameters["layers"]:
        x = x + attention(layer_norm(x, layer["gain_1"], layer["bias_1"]), layer)
        x = x + perceptron(layer_norm(x, layer["gain_2"], layer["bias_2"]), layer)
    return layer_norm(x, parameters["gain"], parameters["bias"]) @ parameters["head"]


def log_likelihood(parameters, text):
    """The log-probability of each character of a row but the first, given those before it."""
    scores = next_scores(parameters, text[:, :-1])
    scores = scores - highest(scores)
    total = np.log(np.sum(np.exp(scores), axis=-1))
    return np.take_along_axis(scores, text[:, 1:, np.newaxis], axis=-1)[:, :, 0] - total


@value_and_grad
def loss(parameters, text):
    """The cross-entropy, in nats per character."""
    return -np.mean(log_likelihood(parameters, text))


def initial_parameters(
    rng: np.random.Generator, characters: int, dtype: type = np.float32
) -> dict:
    def normal(rows: int, columns: int, scale: float) -> np.ndarray:
        return (scale * rng.normal(size=(rows, columns))).astype(dtype)

    def layer() -> dict:
        return {
            "gain_1": np.ones(WIDTH, dtype),
            "bias_1": np.zeros(WIDTH, dtype),
            "qkv": normal(WIDTH, 3 * WIDTH, WIDTH**-0.5),
            "out": normal(WIDTH, WIDTH, 0.5 * WIDTH**-0.5),
            "gain_2": np.ones(WIDTH, dtype),
            "bias_2": np.zeros(WIDTH, dtype),
            "up": normal(WIDTH, 4 * WIDTH, WIDTH**-0.5),
            "up_bias": np.zeros(4 * WIDTH, dtype),
            "down": normal(4 * WIDTH, WIDTH, 0.25 * WIDTH**-0.5),
            "down_bias": np.zeros(WIDTH, dtype),
        }

    return {
        "characters": normal(characters, WIDTH, 0.5),
        "positions": normal(CONTEXT, WIDTH, 0.5),
        "layers": [layer() for _ in range(LAYERS)],
        "gain": np.ones(WIDTH, dtype),
        "bias": np.zeros(WIDTH, dtype),
        "head": normal(WIDTH, characters, 0.3 * WIDTH**-0.5),
    }


def read() -> tuple[np.ndarray, np.ndarray]:
    """The alphabet, and the text as places in it; all letters are small ones."""
    return np.unique(list(DATA.read_text(encoding="ascii").lower()), return_inverse=True)


def windows(codes: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Pieces of the text, one a row: what the model sees, and the character after it."""
    return codes[starts[:, np.newaxis] + np.arange(CONTEXT + 1)]


def bigram_entropy(codes: np.ndarray, held_out: np.ndarray, characters: int) -> float:
    """The cross-entropy of a model that knows how often each character follows each other one."""
    counts = np.full((characters, characters), 0.1)
    np.add.at(counts, (codes[:-1], codes[1:]), 1.0)
    chances = counts / np.sum(counts, axis=1, keepdims=True)
    return -float(np.mean(np.log(chances[held_out[:-1], held_out[1:]])))


def train(rng: np.random.Generator, codes: np.ndarray, characters: int, steps: int) -> dict:
    parameters = initial_parameters(rng, characters)
    state = optim.adamw.init(parameters)
    for step in range(steps):
        text = windows(codes, rng.integers(0, len(codes) - CONTEXT, size=BATCH))
        value, slope = loss(parameters, text)
        slope = optim.clip_by_global_norm(slope, 1.0)
        rate = optim.linear_warmup(step, optim.cosine_decay(step, 0.02, steps), 20)
        parameters, state = optim.adamw.update(
            slope, state, parameters, rate, beta2=0.98, weight_decay=0.05
        )
        if step % max(steps // 8, 1) == 0:
            print(f"step {step:4d}  loss {value:.3f}")
    return parameters


def held_out_loss(parameters: dict, codes: np.ndarray) -> float:
    starts = np.arange(0, len(codes) - CONTEXT, CONTEXT)
    return float(loss.primal(parameters, windows(codes, starts)))


def sample(
    rng: np.random.Generator, parameters: dict, text: np.ndarray, length: int
) -> np.ndarray:
    """Each row of `text`, and `length` more characters that the model draws."""
    for _ in range(length):
        scores = next_scores(parameters, text[:, -CONTEXT:])[:, -1]
        # The largest of scores with Gumbel noise is a draw from their softmax.
        drawn = np.argmax(scores + rng.gumbel(size=scores.shape), axis=-1)
        text = np.column_stack([text, drawn])
    return text


def main(argv: Sequence[str] | None = None) -> tuple[float, float]:
    """The cross-entropy of the trained model on text that was held out, and that of bigrams."""
    parser = argparse.ArgumentParser(description="Train a language model on Alice in Wonderland.")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--source", action="store_true", help="print the generated gradient")
    options = parser.parse_args(argv)

    rng = np.random.default_rng(0)
    alphabet, codes = read()
    codes, held_out = np.split(codes, [len(codes) * 9 // 10])
    bigrams = bigram_entropy(codes, held_out, len(alphabet))

    began = time.perf_counter()
    parameters = train(rng, codes, len(alphabet), options.steps)
    reached = held_out_loss(parameters, held_out)
    print(f"{options.steps} steps in {time.perf_counter() - began:.1f} s")
    print(f"on text that was held out: {reached:.3f} nats a character, bigrams have {bigrams:.3f}")
    prompt = np.searchsorted(alphabet, list("alice "))[np.newaxis]
    print("".join(alphabet[sample(rng, parameters, prompt, 300)[0]]))
    if options.source:
        print(loss.source)
    return reached, bigrams


def picture(figure) -> None:
    """What a model expects after each character of a text, after a short training."""
    axes, (alphabet, codes) = figure.subplots(), read()
    parameters = train(np.random.default_rng(0), codes, len(alphabet), 40)
    text = np.searchsorted(alphabet, list("alice was beginning to get very"))
    chances = softmax(next_scores(parameters, text[np.newaxis])[0])
    axes.imshow(chances.T, cmap="Blues", aspect="auto")
    axes.set_xticks(range(len(text)), alphabet[text])
    letters = np.flatnonzero(np.char.isalpha(alphabet))
    axes.set_yticks(letters, alphabet[letters], fontsize=5)
    axes.set_ylabel("next character")


if __name__ == "__main__":
    main()
