"""Arguments and results: kinds, structures, dtypes, ownership."""

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, grad, value_and_grad, vjp
from tests.oracle import assert_same_gradient, map_leaves, richardson_gradient


@pytest.mark.parametrize(
    "x",
    [
        2.0,
        np.float64(2.0),
        np.float32(2.0),
        np.array(2.0),
        np.array([1.0, 2.0]),
        np.ones((2, 0)),
        np.ones((1, 3, 1)),
        np.arange(6.0, dtype=np.float32).reshape(2, 3),
        np.arange(6.0).reshape(2, 3).T,
        np.arange(12.0)[::2],
    ],
    ids=lambda x: f"{type(x).__name__}-{np.asarray(x).dtype}-{np.shape(x)}",
)
def test_kinds_shapes_and_dtypes(x: Any) -> None:
    value, gradient = value_and_grad(lambda x: np.sum(x * x))(x)
    assert_same_gradient(gradient, 2 * x, rtol=0.0)
    assert np.asarray(value).dtype == np.asarray(x).dtype


def test_float32_stays_float32() -> None:
    x = np.linspace(0.1, 0.9, 4, dtype=np.float32)
    functions = [
        lambda x: np.mean(np.tanh(x) * 0.5 + 1.0),
        lambda x: np.max(x) * np.var(x),
        lambda x: np.sum(np.where(x > 0.5, x**2, np.sqrt(x))),
        lambda x: np.sum(np.exp(x[1:] - x[:-1])),
        lambda x: np.prod(x) + np.dot(x, x),
        lambda x: sum(v * v for v in x),
    ]
    for f in functions:
        gradient = grad(f)(x)
        assert gradient.dtype == np.float32
        want = richardson_gradient(f, (x.astype(np.float64),))
        np.testing.assert_allclose(gradient, want, rtol=1e-4, atol=1e-5)


def model(p: Any, x: Any, n: int = 2, flag: bool = True, kind: str = "tanh") -> Any:
    for _ in range(n):
        x = np.tanh(x @ p["W"] + p["b"][0]) if kind == "tanh" else x * p["b"][1]
    return np.sum(x) if flag else np.sum(x * x)


PARAMETERS = {
    "W": np.array([[0.1, 0.2], [0.3, 0.4]]),
    "b": (np.array([0.5, 0.6]), 0.7),
    "unused": [1.0, {"deep": (np.ones(2),)}],
}


def test_structures() -> None:
    x = np.array([[0.3, -0.4]])
    for rest in [(), (3,), (1, False), (2, True, "scale")]:
        found = grad(model)(PARAMETERS, x, *rest)
        assert_same_gradient(found, richardson_gradient(model, (PARAMETERS, x, *rest)))
        assert_same_gradient(
            grad(model, (0, 1))(PARAMETERS, x, *rest),
            richardson_gradient(model, (PARAMETERS, x, *rest), (0, 1)),
        )


def test_lists_of_pairs() -> None:
    def f(layers: Any, x: Any) -> Any:
        for W, b in layers:
            x = np.tanh(x @ W + b)
        return np.sum(x)

    rng = np.random.default_rng(0)
    layers = [(rng.normal(size=(3, 3)), rng.normal(size=3)) for _ in range(3)]
    x = rng.normal(size=(2, 3))
    assert_same_gradient(grad(f)(layers, x), richardson_gradient(f, (layers, x)))


def test_what_is_no_float_rides_along_in_containers() -> None:
    def f(p: Any) -> Any:
        y = p["x"] ** p["n"] if p["mode"] == "power" else p["x"]
        return y if p["on"] else 2.0 * y

    found = grad(f)({"x": 3.0, "n": 2, "mode": "power", "on": True, "none": None})
    assert found["x"] == 6.0
    assert list(found) == ["x", "n", "mode", "on", "none"]
    assert (found["mode"], found["on"], found["none"]) == ("power", True, None)
    assert grad(lambda p: p[0] * p[1])((3.0, 2))[0] == 2.0
    assert grad(lambda p: p[0] * p[1])([3.0, 2])[0] == 2.0


