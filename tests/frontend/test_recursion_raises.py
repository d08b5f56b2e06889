"""Exceptions of functions that call themselves: caught where the program catches, or refused."""

import io
import linecache
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import AdjointError, UnsupportedError, grad, hvp
from tests.oracle import richardson_gradient

WRITTEN = io.StringIO()


def caught_around(x: float, n: int) -> Any:
    def go(v: Any, k: int) -> Any:
        if k == n:
            raise KeyError
        if k == 5:
            return v
        return go(v * 1.1, k + 1) + v

    try:
        return go(x, 0)
    except KeyError:
        return x * x


def divides(x: float, n: int) -> Any:
    def go(v: Any, k: int) -> Any:
        if k == 0:
            return v / n
        return go(v * 1.1, k - 1) + v

    try:
        return go(x, 2)
    except ZeroDivisionError:
        return x * x


def caught_inside(x: float, n: int) -> Any:
    def go(v: Any, k: int) -> Any:
        if k == 5:
            return v
        try:
            return go(v * 1.1, k + 1) + v / (k - n)
        except ZeroDivisionError:
            return v * v

    return go(x, 0)


def always_raises(x: float, n: int) -> Any:
    def go(k: int) -> Any:
        if k == n:
            raise KeyError
        return go(k + 1)

    return x + go(0)


def passes(x: float, n: int) -> Any:
    def go(v: Any, k: int) -> Any:
        if k > n + 3:
            raise KeyError
        return v if k == 0 else go(v * v, k - 1) + v

    return go(x, n)


@pytest.mark.parametrize("n", [0, 1, 3, 7])
@pytest.mark.parametrize("f", [caught_around, divides, caught_inside, always_raises, passes],
                         ids=lambda f: f.__name__)  # fmt: skip
def test_right_or_refused(f: Callable[..., Any], n: int) -> None:
    try:
        got = grad(f)(0.3, n)
    except AdjointError:
        assert f not in (caught_inside, passes)
        return
    except KeyError:
        assert f is always_raises
        return
    assert f is not always_raises
    np.testing.assert_allclose(got, richardson_gradient(f, (0.3, n)), 1e-8)


# What is done before a certain exception is done


def _raise(n: int) -> Any:
    WRITTEN.write("h")
    raise KeyError


def raised_under_finally(x: float, n: int) -> Any:
    if n:
        try:
            WRITTEN.write("a")
            raise ValueError
        finally:
            WRITTEN.write("b")
    return x


def raised_in_a_helper(x: float, n: int) -> Any:
    return _raise(n) if n else x


def raised_and_caught(x: float, n: int) -> Any:
    try:
        if n:
            _raise(n)
        y = x
    except KeyError:
        y = x * 2.0
    return y


@pytest.mark.parametrize("n", [0, 1])
@pytest.mark.parametrize("f", [raised_under_finally, raised_in_a_helper, raised_and_caught],
                         ids=lambda f: f.__name__)  # fmt: skip
def test_effects_before_an_exception(f: Callable[..., Any], n: int) -> None:
    def told(function: Callable[..., Any]) -> tuple[Any, str]:
        WRITTEN.seek(0)
        WRITTEN.truncate()
        try:
            function(0.3, n)
        except (KeyError, ValueError) as error:
            return type(error), WRITTEN.getvalue()
        return None, WRITTEN.getvalue()

    assert told(grad(f)) == told(f)


def test_a_tree_of_calls_that_must_be_inlined_is_refused() -> None:
    """Products with the Hessian inline the calls: what is exponential is not tried."""
    space: dict[str, Any] = {"np": np}
    text = "def f_0(x): return np.sin(x) * x\n" + "".join(
        f"def f_{k}(x): return f_{k - 1}(x) * f_{k - 1}(np.sin(x))\n" for k in range(1, 15)
    )
    linecache.cache["<deep>"] = (len(text), None, text.splitlines(True), "<deep>")
    exec(compile(text, "<deep>", "exec"), space)
    with pytest.raises(UnsupportedError, match="call each other again and again"):
        hvp(space["f_14"])(0.7, 1.0)
    x, h = 0.7, 1e-4
    slope = (grad(space["f_2"])(x + h) - grad(space["f_2"])(x - h)) / (2 * h)
    np.testing.assert_allclose(hvp(space["f_2"])(x, 1.0), slope, 1e-6)
