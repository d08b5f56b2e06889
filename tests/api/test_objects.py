"""What a gradient function is: its name, signature, methods, pickles, threads, text, captures."""

import copy
import functools
import html
import inspect
import os
import pickle
import re
import subprocess
import sys
import threading
import timeit
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, grad, hessian, jacobian, value_and_grad
from tests.api import programs
from tests.oracle import assert_same_gradient, richardson_gradient

ROOT = Path(__file__).parent.parent.parent


def test_name_and_signature_are_kept() -> None:
    for gradient in (grad(programs.cubic), value_and_grad(programs.cubic), programs.decorated,
                     jacobian(programs.cubic)):  # fmt: skip
        primal = gradient.primal
        assert gradient.__name__ == primal.__name__
        assert gradient.__qualname__ == primal.__qualname__
        assert gradient.__module__ == primal.__module__
        assert inspect.signature(gradient) == inspect.signature(primal)
    assert programs.decorated.primal(3.0) == 18.0


def test_docstrings_are_of_the_gradient() -> None:
    def loss(x, y):  # type: ignore[no-untyped-def]
        """The loss of x and y.

        More of it.
        """
        return x * y

    for transform, title in [
        (grad, "Gradient of `loss` with respect to x."),
        (functools.partial(grad, argnums=(1, 0)), "Gradient of `loss` with respect to y, x."),
        (value_and_grad, "Value and gradient of `loss` with respect to x."),
        (jacobian, "Jacobian of `loss` with respect to x."),
        (hessian, "Jacobian of the gradient of `loss` with respect to x."),
    ]:
        first, *rest = transform(loss).__doc__.splitlines()
        assert first == title
        assert inspect.getdoc(loss) != transform(loss).__doc__
    described = grad(loss).__doc__
    assert described.index("The loss of x and y.") < described.index("More of it.")
    assert "Gradient of `<lambda>`" in grad(lambda x: x).__doc__


def test_a_notebook_shows_the_program() -> None:
    gradient = grad(programs.cubic)
    shown = gradient._repr_html_()
    text = html.unescape(re.sub("<[^>]*>", "", shown))
    for line in gradient.source.splitlines():
        assert line in text
    assert "<script" not in shown and text.startswith("Gradient of `cubic`")
    refused = grad(lambda x: open(x))._repr_html_()
    assert "open cannot be differentiated" in refused and "<lambda>" not in refused  # but escaped


def test_a_notebook_shows_the_program_without_pygments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygments", None)
    gradient = grad(lambda x: x * (2.0 if x < 1.0 else 1.0))
    shown = gradient._repr_html_()
    assert "if x &lt; 1.0" in shown and "style" not in shown


def test_functions_behind_wraps() -> None:
    def product(x, y=3.0, *, power=2):  # type: ignore[no-untyped-def]
        return x**power * y

    def passing_on(f):  # type: ignore[no-untyped-def]
        @functools.wraps(f)
        def wrapper(*a, **k):  # type: ignore[no-untyped-def]
            return 3.0 * f(*a, **k)

        return wrapper

    def with_another_signature(f):  # type: ignore[no-untyped-def]
        @functools.wraps(f)
        def wrapper(scale, x):  # type: ignore[no-untyped-def]
            return scale * f(x, 1.0)

        return wrapper

    def with_a_parameter_more(times):  # type: ignore[no-untyped-def]
        def decorate(f):  # type: ignore[no-untyped-def]
            @functools.wraps(f)
            def wrapper(x, *rest, shift=1.0, **options):  # type: ignore[no-untyped-def]
                return times * f(x, *rest, **options) + shift * x

            return wrapper

        return decorate

    assert grad(passing_on(product))(2.0) == 36.0
    assert grad(passing_on(product), 1)(2.0, 3.0) == 12.0
    assert grad(passing_on(product))(2.0, 1.0, power=3) == 36.0
    assert grad(with_another_signature(product), argnums=(0, 1))(5.0, 2.0) == (4.0, 20.0)
    assert grad(with_another_signature(product), argnames="scale")(5.0, 2.0) == 4.0
    assert grad(with_a_parameter_more(2.0)(product))(2.0) == 25.0
    assert grad(with_a_parameter_more(2.0)(product), argnames="shift")(2.0, shift=5.0) == 2.0
    assert grad(passing_on(passing_on(product)))(2.0) == 108.0
    assert grad(passing_on(functools.lru_cache(product)))(2.0) == 36.0

    @grad
    @passing_on
    def decorated(x):  # type: ignore[no-untyped-def]
        return x * x

    class Model:
        @passing_on
        def value(self, x):  # type: ignore[no-untyped-def]
            return x * x

        @grad
        @passing_on
        def slope(self, x):  # type: ignore[no-untyped-def]
            return x * x

    assert decorated(2.0) == 12.0
    assert grad(Model().value)(2.0) == 12.0
    assert Model().slope(2.0) == 12.0


