"""A language model of recurrent cells whose weights are diagonal matrices."""

from typing import Any

import numpy as np

from adjoint import grad


def sigmoid(x: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-x))


def loss(main: np.ndarray, extra: np.ndarray, state: np.ndarray, sequence: np.ndarray) -> Any:
    """Rows of `main` are a layer's weights, then its biases; each holds four gates."""
    layers, width = len(main) // 2, main.shape[1] // 4
    state = state.copy()
    total = 0.0
    for t in range(len(sequence) - 1):
        x = sequence[t] * extra[0]
        for k in range(layers):
            weight, bias = main[2 * k], main[2 * k + 1]
            hidden, cell = state[2 * k], state[2 * k + 1]
            forget = sigmoid(x * weight[:width] + bias[:width])
            enter = sigmoid(hidden * weight[width : 2 * width] + bias[width : 2 * width])
            leave = sigmoid(x * weight[2 * width : 3 * width] + bias[2 * width : 3 * width])
            change = np.tanh(hidden * weight[3 * width :] + bias[3 * width :])
            cell = cell * forget + enter * change
            x = leave * np.tanh(cell)
            state[2 * k], state[2 * k + 1] = x, cell
        guess = x * extra[1] + extra[2]
        norm = np.log(np.sum(np.exp(guess)) + 2.0)  # the 2 is part of the problem
        total += np.sum(sequence[t + 1] * (guess - norm))
    return -total / ((len(sequence) - 1) * width)


FUNCTIONS = {"objective": loss, "jacobian": grad(loss, (0, 1))}
VARIABLES = ("main_params", "extra_params")


def read(given: dict[str, Any]) -> tuple[Any, ...]:
    names = (*VARIABLES, "state", "sequence")
    return tuple(np.array(given[name], dtype=float) for name in names)


def write(function: str, result: Any) -> Any:
    if function == "objective":
        return float(result)
    return np.concatenate([np.ravel(bar) for bar in result]).tolist()


def example(
    rng: np.random.Generator, layers: int = 2, length: int = 5, width: int = 3
) -> dict[str, Any]:
    return {
        "main_params": rng.normal(size=(2 * layers, 4 * width)).tolist(),
        "extra_params": rng.normal(size=(3, width)).tolist(),
        "state": rng.normal(size=(2 * layers, width)).tolist(),
        "sequence": rng.integers(0, 2, size=(length, width)).tolist(),
    }
