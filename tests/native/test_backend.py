"""The option `backend="numba"`: every derivative, its text, its fallback, its cache."""

from __future__ import annotations

import importlib.util
import math
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import NativeWarning, UnsupportedError, grad, use
from tests.native import assert_same

pytest.importorskip("numba")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADJOINT_CACHE_DIR", str(tmp_path / "cache"))


def wave(x: Any, n: int) -> Any:
    s = 0.0
    for i in range(n):
        s = math.sin(s + x * i)
    return s


def energy(x: Any) -> Any:
    return np.sum(np.sin(x) * x)


def curve(x: Any) -> Any:
    return np.exp(x) * x[0]


X = np.array([0.3, -0.7, 1.1])


@pytest.mark.parametrize(
    "derivative",
    [
        lambda b: adjoint.grad(wave, backend=b)(0.4, 5),
        lambda b: adjoint.value_and_grad(energy, backend=b)(X),
        lambda b: adjoint.hvp(energy, backend=b)(X, np.ones(3)),
        lambda b: adjoint.hessian(energy, backend=b)(X),
        lambda b: adjoint.jacobian(curve, backend=b)(X),
        lambda b: adjoint.jacfwd(curve, backend=b)(X),
        lambda b: adjoint.jacrev(curve, backend=b)(X),
        lambda b: adjoint.jvp(curve, (X,), (np.ones(3),), backend=b),
        lambda b: adjoint.vjp(curve, X, backend=b)[1](np.array([1.0, 2.0, 3.0])),
        lambda b: adjoint.derivative(lambda t: math.sin(t) * t, 2, backend=b)(0.7),
        lambda b: adjoint.elementwise_grad(np.tanh, backend=b)(X),
        lambda b: adjoint.gnvp(curve, backend=b)(X, np.ones(3)),
    ],
    ids="grad value_and_grad hvp hessian jacobian jacfwd jacrev jvp vjp derivative "
    "elementwise gnvp".split(),
)
def test_every_derivative(derivative: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", NativeWarning)
        assert_same(derivative("numba"), derivative("numpy"))


def test_the_source_is_what_is_compiled() -> None:
    gradient = grad(wave, backend="numba")
    gradient(0.4, 5)
    assert "@njit" in gradient.source and "np.empty(" in gradient.source
    assert "@njit" not in grad(wave, backend="numpy").source


def test_a_default_for_a_block() -> None:
    gradient = grad(wave)
    plain = gradient(0.4, 5)
    with use("numba"):
        assert gradient(0.4, 5) == pytest.approx(plain, rel=1e-13)
        assert "@njit" in gradient.source
        with use("numpy"):
            gradient(0.4, 5)
            assert "@njit" not in gradient.source
        gradient(0.4, 5)
        assert "@njit" in gradient.source
    gradient(0.4, 5)
    assert "@njit" not in gradient.source


def test_a_decorator() -> None:
    @grad(backend="numba")
    def cube(x: float) -> float:
        return x * x * x

    assert cube(2.0) == 12.0 and "@njit" in cube.source


def test_unknown_back_end() -> None:
    with pytest.raises(ValueError, match="'numpy' and 'numba'"):
        grad(wave, backend="cuda")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="'numpy' and 'numba'"), use("cuda"):
        pass


def spoken(x: Any) -> Any:
    print("x")
    return x * x


def test_refused_before_anything_runs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UnsupportedError, match="numba") as error:
        grad(spoken, backend="numba")(2.0)
    assert error.value.line is not None and capsys.readouterr().out == ""


def test_fallback_warns_once(capsys: pytest.CaptureFixture[str]) -> None:
    gradient = grad(spoken, backend="numba", fallback=True)
    with pytest.warns(NativeWarning, match="runs in NumPy"):
        assert gradient(2.0) == 4.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert gradient(3.0) == 6.0
    assert capsys.readouterr().out == "x\nx\n"


def test_a_first_result_that_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The net below: with a compiled program that is wrong, the one in NumPy is used."""
    from adjoint.emit.numba import library

    def math_sin(x: Any) -> Any:
        return math.cos(x)

    monkeypatch.setattr(library, "math_sin", math_sin)
    gradient = grad(lambda x: math.cos(x) * 3.0, backend="numba")
    with pytest.warns(NativeWarning, match="disagree"):
        assert gradient(0.3) == pytest.approx(-3.0 * math.sin(0.3))
    assert gradient(0.4) == pytest.approx(-3.0 * math.sin(0.4))


def test_saved_module_needs_no_adjoint(tmp_path: Path) -> None:
    path = tmp_path / "saved.py"
    gradient = grad(wave, backend="numba")
    gradient.save(path, 0.4, 5)
    assert "adjoint." not in path.read_text().replace("by adjoint", "")
    spec = importlib.util.spec_from_file_location("saved", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.wave_grad(0.4, 5) == pytest.approx(grad(wave)(0.4, 5), rel=1e-13)


# The folder of compiled code

SCRIPT = """
import sys, math
from adjoint import grad
def wave(x, n):
    s = 0.0
    for i in range(n):
        s = math.sin(s + x * i)
    return s
gradient = grad(wave, backend="numba")
print(gradient(0.4, 5))
native = gradient._latest.run.native
print(sum(sum(d.stats.cache_hits.values()) for d in native.dispatchers), native.path)
"""


def run_script(folder: Path) -> tuple[float, int, str]:
    script = folder.parent / "script.py"
    script.write_text(SCRIPT)
    root = Path(__file__).parents[2]
    env = {**os.environ, "ADJOINT_CACHE_DIR": str(folder), "PYTHONPATH": str(root)}
    done = subprocess.run([sys.executable, script], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    value, rest = done.stdout.split("\n")[:2]
    hits, path = rest.split(" ", 1)
    return float(value), int(hits), path


def test_compiled_code_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    value, hits, path = run_script(folder)
    assert hits == 0 and Path(path).parent == folder
    assert folder.stat().st_mode & 0o077 == 0
    assert run_script(folder) == (value, 1, path) or run_script(folder)[1] > 0
    for entry in folder.rglob("*.nb[ic]"):  # a process was stopped while it wrote
        entry.write_bytes(entry.read_bytes()[:20])
    Path(path).write_text("broken")
    assert run_script(folder)[0] == value
    assert Path(path).read_text() != "broken"


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="folders have other rights here")
def test_a_folder_that_others_may_write_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    assert run_script(folder)[1:] == (0, "None")
    assert not list(folder.iterdir())


def test_threads_share_a_program() -> None:
    gradient = grad(wave, backend="numba")
    found: list[float] = []
    threads = [threading.Thread(target=lambda: found.append(gradient(0.4, 5))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and len(set(found)) == 1
