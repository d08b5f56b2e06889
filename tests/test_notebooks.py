"""Notebooks, run by a kernel of this Python, as a person would write them."""

from __future__ import annotations

import os
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

ROOT = Path(__file__).parents[1]

CHECK = """
def check(f, *args, h=1e-5):
    x, *rest = args
    g = adjoint.grad(f)(x, *rest)
    d = (f(x - 2*h, *rest) - 8*f(x - h, *rest) + 8*f(x + h, *rest) - f(x + 2*h, *rest)) / (12*h)
    assert abs(g - d) < 1e-8, (g, d)
"""


def run(
    *cells: str, folder: Path, monkeypatch: pytest.MonkeyPatch, errors: bool = False
) -> list[Any]:
    """The outputs of the cells; an exception in a cell fails the test."""
    found = os.pathsep.join([str(ROOT), str(folder), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", found)
    monkeypatch.setenv("IPYTHONDIR", str(folder / "ipython"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(textwrap.dedent(c).strip("\n")) for c in cells]
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "", "language": "python"}
    nbclient.NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(folder)}}, allow_errors=errors
    ).execute()
    return [cell.outputs for cell in notebook.cells]


def test_the_kernel_is_this_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = "import sys, adjoint; print(sys.version_info[:3], adjoint.__file__)"
    ((output,),) = run(cell, folder=tmp_path, monkeypatch=monkeypatch)
    assert str(tuple(sys.version_info[:3])) in output.text and str(ROOT) in output.text


def test_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "changing.py").write_text("def f(x):\n    return 2.0 * x\n\ng = f\n")
    run(
        CHECK
        + """
        import math
        import numpy as np
        import adjoint
        from adjoint import grad

        def helper(x):
            return np.sin(x) * math.exp(x)

        def loss(x):
            y = helper(x)
            return np.sum(np.square(y)) * x

        check(loss, 0.7)
        check(lambda x: np.exp(x) * helper(x), 0.7)
        """.replace("\n        ", "\n"),
        """
        # several functions, redefined later
        def first(x):
            return x * x
        def second(x, k=3):
            def inner(y):
                return k * np.cos(y)
            return inner(x) * first(x)
        check(first, 0.7), check(second, 0.7)
        """,
        """
        def first(x):
            return np.sin(x) * x

        check(first, 0.7)
        check(second, 0.7)
        """,
        """
        class Model:
            def __init__(self, k):
                self.k = k

            def value(self, x):
                return self.k * helper(x)

        @grad
        def cube(x):
            return x ** 3

        check(Model(2.0).value, 0.7)
        assert abs(cube(2.0) - 12.0) < 1e-12
        """,
        """
        table = {"a": lambda x: x * x, "b": lambda x: np.sin(x) * x, "c": [lambda x: -x]}
        for f in (table["a"], table["b"], *table["c"]):
            check(f, 0.7)
        """,
        """
        %%time
        import cmath
        def timed(x):
            return np.tan(x) * math.cos(x)
        check(timed, 0.7)
        check(lambda x: timed(x) * x, 0.7)
        """,
        """
        check(timed, 0.7)
        %time check(lambda x: np.sqrt(x) * x, 0.7)
        %time result = grad(lambda x: np.log(x))(0.5)
        assert result == 2.0
        """,
        """
        %%timeit -n 1 -r 1
        import math as m
        k = 2.0
        def inside(x):
            return k * m.sin(x) + np.cos(x)
        check(inside, 0.7)
        check(lambda x: k * inside(x), 0.7)
        """,
        """
        %timeit -n 1 -r 1 check(lambda x: np.exp(x) * x, 0.7)
        """,
        """
        %%capture captured
        def quiet(x):
            return np.tanh(x)
        check(quiet, 0.7)
        """,
        """
        import asyncio
        await asyncio.sleep(0)
        def beside_await(x):
            return np.arctan(x)
        check(beside_await, 0.7)
        """,
        """
        !true
        x = 3.0
        check(lambda y: y * x, 0.7)
        """,
        """
        from __future__ import annotations
        def annotated(x: float) -> float:
            return np.sinh(x)
        check(annotated, 0.7)
        """,
        """
        %load_ext autoreload
        %autoreload 2
        import changing
        assert changing.f(2.0) == 4.0
        """,
        """
        import os, time
        with open("changing.py", "w") as file:
            file.write("# one line more\\ndef f(x):\\n    return 2.0 * x * x * x\\n")
        os.utime("changing.py", (time.time() + 10, time.time() + 10))
        """,
        """
        assert changing.f(2.0) == 16.0
        assert grad(changing.f)(1.0) == 6.0
        """,
        """
        exec(compile("def unknown(x):\\n    return x\\n", "<nowhere>", "exec"))
        try:
            grad(unknown)(2.0)
        except adjoint.AdjointError as error:
            assert "not available" in str(error)
        """,
        folder=tmp_path,
        monkeypatch=monkeypatch,
    )


def test_what_a_notebook_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, described = run(
        """
        import numpy as np
        from adjoint import grad

        def loss(x):
            "The loss."
            return np.sum(np.sin(x))

        gradient = grad(loss)
        gradient(np.ones(3))
        gradient
        """,
        """
        print(get_ipython().object_inspect_text("gradient"))
        """,
        folder=tmp_path,
        monkeypatch=monkeypatch,
    )
    (output,) = shown
    assert "<pre" in output.data["text/html"] and "np" in output.data["text/html"]
    assert output.data["text/plain"] == "<adjoint gradient of loss>"
    (page,) = described
    assert "Gradient of `loss` with respect to x." in str(page)


def test_gradients_travel_from_a_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("cloudpickle", "joblib"):
        pytest.importorskip(package)
    (tmp_path / "receiver.py").write_text(
        "import pickle\n"
        "for gradient, value in pickle.load(open('sent', 'rb')):\n"
        "    assert gradient(0.7) == value\n"
    )
    run(
        """
        import numpy as np
        from adjoint import grad
        def helper(x):
            return np.sin(x) * x
        """,
        """
        import math
        def loss(x):
            return helper(x) * math.exp(x)

        @grad
        def decorated(x):
            return loss(x) * helper(x)

        gradients = [grad(loss), decorated, grad(lambda x: x * loss(x))]
        """,
        """
        import joblib, subprocess, sys
        import cloudpickle
        with open("sent", "wb") as file:
            file.write(cloudpickle.dumps([(g, g(0.7)) for g in gradients]))
        subprocess.run([sys.executable, "receiver.py"], check=True)
        for g in gradients:
            found = joblib.Parallel(n_jobs=2)(joblib.delayed(g)(x) for x in (0.3, 0.7))
            assert found == [g(0.3), g(0.7)]
        """,
        folder=tmp_path,
        monkeypatch=monkeypatch,
    )