@pytest.mark.parametrize("empty", [(), [], {}])
def test_empty_containers(empty: Any) -> None:
    def f(items: Any, x: float) -> float:
        for item in items:
            x = x * item
        return x

    assert grad(f)(empty, 2.0) == empty
    assert grad(f, (0, 1))(empty, 2.0) == (empty, 1.0)


@pytest.mark.parametrize("x", [3, True, "three", None, np.arange(3), np.int32(3), [1, 2], ("a",)])
def test_gradients_of_other_things_are_refused(x: Any) -> None:
    with pytest.raises(UnsupportedError, match="not differentiable") as caught:
        grad(lambda x: 2.0)(x)
    assert "argnums" in str(caught.value)


def leaves(tree: Any) -> Iterator[np.ndarray]:
    found: list[Any] = []
    map_leaves(lambda path, x: found.append(x), tree)
    return (x for x in found if isinstance(x, np.ndarray))


def bits(tree: Any) -> list[tuple[Any, ...]]:
    return [(x.dtype.str, x.shape, x.strides, x.tobytes()) for x in leaves(tree)]


X, Y = np.array([0.3, 0.5, 0.7]), np.array([2.0, 3.0, 5.0])
OWNERSHIP = {
    "sum": (lambda x, y: np.sum(x + y), (X, Y)),
    "product": (lambda x, y: np.sum(x * y), (X, Y)),
    "dot": (lambda x, y: x @ y, (X, Y)),
    "same": (lambda x, y: np.sum(x * y), (X, X)),
    "views": (lambda x, y: np.sum(x.T.reshape(3, 1) * y[::-1]), (X, Y)),
    "mean": (lambda x, y: np.mean(x) + np.mean(y), (X, Y)),
    "add": (lambda x, y: augmented(x, y), (X, Y)),
    "where": (lambda x, y: np.sum(np.where(x > 0.4, x, y)), (X, Y)),
    "loop": (lambda x, y: total(x, y), ([X, Y], Y)),
    "container": (lambda x, y: np.sum(x["a"] * y + x["b"]), ({"a": X, "b": Y}, Y)),
    "constant": (lambda x, y: np.sum(x), (X, Y)),
}


def augmented(x: Any, y: Any) -> Any:
    x += y
    return np.sum(x * y)


def total(items: Any, y: Any) -> Any:
    s = np.zeros(3)
    for item in items:
        s = s + item * y
    return np.sum(s * s)


@pytest.mark.parametrize("name", OWNERSHIP)
def test_arguments_stay_and_results_are_owned(name: str) -> None:
    f, given = OWNERSHIP[name]
    args = copy.deepcopy(given)
    before = bits(args)
    value, gradients = value_and_grad(f, (0, 1))(*args)
    assert bits(args) == before
    found = [*leaves(gradients), *leaves(value)]
    for k, a in enumerate(found):
        assert a.flags.writeable
        assert not any(np.shares_memory(a, b) for b in leaves(args))
        assert not any(np.shares_memory(a, b) for b in found[k + 1 :])
    fresh = lambda *a: f(*copy.deepcopy(a))  # noqa: E731  # a store would change what differences see
    assert_same_gradient(gradients, richardson_gradient(fresh, given, (0, 1)))
    for a in found:
        a[...] = np.nan  # whoever gets a result may write into it
    assert_same_gradient(
        grad(f, (0, 1))(*copy.deepcopy(given)), richardson_gradient(fresh, given, (0, 1))
    )


def test_read_only_arguments() -> None:
    x = X.copy()
    x.flags.writeable = False
    assert_same_gradient(grad(lambda x: np.sum(x * x))(x), 2 * X)
    with pytest.raises(ValueError, match="read-only"):
        augmented(x, Y)


def test_aux_and_values_do_not_alias_arguments() -> None:
    (_, aux), gradient = value_and_grad(lambda x: (np.sum(x * x), (x, 2.0 * x)), has_aux=True)(X)
    assert not np.shares_memory(aux[0], X)
    assert not np.shares_memory(aux[1], gradient)
    x = np.array(2.0)
    assert not np.shares_memory(value_and_grad(lambda x: x)(x)[0], x)
    value, _ = vjp(lambda x: x, X)
    assert not np.shares_memory(value, X)
