"""Wherever a function can be written, its source is found: each way to run Python, in a process
of its own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: Imports and functions side by side, lambdas in a table, a helper, a closure, a method.
PROGRAM = """\
import math
import numpy as np
from adjoint import grad

def helper(x):
    return np.sin(x) * math.exp(x)

def loss(x):
    return helper(x) * np.sum(np.array([x, x]))

def make(k):
    def scaled(x):
        y = np.square(x)
        return k * y
    return scaled

class Model:
    rate = 3.0
    def value(self, x):
        return self.rate * np.cos(x)

table = {"square": lambda x: x * x, "sine": lambda x: np.sin(x), "last": lambda x: -x}

@grad
def cube(x):
    return x ** 3

def check(name, gradient, f, x=0.7, h=1e-5):
    expected = (f(x - 2 * h) - 8 * f(x - h) + 8 * f(x + h) - f(x + 2 * h)) / (12 * h)
    assert abs(gradient(x) - expected) < 1e-8, (name, gradient(x), expected)

check("loss", grad(loss), loss)
check("closure", grad(make(2.5)), make(2.5))
check("method", grad(Model().value), Model().value)
check("cube", cube, cube.primal)
for name, f in table.items():
    check(name, grad(f), f)
print("all", "right")
"""


def python(
    *arguments: str,
    cwd: Path,
    given: str | None = None,
    stdin: Path | None = None,
    **environment: str,
) -> str:
    """What Python prints; it has to end well."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    variables = {**os.environ, "PYTHONPATH": path, **environment}
    variables.pop("PYTHONSTARTUP", None)
    with open(stdin or os.devnull) as file:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=cwd, env=variables, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
            **({"input": given} if given is not None else {"stdin": file}),
        )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.parametrize("flags", [[], ["-O"], ["-OO"], ["-X", "dev"]], ids=lambda f: "".join(f))
