"""The language model of the examples, and its fine-tuning by preferences."""

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from adjoint import optim
from tests.oracle import richardson_gradient

EXAMPLES = Path(__file__).parent.parent / "examples"
STEPS = 300


def load(name: str) -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES)  # one example imports the other
        return importlib.import_module(name)


@pytest.fixture(scope="module")
def model() -> ModuleType:
    return load("language_model")


@pytest.fixture(scope="module")
def preferences() -> ModuleType:
    return load("preferences")


def small_case(model: ModuleType) -> tuple[dict, np.ndarray]:
    """Parameters in double precision, none of them at a special value, and random text."""
    rng = np.random.default_rng(0)
    start = model.initial_parameters(rng, 11, np.float64)
    parameters = optim.tree_map(lambda p: p + 0.1 * rng.normal(size=p.shape), start)
    return parameters, rng.integers(0, 11, size=(3, 10))


def slope_along(example: ModuleType, parameters: dict, along: dict, *args: Any) -> Any:
    """The derivative of an example's loss, by its gradient and by differences."""
    _, slope = example.loss(parameters, *args)

    def on_the_line(t: float) -> float:
        moved = optim.tree_map(lambda p, d: p + t * d, parameters, along)
        return example.loss.primal(moved, *args)

    products = optim.tree_map(lambda g, d: np.sum(g * d), slope, along)
    return sum(optim.tree_leaves(products)), richardson_gradient(on_the_line, (0.0,))


def direction(parameters: dict) -> dict:
    """A short one, so that no unit of the perceptrons is switched on or off along it."""
    rng = np.random.default_rng(1)
    return optim.tree_map(lambda p: 1e-3 * rng.normal(size=p.shape), parameters)


def test_language_model_beats_bigrams(
    model: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    reached, bigrams = model.main(["--steps", str(STEPS), "--source"])
    assert reached < bigrams - 0.2
    assert "def loss_value_and_grad(parameters, text" in capsys.readouterr().out


def test_bigram_entropy_is_that_of_a_chain(model: ModuleType) -> None:
    """A chain that stays with probability 0.9 has an entropy that is known."""
    rng = np.random.default_rng(0)
    chain = np.cumsum(rng.uniform(size=200_000) < 0.1) % 2
    want = -(0.9 * np.log(0.9) + 0.1 * np.log(0.1))
    assert model.bigram_entropy(chain[:100_000], chain[100_000:], 2) == pytest.approx(
        want, abs=0.01
    )


def test_language_model_does_not_see_the_future(model: ModuleType) -> None:
    parameters, text = small_case(model)
    other = text.copy()
    other[:, 6:] = 10 - other[:, 6:]
    before, after = model.next_scores(parameters, text), model.next_scores(parameters, other)
    np.testing.assert_array_equal(before[:, :6], after[:, :6])
    assert np.min(np.abs(before[:, 6:] - after[:, 6:]).max(axis=-1)) > 1e-3


def test_language_model_has_the_slope_of_differences(model: ModuleType) -> None:
    parameters, text = small_case(model)
    got, want = slope_along(model, parameters, direction(parameters), text)
    assert got == pytest.approx(want, rel=1e-8)


def torch_loss(torch: Any, parameters: dict, text: Any, heads: int) -> Any:
    """The same model in the words of PyTorch."""
    functional = torch.nn.functional
    inputs, targets = text[:, :-1], text[:, 1:]
    batch, length = inputs.shape

    def normed(x: Any, gain: Any, bias: Any) -> Any:
        return functional.layer_norm(x, gain.shape, gain, bias)

    def by_head(x: Any) -> Any:
        return x.view(batch, length, heads, -1).transpose(1, 2)

    x = functional.embedding(inputs, parameters["characters"]) + parameters["positions"][:length]
    for layer in parameters["layers"]:
        y = normed(x, layer["gain_1"], layer["bias_1"])
        q, k, v = (by_head(part) for part in (y @ layer["qkv"]).chunk(3, dim=-1))
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + y.transpose(1, 2).reshape(batch, length, -1) @ layer["out"]
        y = normed(x, layer["gain_2"], layer["bias_2"])
        y = functional.relu(functional.linear(y, layer["up"].T, layer["up_bias"]))
        x = x + functional.linear(y, layer["down"].T, layer["down_bias"])
    scores = normed(x, parameters["gain"], parameters["bias"]) @ parameters["head"]
    return functional.cross_entropy(scores.flatten(0, 1), targets.flatten())


def test_language_model_has_the_gradient_of_pytorch(model: ModuleType) -> None:
    torch = pytest.importorskip("torch", reason="a comparison with PyTorch, which is not required")
    parameters, text = small_case(model)
    value, slope = model.loss(parameters, text)
    copies = optim.tree_map(lambda p: torch.tensor(p, requires_grad=True), parameters)
    want = torch_loss(torch, copies, torch.tensor(text), model.HEADS)
    want.backward()
    assert value == pytest.approx(want.item(), rel=1e-12)

    def compare(got: np.ndarray, copy: Any) -> None:
        np.testing.assert_allclose(got, copy.grad.numpy(), rtol=1e-9, atol=1e-12)

    optim.tree_map(compare, slope, copies)


def test_preferences_are_learned(preferences: ModuleType) -> None:
    reached, before, after = preferences.main(training=200, steps=60, pairs=240)
    assert reached > 0.7
    assert after < 0.6 * before


def test_preferences_have_the_slope_of_differences(
    model: ModuleType, preferences: ModuleType
) -> None:
    parameters, _ = small_case(model)
    rng = np.random.default_rng(2)
    better, worse = rng.integers(0, 11, size=(2, 4, preferences.CONTEXT + 1))
    args = better, worse, rng.normal(size=4)
    got, want = slope_along(preferences, parameters, direction(parameters), *args)
    assert got == pytest.approx(want, rel=1e-7)


def test_preferences_begin_along_the_difference_of_likelihoods(
    model: ModuleType, preferences: ModuleType
) -> None:
    """Where the model is the frozen one, each pair has the weight σ(0) β."""
    parameters, _ = small_case(model)
    better, worse = np.random.default_rng(2).integers(0, 11, size=(2, 4, preferences.CONTEXT + 1))
    reference = preferences.preference(parameters, better, worse)
    value, got = preferences.loss(parameters, better, worse, reference)
    assert value == pytest.approx(np.log(2.0), rel=1e-12)

    along = direction(parameters)

    def rise(t: float) -> float:
        moved = optim.tree_map(lambda p, d: p + t * d, parameters, along)
        return np.mean(preferences.preference(moved, better, worse))

    products = optim.tree_map(lambda g, d: np.sum(g * d), got, along)
    want = -0.5 * preferences.STRENGTH * richardson_gradient(rise, (0.0,))
    assert sum(optim.tree_leaves(products)) == pytest.approx(want, rel=1e-7)
