"""What `import adjoint` loads, and what the first of the public names does."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import adjoint
import adjoint.public

ROOT = Path(__file__).parent.parent
PREFIX = "import sys, adjoint\n"
LOADED = "print(*sorted(sys.modules))\n"


def run(code: str, *options: str) -> list[str]:
    """The words that a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *options, "-c", code],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_import_loads_no_compiler() -> None:
    assert [m for m in run(PREFIX + LOADED) if m.partition(".")[0] == "adjoint"] == ["adjoint"]


def test_first_name_loads_the_compiler_without_scipy_or_warnings() -> None:
    loaded = run(PREFIX + "adjoint.grad\n" + LOADED)
    assert "adjoint.pipeline" in loaded
    assert not [m for m in loaded if m.partition(".")[0] in ("scipy", "autograd", "matplotlib")]


@pytest.mark.parametrize("name", ["grad", "checkpoint", "optim", "api"])
def test_names_are_there_however_they_are_asked_for(name: str) -> None:
    kind = run(PREFIX + f"print(type(adjoint.{name}).__name__)")
    assert kind == run(f"from adjoint import {name}\nprint(type({name}).__name__)")
    assert kind == [type(getattr(adjoint, name)).__name__]


def test_every_public_name_is_there() -> None:
    assert all(getattr(adjoint, n) is getattr(adjoint.public, n) for n in adjoint.public.__all__)


def test_star_import_and_dir() -> None:
    names: dict[str, object] = {}
    exec("from adjoint import *", names)
    assert set(adjoint.__all__) == names.keys() - {"__builtins__"} and "grad" in dir(adjoint)
    assert list(adjoint.__all__) == sorted(adjoint.__all__)


def test_unknown_name() -> None:
    with pytest.raises(AttributeError, match="module 'adjoint' has no attribute 'gard'"):
        adjoint.gard  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'gard'"):
        exec("from adjoint import gard")


def test_a_pickled_name_loads_the_compiler() -> None:
    """As in a worker process, whose program calls `jvp` and never imports adjoint itself."""
    code = "import pickle, sys\n" + f"f = pickle.loads({pickle.dumps(adjoint.jvp)!r})\n" + LOADED
    assert "adjoint.inside" in run(code)


def test_threads_may_ask_for_the_first_name_at_once() -> None:
    code = (
        PREFIX
        + """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(8) as pool:
    names = ["grad", "jvp", "optim", "rule"] * 8
    found = list(pool.map(lambda name: getattr(adjoint, name), names))
print(len(set(map(id, found))))
"""
    )
    assert run(code) == ["4"]
