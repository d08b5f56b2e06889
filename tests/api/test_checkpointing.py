"""`checkpointing`: loops in the memory of a few of their states, with the same gradients."""

import contextlib
import inspect
import linecache
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, checkpointing, grad, hvp, jvp, value_and_grad, vjp
from tests.memory import peak

x = np.array([0.3, -1.0, 0.8, 0.5, 1.2])

# Each program has its loops in `with budget:`, for which a real one is written, or none.
budget = contextlib.nullcontext()


def stencil(x: Any, n: int) -> Any:
    u = x.copy()
    with budget:
        for _ in range(n):
            u[1:-1] += 0.1 * (u[2:] * u[:-2] - u[1:-1])
    return np.sum(u * u)


def several_states(x: Any, n: int) -> Any:
    q, p, t = x, np.cos(x), 0.0
    with budget:
        for _ in range(n):
            p = p - 0.1 * np.sin(q) * np.exp(-t)
            q = q + 0.1 * p
            t = t + 0.1
    return np.sum(q * p)


def of_unknown_length(x: Any, n: int) -> Any:
    t, y = 0.0, x
    with budget:
        while t < 0.1 * n:
            y = y + 0.1 * np.sin(y) * y
            t += 0.1
    return np.sum(y * y)


def left_early(x: Any, n: int) -> Any:
    y = x
    with budget:
        for i in range(1000):
            y = y + 0.1 * np.sin(y) * i
            if np.sum(y) > 30.0 or i >= n:
                break
            y = y * 0.99
        else:
            y = 2.0 * y
    return np.sum(y * y)


def returns_inside(x: Any, n: int) -> Any:
    y = x
    with budget:
        for i in range(100):
            y = y + 0.1 * np.sin(y)
            if i == n:
                return np.sum(y)
    return np.sum(y * y)


def over_items(x: Any, n: int) -> Any:
    y = 1.0
    with budget:
        for v in x[: n + 1]:
            y = y + np.sin(y * v)
        for k, (v, w) in enumerate(zip(x, x[::-1]), start=2):  # noqa: B905
            y = y + np.sin(y * v) * w / k
    return y


def ranges(x: Any, n: int) -> Any:
    y = x
    with budget:
        for i in range(2, 3 * n, 3):
            y = y + 0.01 * np.sin(y * i)
        for i in reversed(range(n)):
            y = y + 0.01 * np.sin(y * i)
        for i in range(n, 1, -2):
            y = y + 0.01 * np.sin(y * i)
    return np.sum(y * y)


def nested(x: Any, n: int) -> Any:
    y = x
    with budget:
        for i in range(n):
            z = y
            with budget:
                for j in range(i):
                    z = np.sin(z) + 0.1 * j * y
            y = y + 0.1 * z
    return np.sum(y)


def around_a_loop_and_a_branch(x: Any, n: int) -> Any:
    y = x
    with budget:
        for i in range(n):
            z = y
            for j in range(i):
                z = np.sin(z) + 0.1 * j * y
            y = y + 0.1 * z if np.sum(z) > 0.0 else y * z
    return np.sum(y)


def in_a_loop_and_a_branch(x: Any, n: int) -> Any:
    y = x
    for i in range(n):
        if i % 2:
            z = y * 2.0
            with budget:
                for j in range(n):
                    z = np.sin(z) + 0.1 * j * y
            y = y + 0.1 * z
        else:
            y = np.cos(y)
    return np.sum(y)


def containers(x: Any, n: int) -> Any:
    state = {"q": x, "p": 0.1 * x}
    with budget:
        for _ in range(n):
            p = state["p"] - 0.1 * np.sin(state["q"])
            state = {"q": state["q"] + 0.1 * p, "p": p}
    return np.sum(state["q"])


def captured_is_written_later(x: Any, n: int) -> Any:
    w, y = x * 2.0, x
    with budget:
        for _ in range(n):
            y = np.sin(w * y)
    w[0] = 7.0
    return np.sum(y * w)


