"""The examples run, and reach what they set out to reach."""

import ast
import ctypes.util
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy import special

from adjoint import elementwise_grad, optim
from tests.oracle import assert_same_gradient, richardson_gradient

EXAMPLES = Path(__file__).parent.parent / "examples"


def load(name: str) -> ModuleType:
    """Import an example as a module; `examples` is a folder of scripts, not a package."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_what_examples_print_is_ascii(path: Path) -> None:
    """Some terminals know no more; docstrings and comments may have other characters."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert node.value.isascii() or id(node) in docstrings, node.value


def test_an_example_prints_in_a_terminal_of_ascii() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(EXAMPLES.parent)}
    done = subprocess.run([sys.executable, str(EXAMPLES / "projectile.py")], env=environment,
                          capture_output=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert b"deg" in done.stdout


def test_many_machines_lose_one_and_no_number() -> None:
    """Two workers, more data than either may hold, and the kill of one of them."""
    pytest.importorskip("distributed")
    small = ["--workers", "2", "--chunks", "60", "--memory", "300MB", "--steps", "2", "--kill"]
    done = subprocess.run([sys.executable, str(EXAMPLES / "many_machines.py"), *small],
                          env={**os.environ, "PYTHONPATH": str(EXAMPLES.parent)},
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "312 MB; a worker may use 300MB" in done.stdout
    assert "the gradient is the same" in done.stdout


@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_digits_are_read(optimizer: str, capsys: pytest.CaptureFixture[str]) -> None:
    digits = load("digits")
    assert digits.main(["--optimizer", optimizer])[optimizer] >= digits.WANTED
    assert "def loss" in capsys.readouterr().out


def test_digits_fail_when_training_does_not_suffice() -> None:
    with pytest.raises(SystemExit, match="96%"):
        load("digits").main(["--optimizer", "momentum", "--epochs", "1", "--quiet"])


def test_digits_data_are_complete() -> None:
    images, labels = load("digits").load()
    assert images.shape == (1797, 64)
    assert np.array_equal(np.unique(images), np.arange(17) / 16.0)
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_logistic_regression_separates_threes_from_eights() -> None:
    assert load("logistic_regression").main() > 0.9


def test_rnn_learns_to_remember() -> None:
    curve, accuracy = load("rnn").main(steps=150)
    assert curve[0] > 0.6
    assert np.mean(curve[-10:]) < 0.1
    assert accuracy > 0.99


@pytest.mark.parametrize("target", [40.0, 120.0])
def test_projectile_hits(target: float) -> None:
    assert abs(load("projectile").main(target)) < 1e-6


def test_projectile_landing_is_continuous_where_the_number_of_steps_jumps() -> None:
    """The gradient agrees with a difference that spans many changes of the number of steps."""
    landing = load("projectile").landing
    _, (by_angle, _) = landing(0.5, 30.0)
    wide = (landing.primal(0.6, 30.0) - landing.primal(0.4, 30.0)) / 0.2
    assert by_angle == pytest.approx(wide, rel=0.02)


def test_tuned_training_reaches_a_lower_loss() -> None:
    before, after = load("tuned_training").main()
    assert before > 0.4 and after < 0.05


def test_weights_of_data_find_wrong_labels() -> None:
    before, after, found = load("data_weights").main()
    assert after > before + 0.02
    assert found > 0.8


def test_weights_of_data_have_the_slope_of_differences() -> None:
    example = load("data_weights")
    images, labels = example.load()
    args = images[:20], labels[:20], images[20:30], labels[20:30]
    rng = np.random.default_rng(0)
    logits, along = rng.normal(size=20), rng.normal(size=20)
    _, slope = example.outcome(logits, *args)
    want = richardson_gradient(lambda t: example.outcome.primal(logits + t * along, *args), (0.0,))
    assert slope @ along == pytest.approx(want, rel=1e-8)


def test_the_two_adjoints_of_an_equation_meet_at_fourth_order() -> None:
    example = load("predator_prey")
    distances = example.main()
    assert distances[-1] < 1e-7
    for coarse, fine in zip(distances, distances[1:], strict=False):
        assert 10.0 < coarse / fine < 24.0  # 2⁴ = 16
    args = (example.START, example.PARAMETERS, 40)
    _, got = example.outcome(*args)
    for argnum in (0, 1):
        want = richardson_gradient(example.outcome.primal, args, argnum)
        np.testing.assert_allclose(got[argnum], want, rtol=1e-8)


def test_rates_of_layers_are_learned() -> None:
    before, after = load("hyperparameters").main()
    assert after < 0.8 * before


def test_rates_of_layers_have_the_slope_of_differences() -> None:
    """Through all of the hundred steps; the rates are small, so that the steps are not chaotic."""
    example = load("hyperparameters")
    images, targets = example.load()
    layers = example.initial_layers(np.random.default_rng(0))
    data = layers, images[:20], targets[:20], images[20:40], targets[20:40]
    first, second = example.same_for_both(0.002)
    knobs = first, {"log_rate": -4.0, "log_decay": -2.0}
    _, slope = example.outcome(knobs, *data)
    want = richardson_gradient(example.outcome.primal, (knobs, *data))
    assert_same_gradient(slope, want, rtol=1e-7)


def test_meta_learning_finds_a_start_that_adapts() -> None:
    plain, meta = load("maml").main(rounds=400)
    assert meta[1] < 0.5 * min(plain)
    assert meta[1] < 0.5 * meta[0]


def slope_along(function: Any, start: Any, *args: Any) -> tuple[float, float]:
    """The derivative along a random direction, by the gradient and by differences."""
    rng = np.random.default_rng(0)
    along = optim.tree_map(lambda p: 0.1 * rng.normal(size=np.shape(p)), start)

    def on_the_line(t: float) -> float:
        moved = optim.tree_map(lambda p, d: p + t * d, start, along)
        return function.primal(moved, *args)

    _, slope = function(start, *args)
    products = optim.tree_map(lambda g, d: np.sum(g * d), slope, along)
    return sum(optim.tree_leaves(products)), richardson_gradient(on_the_line, (0.0,))


def test_meta_learning_has_the_slope_of_differences() -> None:
    example = load("maml")
    rng = np.random.default_rng(0)
    start, waves = example.initial_parameters(rng), example.make_waves(rng, 3)
    got, want = slope_along(example.loss_after_adaptation, start, *waves, 2)
    assert got == pytest.approx(want, rel=1e-7)


def test_an_optimizer_is_learned() -> None:
    reached = load("learned_optimizer").main(rounds=150)
    learned = reached.pop("learned")
    assert learned < 0.9 * min(reached.values())


def test_a_learned_optimizer_has_the_slope_of_differences() -> None:
    example = load("learned_optimizer")
    rng = np.random.default_rng(0)
    network, tasks = example.initial_network(rng), example.make_tasks(rng, 2)
    got, want = slope_along(example.effort, network, *tasks)
    assert got == pytest.approx(want, rel=1e-7)


def test_pendulum_is_weighed() -> None:
    example = load("ode_fit")
    found, distances = example.main()
    np.testing.assert_allclose(found["p"], example.TRUTH["p"], rtol=0.01)
    np.testing.assert_allclose(found["z"], example.TRUTH["z"], atol=0.02)
    for coarse, fine in zip(distances, distances[1:], strict=False):
        assert 12.0 < coarse / fine < 20.0  # 2⁴ = 16


def test_pendulum_has_the_slope_of_differences() -> None:
    example = load("ode_fit")
    args = (example.TRUTH, np.linspace(2.0, 1.0, 6), 4)
    _, got = example.misfit(*args)
    assert_same_gradient(got, richardson_gradient(example.misfit.primal, args), rtol=1e-8)


def test_small_swings_of_the_pendulum_have_the_slope_of_the_formula() -> None:
    """Both adjoints, against complex steps of the solution for sin(angle) = angle."""
    example = load("ode_fit")
    amplitude = 1e-4
    z, p = amplitude * np.array([1.0, 2.0]), np.array([5.0, 0.4])
    observed = amplitude * np.random.default_rng(0).normal(size=8)
    times = example.INTERVAL * np.arange(1, 9)

    def formula(z: np.ndarray, p: np.ndarray) -> complex:
        decay = 0.5 * p[1]
        pulse = np.sqrt(p[0] - decay**2)
        sine = (z[1] + decay * z[0]) / pulse
        swing = z[0] * np.cos(pulse * times) + sine * np.sin(pulse * times)
        return 0.5 * np.sum((np.exp(-decay * times) * swing - observed) ** 2)

    steps = 1e-30j * np.eye(2)
    want = {
        "z": np.array([formula(z + step, p).imag / 1e-30 for step in steps]),
        "p": np.array([formula(z, p + step).imag / 1e-30 for step in steps]),
    }
    _, discrete = example.misfit({"z": z, "p": p}, observed, 50)
    continuous = example.continuous_adjoint({"z": z, "p": p}, observed, 50)
    for name, value in want.items():
        np.testing.assert_allclose(discrete[name], value, rtol=1e-6)
        np.testing.assert_allclose(continuous[name], value, rtol=1e-6)


needs_libm = pytest.mark.skipif(ctypes.util.find_library("m") is None, reason="there is no libm")


@needs_libm
def test_a_star_is_measured_through_c(capsys: pytest.CaptureFixture[str]) -> None:
    example = load("black_box")
    found = example.main()
    star, misfit = found["airy"]
    pixels = len(example.EDGES) - 1
    assert misfit < 0.5 * (pixels + 4.0 * np.sqrt(2.0 * pixels))  # a likely value of chi squared
    assert found["gaussian"][1] > 2.0 * misfit
    np.testing.assert_allclose(star, example.TRUTH, rtol=0.05, atol=0.05)
    text = capsys.readouterr().out
    assert "= bessel(0, r)" in text and "= bessel(-1, r)" in text


@needs_libm
@pytest.mark.parametrize("model", ["gaussian", "airy"])
def test_light_through_c_has_the_slopes_of_differences(model: str) -> None:
    example = load("black_box")
    star, counted = np.array([900.0, 0.1, 1.3]), np.random.default_rng(0).uniform(0.0, 90.0, 41)
    args = star, getattr(example, model), counted
    _, gradient = example.slope(*args)
    want = richardson_gradient(example.misfit, args)
    np.testing.assert_allclose(gradient, want, rtol=1e-7)
    rows = [richardson_gradient(lambda *a, k=k: example.slope(*a)[1][k], args) for k in range(3)]
    np.testing.assert_allclose(example.curvature(*args), rows, rtol=1e-6)


@needs_libm
def test_functions_of_c_have_the_slopes_of_scipy() -> None:
    example = load("black_box")
    x = np.linspace(-3.0, 3.0, 9)
    np.testing.assert_allclose(example.erf(x), special.erf(x), rtol=1e-14)
    np.testing.assert_allclose(
        elementwise_grad(example.erf)(x), 2.0 / np.sqrt(np.pi) * np.exp(-(x**2)), rtol=1e-14
    )
    got = elementwise_grad(lambda x: example.bessel(2, x))(x)
    np.testing.assert_allclose(got, special.jvp(2, x), rtol=1e-12, atol=1e-14)
