"""Names that are integers on one path and floats on another: gradients, questions, buffers.

Every program is called on both paths, and compared with its differences.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import AdjointError, grad, hvp, jvp, value_and_grad, vjp
from tests.oracle import assert_same_gradient, richardson_gradient

X = np.array([0.3, 0.4, 0.5])


# Gradients are floats


def branch(x: Any, n: int) -> Any:
    s = 1
    if n:
        s = 2.5
    return np.sum(x) * s


def loop(x: Any, n: int) -> Any:
    s = 1
    for _ in range(n):
        s = s * np.float64(1.5)
    return np.sum(x * s)


def loop_over_an_array(x: Any, n: int) -> Any:
    s = 1
    for _ in range(n):
        s = s * x
    return np.sum(x * s) * np.sum(s + 2)


def reduced(x: Any, n: int) -> Any:
    s = 0
    for _ in range(n):
        s = s + x
    return np.sum(x * np.sum(s + 1)) + np.prod(x) * np.max(s - 2)


def item(x: Any, n: int) -> Any:
    return np.sum(x) * [1, 2.5, 3][min(n, 2)]


def added_in_place(x: Any, n: int) -> Any:
    s = 1
    if n:
        s = np.tanh(x)
    t = np.sum(s**2)
    s = s if n == 0 else x[0] * 0.5
    return np.sum(np.sin(s) * x) * t + np.sum(s * x)


def array_of_integers(x: Any, n: int) -> Any:
    u = np.arange(3)
    for _ in range(n):
        u = u + 0.5
    return np.sum(u * x) * np.sum(u)


def written_in_a_loop(x: Any, n: int) -> Any:
    u = np.zeros(3, int)
    for _ in range(n):
        u = u + 0.5
        u[1] += x[0]
    return np.sum(u * x)


# Questions


def is_instance(x: Any, n: int) -> Any:
    s = 1
    if n:
        s = x[0]
    return 3.0 * np.sum(x) if isinstance(s, int) else np.sum(x) * s


def is_instance_of_a_sum(x: Any, n: int) -> Any:
    s = 0
    for k in range(n):
        if isinstance(s, int):
            s = s + 2.0 * x[0]
        s = s + x[k % 3]
    return 3.0 * s if isinstance(s, float) else np.sum(x) * 7.0


def asks_for_dtype(x: Any, n: int) -> Any:
    u = np.arange(3)
    for _ in range(n):
        u = u + 0.5
    return np.sum(x * u) * 2.0 if u.dtype == int else np.sum(x * u)


def asks_for_kind(x: Any, n: int) -> Any:
    u = np.arange(3)
    if n:
        u = u * 1.5
    return np.sum(x * u) * 2.0 if u.dtype.kind == "i" else np.sum(x * u)


def asks_for_type(x: Any, n: int) -> Any:
    s = 1
    if n:
        s = 2.5
    return np.sum(x) * len(type(s).__name__)


def made_with_the_dtype(x: Any, n: int) -> Any:
    u = np.arange(3)
    if n:
        u = u * 1.5
    return np.sum(x.astype(u.dtype) * x)


# Buffers


def buffer(x: Any, n: int) -> Any:
    u = np.arange(3)
    if n:
        u = u * 1.5
    u[0] = x[0]
    return np.sum(u * x)


def filled(x: Any, n: int) -> Any:
    s = 1
    if n:
        s = 2.5
    u = np.full(3, s)
    u[0] = x[0]
    return np.sum(u * x)


def of_a_list(x: Any, n: int) -> Any:
    s = 1
    for _ in range(n):
        s = s * 2.5
    u = np.array([s, 2, 3])
    u[0] = x[1]
    return np.sum(u * x)


def like_another(x: Any, n: int) -> Any:
    u = np.arange(3)
    for _ in range(n):
        u = u + 0.5
    z = np.zeros_like(u)
    z[0] = x[0]
    return np.sum(x * z)


def augmented(x: Any, n: int) -> Any:
    u = np.arange(3)
    if n:
        u = u * 1.5
    u = u.reshape(3, 1)
    u[:, 0] += x
    return np.sum(u * x)


ALWAYS = [
    branch, loop, loop_over_an_array, reduced, item, added_in_place, array_of_integers,
    written_in_a_loop, is_instance, is_instance_of_a_sum,
]  # fmt: skip
OR_REFUSED = [
    asks_for_dtype, asks_for_kind, asks_for_type, made_with_the_dtype, buffer, filled, of_a_list,
    like_another, augmented,
]  # fmt: skip


@pytest.mark.parametrize("n", [0, 1, 2])
@pytest.mark.parametrize("f", ALWAYS, ids=lambda f: f.__name__)
def test_gradients_are_floats_on_every_path(f: Callable[..., Any], n: int) -> None:
    want = richardson_gradient(f, (X, n))
    value, gradient = value_and_grad(f)(X, n)
    np.testing.assert_allclose(value, f(X, n), 1e-12)
    assert_same_gradient(gradient, want, 1e-8)
    assert_same_gradient(grad(f)(X, n), want, 1e-8)
    assert_same_gradient(vjp(lambda x: f(x, n), X)[1](1.0)[0], want, 1e-8)
    direction = np.array([0.7, -0.4, 1.1])
    tangent = jvp(lambda x: f(x, n), (X,), (direction,))[1]
    np.testing.assert_allclose(tangent, want @ direction, 1e-8)
    slope = (grad(f)(X + 1e-5 * direction, n) - grad(f)(X - 1e-5 * direction, n)) / 2e-5
    np.testing.assert_allclose(hvp(f)(X, n, direction), slope, 1e-6, 1e-6)


@pytest.mark.parametrize("f", [branch, item], ids=lambda f: f.__name__)
@pytest.mark.parametrize("n", [0, 1])
def test_gradients_of_numbers_are_floats(f: Callable[..., Any], n: int) -> None:
    assert type(float(grad(f)(0.3, n))) is float
    assert isinstance(grad(f)(0.3, n), float)


@pytest.mark.parametrize("n", [0, 1, 2])
@pytest.mark.parametrize("f", OR_REFUSED, ids=lambda f: f.__name__)
def test_right_or_refused(f: Callable[..., Any], n: int) -> None:
    """The type decides what is computed: the gradient is that of the path, or there is none."""
    try:
        got = grad(f)(X, n)
    except (AdjointError, TypeError):  # a buffer says it when it is one of integers
        return
    assert_same_gradient(got, richardson_gradient(f, (X, n)), 1e-8)


@pytest.mark.parametrize("f", [buffer, filled, of_a_list, like_another], ids=lambda f: f.__name__)
def test_buffers_of_floats_stay_supported(f: Callable[..., Any]) -> None:
    assert_same_gradient(grad(f)(X, 1), richardson_gradient(f, (X, 1)), 1e-8)
    with pytest.raises(TypeError, match="a float is written into an array of integers"):
        grad(f)(X, 0)


def test_what_no_input_reaches_may_be_cut_off() -> None:
    def f(x: Any, n: int) -> Any:
        u = np.arange(3)
        if n:
            u = u * 1.5
        u[0] = 0.7
        return np.sum(u * x)

    for n in (0, 1):
        assert_same_gradient(grad(f)(X, n), richardson_gradient(f, (X, n)), 1e-8)


# A number of Python's stops at a division by zero, one of NumPy's is infinite


def divided_by_a_sum(x: Any, n: int) -> Any:
    s = 0.0
    for k in range(n):
        s = s + x[k]
    try:
        y = 1.0 / s
    except ZeroDivisionError:
        y = np.sum(x) * 3.0
    return y


def divided_by_either(x: Any, n: int) -> Any:
    s = np.float64(0.0) if n else 0.0
    with np.errstate(divide="ignore"):
        try:
            y = 2.0 / s
        except ZeroDivisionError:
            y = 3.0
    return y * x[0] if np.isfinite(y) else x[1]


def floor_of_a_sum(x: Any, n: int) -> Any:
    s = 0
    for k in range(n):
        s = s + x[k]
    try:
        y = 5 // s
    except ZeroDivisionError:
        y = 2.0
    return np.sum(x) * y


@pytest.mark.parametrize("n", [0, 1, 2])
@pytest.mark.parametrize("f", [divided_by_a_sum, divided_by_either, floor_of_a_sum],
                         ids=lambda f: f.__name__)  # fmt: skip
def test_divisions_raise_as_the_number_does(f: Callable[..., Any], n: int) -> None:
    value, gradient = value_and_grad(f)(X, n)
    np.testing.assert_allclose(value, f(X, n), 1e-12)
    assert_same_gradient(gradient, richardson_gradient(f, (X, n)), 1e-8)


def test_vectorize_gives_all_results_the_type_of_the_first() -> None:
    def ramps(x: Any) -> Any:
        return np.sum(np.vectorize(lambda a: 0 if a < 0.0 else a * 1.5)(x))

    assert np.allclose(grad(ramps)(np.array([2.0, -1.0])), [1.5, 0.0])
    with pytest.raises(AssertionError, match="the type of the first one"):
        grad(ramps)(np.array([-1.0, 2.0]))  # whose value is cut off to an integer
