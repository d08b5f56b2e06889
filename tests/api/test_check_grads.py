"""`check_grads` itself: what passes, what fails, and what it says then."""

import math

import numpy as np
import pytest

import adjoint
from adjoint import check_grads, custom_vjp, stop_gradient

x = np.array([0.4, 1.2, -0.7])


def smooth(x, p, n):
    return np.sin(x) ** n * p["scale"] + p["shift"][0], np.sum(x)


ARGS = (x, {"scale": 1.5, "shift": (0.3, 2.0)}, 2)


def test_what_is_right_passes_to_any_order():
    assert check_grads(smooth, ARGS, order=3) is None
    check_grads(lambda x: x * x * x, (0.7,), order=2, modes=["reverse"])


def test_complex_step():
    check_grads(lambda x: np.exp(x) / x, (x,), differences="complex", rtol=1e-12, atol=1e-14)
    with pytest.raises(ValueError, match="order=1"):
        check_grads(math.sin, (1.0,), order=2, differences="complex")
    check_grads(lambda x: {"a": (x * x, 2)}, (0.5,), differences="complex", rtol=1e-13)


@custom_vjp
def wrong(p):
    return p["a"] * 2.0 + np.sum(p["b"] ** 2)


wrong.defvjp(
    lambda p: (wrong(p), p),
    lambda p, g: ({"a": 2.0 * g, "b": 2.0 * g * np.array([[1.0, 0.0]]) * p["b"]},),
)


def test_the_message_names_argument_and_element():
    p = {"a": 1.0, "b": np.array([[3.0, 4.0], [5.0, 0.5]])}
    with pytest.raises(AssertionError) as info:
        check_grads(lambda n, p: wrong(p), (2, p))
    w = np.random.default_rng(0).normal()
    text = str(info.value)
    assert text.startswith("argument 1: 2 of 5 elements of the gradient are wrong")
    first, second = text.splitlines()[1:]
    assert first.strip().startswith(f"element ['b'][0, 1]: expected {8.0 * w:.6g}"[:30])
    assert second.strip().startswith("element ['b'][1, 1]") and second.endswith("got 0")


@custom_vjp
def half_right(x):
    return x**3


half_right.defvjp(
    lambda x: (half_right(x), x), lambda x, g: (g * 3.0 * adjoint.stop_gradient(x) ** 2,)
)


def test_second_order_is_told_apart():
    check_grads(half_right, (0.7,))
    with pytest.raises(AssertionError, match="order 2, argument 0"):
        check_grads(half_right, (0.7,), order=2)


def test_taylor_table():
    table = check_grads(lambda x, y: np.sum(np.exp(x) * y), (x, 0.5), taylor=True)
    assert table.slopes(table.zeroth)[-1] == pytest.approx(1.0, abs=0.2)
    assert table.slopes(table.first)[-1] == pytest.approx(2.0, abs=0.2)
    assert str(table).splitlines()[0].split() == ["step", "order", "0", "slope", "order", "1",
                                                  "slope"]  # fmt: skip


def test_steps():
    """A function that is only defined near the point needs small ones."""
    check_grads(lambda x: np.sqrt(x), (0.01,), step=1e-3)


def test_both_modes():
    check_grads(lambda x: np.sin(x) * x, (np.ones(3),), order=2, modes=("forward", "reverse"))
    with pytest.raises(AssertionError, match="the tangent"):
        check_grads(lambda x: np.rint(x) * x + stop_gradient(x), (0.7,), modes=("forward",))


def test_arguments_of_the_check():
    with pytest.raises(ValueError, match="modes"):
        check_grads(math.sin, (1.0,), modes=("backward",))
    with pytest.raises(ValueError, match="order"):
        check_grads(math.sin, (1.0,), order=0)
    with pytest.raises(ValueError, match="differences"):
        check_grads(math.sin, (1.0,), differences="forward")
    with pytest.raises(ValueError, match="float"):
        check_grads(lambda n: n, (1,))


def test_single_precision():
    check_grads(lambda x: np.sum(np.exp(x)), (x.astype(np.float32),))
