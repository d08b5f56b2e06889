"""`checkpoint`: the same gradients with less memory."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, checkpoint, grad, observe_cotangent, value_and_grad, vjp
from tests.memory import peak
from tests.oracle import assert_same_gradient, richardson_gradient

rng = np.random.default_rng(0)
W, x = rng.normal(size=(3, 3)), rng.normal(size=3)


def plain_block(W: Any, x: Any) -> Any:
    h = np.tanh(W @ x)
    h = np.sin(h) * h
    return x + 0.1 * np.exp(-h * h)


block = checkpoint(plain_block)


def stacked(block: Callable[..., Any]) -> Callable[..., Any]:
    def f(W: Any, x: Any, n: int) -> Any:
        for _ in range(n):
            x = block(W, x)
        return np.sum(x * x)

    return f


def test_outside_it_is_the_function() -> None:
    assert np.array_equal(block(W, x), plain_block(W, x))
    assert block.__name__ == "plain_block"


@pytest.mark.parametrize("n", [0, 1, 6])
def test_the_gradient_is_the_same(n: int) -> None:
    got = value_and_grad(stacked(block), (0, 1))(W, x, n)
    want = value_and_grad(stacked(plain_block), (0, 1))(W, x, n)
    assert got[0] == want[0]
    np.testing.assert_allclose(got[1][0], want[1][0], rtol=1e-12)
    np.testing.assert_allclose(got[1][1], want[1][1], rtol=1e-12)


def test_only_what_goes_in_is_kept() -> None:
    source = grad(stacked(block), (0, 1)).source_for(W, x, 3)
    assert source.count("def plain_block_backward(W, x, y_bar):") == 1
    loop = source.partition("tape = []\n")[2].splitlines()[:3]
    assert [line.strip() for line in loop] == [
        "for _ in range(n):",
        "tape.append(x)",
        "x = plain_block(W, x)",
    ]


def test_calls_in_a_row_are_not_merged_with_their_recomputation() -> None:
    def f(W: Any, x: Any) -> Any:
        return np.sum(block(W, block(W, x)))

    lines = grad(f, (0, 1)).source_for(W, x).splitlines()
    code = [line for line in lines if not line.strip().startswith("#")]
    assert sum("np.tanh(W @ x)" in line for line in code) == 2  # forward, and in the backward half
    np.testing.assert_allclose(
        grad(f)(W, x), richardson_gradient(f, (W, x)), rtol=1e-8, atol=1e-10
    )


def test_each_trip_of_a_loop_keeps_one_array() -> None:
    def deep(x: Any) -> Any:
        for _ in range(8):
            x = np.tanh(x * 1.1) + 0.1 * x
        return x

    def chain(step: Callable[..., Any]) -> Callable[..., Any]:
        def f(x: Any, n: int) -> Any:
            for _ in range(n):
                x = step(x)
            return np.sum(x)

        return f

    def arrays_per_trip(step: Callable[..., Any]) -> float:
        big, gradient = np.ones(20_000), grad(chain(step))
        return (peak(gradient, big, 40) - peak(gradient, big, 20)) / 20 / big.nbytes

    assert arrays_per_trip(deep) > 7.9
    assert arrays_per_trip(checkpoint(deep)) == pytest.approx(1.0, abs=0.05)


def test_second_derivatives() -> None:
    def squared(f: Callable[..., Any]) -> Callable[..., Any]:
        return lambda W, x: np.sum(grad(f)(W, x, 3) ** 2)

    got = grad(squared(stacked(block)), (0, 1))(W, x)
    want = grad(squared(stacked(plain_block)), (0, 1))(W, x)
    for g, w in zip(got, want, strict=True):
        np.testing.assert_allclose(g, w, rtol=1e-10, atol=1e-14)


def test_of_one_argument_after_the_other() -> None:
    """Which arguments are active differs between the calls, and so do the backward halves."""

    def f(W: Any, x: Any) -> Any:
        return np.sum(block(W, np.ones(3)) * block(np.eye(3), x) * block(W, x))

    got = grad(f, (0, 1))(W, x)
    want = richardson_gradient(f, (W, x), (0, 1))
    assert_same_gradient(got, want, 1e-8, 1e-10)


def test_containers_literals_and_functions_as_arguments() -> None:
    @checkpoint
    def layer(p: Any, x: Any, axis: int, *, scale: float, act: Any) -> Any:
        h = scale * act(x @ p["W"] + p["b"])
        return {"h": h + x, "s": np.sum(h, axis=axis)}

    def f(p: Any, x: Any) -> Any:
        total = 0.0
        for k in range(3):
            scale = 0.5 + k
            out = layer(p, x, 1, scale=scale, act=np.tanh)
            x, total = out["h"], total + np.sum(out["s"] ** 2)
            total = total + np.sum(layer(p, x, 0, scale=1.0, act=lambda h: h * h)["s"])
        return total + np.sum(layer(p, x, 0, scale=1.0, act=lambda h: 2.0 * h)["s"])

    p = {"W": 0.3 * W, "b": rng.normal(size=3)}
    X = 0.1 * rng.normal(size=(4, 3))
    got = grad(f, (0, 1))(p, X)
    want = richardson_gradient(f, (p, X), (0, 1))
    np.testing.assert_allclose(got[0]["W"], want[0]["W"], rtol=1e-7)
    np.testing.assert_allclose(got[0]["b"], want[0]["b"], rtol=1e-7)
    np.testing.assert_allclose(got[1], want[1], rtol=1e-7)


def test_functions_made_inside_keep_the_derivative_of_what_they_capture() -> None:
    def f(W: Any, x: Any) -> Any:
        @checkpoint
        def step(x: Any) -> Any:
            return np.tanh(W @ x) + np.sin(x)

        for _ in range(3):
            x = step(x)
        return np.sum(checkpoint(lambda x: W @ x)(x))

    got = grad(f, (0, 1))(W, x)
    want = richardson_gradient(f, (W, x), (0, 1))
    assert_same_gradient(got, want, 1e-8, 1e-10)


def test_functions_as_arguments_are_told_apart_by_what_they_capture() -> None:
    @checkpoint
    def applied(f: Any, x: Any) -> Any:
        return f(x)

    def g(x: Any) -> Any:
        total = 0.0
        for c in (2.0, 3.0):
            total = total + applied(lambda z, c=c: c * z, x)
        return total

    assert grad(g)(1.0) == 5.0

    def scaled(c: Any) -> Any:
        return lambda z: c * z

    assert grad(lambda x: applied(scaled(2.0), x) + applied(scaled(3.0), x))(1.0) == 5.0


@dataclass
class Wave:
    frequency: float

    @checkpoint
    def at(self, x: Any) -> Any:
        return np.sin(self.frequency * x)


def test_methods() -> None:
    assert grad(lambda wave, x: wave.at(x))(Wave(2.0), 0.3) == Wave(0.3 * np.cos(0.6))
    want = 2.0 * np.cos(2.0 * np.sin(0.6)) * 2.0 * np.cos(0.6)
    assert grad(lambda x: Wave(2.0).at(Wave(2.0).at(x)))(0.3) == pytest.approx(want)


def test_branches_loops_recursion_and_checkpoints_inside() -> None:
    @checkpoint
    def grown(x: Any) -> Any:
        if x > 3.0:
            return x * x
        while x < 100.0:
            x = 3.0 * x
        return x

    @checkpoint
    def power(x: Any, n: int) -> Any:
        return grown(0.01 * x) if n == 0 else np.sin(power(x, n - 1)) * x

    def f(x: Any) -> Any:
        count = 0
        while x < 50.0 and count < 3:
            x = grown(x) + x * power(x, 3)
            count += 1
        return x

    assert grad(f)(0.4) == pytest.approx(richardson_gradient(f, (0.4,)), rel=1e-9)
    want = richardson_gradient(grad(f), (0.4,))
    assert grad(grad(f))(0.4) == pytest.approx(want, rel=1e-7)


def test_a_gradient_inside_and_outside() -> None:
    @checkpoint
    def trained(p: Any, lr: Any) -> Any:
        for _ in range(3):
            p = p - lr * grad(lambda q: np.sum(np.sin(q) ** 2))(p)
        return p

    def f(p: Any, lr: Any) -> Any:
        return np.sum(trained(trained(p, lr), lr))

    got, want = grad(f, (0, 1))(x, 0.1), richardson_gradient(f, (x, 0.1), (0, 1))
    np.testing.assert_allclose(got[0], want[0], rtol=1e-8)
    assert got[1] == pytest.approx(want[1], rel=1e-8)
    assert grad(checkpoint(lambda x: x**3))(2.0) == 12.0
    _, pullback = vjp(block, W, x)
    _, plain = vjp(plain_block, W, x)
    for g, w in zip(pullback(np.ones(3)), plain(np.ones(3)), strict=True):
        np.testing.assert_allclose(g, w, rtol=1e-12)


def test_effects_happen_once(capsys: pytest.CaptureFixture[str]) -> None:
    seen = []

    def keep(g: Any) -> None:
        seen.append(g)

    @checkpoint
    def loud(x: Any) -> Any:
        print("at", x)
        assert x > 0.0, "not positive"
        return observe_cotangent(x * x, keep) * x

    assert grad(lambda x: loud(loud(x)))(2.0) == pytest.approx(9 * 2.0**8)
    assert capsys.readouterr().out == "at 2.0\nat 8.0\n"
    assert seen == [8.0, 3 * 8.0**2 * 2.0]
    with pytest.raises(AssertionError, match="not positive"):
        grad(lambda x: loud(loud(x)))(-2.0)


def test_what_is_refused() -> None:
    def started(x: Any) -> Any:
        np.random.seed(0)
        return x

    with pytest.raises(UnsupportedError):
        grad(lambda x: np.sum(checkpoint(started)(x)))(x)

    @checkpoint
    def writes(x: Any) -> Any:
        x[0] = 1.0
        return np.sum(x)

    with pytest.raises(UnsupportedError, match="belongs to the caller"):
        grad(lambda x: writes(2.0 * x))(x)

    @checkpoint
    def along(x: Any, axis: int) -> Any:
        return np.sum(x, axis=axis)

    with pytest.raises(UnsupportedError, match="'axis' decides"):
        grad(lambda x, axis: np.sum(along(x, axis)))(W, 1)


@checkpoint
def squash(z: Any) -> Any:
    return np.sin(z) * z


@checkpoint
def same(z: Any) -> Any:
    return z


@checkpoint
def total(zs: Any) -> Any:
    return sum(np.sum(z * z) for z in zs)


def written_after_it_was_kept(x: Any) -> Any:
    z = x * 1.0
    for k in range(3):
        y = same(z) * 1.0
        z[k] = np.sum(y * x)
    return np.sum(z * z)


def result_is_written(x: Any) -> Any:
    y = squash(x)
    y[0] = 2.0
    return np.sum(y * y)


def growing_list(x: Any) -> Any:
    zs = []
    for _ in range(4):
        x = squash(x)
        zs.append(x)
    return total(zs)


def rows_of_an_array(x: Any) -> Any:
    out = np.empty((3, 3))
    for i in range(3):
        out[i] = squash(x * i)
        for j in range(i):
            out[i, j] = total([out[j]])
    return np.sum(out**2)


def in_a_comprehension(x: Any) -> Any:
    return np.sum(np.array([squash(v) for v in x])) + sum(np.sum(squash(x * k)) for k in range(3))


@pytest.mark.parametrize(
    "program",
    [written_after_it_was_kept, result_is_written, growing_list, rows_of_an_array,
     in_a_comprehension],
)  # fmt: skip
def test_shared_memory(program: Callable[..., Any]) -> None:
    got = grad(program)(x)
    np.testing.assert_allclose(got, richardson_gradient(program, (x,)), rtol=1e-8, atol=1e-10)


def test_results_own_their_memory() -> None:
    value, pullback = vjp(same, x)
    y_bar = np.ones(3)
    assert not np.may_share_memory(value, x)
    assert not np.may_share_memory(pullback(y_bar)[0], y_bar)
    z = x.copy()
    _, pullback = vjp(lambda z: squash(squash(z)), z)
    (before,) = pullback(y_bar)
    z[:] = 7.0
    assert np.array_equal(pullback(y_bar)[0], before)
