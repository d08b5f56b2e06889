"""The generated texts: what they say, that they run alone, and how they read."""

from __future__ import annotations

import ast
import copy
import importlib.util
import io
import pickle
import statistics
import subprocess
import sys
import tempfile

import pytest

from tests.golden import GENERATED, HERE, PROGRAMS, generate, load, ratio
from tests.oracle import assert_same_gradient, richardson_gradient

WIDTH = 100
MEDIAN_RATIO = 1.4

#: Calls that stand for something known only at run time. All ranks are known in these programs, so
#: each needs a reason.
HELPERS = {"adjoint", "sum_to", "index_add", "zeros_like", "add", "copy", "pad_zeros"}
ALLOWED: dict[str, dict[str, str]] = {}

written = pytest.mark.skipif(
    not all((HERE / name / file).exists() for name in PROGRAMS for file in GENERATED),
    reason="the generated files are not written yet; run python -m tests.golden",
)


@written
@pytest.mark.parametrize("name", PROGRAMS)
def test_text_is_what_the_compiler_writes(name: str) -> None:
    for file, text in generate(name).items():
        assert (HERE / name / file).read_text() == text, (
            f"{name}/{file} differs; if the new text is better, run python -m tests.golden"
        )


@written
@pytest.mark.parametrize("name", PROGRAMS)
def test_saved_module_agrees_with_hand_and_differences(name: str) -> None:
    primal, hand, module = load(name, "primal"), load(name, "hand"), load(name, "grad")
    function = getattr(primal, primal.FUNCTION)
    args = primal.example()
    found = getattr(module, f"{primal.FUNCTION}_grad")(*copy.deepcopy(args))
    if isinstance(primal.ARGNUMS, tuple) and len(primal.ARGNUMS) == 1:
        found = (found,)
    assert_same_gradient(found, hand.gradient(*copy.deepcopy(args)), rtol=1e-11, atol=1e-12)
    assert_same_gradient(found, richardson_gradient(function, args, primal.ARGNUMS))


ALONE = """
import importlib.util, pathlib, pickle, sys
sys.modules["adjoint"] = None  # any import of it fails
for name in sys.argv[2:]:
    path = pathlib.Path(sys.argv[1]) / name / "grad.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    loaded = {m.partition(".")[0] for m in sys.modules if sys.modules[m] is not None}
    assert "gast" not in loaded and "adjoint" not in loaded, name
    function, args = pickle.load(sys.stdin.buffer)
    pickle.dump(getattr(module, function)(*args), sys.stdout.buffer)
"""


@written
def test_saved_modules_need_only_numpy() -> None:
    modules = [load(name, "primal") for name in PROGRAMS]
    sent = [pickle.dumps((f"{m.FUNCTION}_grad", m.example())) for m in modules]
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(HERE), *PROGRAMS],
        input=b"".join(sent), capture_output=True, check=True, cwd=tempfile.gettempdir(),
    )  # fmt: skip
    answers = io.BytesIO(done.stdout)
    for name, module in zip(PROGRAMS, modules, strict=True):
        here = getattr(load(name, "grad"), f"{module.FUNCTION}_grad")(*module.example())
        assert_same_gradient(pickle.load(answers), here, rtol=0.0, atol=0.0)


@written
@pytest.mark.parametrize("name", PROGRAMS)
def test_no_helper_where_ranks_are_known(name: str) -> None:
    tree = ast.parse((HERE / name / "grad.py").read_text())
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    used |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert (used & HELPERS) - set(ALLOWED.get(name, {})) == set()


@written
@pytest.mark.parametrize("name", PROGRAMS)
def test_lines_fit(name: str) -> None:
    lines = (HERE / name / "grad.py").read_text().splitlines()
    assert [line for line in lines if len(line) >= WIDTH or line != line.rstrip()] == []


@written
def test_ruff_finds_nothing() -> None:
    if importlib.util.find_spec("ruff") is None:
        pytest.skip("ruff is not installed")
    # A user's variable may be called l; tapes are of equal length; the
    # branches are those of the user.
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--line-length", "99"]
    command += ["--output-format", "concise"]
    command += ["--select", "E,F,W,B,SIM,I", "--ignore", "E741,B905,SIM108"]
    command += [str(HERE / name / "grad.py") for name in PROGRAMS]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@written
def test_length_against_hand() -> None:
    ratios = {name: ratio(name) for name in PROGRAMS}
    table = "\n".join(f"{name:24} {r:5.2f}" for name, r in ratios.items())
    assert statistics.median(ratios.values()) <= MEDIAN_RATIO, table