def fills_an_array(x: Any, n: int) -> Any:
    a, y = np.zeros((n, 5)), x
    with budget:
        for i in range(n):
            y = np.sin(y) + 0.1 * y
            a[i] = y
    return np.sum(a * a)


def fills_a_list(x: Any, n: int) -> Any:
    y, ys = x, []
    with budget:
        for _ in range(n):
            y = np.sin(y) + 0.1 * y
            ys.append(y)
    return sum(np.sum(v * v) for v in ys)


def element_by_element(x: Any, n: int) -> Any:
    u = x.copy()
    with budget:
        for i in range(1, len(u) - 1):
            u[i] = 0.5 * (u[i - 1] * u[i + 1])
    return np.sum(u * u)


def swaps_buffers(x: Any, n: int) -> Any:
    a, b = x.copy(), 2.0 * x
    with budget:
        for _ in range(n):
            a[0] = np.sum(b) * 0.1
            b[1:] = np.sin(a[1:])
            a, b = b, a
    return np.sum(a * b * b)


def gradient_inside(x: Any, n: int) -> Any:
    y = x
    with budget:
        for _ in range(n):
            y = y - 0.1 * grad(lambda z: np.sum(np.sin(z) * z))(y)
    return np.sum(y * y)


def loop_in_a_function(x: Any, n: int) -> Any:
    def inner(y: Any) -> Any:
        for _ in range(n):
            y = np.sin(y) + 0.1
        return y

    with budget:
        y = inner(x)
    return np.sum(y)


def names_without_a_value_yet(x: Any, n: int) -> Any:
    y, k = x, 0
    with budget:
        while k < n and (last := 0.1 * k * np.sum(y)) < 2.0:
            y = np.sin(last * y) + 0.1
            k += 1
    with budget:
        for i in range(n):
            if i > 2:
                kept = 0.1 * y
            y = np.cos(y)
            if i > 2 and i == n - 1:
                y = y * kept
    return np.sum(y)


PROGRAMS = [
    stencil, several_states, of_unknown_length, left_early, returns_inside, over_items, ranges,
    nested, around_a_loop_and_a_branch, in_a_loop_and_a_branch, containers,
    captured_is_written_later, fills_an_array, fills_a_list, element_by_element, swaps_buffers,
    gradient_inside, loop_in_a_function, names_without_a_value_yet,
]  # fmt: skip


def written_with(program: Callable[..., Any], policy: str) -> Callable[..., Any]:
    """The program with this in the place of its budget."""
    text = inspect.getsource(program).replace("with budget:", f"with {policy}:")
    file = f"<{program.__name__} with {policy}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    namespace = dict(globals())
    exec(compile(text, file, "exec"), namespace)
    made: Callable[..., Any] = namespace[program.__name__]
    return made


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("snapshots", [1, 2, 4])
def test_gradients_are_the_same(program: Callable[..., Any], snapshots: int) -> None:
    kept = value_and_grad(written_with(program, f"checkpointing({snapshots})"))
    recorded = value_and_grad(written_with(program, "contextlib.nullcontext()"))
    for n in (0, 1, 2, 9):
        value, gradient = kept(x, n)
        want, want_gradient = recorded(x, n)
        assert value == want == program(x, n)
        # contributions may be added up in another order
        np.testing.assert_allclose(gradient, want_gradient, rtol=1e-13, atol=1e-15)
    assert "Snapshots(" in kept.source
    assert "Snapshots(" not in recorded.source


