"""`transform_cotangent` and `observe_cotangent`: code of the user's in the backward pass."""

import logging
import math
from typing import Any

import numpy as np
import pytest

from adjoint import (
    UnsupportedError,
    grad,
    observe_cotangent,
    transform_cotangent,
    value_and_grad,
    vjp,
)

x = np.array([1.0, 2.0, 3.0])
seen: list[Any] = []


def clip(g: Any) -> Any:
    return np.clip(g, -1.0, 1.0)


def keep(g: Any) -> None:
    seen.append(np.copy(g))


def keep_itself(g: Any) -> Any:
    """Keeps the array itself and returns it, which adjoint cannot know."""
    seen.append(g)
    return g


def finite(g: Any) -> None:
    assert np.all(np.isfinite(g)), "a cotangent is not finite"


def backward(f: Any, *args: Any) -> list[str]:
    """The statements behind the line that says `backward`."""
    lines = grad(f).source_for(*args).partition("# backward\n")[2].splitlines()
    return [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]


@pytest.fixture(autouse=True)
def _forget() -> None:
    seen.clear()


def test_they_are_the_identity_outside_and_in_the_value() -> None:
    assert transform_cotangent(x, clip) is x
    assert observe_cotangent(x, keep) is x and not seen
    value, _ = value_and_grad(lambda x: np.sum(transform_cotangent(x * x, clip)))(x)
    assert value == 14.0


def test_clipping_is_part_of_the_text() -> None:
    def f(x: Any) -> Any:
        y = x * x
        y = transform_cotangent(y, clip)
        return np.sum(y * y * y)

    # ȳ = 3 y² is 3, 48, 243 before, and 1 after.
    assert grad(f)(x).tolist() == [2.0, 4.0, 6.0]
    assert "y_bar = np.clip(y_bar, -1.0, 1.0)" in backward(f, x)


def test_scaling_once_in_each_trip_of_a_loop() -> None:
    def f(x: Any, n: int) -> Any:
        for _ in range(n):
            x = transform_cotangent(3.0 * x, lambda g: 0.5 * g)
        return x

    assert f(1.0, 4) == 81.0
    assert grad(f)(1.0, 4) == 1.5**4


def test_gradient_reversal() -> None:
    """Ganin and Lempitsky (2015): the features learn to fool what is learnt from them."""

    def f(w: Any, v: Any, c: Any) -> Any:
        return v * transform_cotangent(w, lambda g: -c * g)

    assert grad(f, (0, 1, 2))(2.0, 3.0, 0.1) == (pytest.approx(-0.3), 2.0, 0.0)


def test_an_observer_sees_every_cotangent_once_and_in_order() -> None:
    def f(x: Any, n: int) -> Any:
        for _ in range(n):
            x = observe_cotangent(x, keep)
            x = np.sin(x)
        return np.sum(x)

    want = np.cos(np.sin(np.sin(x)))
    assert "keep(x_bar)" in backward(f, x, 3)
    got = grad(f)(x, 3)
    assert len(seen) == 3
    np.testing.assert_allclose(seen[0], want)
    np.testing.assert_allclose(seen[1], want * np.cos(np.sin(x)))
    assert np.array_equal(seen[2], got)


def test_observers_stay_in_branches_and_while_loops() -> None:
    def f(x: Any) -> Any:
        while x < 100.0:
            if x > 5.0:
                x = observe_cotangent(x * x, keep)
            else:
                x = 2.0 * x
        return x

    assert f(1.0) == 8.0**4  # (8x)⁴
    assert grad(f)(1.0) == 4 * 8 * 8.0**3
    assert [float(g) for g in seen] == [1.0, 2 * 64.0]


def test_an_observer_stays_where_its_cotangent_is_not_needed() -> None:
    """The derivative of 2x is known without the cotangent that the observer looks at."""

    def f(x: Any) -> Any:
        y = observe_cotangent(np.sum(x), keep)
        return 2.0 * y

    assert grad(f)(x).tolist() == [2.0] * 3
    assert seen == [2.0]


