"""`.save`: a module that a fresh interpreter imports with nothing but NumPy."""

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, grad, value_and_grad
from tests.api import programs
from tests.oracle import assert_same_gradient, richardson_gradient

# Only the standard library and NumPy can be found; anything else fails to import.
ALONE = """
import importlib.machinery, importlib.util, pickle, sys
path, numpy_home = sys.argv[1:]
sys.path[:] = [p for p in sys.path if p and "site-packages" not in p]

class OnlyNumPy:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "numpy" and path is None:
            return importlib.machinery.PathFinder.find_spec(name, [numpy_home])

sys.meta_path.append(OnlyNumPy())
assert importlib.util.find_spec("adjoint") is None and importlib.util.find_spec("gast") is None
spec = importlib.util.spec_from_file_location("saved", path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
name, args, kwargs = pickle.load(sys.stdin.buffer)
pickle.dump(getattr(module, name)(*args, **kwargs), sys.stdout.buffer)
"""


def run_alone(path: Path, name: str, *args: Any, **kwargs: Any) -> Any:
    home = Path(np.__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-S", "-c", ALONE, str(path), str(home)],
        input=pickle.dumps((name, args, kwargs)), capture_output=True, cwd=path.parent,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stderr.decode()}\n{path.read_text()}"
    return pickle.loads(done.stdout)


def ragged(p: Any, n: int) -> Any:
    return np.sum(p["a"] * p["b"][0]) ** n + p["b"][1]


def products(x: Any) -> Any:
    return np.prod(x) + np.prod(x[1:])


def generic_sum(x: Any, y: Any) -> Any:
    total = 0.0
    for a in x:
        total = total + np.sum(a * y)
    return total


