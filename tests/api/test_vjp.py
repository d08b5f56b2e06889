"""`vjp`, `jacobian` and `check_grads`."""

from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, check_grads, elementwise, jacobian, vjp
from adjoint.rules.registry import RULES
from tests.oracle import assert_same_gradient


def product(x: Any, y: Any) -> Any:
    return np.sin(x) * y


X, Y = np.array([0.3, 0.5, 0.7]), np.array([2.0, 3.0, 5.0])
G = np.array([1.0, -2.0, 0.5])


def test_vjp_may_be_called_again() -> None:
    value, pullback = vjp(product, X, Y)
    assert_same_gradient(value, np.sin(X) * Y)
    for g in (G, 2.0 * G, G):
        assert_same_gradient(pullback(g), (g * Y * np.cos(X), g * np.sin(X)))


def test_vjp_of_one_primal_gives_a_tuple() -> None:
    value, pullback = vjp(lambda x: x * x, 3.0)
    assert value == 9.0
    assert pullback(2.0) == (12.0,)


def test_vjp_has_aux() -> None:
    value, pullback, aux = vjp(lambda x: (x * x, {"x": x}), X, has_aux=True)
    aux["x"][:] = 7.0
    assert_same_gradient(value, X * X)
    assert_same_gradient(pullback(G), (2.0 * X * G,))


def test_vjp_of_containers() -> None:
    def f(p: Any) -> Any:
        return {"sum": p["a"] + p["b"][0], "pair": (p["a"] * 2.0, p["b"][1])}

    value, pullback = vjp(f, {"a": X, "b": [1.0, 2.0]})
    assert_same_gradient(value, {"sum": X + 1.0, "pair": (2.0 * X, 2.0)})
    (found,) = pullback({"sum": G, "pair": (G, 3.0)})
    assert_same_gradient(found, {"a": 3.0 * G, "b": [np.sum(G), 3.0]})
    for wrong in ({"sum": G}, {"sum": G, "pair": (G,)}, (G, G), {"sum": G, "pair": (G, G)}):
        with pytest.raises(ValueError, match="cotangent"):
            pullback(wrong)


@pytest.mark.parametrize("wrong", [1.0, np.ones(2), np.ones((3, 1)), np.ones((1, 3))])
def test_wrong_cotangents_are_refused(wrong: Any) -> None:
    _, pullback = vjp(product, X, Y)
    with pytest.raises(ValueError, match="shape"):
        pullback(wrong)


@pytest.mark.parametrize(
    "f",
    [
        product,
        lambda x, y: x + y,
        lambda x, y: x * y,
        lambda x, y: np.exp(x) + y * y,
        lambda x, y: x,
        lambda x, y: np.stack([x, y, x * y])[1:].T,
        lambda x, y: x.reshape(3, 1) * y,
        lambda x, y: y[::-1] / x,
    ],
)
def test_nothing_that_the_caller_writes_changes_a_pullback(f: Any) -> None:
    x, y = X.copy(), Y.copy()
    value, pullback = vjp(f, x, y)
    g = np.random.default_rng(0).normal(size=np.shape(value))
    first = pullback(g)
    want = [a.copy() for a in first]
    arrays = [value, g, *first, x, y]
    for k, a in enumerate(arrays):
        assert not any(np.shares_memory(a, b) for b in arrays[k + 1 :])
    kept = g.copy()
    for a in arrays:
        a[...] = -7.0
    for got, expected in zip(pullback(kept), want, strict=True):
        np.testing.assert_array_equal(got, expected)


def test_float32_cotangents() -> None:
    x = X.astype(np.float32)
    value, pullback = vjp(lambda x: np.sin(x), x)
    (found,) = pullback(np.ones(3))
    assert value.dtype == found.dtype == np.float32
    value, pullback = vjp(lambda x: np.sum(x * x), x)
    assert pullback(1.0)[0].dtype == np.float32


def test_jacobian_of_numbers() -> None:
    found = jacobian(lambda x: x * x)(3.0)
    assert isinstance(found, float)
    assert found == 6.0


def test_jacobian_shapes() -> None:
    A = np.arange(6.0).reshape(2, 3)
    assert_same_gradient(jacobian(lambda x: A @ x)(X), A)
    assert_same_gradient(jacobian(lambda x: np.sum(x * x))(X), 2.0 * X)
    assert_same_gradient(jacobian(lambda t: t * X)(2.0), X)
    found = jacobian(lambda M: M.T)(A)
    assert found.shape == (3, 2, 2, 3)
    assert_same_gradient(np.einsum("ijkl,kl->ij", found, A), A.T)


def test_jacobian_arguments() -> None:
    dx, dy = jacobian(product, argnums=(0, 1))(X, Y)
    assert_same_gradient(dx, np.diag(np.cos(X) * Y))
    assert_same_gradient(dy, np.diag(np.sin(X)))
    assert_same_gradient(jacobian(product, (-1,))(X, Y), (dy,))
    assert_same_gradient(jacobian(product, 1)(X, y=Y), dy)
    assert_same_gradient(jacobian(product, argnames="x")(y=Y, x=X), dx)
    assert_same_gradient(jacobian(lambda x, n: x**n)(X, 2), np.diag(2.0 * X))
    x32 = X.astype(np.float32)
    assert jacobian(lambda x: x * x)(x32).dtype == np.float32


def test_jacobian_of_an_empty_result() -> None:
    assert jacobian(lambda x: x[:0])(X).shape == (0, 3)


def test_jacobian_with_respect_to_containers() -> None:
    found = jacobian(lambda p: p["a"] * p["b"])({"a": X, "b": 2.0})
    assert_same_gradient(found, {"a": 2.0 * np.eye(3), "b": X})


def test_jacobian_refuses_complex_numbers() -> None:
    for mode in ("forward", "reverse"):
        with pytest.raises(UnsupportedError, match="adjoint.vjp"):
            jacobian(lambda z: z * z, mode=mode)(X + 1j)
        with pytest.raises(UnsupportedError, match="adjoint.vjp"):
            jacobian(lambda x: 1j * x, mode=mode)(X)


def test_check_grads_passes() -> None:
    check_grads(product, (X, Y))
    check_grads(lambda p: p["a"] @ p["b"], ({"a": X, "b": Y},))
    check_grads(lambda x: np.float32(2.0) * x, (X.astype(np.float32),))
    check_grads(lambda x: (x * x, [np.sin(x), 3]), (0.7,))


def test_check_grads_leaves_other_arguments_alone() -> None:
    def f(x: Any, n: int, kind: str, flags: Any) -> Any:
        y = x**n if kind == "power" else x
        return y if flags["on"] else 2.0 * y

    check_grads(f, (X, 3, "power", {"on": True}))
    with pytest.raises(ValueError, match="float"):
        check_grads(lambda n: n, (3,))


def wrong(x: Any) -> Any:
    return np.tanh(x)


def test_check_grads_finds_a_wrong_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RULES, np.tanh, RULES[np.tanh])  # so that it is put back
    elementwise(np.tanh, x=lambda y, x: 1.0 - y)
    with pytest.raises(AssertionError, match="argument 0"):
        check_grads(wrong, (X,))


def test_check_grads_of_both_modes() -> None:
    check_grads(product, (X, Y), modes=("forward", "reverse"))