def test_a_script(flags: list[str], tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(PROGRAM)
    assert "all right" in python(*flags, "script.py", cwd=tmp_path)


def test_a_file_that_runpy_runs(tmp_path: Path) -> None:
    """Its module has a name that no import statement could write."""
    called = (
        "import adjoint\ndef own(x):\n    return x * x\nadjoint.rule(own)(lambda g, y, x: 7 * g)\n"
    )
    (tmp_path / "script.py").write_text(
        PROGRAM + called + "assert adjoint.grad(lambda x: own(x))(2.0) == 7.0\n"
    )
    run = "import runpy; runpy.run_path('script.py')"
    assert "all right" in python("-c", run, cwd=tmp_path)


def test_no_columns_in_code(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(PROGRAM)
    assert "all right" in python("script.py", cwd=tmp_path, PYTHONNODEBUGRANGES="1")


def test_after_a_change_of_the_working_folder(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import os\nos.chdir('/')\n" + PROGRAM)
    assert "all right" in python("script.py", cwd=tmp_path)


def test_a_command_line(tmp_path: Path) -> None:
    program = PROGRAM.replace('"', "'")
    assert "all right" in python("-c", program, cwd=tmp_path)
    assert "all right" in python("-Bc", program, cwd=tmp_path)
    assert "all right" in python("-Bc" + program, "an argument", cwd=tmp_path)


def test_standard_input(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(PROGRAM)
    assert "all right" in python(cwd=tmp_path, stdin=tmp_path / "script.py")
    assert "all right" in python("-", cwd=tmp_path, stdin=tmp_path / "script.py")


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="newer Pythons keep this text")
def test_a_pipe_keeps_no_text_and_the_message_says_so(tmp_path: Path) -> None:
    program = """
        from adjoint import AdjointError, grad
        try:
            grad(lambda x: x * x)(2.0)
        except AdjointError as error:
            print(error)
        """
    printed = python(cwd=tmp_path, given=textwrap.dedent(program))
    assert "not available" in printed and "put it in a file" in printed


def test_text_that_linecache_knows(tmp_path: Path) -> None:
    program = f"""
        import linecache
        text = {PROGRAM!r}
        linecache.cache["<generated>"] = (len(text), None, text.splitlines(True), "<generated>")
        exec(compile(text, "<generated>", "exec"), {{"__name__": "generated"}})
        """
    assert "all right" in python("-c", textwrap.dedent(program), cwd=tmp_path)


def test_packages_in_a_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as file:
        file.writestr("inside/__init__.py", "")
        file.writestr("inside/program.py", PROGRAM)
        file.writestr("__main__.py", PROGRAM)
    path = os.pathsep.join([str(tmp_path / "packed.zip"), str(ROOT)])
    program = "import inside.program"
    assert "all right" in python("-c", program, cwd=tmp_path, PYTHONPATH=path)
    assert "all right" in python("-m", "inside.program", cwd=tmp_path, PYTHONPATH=path)
    assert "all right" in python("packed.zip", cwd=tmp_path)


def test_doctest(tmp_path: Path) -> None:
    (tmp_path / "documented.py").write_text('''\
def f():
    """
    >>> import numpy as np
    >>> from adjoint import grad
    >>> def loss(x):
    ...     return np.sum(np.square(x))
    >>> float(grad(loss)(3.0))
    6.0
    >>> [float(grad(g)(2.0)) for g in (lambda x: x * x, lambda x: x ** 3)]
    [4.0, 12.0]
    """
''')
    printed = python("-m", "doctest", "-v", "documented.py", cwd=tmp_path)
    assert "5 passed" in printed and "failed" not in printed.replace("0 failed", "")


def test_pytest_rewrites_assertions(tmp_path: Path) -> None:
    (tmp_path / "test_inside.py").write_text("""\
import math
import numpy as np
from adjoint import grad

def positive(x):
    assert x > 0.0, f"not positive: {x}"
    assert (
        np.isfinite(x)
        and x < 1e6
    )
    def inner(y):
        assert isinstance(y, float)
        return math.log(y)
    return np.sqrt(x) * inner(x)

def test_functions():
    f, fs = positive, [lambda x: np.exp(x), lambda x: x * np.exp(x)]
    assert abs(grad(f)(2.0) - (math.log(2.0) / (2 * 2**0.5) + 2**0.5 / 2.0)) < 1e-12
    assert [round(grad(f)(0.0), 12) for f in fs] == [1.0, 1.0]
    def local(x):
        assert x
        return x * x
    assert grad(local)(3.0) == 6.0
""")
    printed = python("-m", "pytest", "-q", "-p", "no:cacheprovider", "test_inside.py",
                     cwd=tmp_path)  # fmt: skip
    assert "1 passed" in printed


ANNOTATED = """\
import math
import numpy as np
from adjoint import grad

def helper(x: float) -> float:
    y: float = math.sin(x)
    return y * x

def loss(x: float, k: int = 2) -> float:
    z: float = helper(x) + k * np.exp(x)
    return z * z

def plain(x):
    return np.cos(x)

fs = {"a": lambda x: x * x, "b": lambda x: x ** 3}
"""


@pytest.mark.parametrize(
    ("package", "hook"),
    [
        ("beartype", "from beartype.claw import beartype_package as hook"),
        ("typeguard", "from typeguard import install_import_hook as hook"),
    ],
)
def test_import_hooks(package: str, hook: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    (tmp_path / "checked").mkdir()
    (tmp_path / "checked" / "__init__.py").write_text("")
    (tmp_path / "checked" / "inside.py").write_text(ANNOTATED)
    program = f"""
        {hook}
        hook("checked")
        from adjoint import grad
        from checked import inside
        h, x = 1e-6, 0.7
        for f in (inside.helper, inside.loss, inside.plain, *inside.fs.values()):
            expected = (f(x + h) - f(x - h)) / (2 * h)
            assert abs(grad(f)(x) - expected) < 1e-6, f
        try:
            inside.loss("a text")
        except Exception:
            print("checked and", "right")
        """
    assert "checked and right" in python("-c", textwrap.dedent(program), cwd=tmp_path)


@pytest.mark.parametrize("package", ["beartype.beartype", "typeguard.typechecked"])
def test_decorators_that_check_types(package: str, tmp_path: Path) -> None:
    package, _, decorator = package.partition(".")
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    (tmp_path / "script.py").write_text(f"""\
import math
from {package} import {decorator}
from adjoint import grad

@{decorator}
def helper(x: float) -> float:
    y: float = math.sin(x)
    return y * x

def outer(x):
    return helper(x) ** 2

h, x = 1e-6, 0.7
for f in (helper, outer):
    assert abs(grad(f)(x) - (f(x + h) - f(x - h)) / (2 * h)) < 1e-6, f
print("all", "right")
""")
    assert "all right" in python("script.py", cwd=tmp_path)


MARIMO = """\
import marimo

app = marimo.App()


@app.cell
def _():
    import numpy as np
    from adjoint import grad
    return grad, np


@app.cell
def _(grad, np):
    def _helper(x):
        return np.sin(x)

    def loss(x):
        return _helper(x) * x

    square, cube = (lambda x: x * x), (lambda x: x ** 3)
    _local = lambda x: np.exp(x) * _helper(x)
    print([round(float(grad(f)(0.5)), 6) for f in (_helper, loss, square, cube, _local)])
    return cube, loss, square


@app.cell
def _(cube, grad, loss, square):
    print([round(float(grad(f)(0.5)), 6) for f in (loss, square, cube)])
    return


if __name__ == "__main__":
    app.run()
"""


def test_marimo(tmp_path: Path) -> None:
    pytest.importorskip("marimo")
    import math

    s, c = math.sin(0.5), math.cos(0.5)
    expected = [round(v, 6) for v in (c, s + 0.5 * c, 1.0, 0.75, math.exp(0.5) * (s + c))]
    (tmp_path / "notebook.py").write_text(MARIMO)
    printed = python("notebook.py", cwd=tmp_path)  # as a script
    assert str(expected) in printed and str(expected[1:4]) in printed
    (tmp_path / "started.py").write_text(  # each cell from its text, as the editor runs it
        "from marimo._ast.compiler import compile_cell\n"
        "import notebook\n"
        "space = {'__name__': '__main__'}\n"
        "for name, cell in zip(['a1', 'b2', 'c3'], notebook.app._cell_manager.codes()):\n"
        "    made = compile_cell(cell, cell_id=name)\n"
        "    exec(made.body, space)\n"
        "    eval(made.last_expr, space)\n"
    )
    printed = python("started.py", cwd=tmp_path)
    assert str(expected) in printed and str(expected[1:4]) in printed