def test_methods() -> None:
    spring = programs.Spring(4.0)
    assert spring.force(3.0) == 12.0
    assert spring.force(3.0, y=2.0) == 24.0
    assert spring.second(3.0, 1.0) == 18.0  # argnums counts without self
    assert programs.Spring.force.primal(spring, 3.0) == 18.0
    assert list(inspect.signature(spring.force).parameters) == ["x", "y"]
    with pytest.raises(TypeError):
        spring.force(1.0, 2.0, 3.0)


def test_methods_follow_their_instance() -> None:
    soft, hard = programs.Spring(1.0), programs.Spring(10.0)
    assert (soft.force(3.0), hard.force(3.0), soft.force(3.0)) == (3.0, 30.0, 3.0)
    soft.stiffness = 2.0
    assert (soft.force(3.0), hard.force(3.0)) == (6.0, 30.0)


def test_methods_are_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    spring = programs.Spring(4.0)
    spring.force(3.0)
    forbid_compilation(monkeypatch)
    assert spring.force(5.0) == 20.0


def test_equal_instances_are_not_confused() -> None:
    class Equal:
        def __init__(self, k: float):
            self.k = k

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Equal)

        def __hash__(self) -> int:
            return 1

        @grad
        def method(self, x: float) -> float:
            return self.k * x

    gradient = grad(lambda x, obj: obj.k * x)
    a, b = Equal(2.0), Equal(3.0)
    assert (a.method(1.0), b.method(1.0)) == (2.0, 3.0)
    assert (gradient(1.0, a), gradient(1.0, b)) == (2.0, 3.0)


@pytest.mark.parametrize(
    "gradient",
    [
        programs.decorated,
        programs.decorated_with_arguments,
        grad(programs.cubic),
        value_and_grad(programs.cubic),
        jacobian(programs.cubic),
        programs.Spring(4.0).force,
        grad(programs.Spring(4.0).energy),
        grad(functools.partial(programs.loop, n=3)),
        grad(programs.decorated),
    ],
)
def test_pickles(gradient: Any) -> None:
    args = (0.7, 2.0) if gradient is programs.decorated_with_arguments else (0.7,)
    for other in (pickle.loads(pickle.dumps(gradient)), copy.copy(gradient),
                  copy.deepcopy(gradient)):  # fmt: skip
        assert type(other) is type(gradient)
        assert_same_gradient(other(*args), gradient(*args), rtol=0.0)
        assert other.__name__ == gradient.__name__


def test_what_cannot_be_pickled_says_so() -> None:
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(grad(lambda x: x))


def test_threads() -> None:
    gradient = grad(programs.loop)
    start = threading.Barrier(8)
    points = [0.03 + 0.1 * j for j in range(20)]  # clear of the jumps

    def work(k: int) -> list[float]:
        start.wait()
        kind = (float, np.float64, np.float32, np.asarray)[k % 4]
        return [float(gradient(kind(p), 5)) for p in points]

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(8)))
    want = [richardson_gradient(programs.loop, (p, 5)) for p in points]
    for found in results:
        np.testing.assert_allclose(found, want, rtol=2e-4)


def test_source_before_any_call_is_generic() -> None:
    def f(x, y):  # type: ignore[no-untyped-def]
        return x * y

    source = grad(f).source
    assert "def f_grad(x, y):" in source
    assert "line" in source
    compile(source, "generated", "exec")


def test_source_before_any_call_follows_annotations() -> None:
    def f(x: float, n: int) -> float:
        return x**n

    gradient = grad(f)
    assert "x: float" in gradient.source
    assert "n: int" in gradient.source


def test_source_is_that_of_the_latest_call() -> None:
    gradient = grad(lambda x: np.sum(x * x))
    gradient(np.ones(3))
    first = gradient.source
    gradient(np.ones((3, 2)))
    assert "f64[n, m]" in gradient.source
    gradient(np.ones(4))  # another size is the same program
    assert gradient.source == first
    assert "f64[n]" in first


def test_source_for() -> None:
    gradient = grad(programs.network)
    one = gradient.source_for([(np.ones((2, 2)), np.ones(2))], np.ones(2))
    two = gradient.source_for([(np.ones((2, 2)), np.ones(2))], x=np.ones((3, 2)))
    assert one != two
    assert "f64[n, m]" in two


