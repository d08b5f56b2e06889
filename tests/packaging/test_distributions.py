"""The wheel and the source distribution: what is in them, and that each works on its own."""

import email.message
import email.parser
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
#: What a source distribution holds, besides the files at the top.
FOLDERS = (".ci", "adjoint", "benchmarks", "docs", "examples", "site_tools", "tests")
#: What a user does first; run where no checkout is near.
PROGRAM = """
import sys
import adjoint
assert "site-packages" in adjoint.__file__, adjoint.__file__
import numpy as np

@adjoint.value_and_grad
def loss(w, x):
    total = 0.0
    for row in x:
        total += np.tanh(row @ w) ** 2
    print(f"{total:.1f}")
    return total

w, x = np.ones(3), np.arange(6.0).reshape(2, 3) / 10
value, slope = loss(w, x)
step = 1e-6 * np.array([1.0, -2.0, 0.5])
change = loss.primal(w + step, x) - loss.primal(w - step, x)
assert np.isclose(slope @ step * 2, change, rtol=1e-6)
loss.save(sys.argv[1])
assert "scipy" not in sys.modules
"""
SAVED = """
import numpy as np
from saved import loss_value_and_grad
print(loss_value_and_grad(np.ones(3), np.ones((2, 3))))
"""


def run(*command: Any, cwd: Path, **variables: str) -> str:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | variables
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a source distribution, and the wheel that was built from it."""
    pytest.importorskip("build", reason="it is among the extras `test`")
    folder = tmp_path_factory.mktemp("dist")
    copy = tmp_path_factory.mktemp("checkout")  # a build writes beside the sources
    for name in FOLDERS:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.is_file() and not path.name.startswith("."):
            shutil.copy(path, copy)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, copy, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def sdist(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    (found,) = built.glob("*.tar.gz")
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(found) as archive:
        archive.extractall(folder, filter="data")
    (unpacked,) = folder.iterdir()
    return unpacked


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has the wheel, what it depends on, and nothing else."""
    folder = tmp_path_factory.mktemp("clean")
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", wheel, cwd=folder)
    return python


def metadata(wheel: Path) -> email.message.Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return email.parser.BytesParser().parsebytes(archive.read(name))


def sources(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for top in FOLDERS
        for path in (folder / top).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }


def test_wheel_holds_the_package_and_no_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [n for n in archive.namelist() if ".dist-info/" not in n]
        information = [n for n in archive.namelist() if ".dist-info/" in n]
    expected = {n for n in sources(ROOT) if n.startswith("adjoint/")}
    expected = {n for n in expected if not n.startswith("adjoint/testing/samples/")}
    assert set(names) == expected and "adjoint/py.typed" in names
    assert any(n.endswith("/licenses/LICENSE") for n in information)


def test_metadata_is_complete(wheel: Path) -> None:
    data = metadata(wheel)
    for field in ("Summary", "Author", "Keywords", "Classifier", "Requires-Python"):
        assert data[field], field
    assert data["License-Expression"] == "MIT"
    required = [r for r in data.get_all("Requires-Dist") or () if "extra" not in r]
    assert sorted(r.split(">")[0] for r in required) == ["astor", "gast", "numpy"]


def test_readme_of_the_package_has_no_links_into_the_repository(wheel: Path) -> None:
    text = metadata(wheel).get_payload()
    assert isinstance(text, str) and text.startswith("# adjoint")
    assert "](docs/" not in text and "](examples" not in text and "](CHANGELOG" not in text
    assert "docs/guide.md" in text


def test_wheel_works_where_nothing_else_is_installed(clean: Path, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    run(clean, "-W", "error", tmp_path / "program.py", tmp_path / "saved.py", cwd=tmp_path)
    printed = run(sys.executable, "-W", "error", "-c", SAVED, cwd=tmp_path, PYTHONPATH=".")
    assert printed.splitlines()[-1].startswith("(")


def test_sdist_has_all_sources(sdist: Path) -> None:
    assert sources(sdist) == sources(ROOT)
    for name in ("README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile"):
        assert (sdist / name).read_bytes() == (ROOT / name).read_bytes()


def test_sdist_passes_its_own_tests(sdist: Path) -> None:
    """A sample of each kind; `python -m tests.matrix` runs them all in an unpacked one."""
    tests = [
        "tests/test_layers.py", "tests/golden", "tests/api/test_grad.py", "tests/docs",
        "tests/test_examples.py",
    ]  # fmt: skip
    # pytest-xdist tells its workers by these, and the tests inside are not among them.
    outer = {name: "" for name in os.environ if name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--sample", "8"]
    printed = run(*command, *tests, cwd=sdist, **outer)
    assert " passed" in printed