@pytest.mark.parametrize("program", PROGRAMS)
def test_second_derivatives(program: Callable[..., Any]) -> None:
    kept = written_with(program, "checkpointing(2)")
    recorded = written_with(program, "contextlib.nullcontext()")
    v = np.cos(np.arange(5.0))
    got = hvp(kept)(x, 6, v)
    np.testing.assert_allclose(got, hvp(recorded)(x, 6, v), rtol=1e-11, atol=1e-13)

    def twice(f: Callable[..., Any]) -> Any:
        return grad(lambda x: np.sum(grad(f)(x, 6) * v))(x)

    np.testing.assert_allclose(twice(kept), got, rtol=1e-10, atol=1e-12)
    slope = (grad(kept)(x + 1e-5 * v, 6) - grad(kept)(x - 1e-5 * v, 6)) / 2e-5
    np.testing.assert_allclose(got, slope, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("program", [stencil, of_unknown_length, nested])
def test_a_pullback_is_called_twice(program: Callable[..., Any]) -> None:
    kept = written_with(program, "checkpointing(3)")
    argument = x.copy()
    value, pullback = vjp(lambda x: kept(x, 9), argument)
    argument[:] = 0.0
    want = grad(written_with(program, "contextlib.nullcontext()"))(x, 9)
    for _ in range(2):
        assert np.array_equal(pullback(1.0)[0], want)
    value, tangent = jvp(lambda x: kept(x, 9), (x,), (np.ones(5),))
    assert tangent == pytest.approx(np.sum(want), rel=1e-12)


# The budget


def plain(x: Any, n: int) -> Any:
    for _ in range(n):
        x = np.sin(x) + 0.1 * x
    return np.sum(x)


POLICY = checkpointing(snapshots=4)


@grad(checkpoint=POLICY)
def decorated(x: Any, n: int) -> Any:
    for _ in range(n):
        x = np.sin(x) + 0.1 * x
    return np.sum(x)


def test_as_an_option() -> None:
    want = grad(plain)(x, 9)
    assert np.array_equal(decorated(x, 9), want)
    assert "Snapshots(n, 4)" in decorated.source
    assert np.array_equal(grad(plain, checkpoint=checkpointing(memory=100))(x, 9), want)
    assert "Snapshots(" not in grad(plain).source_for(x, 9)

    def twice(x: Any) -> Any:
        return np.sum(grad(plain, checkpoint=POLICY)(x, 5) * decorated(x, 5))

    def as_ever(x: Any) -> Any:
        return np.sum(grad(plain)(x, 5) ** 2)

    np.testing.assert_allclose(grad(twice)(x), grad(as_ever)(x), rtol=1e-12)
    with pytest.raises(TypeError, match="checkpointing"):
        grad(plain, checkpoint=3)


def test_the_number_of_snapshots_is_an_argument() -> None:
    def f(x: Any, n: int, k: int) -> Any:
        with checkpointing(k):
            for _ in range(n):
                x = np.sin(x)
        return np.sum(x)

    gradient = grad(f)
    for k in (2, 5):
        assert np.array_equal(gradient(x, 9, k), grad(f)(x, 9, 100))
        assert f"Snapshots(n, {k})" in gradient.source


def test_what_it_is_not_made_of() -> None:
    with pytest.raises(ValueError, match="one state"):
        checkpointing(0)
    for bad in ({}, {"snapshots": 1.5}, {"snapshots": 1, "memory": 1000}):
        with pytest.raises(TypeError):
            checkpointing(**bad)
    assert checkpointing(3) == checkpointing(snapshots=3) != checkpointing(memory=3)


big = np.linspace(0.0, 1.0, 5_000)


@pytest.mark.parametrize("program", [stencil, several_states, of_unknown_length])
def test_memory_does_not_grow_with_the_number_of_steps(program: Callable[..., Any]) -> None:
    def growth(policy: str) -> tuple[float, float]:
        """By how many arrays the peaks of two derivatives grow with 200 more steps."""
        f, v = written_with(program, policy), (big,)
        pairs = [
            (peak(g, big, 100, *a), peak(g, big, 300, *a)) for g, a in ((grad(f), ()), (hvp(f), v))
        ]
        first, second = ((many - few) / big.nbytes for few, many in pairs)
        return first, second

    assert max(growth("checkpointing(5)")) < 2.5
    assert min(growth("contextlib.nullcontext()")) > 190.0


def test_a_budget_in_bytes() -> None:
    def arrays(states: int) -> float:
        gradient = grad(plain, checkpoint=checkpointing(memory=states * big.nbytes))
        return peak(gradient, big, 300) / big.nbytes

    assert arrays(20) - arrays(10) == pytest.approx(10.0, abs=0.5)


# Random numbers

GENERATOR, LEGACY = np.random.default_rng(0), np.random.RandomState(0)


def restart() -> None:
    np.random.seed(7)
    LEGACY.seed(3)
    GENERATOR.bit_generator.state = np.random.default_rng(5).bit_generator.state


def positions() -> str:
    return repr((GENERATOR.bit_generator.state, np.random.get_state(), LEGACY.get_state()))


def walk(x: Any, n: int) -> Any:
    with checkpointing(2):
        for _ in range(n):
            x = x + 0.1 * np.sin(x) * GENERATOR.normal(size=x.shape) * np.random.random()
    return np.sum(x * x * GENERATOR.random(5))


def nothing_but_draws(x: Any, n: int) -> Any:
    total = 0.0
    with checkpointing(2):
        for _ in range(n):
            total = total + np.sum(x * LEGACY.normal(size=5))
    return total


def draws_decide(x: Any, n: int) -> Any:
    k = 0
    with checkpointing(2):
        while k < n:
            if GENERATOR.random() < 0.5:
                x = np.sin(x) * GENERATOR.normal(size=5)
            else:
                x = 1.1 * x
            for _ in range(2):
                x = x + np.random.normal() * np.cos(x)
            k += 1
    return np.sum(x * x)


def draws_in_nested_loops(x: Any, n: int) -> Any:
    with checkpointing(2):
        for i in range(n):
            z = x
            with checkpointing(1):
                for _ in range(i):
                    z = np.sin(z) * GENERATOR.normal(size=5)
            x = x + z * GENERATOR.normal()
    return np.sum(x * x)


@pytest.mark.parametrize("f", [walk, nothing_but_draws, draws_decide, draws_in_nested_loops])
def test_draws_are_the_same_again(f: Callable[..., Any]) -> None:
    """Value and gradient are from the same draws, and the generators go on as if drawn once."""

    def fixed(derivative: Callable[..., Any], *args: Any) -> Any:
        restart()
        return derivative(*args)

    for n in (0, 1, 7):
        want = fixed(f, x, n)
        after = positions()
        value, gradient = fixed(value_and_grad(f), x, n)
        assert value == want
        assert positions() == after
        for direction in np.eye(5)[:2]:
            h = 1e-4 * direction
            near = fixed(f, x + h, n) - fixed(f, x - h, n)
            far = fixed(f, x + 2 * h, n) - fixed(f, x - 2 * h, n)
            slope = (8 * near - far) / 12e-4
            assert gradient @ direction == pytest.approx(slope, rel=1e-7, abs=1e-8)
        v = np.ones(5)
        second = fixed(hvp(f), x, n, v)
        assert positions() == after
        bend = (fixed(grad(f), x + 1e-5 * v, n) - fixed(grad(f), x - 1e-5 * v, n)) / 2e-5
        np.testing.assert_allclose(second, bend, rtol=1e-6, atol=1e-6)
        twice = fixed(grad(lambda x, n: np.sum(grad(f)(x, n))), x, n)
        assert positions() == after
        np.testing.assert_allclose(twice, second, rtol=1e-10, atol=1e-12)
        _, pullback = fixed(vjp, lambda x, n=n: f(x, n), x)
        assert all(np.array_equal(pullback(1.0)[0], gradient) for _ in range(2))
        assert positions() == after


def test_generators_with_one_source_of_bits() -> None:
    bits = np.random.PCG64(3)
    one, other = np.random.Generator(bits), np.random.Generator(bits)

    def f(x: Any, n: int) -> Any:
        with checkpointing(2):
            for _ in range(n):
                x = np.sin(x) * one.normal(size=5) + other.uniform() * x
        return np.sum(x)

    start = bits.state
    want = f(x, 7)
    after = bits.state
    bits.state = start
    value, gradient = value_and_grad(f)(x, 7)
    assert value == want
    assert bits.state == after
    slopes = []
    for h in 1e-6 * np.eye(5):
        ends = []
        for end in (x + h, x - h):
            bits.state = start
            ends.append(f(end, 7))
        slopes.append((ends[0] - ends[1]) / 2e-6)
    np.testing.assert_allclose(gradient, slopes, rtol=1e-7, atol=1e-9)


def test_effects_happen_once(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x: Any, n: int) -> Any:
        with checkpointing(2):
            for i in range(n):
                print("step", i)
                assert i < 3, "too many"
                x = np.sin(x)
        return x

    grad(f)(1.0, 3)
    assert capsys.readouterr().out == "step 0\nstep 1\nstep 2\n"
    with pytest.raises(AssertionError, match="too many"):
        grad(f)(1.0, 5)


def test_ignored_errors_are_ignored_in_each_step() -> None:
    def f(x: Any, n: int) -> Any:
        with np.errstate(all="ignore"), checkpointing(1):
            for _ in range(n):
                x = np.exp(1.0 / x)
        return np.sum(1.0 / x)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        grad(f)(np.array([0.0, 1.0]), 2)


def test_what_is_refused() -> None:
    def over(x: Any, steps: Any) -> Any:
        with checkpointing(2):
            for c in steps:
                x = np.sin(c * x)
        return x

    assert grad(over)(1.0, [1.0, 2.0]) == grad(over)(1.0, np.array([1.0, 2.0]))
    with pytest.raises(UnsupportedError, match="a list of its items"):
        grad(over)(1.0, iter([1.0, 2.0]))

    def drawn_condition(x: Any) -> Any:
        with checkpointing(2):
            while np.random.random() < 0.5:
                x = np.sin(x)
        return x

    with pytest.raises(UnsupportedError, match="draw them in the body"):
        grad(drawn_condition)(1.0)

    def named(x: Any) -> Any:
        with checkpointing(2) as budget:
            for _ in range(3):
                x = np.sin(x)
        return x, budget

    with pytest.raises(UnsupportedError, match="leave out the 'as'"):
        grad(named)(1.0)

    def nothing(x: Any) -> Any:
        with checkpointing(0):
            for _ in range(3):
                x = np.sin(x)
        return x

    with pytest.raises(UnsupportedError, match="one state"):
        grad(nothing)(1.0)


def test_a_loop_is_expected() -> None:
    def inside(x: Any) -> Any:
        for _ in range(3):
            with checkpointing(2):
                x = np.sin(x)
        return x

    with pytest.raises(UnsupportedError, match="around the loop"):
        grad(inside)(1.0)

    def of_known_items(x: Any) -> Any:
        with checkpointing(2):
            for f in (np.sin, np.cos):
                x = f(x) * x
        return x

    assert grad(of_known_items)(0.5) == pytest.approx(
        (of_known_items(0.5 + 1e-6) - of_known_items(0.5 - 1e-6)) / 2e-6, rel=1e-8
    )


def test_a_saved_module_needs_only_numpy(tmp_path: Path) -> None:
    gradient = grad(plain, checkpoint=POLICY)
    want = gradient(x, 9)
    gradient.save(tmp_path / "saved.py")
    program = (
        "import sys, numpy as np, saved\n"
        f"print(saved.plain_grad(np.array({x.tolist()}), 9).tolist(), 'adjoint' in sys.modules)\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert found.stdout == f"{want.tolist()} False\n"


def test_the_text() -> None:
    """The loop as written, and its step as a function."""
    lines = [line.strip() for line in decorated.source_for(x, 9).splitlines()]
    step = lines.index("def decorated_step(k, x):")
    assert lines[step + 2 : step + 4] == ["x = np.sin(x) + 0.1 * x", "return x"]
    loop = lines.index("states = Snapshots(n, 4)")
    assert lines[loop + 1 : loop + 4] == [
        "for _ in range(n):",
        "states.append(x)",
        "x = np.sin(x) + 0.1 * x",
    ]
    assert "for x in reversed(states.again(decorated_step)):" in lines