def test_inspect_and_linecache_show_the_source() -> None:
    gradient = grad(programs.cubic)
    gradient(1.0)
    assert inspect.getsource(gradient._latest.run).strip() in gradient.source


def test_ir() -> None:
    gradient = grad(programs.cubic)
    assert gradient.ir.count("func cubic(x: float") == 2
    gradient(1.0)
    assert "x_bar" in gradient.ir


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    gradient = grad(lambda x: np.sum(np.sin(x)))
    gradient(np.ones(3))
    _ = gradient.source, gradient.ir
    assert capfd.readouterr() == ("", "")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import adjoint"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout == done.stderr == b""


HASHES = """
import numpy as np
from adjoint import grad, value_and_grad
from tests.api import programs as p
x, layers = np.ones((3, 2)), [(np.ones((2, 2)), np.ones(2))]
for f, args in [(p.cubic, (1.0,)), (p.loop, (1.0, 3)), (p.network, (layers, x)),
                (p.power, (1.0, 3)), (p.settings, ({"gain": x, "offset": 1.0}, x))]:
    gradient = value_and_grad(f)
    print(gradient.source_for(*args))
    gradient(*args)
    print(gradient.ir)
"""


def test_builds_are_the_same_in_every_process() -> None:
    outputs = set()
    for seed in ("1", "2", "3"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", HASHES], env=environment, cwd=ROOT, capture_output=True,
            check=True,
        )  # fmt: skip
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert len(outputs.pop()) > 1000


# Captured values are read live; what depends on them is compiled once.


def forbid_compilation(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("compiled again")

    monkeypatch.setattr("adjoint.api.dispatch.compile_program", refuse)


def test_globals_are_read_live(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = grad(programs.scaled)
    assert gradient(2.0) == 12.0
    monkeypatch.setattr(programs, "SCALE", 5.0)
    assert gradient(2.0) == 20.0
    monkeypatch.setattr(programs, "SCALE", np.float64(7.0))
    assert gradient(2.0) == 28.0


def test_cells_are_read_live() -> None:
    k: Any = 2.0

    def square(x: Any) -> Any:
        return x * x

    def f(x: Any) -> Any:
        return np.sum(k * square(x))

    gradient = grad(f)
    assert gradient(3.0) == 12.0
    k = 4.0
    assert gradient(3.0) == 24.0
    k = np.array([1.0, 2.0])
    assert gradient(3.0) == 18.0

    def cube(x: Any) -> Any:
        return x * x * x

    square = cube  # noqa: F811
    assert gradient(3.0) == 81.0


def test_a_rebound_function_recompiles_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = lambda x: x * x  # noqa: E731
    second = lambda x: 5.0 * x  # noqa: E731
    helper = first

    def f(x: float) -> float:
        return helper(x)

    gradient = grad(f)
    assert gradient(3.0) == 6.0
    helper = second
    assert gradient(3.0) == 5.0
    forbid_compilation(monkeypatch)
    helper = first
    assert gradient(3.0) == 6.0


def test_bound_methods_of_captured_objects_compile_once(monkeypatch: pytest.MonkeyPatch) -> None:
    spring = programs.Spring(4.0)

    def f(x: float) -> float:
        return spring.energy(x)

    gradient = grad(f)
    assert gradient(3.0) == 12.0
    forbid_compilation(monkeypatch)
    assert gradient(5.0) == 20.0


def test_sizes_and_values_do_not_recompile(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = grad(programs.network)
    layers = [(np.ones((2, 2)), np.ones(2))]
    gradient(layers, np.ones((5, 2)))
    forbid_compilation(monkeypatch)
    gradient(layers * 3, np.ones((7, 2)))


def test_a_string_decides_the_program() -> None:
    def f(x: float, kind: str) -> float:
        return x * x if kind == "square" else x

    gradient = grad(f)
    assert [gradient(3.0, k) for k in ("square", "linear", "square")] == [6.0, 1.0, 6.0]


def test_dispatch_is_cheap() -> None:
    gradient = grad(programs.cubic)
    gradient(2.0)
    run = gradient._latest.run
    number = 2_000
    whole = min(timeit.repeat(lambda: gradient(2.0), number=number, repeat=20)) / number
    inner = min(timeit.repeat(lambda: run(2.0), number=number, repeat=20)) / number
    assert whole - inner < 4e-6  # 0.5 on the machine where it was written; 2 is the promise


def test_a_name_that_is_not_defined_stays_an_error() -> None:
    def f(x: float) -> float:
        return x * undefined_name  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises((NameError, UnsupportedError), match="undefined_name"):
        grad(f)(1.0)
