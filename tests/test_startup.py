"""What `import adjoint` loads, and what the first of the public names does."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import adjoint
import adjoint.public

pytestmark = pytest.mark.every  # Python, whatever the sample

ROOT = Path(__file__).parent.parent
PREFIX = "import sys, adjoint\n"
LOADED = "print(*sorted(sys.modules))\n"


def run(program: str | Path) -> list[str]:
    """The words that a fresh interpreter prints for a text, or for a file; warnings are errors."""
    given = ["-c", program] if isinstance(program, str) else [str(program)]
    done = subprocess.run(
        [sys.executable, "-W", "error", *given],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def parts(words: list[str]) -> set[str]:
    """The parts of the package among loaded modules."""
    return {m.split(".")[1] for m in words if m.startswith("adjoint.")}


def others(words: list[str]) -> set[str]:
    """The packages that public functions do without, among loaded modules."""
    slow = {"gast", "astor", "scipy", "autograd", "matplotlib", "pygments"}
    return {m.partition(".")[0] for m in words} & slow


#: The compiler; tests/test_layers.py has all parts in order.
COMPILER = {"ir", "rules", "frontend", "transforms", "emit", "pipeline", "inside"}
#: What the top of a user's module does: names, decorators, and rules of its own.
MODULE = """
import sys
import numpy as np
from adjoint import (
    checkpoint, custom_vjp, derivative, grad, hessian, hvp, jacobian, jvp, nondifferentiable, rule,
    stop_gradient, value_and_grad,
)

@custom_vjp
def clipped(x):
    return x
clipped.defvjp(lambda x: (x, None), lambda _, g: (np.clip(g, -1.0, 1.0),))

def outside(x):
    return float(open("/dev/null").read() or 5.0) * x
@rule(outside)
def outside_vjp(y_bar, y, x):
    return 7.0 * y_bar

@checkpoint
def squared(x):
    return x * x

class Model:
    @grad
    def loss(self, x):
        return squared(clipped(x))

@grad
def slope(x):
    return outside(stop_gradient(x) * x)

made = [value_and_grad(clipped), hessian(outside), hvp(clipped), jacobian(slope),
        derivative(outside)]
"""


def test_import_loads_nothing() -> None:
    assert [m for m in run(PREFIX + LOADED) if m.partition(".")[0] == "adjoint"] == ["adjoint"]


def test_every_public_name_loads_no_compiler() -> None:
    loaded = run("import sys\nfrom adjoint import *\n" + LOADED)
    assert not parts(loaded) & COMPILER and not others(loaded)


def test_first_program_loads_the_compiler(tmp_path: Path) -> None:
    """Definitions, decorators and rules load nothing; then the first call does, without SciPy."""
    (tmp_path / "module.py").write_text(
        MODULE + LOADED + "assert slope(3.0) == 21.0 and Model().loss(0.25) == 0.5\n"
        "print('then')\n" + LOADED
    )
    words = run(tmp_path / "module.py")
    then = words.index("then")
    assert not parts(words[:then]) & COMPILER and not others(words[:then])
    assert parts(words[then:]) >= COMPILER and others(words[then:]) == {"gast", "astor"}


@pytest.mark.parametrize(
    "use",
    ["print(f.source)", "print(f.ir)", "print(f.source_for(1.0))", "print(f.compiled(1.0)(1.0))",
     "print(f._repr_html_())", "import pickle; pickle.loads(pickle.dumps(f))", "f(1.0)",
     "adjoint.hessian(f)(1.0)", "adjoint.jvp(g, (1.0,), (1.0,))", "adjoint.check_grads(g, (1.0,))",
     "adjoint.grad(np.sin)", "adjoint.grad(f)(1.0)", "adjoint.derivative(g, 2)(1.0)"],
)  # fmt: skip
def test_every_use_of_a_program_loads_the_compiler(use: str, tmp_path: Path) -> None:
    (tmp_path / "used.py").write_text(
        "import adjoint\ndef g(x: float): return x * x\nf = adjoint.grad(g)\n"
    )
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import adjoint, numpy as np\n"
    words = run(code + f"from used import f, g\n{use}\nprint('then')\n" + LOADED)
    assert parts(words[words.index("then") :]) >= COMPILER


@pytest.mark.parametrize(
    ("declare", "of", "slope"),
    [
        ("rule(np.sin)(lambda g, y, x: 7.0 * g)", "np.sin", 7.0),
        ("linear([np.negative])(lambda g, x: 7.0 * g)", "np.negative", 7.0),
        ("elementwise(np.tanh, x=lambda y, x: 7.0)", "np.tanh", 7.0),
        ("rule(own)(lambda g, y, x: 7.0 * g)", "own", 7.0),
        ("nondifferentiable(own)", "own", 0.0),
        ("nondifferentiable(np.cos)", "(lambda x: x + np.cos(x))", 1.0),
    ],
)
@pytest.mark.parametrize("inside", [True, False])
def test_rules_declared_before_the_compiler_replace_its_own(
    declare: str, of: str, slope: float, inside: bool, tmp_path: Path
) -> None:
    """Also of a function of which a gradient function was made before the declaration."""
    program = f"lambda x: 1.0 * x + {of}(x)" if inside else of
    (tmp_path / "declared.py").write_text(
        "import numpy as np\nfrom adjoint import *\ndef own(x):\n    return x * x\n"
        f"early = grad(own)\n{declare}\nf = grad({program})\nprint(f(2.0))\n"
        + ("print(early(2.0))\n" if of == "own" else "")
    )
    found = run(tmp_path / "declared.py")
    assert found == [str(slope + inside)] + [str(slope)] * (of == "own")


def test_an_unhashable_function_is_refused_where_it_is_declared() -> None:
    with pytest.raises(TypeError, match="cannot be looked up"):
        adjoint.rule([{}])
    with pytest.raises(TypeError, match="cannot be looked up"):
        adjoint.nondifferentiable([])  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["grad", "checkpoint", "optim", "api", "errors"])
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


def test_a_pickled_name_is_used_where_nothing_was_imported() -> None:
    """As in a worker process, whose program calls `jvp` and never imports adjoint itself."""
    code = f"import pickle\njvp = pickle.loads({pickle.dumps(adjoint.jvp)!r})\n"
    assert run(code + "print(jvp.__module__, *jvp(lambda x: x * x, (3.0,), (1.0,)))") == [
        "adjoint", "9.0", "6.0",
    ]  # fmt: skip


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


def test_threads_may_run_the_first_program_at_once(tmp_path: Path) -> None:
    (tmp_path / "threads.py").write_text("""
from concurrent.futures import ThreadPoolExecutor
from adjoint import grad, jvp
def f(x):
    return x * x
shared = grad(f)
def work(k):
    return shared(float(k)), grad(lambda x: x * f(x))(1.0), jvp(f, (3.0,), (1.0,))[1]
with ThreadPoolExecutor(8) as pool:
    print(all(found == (2.0 * k, 3.0, 6.0) for k, found in enumerate(pool.map(work, range(64)))))
""")
    assert run(tmp_path / "threads.py") == ["True"]


def test_the_two_lists_of_public_names_agree() -> None:
    assert adjoint.__all__ == sorted(adjoint.public.__all__)