LAYERS = [(np.full((2, 2), 0.1), np.ones(2)), (np.full((2, 2), 0.2), np.ones(2))]
CASES = {
    "scalar": (programs.cubic, (0.7,)),
    "loop": (programs.loop, (0.7, 6)),
    "array": (products, (np.array([0.5, 0.0, 2.0]),)),  # a helper of the runtime
    "layers": (programs.network, (LAYERS, np.array([[0.5, 0.6]]))),
    "dict": (programs.settings, ({"gain": np.ones(2), "offset": 2.0}, np.array([2.0, 3.0]))),
    "nested": (ragged, ({"a": np.ones((2, 3)), "b": [np.ones(3), 2.0]}, 2)),
    "unknown": (generic_sum, ([np.ones((1, 3)), np.ones((2, 3))], np.ones((2, 3)))),
    "recursion": (programs.power, (0.7, 5)),
    "global": (programs.scaled, (0.7,)),
    "float32": (products, (np.ones(3, np.float32),)),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("transform", [grad, value_and_grad])
def test_saved_module_gives_the_same(name: str, transform: Any, tmp_path: Path) -> None:
    f, args = CASES[name]
    gradient = transform(f)
    path = tmp_path / "saved.py"
    gradient.save(path, *args)
    suffix = "grad" if transform is grad else "value_and_grad"
    found = run_alone(path, f"{f.__name__}_{suffix}", *args)
    assert_same_gradient(found, gradient(*args), rtol=0.0, atol=0.0)


def test_generic_program_runs_alone(tmp_path: Path) -> None:
    def f(x, y):  # type: ignore[no-untyped-def]
        return np.sum(np.sin(x) * y)

    path = tmp_path / "saved.py"
    grad(f, (0, 1)).save(path)
    x, y = np.ones((2, 3)), np.ones(3)
    for args in [(x, y), (y, x), (2.0, 3.0), (2.0, y)]:
        found = run_alone(path, "f_grad", *args)
        assert_same_gradient(found, grad(f, (0, 1))(*args))


def test_saving_after_a_call_takes_its_program(tmp_path: Path) -> None:
    gradient = grad(programs.loop)
    gradient(0.7, 3)
    gradient.save(str(tmp_path / "saved.py"))
    assert run_alone(tmp_path / "saved.py", "loop_grad", 0.7, 3) == gradient(0.7, 3)


def test_captured_literals_become_defaults(tmp_path: Path) -> None:
    k, weights, options = 2.0, (1.0, np.float64(3.0)), {"rate": 5.0}

    def f(x: float) -> float:
        return k * x * x * weights[1] + options["rate"] * x

    path = tmp_path / "saved.py"
    grad(f).save(path, 0.7)
    assert run_alone(path, "f_grad", 0.7) == grad(f)(0.7)


def test_a_captured_value_without_literal_is_named(tmp_path: Path) -> None:
    weights = np.ones(3)

    def f(x: Any) -> Any:
        return np.sum(weights * x)

    with pytest.raises(UnsupportedError, match="weights") as caught:
        grad(f).save(tmp_path / "saved.py", np.ones(3))
    assert "argument" in caught.value.instead
    assert not (tmp_path / "saved.py").exists()


def test_keyword_arguments_choose_the_program(tmp_path: Path) -> None:
    def f(x: float, *, power: int = 2, rate: float) -> float:
        return rate * x**power

    path = tmp_path / "saved.py"
    grad(f).save(path, 0.7, rate=3.0)
    assert run_alone(path, "f_grad", 0.7, rate=3.0) == grad(f)(0.7, rate=3.0)


def total_of_squares(xs):  # type: ignore[no-untyped-def]
    total = 0.0
    for x in xs:
        total += x * x
    return total


def unpacked(p):  # type: ignore[no-untyped-def]
    a, b = p
    return a * b


def by_position(x):  # type: ignore[no-untyped-def]
    return x[0] * x[1] - np.exp(x[-1])


def weighted(xs):  # type: ignore[no-untyped-def]
    return sum(k * x * x for k, x in enumerate(xs))


@pytest.mark.parametrize("f", [total_of_squares, unpacked, by_position, weighted])
def test_unknown_arguments_are_taken_for_arrays(f: Any, tmp_path: Path) -> None:
    path = tmp_path / "saved.py"
    grad(f).save(path)  # before any call, and without annotations
    x = np.array([0.3, -0.7])
    assert_same_gradient(run_alone(path, f"{f.__name__}_grad", x), grad(f)(x))


def reads_an_element_that_is_written_later(x):  # type: ignore[no-untyped-def]
    y = x[0]
    x[0] = 5.0
    return np.sum(y * y)


def adds_to_an_element(x):  # type: ignore[no-untyped-def]
    y = x[0]
    y += 1.0
    return np.sum(x * x)


@pytest.mark.parametrize("f", [reads_an_element_that_is_written_later, adds_to_an_element])
def test_what_the_rank_decides_is_refused_while_it_is_unknown(f: Any) -> None:
    with pytest.raises(UnsupportedError, match="depends on a type"):
        _ = grad(f).source
    for x in (np.array([0.3, -0.7]), np.array([[0.3, 0.2], [-0.7, 0.1]])):
        assert_same_gradient(grad(f)(x), richardson_gradient(f, (x,)))


def test_names_beyond_ascii_are_written_as_utf_8(tmp_path: Path) -> None:
    def f(θ):  # type: ignore[no-untyped-def]
        größe = np.sin(θ)
        return größe * θ

    path = tmp_path / "saved.py"
    program = (
        "import sys\nfrom adjoint import grad\nimport numpy as np\nimport script\n"
        "grad(script.f).save('saved.py', 0.7)\nprint(grad(script.f).source.isascii())\n"
    )
    (tmp_path / "script.py").write_text(
        "import numpy as np\ndef f(θ):\n    größe = np.sin(θ)\n    return größe * θ\n",
        encoding="utf-8",
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "LC_ALL": "C",
                   "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}  # fmt: skip
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, check=True)
    saved = path.read_bytes()
    assert "größe + θ" in saved.decode("utf-8") and b"coding: utf-8" in saved.splitlines()[0]
    assert run_alone(path, "f_grad", 0.7) == grad(f)(0.7)


def test_names_in_ascii_need_no_declaration(tmp_path: Path) -> None:
    grad(programs.cubic).save(tmp_path / "saved.py", 0.7)
    assert "coding" not in (tmp_path / "saved.py").read_text()


@pytest.mark.parametrize("name", CASES)
def test_imports_are_sorted(name: str, tmp_path: Path) -> None:
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
    if ruff is None:
        pytest.skip("ruff is not installed")
    f, args = CASES[name]
    value_and_grad(f).save(tmp_path / "saved.py", *args)
    options = ["--isolated", "--select", "I,F", "--output-format", "concise"]
    done = subprocess.run([ruff, "check", *options, str(tmp_path / "saved.py")], text=True,
                          capture_output=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + (tmp_path / "saved.py").read_text()


def diffused(u: Any, parameters: Any) -> Any:
    """The product may broadcast, since the inner part of `kappa` may be a single number."""
    lap = u[2:] + u[:-2] - 2.0 * u[1:-1]
    return np.sum((parameters["kappa"][1:-1] * lap) ** 2)


def test_sizes_that_were_equal_are_checked(tmp_path: Path) -> None:
    """A program for equal sizes refuses others in a module, where no dispatch chooses another."""
    u, kappa = np.arange(5.0) ** 2, np.ones(5)
    gradient = grad(diffused, 1)
    path = tmp_path / "saved.py"
    gradient.save(path, u, {"kappa": kappa})
    space: dict[str, Any] = {}
    exec(path.read_text(), space)
    saved = space["diffused_grad"]
    want = gradient(u, {"kappa": kappa})["kappa"]
    np.testing.assert_array_equal(saved(u, {"kappa": kappa})["kappa"], want)
    with pytest.raises(ValueError, match="written for"):
        saved(u, {"kappa": np.ones(3)})
    narrow = gradient(u, {"kappa": np.ones(3)})["kappa"]
    want = richardson_gradient(lambda k: diffused(u, {"kappa": k}), (np.ones(3),), (0,))
    assert_same_gradient((narrow,), want)
