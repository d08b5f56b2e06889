"""What a program costs to compile: the statements that are lowered, the lines that come out."""

import importlib.util
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adjoint import derivative, grad, hvp, vjp
from adjoint.frontend.state.dispatch import STATEMENTS

Make = Callable[[str, str], Callable[..., Any]]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A function of a module with the given text."""

    def made(text: str, name: str) -> Callable[..., Any]:
        path = tmp_path / f"module_{len(list(tmp_path.iterdir()))}.py"
        path.write_text(text)
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return getattr(module, name)  # type: ignore[no-any-return]

    return made


@pytest.fixture
def lowered(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The statements that have been lowered, one after the other."""
    seen: list[Any] = []
    for kind, lower in list(STATEMENTS.items()):

        def counted(frame: Any, node: Any, lower: Any = lower) -> None:
            seen.append(node)
            lower(frame, node)

        monkeypatch.setitem(STATEMENTS, kind, counted)
    yield seen


def nest(depth: int, before: str, inner: str, after: str, n: str) -> str:
    loops = [f"{'    ' * (k + 1)}for i{k} in range({n}):" for k in range(depth)]
    body = f"{'    ' * (depth + 1)}{inner}"
    return "\n".join(["def f(x, n):", f"    {before}", *loops, body, f"    return {after}", ""])


NESTS = {
    "a list that grows": ("xs = []", "xs.append(x * 2.0)", "sum(xs)", "n"),
    "a known list that grows": ("xs = [x, x]", "xs.append(x * 2.0)", "sum(xs)", "n"),
    "a list that is extended": ("xs = []", "xs.extend([x, x])", "sum(xs)", "n"),
    "a list in a dict": ('d = {"l": []}', 'd["l"].append(x)', 'sum(d["l"])', "n"),
    "a new key": ("d = {}", 'd["a"] = x * 2.0', 'd["a"]', "2"),
    "a new key, by an argument": ("d = {}", 'd["a"] = x * 2.0', 'd["a"]', "n"),
    "a new key, once": ("d = {}", 'd["a"] = x * 2.0', 'd["a"]', "1"),
    "an item of a list of zeros": ("z = [0] * 3", "z[i0] = x * 2.0", "sum(z)", "n"),
    "a number": ("s = x", "s = s + x", "s", "n"),
}


@pytest.mark.parametrize("name", NESTS)
def test_nested_loops_are_not_exponential(name: str, make: Make, lowered: list[Any]) -> None:
    counts, before = [], 0
    for depth in range(1, 8):
        f = make(nest(depth, *NESTS[name]), "f")
        h = 1e-6
        slope = (f(1.5 + h, 2) - f(1.5 - h, 2)) / (2 * h)
        before = len(lowered)
        assert grad(f)(1.5, 2) == pytest.approx(slope, rel=1e-6)
        counts.append(len(lowered) - before)
    # The third differences of a cubic are constant: of 2 ** depth they double with each step.
    assert counts[6] < 2 * counts[4] + 40
    assert counts[6] - counts[5] < 1.7 * (counts[5] - counts[4])


def tree(depth: int, more: str = "") -> str:
    text = "import math\n\n\ndef f0(x):\n    return x * 1.01\n"
    for k in range(1, depth + 1):
        text += (
            f"\n\ndef f{k}(x):\n    a = f{k - 1}(x * 0.5)\n    b = f{k - 1}(x * 0.25 + 0.1)\n"
            f"    c = math.sin(a - b)\n{more}    return a * c + b\n"
        )
    return text


def test_call_trees_are_linear(make: Make, lowered: list[Any]) -> None:
    lines = []
    for depth in (6, 8, 10, 12):
        f = make(tree(depth), f"f{depth}")
        g = grad(f)
        h = 1e-5
        slope = (f(1.3 + h) - f(1.3 - h)) / (2 * h)
        assert g(1.3) == pytest.approx(slope, rel=1e-4, abs=1e-9)
        lines.append(g.source.count("\n"))
    steps = [b - a for a, b in zip(lines, lines[1:], strict=False)]
    assert max(steps) <= 1.5 * min(steps)
    assert len(lowered) < 10_000


def test_small_trees_are_inlined(make: Make) -> None:
    g = grad(make(tree(3), "f3"))
    g(1.3)
    assert "_forward" not in g.source


@pytest.mark.parametrize(
    "more", ["", "    c = c / x\n", "    for _ in range(2):\n        c = c * a\n"]
)
def test_every_derivative_of_a_call_tree(more: str, make: Make) -> None:
    f = make(tree(6, more), "f6")
    x, h = 1.3, 1e-4
    slope = (f(x + h) - f(x - h)) / (2 * h)
    curve = (f(x + h) - 2 * f(x) + f(x - h)) / h**2
    assert grad(f)(x) == pytest.approx(slope, rel=1e-5)
    assert derivative(f)(x) == pytest.approx(slope, rel=1e-5)
    value, pullback = vjp(f, x)
    assert value == f(x) and pullback(1.0)[0] == pytest.approx(slope, rel=1e-5)
    assert hvp(f)(x, 1.0) == pytest.approx(curve, rel=1e-2, abs=1e-6)


def test_a_call_that_raises_raises(make: Make) -> None:
    f = make(tree(6, "    c = c + 0.0 * math.sqrt(x + 0.05)\n"), "f6")
    with pytest.raises(ValueError):
        f(-1.0)
    with pytest.raises(ValueError):
        grad(f)(-1.0)
    assert math.isfinite(grad(f)(1.3))
