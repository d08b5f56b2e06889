"""Models of solvers: they take what SciPy takes, and their text is a module of its own."""

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import integrate, optimize

import adjoint
from adjoint import grad
from adjoint.rules.registry import SOLVERS, load_optional, solves

load_optional()


@pytest.mark.parametrize("solver", list(SOLVERS), ids=lambda s: s.__name__)
def test_models_name_their_parameters_as_scipy_does(solver: Any) -> None:
    theirs = set(inspect.signature(solver).parameters)
    kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    mine = list(inspect.signature(SOLVERS[solver]).parameters.values())[1:]
    assert {p.name for p in mine if p.kind not in kinds} <= theirs


def test_options_by_position() -> None:
    def root(a: Any) -> Any:
        return optimize.brentq(lambda x, c: x**3 - c, 0, 10, (a,), 1e-14)

    def area(a: Any) -> Any:
        return integrate.quad(lambda x, c: x * c, 0, 1, (a,), 0, 1e-12)[0]

    def fit(a: Any) -> Any:
        return optimize.least_squares(
            lambda x, c: x - c, [0.0], "2-point", (-9, 9), "trf", 1e-10, args=(a,)
        ).x[0]

    assert grad(root)(8.0) == pytest.approx(1 / 12)
    assert grad(area)(8.0) == pytest.approx(0.5)
    assert grad(fit)(2.0) == pytest.approx(1.0)


def caught(a: Any) -> Any:
    try:
        return optimize.brentq(lambda x: x - a, 0, 1)
    except ValueError:
        return 3 * a


def test_an_exception_that_the_program_catches() -> None:
    assert grad(caught)(0.5) == pytest.approx(1.0)
    assert grad(caught)(5.0) == pytest.approx(3.0)


def saved_root(a: Any) -> Any:
    area = integrate.quad(lambda t: np.exp(-a * t), 0.0, 1.0)[0]
    return optimize.brentq(lambda x: x**3 - a * area, 0.0, 10.0, xtol=1e-14)


def test_saved_text_runs_in_a_fresh_process(tmp_path: Path) -> None:
    text = grad(saved_root).source_for(2.0)
    (tmp_path / "saved.py").write_text(text + "\n\nprint(repr(float(saved_root_grad(2.0))))\n")
    run = subprocess.run(
        [sys.executable, str(tmp_path / "saved.py")], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parent.parent.parent, env={"PYTHONPATH": "."},
    )  # fmt: skip
    assert float(run.stdout) == pytest.approx(grad(saved_root)(2.0), rel=1e-14)


def difference(x: Any, a: Any) -> Any:
    return x - a


def test_what_the_user_declares_counts() -> None:
    model = SOLVERS[optimize.ridder]

    def root(a: Any) -> Any:
        return a * optimize.ridder(difference, 0.0, 5.0, args=(a,))

    assert grad(root)(2.0) == pytest.approx(4.0)
    adjoint.nondifferentiable(optimize.ridder)
    try:
        with pytest.raises(adjoint.UnsupportedError):  # it has no model any more
            grad(root)(2.0)
    finally:
        solves(optimize.ridder)(model)
    assert grad(root)(2.0) == pytest.approx(4.0)
