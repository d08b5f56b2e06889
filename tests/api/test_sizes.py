"""Sizes that meet: gradients for equal and unequal ones, in one function, call after call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad


def differences(f: Callable[..., float], args: tuple[Any, ...], k: int) -> Any:
    """The gradient with respect to an array, by central differences."""
    step, result = 1e-6, np.zeros(np.shape(args[k]))
    for place in np.ndindex(*np.shape(args[k])):
        for sign in (1, -1):
            moved = [a.copy() if isinstance(a, np.ndarray) else a for a in args]
            moved[k][place] += sign * step
            result[place] += sign * f(*moved) / (2 * step)
    return result


def array(*shape: int) -> Any:
    return np.random.default_rng(len(shape) + sum(shape)).normal(size=shape)


def parts(x: Any, y: Any) -> Any:
    return np.sum(x[1:] * y[1:])


def written(x: Any, y: Any) -> Any:
    z = x * x
    z[1:-1] = y[1:-1] * 2.0
    return np.sum(z * z)


def added(x: Any, y: Any) -> Any:
    z = x.copy()
    for _ in range(2):
        z[1:] += y[:-1] * z[1:]
    return np.sum(z)


def caught(x: Any, y: Any) -> Any:
    try:
        z = x + y
    except ValueError:
        z = x * 2.0
    return np.sum(z * z)


def in_a_branch(x: Any, y: Any) -> Any:
    z = np.sum(x * y) if len(x) == len(y) else np.sum(x)
    return z + np.sum(y[:, None] * x[:1])


def of_a_length(x: Any, n: int) -> Any:
    z = np.zeros(n) + x
    return np.sum(z * z)


def no_iteration(x: Any, n: int) -> Any:
    s = x * 1.0
    for _ in range(n - 1):
        s = s + np.ones(2)
    return np.sum(s * x[:1])


def exchanged(x: Any, y: Any) -> Any:
    a, b = x * 1.0, y * 1.0
    for _ in range(3):
        a, b = b, a
    return np.sum(a * a) + 3.0 * np.sum(b)


def shrinking(x: Any, y: Any) -> Any:
    a, b = x * 1.0, x * y[0]
    for _ in range(2):
        a, b = a[1:] * b[:-1], np.maximum(b[1:], a[:-1])
    return np.sum(a * b)


def joined(x: Any, y: Any) -> Any:
    z = np.concatenate([x, y])
    return np.sum(np.ones((2, 7)) @ z) * np.sum(z[: len(x)] * x)


PROGRAMS = [parts, written, added, caught, in_a_branch, exchanged, shrinking, joined]
PAIRS = [(4, 4), (4, 2), (2, 4), (3, 4), (2, 2), (4, 4), (1, 4), (4, 1), (1, 1), (5, 5), (3, 4)]


def check(f: Callable[..., Any], gradient: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """The gradient is that of differences, or raises what the function raises."""
    try:
        f(*args)
    except Exception as error:
        with pytest.raises(type(error)):
            gradient(*args)
        return
    found = gradient(*args)
    for k, each in enumerate(found if isinstance(found, tuple) else (found,)):
        assert each.shape == args[k].shape
        np.testing.assert_allclose(each, differences(f, args, k), atol=1e-6)


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_sizes_that_meet(f: Callable[..., Any]) -> None:
    gradient = grad(f, argnums=(0, 1))
    for m, n in PAIRS:
        check(f, gradient, (array(m), array(n)))


@pytest.mark.parametrize("f", [of_a_length, no_iteration], ids=lambda f: f.__name__)
def test_a_number_that_is_a_size(f: Callable[..., Any]) -> None:
    gradient = grad(f)
    for m, n in [(3, 3), (3, 1), (1, 3), (2, 2), (1, 1), (2, 1), (4, 4)]:
        check(f, gradient, (array(m), n))


def test_the_text_for_equal_sizes_has_no_sum() -> None:
    gradient = grad(parts, argnums=(0, 1))
    assert "sum" not in gradient.source_for(array(4), array(4)).split("# backward")[1].replace(
        "np.sum(x[1:] * y[1:])", ""
    )
    assert "x: f64[n]\n        y: f64[n]" in gradient.source_for(array(4), array(4))
    assert "x: f64[n]\n        y: f64[m]" in gradient.source_for(array(4), array(2))


def test_lists_of_one_length_and_of_two() -> None:
    def f(xs: list[float], ys: list[float]) -> float:
        s = 0.0
        for x, y in zip(xs, ys):  # noqa: B905
            s += x * y
        return s

    gradient = grad(f, argnums=(0, 1))
    for _ in range(2):
        assert gradient([1.0, 2.0], [3.0, 4.0]) == ([3.0, 4.0], [1.0, 2.0])
        assert gradient([1.0, 2.0, 3.0], [3.0, 4.0]) == ([3.0, 4.0, 0.0], [1.0, 2.0])
        assert gradient([], []) == ([], [])
        assert gradient([1.0], []) == ([0.0], [])
    assert "pad_zeros" not in gradient.source_for([1.0], [2.0])


def recurrent(W: Any, U: Any, b: Any, xs: Any) -> Any:
    h = np.zeros(len(b))
    for x in xs:
        h = np.tanh(np.concatenate([x, h]) @ W + U @ h + b)
    return np.sum(h * h)


def filtered(A: Any, Q: Any, xs: Any) -> Any:
    P, m = np.eye(A.shape[0]), np.zeros(A.shape[0])
    total = 0.0
    for x in xs:
        P = A @ P @ A.T + Q
        K = P @ np.linalg.inv(P + Q)
        m = A @ m + K @ (x - m)
        total += m @ np.linalg.solve(P, m)
    return total


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (recurrent, (array(5, 3), array(3, 3), array(3), array(4, 2))),
        (filtered, (array(3, 3), 9.0 * np.eye(3), array(2, 3))),
    ],
    ids=["recurrent", "filtered"],
)
def test_products_force_sizes(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    gradient = grad(f, argnums=tuple(range(len(args))))
    assert "sum_to" not in gradient.source_for(*args)
    check(f, gradient, args)


def seeded_by_an_argument(x: Any, w: Any) -> Any:
    s = 0.0
    for k in range(len(x)):
        s += x[k] ** 2
    return s + np.sum(x * w)


def seeded_by_a_sum(x: Any, w: Any) -> Any:
    s = 0.0
    for k in range(len(x)):
        s += x[k] ** 2 * w[0]
    return s + np.sum(x)


@pytest.mark.parametrize("f", [seeded_by_an_argument, seeded_by_a_sum], ids=lambda f: f.__name__)
def test_an_accumulator_is_owned_before_its_loop(f: Callable[..., Any]) -> None:
    """A part is added in place: no iteration copies the whole array, and no argument changes."""
    gradient = grad(f)
    args = array(6), array(6)
    kept = [a.copy() for a in args]
    check(f, gradient, args)
    assert "index_add" not in gradient.source_for(*args)
    found = gradient(*args)
    found += 1.0
    for a, b in zip(args, kept, strict=True):
        np.testing.assert_array_equal(a, b)


POSITIONS = {
    "rows": lambda x, labels: x[np.arange(len(labels)), labels],
    "rows that are one": lambda x, labels: x[np.arange(1), labels],
    "from the end": lambda x, labels: x[np.arange(-2, 2)][:, labels],
    "of both ends": lambda x, labels: x[:3][np.arange(-3, 3)],
    "columns": lambda x, labels: x[labels, np.arange(len(labels))],
    "all pairs": lambda x, labels: x[np.arange(3)[:, None], labels],
    "downwards": lambda x, labels: x[np.arange(2, -3, -1)],
    "labels": lambda x, labels: x[labels],
}


@pytest.mark.parametrize("name", POSITIONS)
def test_positions_that_may_repeat(name: str) -> None:
    take = POSITIONS[name]

    def f(x: Any, labels: Any) -> Any:
        return np.sum(np.sin(take(x, labels)) * 2.0)

    for labels in ([0, 1, 2, 3], [1, 1, 1, 1], [2, 0, 2, 0]):
        check(f, grad(f), (array(4, 4), np.array(labels)))


def constants(ws: Any, x: Any) -> Any:
    return np.sum(np.tanh(x @ ws[0]) @ ws[1]) + np.sum(ws[-1] ** 2)


def positions(ws: Any, x: Any) -> Any:
    for k in range(len(ws)):
        x = np.tanh(x @ ws[k]) + np.sum(ws[0])
    return np.sum(x)


def shared(ws: Any, x: Any) -> Any:
    a, b = ws[0], ws[0]
    total = np.sum(a * b) * np.sum(x)
    if total > 0:
        total = total + np.sum(ws[1] @ ws[1])
    return total


@pytest.mark.parametrize("f", [constants, positions, shared], ids=lambda f: f.__name__)
def test_lists_of_arrays_are_accumulated_in_place(f: Callable[..., Any]) -> None:
    ws, x = [array(3, 3), array(3, 3).T, 0.5 * array(3, 3)], array(2, 3)
    found = grad(f)(ws, x)
    for k, each in enumerate(found):

        def with_part(w: Any, k: int = k) -> Any:
            return f([w if k == j else v for j, v in enumerate(ws)], x)

        np.testing.assert_allclose(each, differences(with_part, (ws[k],), 0), atol=1e-6)
    assert "import index_add" not in grad(f).source_for(ws, x)
    assert len({id(each) for each in found}) == len(found)