def test_prints_logs_and_assertions_are_written_out(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def f(x: Any) -> Any:
        y = observe_cotangent(np.sqrt(x), finite)
        y = observe_cotangent(y, lambda g: print("cotangent", g))
        y = observe_cotangent(y, lambda g: logging.warning("norm %.1f", np.sum(g * g)))
        return np.sum(y * y)

    assert 'print("cotangent", y_bar)' in backward(f, x)
    assert any(line.startswith("assert np.all(np.isfinite(y_bar))") for line in backward(f, x))
    assert grad(f)(np.array([4.0, 9.0])) == pytest.approx(1.0)
    assert capsys.readouterr().out == "cotangent [4. 6.]\n"
    assert caplog.messages == ["norm 52.0"]
    with pytest.raises(AssertionError, match="not finite"):
        grad(f)(np.array([4.0, np.inf]))


def test_a_breakpoint_stops_with_the_cotangent_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(g: Any) -> None:
        breakpoint()

    def hook(*args: Any, **kwargs: Any) -> None:
        frame = __import__("sys")._getframe(1)
        seen.append((frame.f_code.co_name, frame.f_locals["g"], frame.f_back.f_code.co_name))

    monkeypatch.setattr("sys.breakpointhook", hook)

    def f(x: Any) -> Any:
        return 3.0 * observe_cotangent(x, stop)

    assert grad(f)(2.0) == 3.0
    assert seen == [("stop", 3.0, "f_grad")]


def test_what_a_named_function_keeps_is_not_written_into() -> None:
    def f(x: Any) -> Any:
        y = transform_cotangent(x * 2.0, keep_itself)
        z = np.zeros(3)
        for k in range(3):
            z[k] = x[k] * y[k]
        return np.sum(z) + np.sum(transform_cotangent(y, keep_itself))

    got = grad(f)(x)
    np.testing.assert_allclose(got, 4.0 * x + 2.0)
    assert [g.tolist() for g in seen] == [[1.0] * 3, (x + 1.0).tolist()]

    _, pullback = vjp(lambda x: transform_cotangent(x, keep_itself) + np.sin(x), x)
    y_bar = np.ones(3)
    (first,) = pullback(y_bar)
    first += 100.0
    assert y_bar.tolist() == [1.0] * 3
    np.testing.assert_allclose(pullback(y_bar)[0], 1.0 + np.cos(x))


def test_the_pullback_of_a_named_identity_is_no_alias_of_what_it_is_given() -> None:
    _, pullback = vjp(lambda x: transform_cotangent(x, keep_itself), x)
    y_bar = np.ones(3)
    assert not np.may_share_memory(pullback(y_bar)[0], y_bar)


def test_containers() -> None:
    def f(p: Any) -> Any:
        p = transform_cotangent(p, lambda g: {"a": 2.0 * g["a"], "b": g["b"], "n": None})
        return p["a"] * np.sum(p["b"]) * p["n"]

    got = grad(f)({"a": 2.0, "b": np.array([1.0, 2.0]), "n": 5})
    assert got["a"] == 30.0 and got["b"].tolist() == [10.0, 10.0] and got["n"] == 5


def test_higher_orders_pass_through_as_well() -> None:
    """The first derivative is c · 3x², and the second one c · c · 6x: by the product of both."""

    def f(x: Any) -> Any:
        return transform_cotangent(x, lambda g: 2.0 * g) ** 3

    assert grad(f)(1.5) == 2 * 3 * 1.5**2
    assert grad(grad(f))(1.5) == 2 * 2 * 6 * 1.5


def test_what_is_refused() -> None:
    def nothing(x: Any) -> Any:
        return transform_cotangent(x, lambda g: print(g))

    with pytest.raises(UnsupportedError, match="use observe_cotangent"):
        grad(nothing)(1.0)

    def other(x: Any) -> Any:
        return np.sum(transform_cotangent((x, x), lambda g: g[0])[0])

    with pytest.raises(UnsupportedError, match="structure"):
        grad(other)(1.0)

    def named(x: Any) -> Any:
        return math.sin(transform_cotangent(x, keep_itself))

    assert grad(named)(0.0) == 1.0
    with pytest.raises(UnsupportedError, match="no derivative rule for keep_itself"):
        grad(grad(named))(0.0)
