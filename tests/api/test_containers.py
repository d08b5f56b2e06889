"""Containers in and out, `argnums`, `argnames` and `has_aux`, wherever there are derivatives."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import (
    UnsupportedError,
    derivative,
    elementwise_grad,
    gnvp,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    value_and_grad,
    vjp,
)
from tests.oracle import assert_same_gradient, map_leaves, richardson_gradient


@dataclasses.dataclass
class Layer:
    W: np.ndarray
    b: float


def predict(layer: Layer, n: int, x: dict[str, Any]) -> dict[str, Any]:
    h = np.tanh(layer.W @ x["a"] + layer.b)
    total = 0.0
    for _ in range(n):
        total = total + np.sum(h) * x["c"]
    return {"h": h * x["c"], "total": (total, layer.b * h)}


def loss(layer: Layer, n: int, x: dict[str, Any]) -> Any:
    y = predict(layer, n, x)
    return y["total"][0] * np.sum(y["h"] ** 2) + np.sum(y["total"][1])


def spread(y: dict[str, Any]) -> Any:
    """A loss of what `predict` returns."""
    return y["total"][0] ** 3 + np.sum(np.exp(y["h"])) * np.sum(y["total"][1] ** 2)


RNG = np.random.default_rng(0)
ARGS = (Layer(RNG.normal(size=(2, 3)), 0.3), 2, {"a": RNG.normal(size=3), "c": 1.2})
CHOICES = [0, 2, (0,), (0, 2), (2, 0)]


def get(tree: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        tree = tree[key]
    return tree


def zeros(tree: Any) -> Any:
    return map_leaves(lambda _, x: 0.0 * x, tree)


def combined(visit: Callable[..., Any], first: Any, *others: Any) -> Any:
    """`visit` of the leaves at one place of several trees that are alike."""
    places: list[Any] = []
    map_leaves(lambda path, _: places.append(path), first)

    def leaf(tree: Any, path: tuple[Any, ...]) -> Any:
        for key in path:
            tree = getattr(tree, key) if dataclasses.is_dataclass(tree) else tree[key]
        return tree

    return map_leaves(lambda path, x: visit(x, *(leaf(o, path) for o in others)), first)


def direction(tree: Any, seed: int = 1) -> Any:
    rng = np.random.default_rng(seed)
    return combined(
        lambda x: rng.normal(size=np.shape(x)) if np.shape(x) else float(rng.normal()), tree
    )


def dot(a: Any, b: Any) -> float:
    total = [0.0]

    def add(x: Any, y: Any) -> None:
        total[0] += float(np.sum(x * y))

    combined(add, a, b)
    return total[0]


def jacobian_by_differences(f: Callable[..., Any], argnums: Any) -> Any:
    def of_leaf(path: Any, leaf: Any) -> Any:
        rows = [
            richardson_gradient(lambda *a: np.asarray(get(f(*a), path))[index], ARGS, argnums)  # noqa: B023
            for index in np.ndindex(np.shape(leaf))
        ]
        if np.ndim(leaf) == 0:
            return rows[0]
        return combined(lambda *found: np.array(found).reshape(
            np.shape(leaf) + np.shape(found[0])), rows[0], *rows[1:])  # fmt: skip

    return map_leaves(of_leaf, f(*ARGS))


def chosen(argnums: Any, args: Any = ARGS) -> Any:
    return args[argnums] if isinstance(argnums, int) else tuple(args[k] for k in argnums)


def with_aux(f: Callable[..., Any]) -> Callable[..., Any]:
    def both(layer: Any, n: Any, x: Any) -> Any:
        return f(layer, n, x), {"kept": x["a"], "n": n}

    return both


def check_aux(aux: Any) -> None:
    assert aux["n"] == 2
    np.testing.assert_array_equal(aux["kept"], ARGS[2]["a"])
    aux["kept"][:] = 9.0  # is not the caller's array
    assert np.max(np.abs(ARGS[2]["a"])) < 9.0


@pytest.mark.parametrize("argnums", CHOICES)
@pytest.mark.parametrize("make", [grad, value_and_grad])
def test_gradients(make: Any, argnums: Any) -> None:
    want = richardson_gradient(loss, ARGS, argnums)
    found = make(loss, argnums)(*ARGS)
    found_too, aux = make(with_aux(loss), argnums, has_aux=True)(*ARGS)
    if make is value_and_grad:
        value, found = found
        (value_too, aux), found_too = found_too, aux
        assert value == value_too == pytest.approx(loss(*ARGS))
    assert_same_gradient(found, want)
    assert_same_gradient(found_too, want)
    check_aux(aux)


@pytest.mark.parametrize("argnums", CHOICES)
@pytest.mark.parametrize("make", [jacfwd, jacrev, jacobian])
def test_jacobians(make: Any, argnums: Any) -> None:
    want = jacobian_by_differences(predict, argnums)
    assert_same_gradient(make(predict, argnums)(*ARGS), want, 1e-6)
    found, aux = make(with_aux(predict), argnums, has_aux=True)(*ARGS)
    assert_same_gradient(found, want, 1e-6)
    check_aux(aux)


@pytest.mark.parametrize("argnums", CHOICES)
def test_hessians(argnums: Any) -> None:
    """The Hessian is symmetric, and its product with a direction is that of `hvp`."""
    found, aux = hessian(with_aux(loss), argnums, has_aux=True)(*ARGS)
    check_aux(aux)
    assert_same_gradient(found, hessian(loss, argnums)(*ARGS), 1e-12)
    v = direction(chosen(argnums))

    def slope(*args: Any) -> Any:
        return dot(grad(loss, argnums)(*args), v)

    want = richardson_gradient(slope, ARGS, argnums)
    product = hvp(loss, argnums)(*ARGS, v)
    assert_same_gradient(product, want, 1e-6)
    product, aux = hvp(with_aux(loss), argnums, has_aux=True)(*ARGS, v)
    check_aux(aux)
    assert_same_gradient(product, want, 1e-6)

    def row(block: Any, like: Any) -> Any:
        axes = np.ndim(like)
        parts = [0.0]

        def add(h: Any, d: Any) -> None:
            parts[0] = parts[0] + np.tensordot(h, d, np.ndim(d))

        combined(add, block, v)
        assert np.ndim(parts[0]) == axes
        return float(parts[0]) if axes == 0 else parts[0]

    def rows(block: Any, like: Any) -> Any:
        if isinstance(like, Layer):
            return Layer(row(block.W, like.W), row(block.b, like.b))
        if isinstance(like, dict):
            return {key: row(block[key], like[key]) for key in like}
        return tuple(map(rows, block, like))

    assert_same_gradient(rows(found, chosen(argnums)), want, 1e-6)


@pytest.mark.parametrize("argnums", CHOICES)
def test_tangents_and_cotangents(argnums: Any) -> None:
    """Three ways forward agree with differences, and backward agrees with forward."""
    v = direction(chosen(argnums))
    numbers = (argnums,) if isinstance(argnums, int) else argnums
    moving = (v,) if isinstance(argnums, int) else v
    tangents: list[Any] = [None] * 3
    for k, each in zip(numbers, moving, strict=True):
        tangents[k] = each
    y_bar = direction(predict(*ARGS), 2)

    def pulled(*args: Any) -> Any:
        return dot(predict(*args), y_bar)

    want = dot(richardson_gradient(pulled, ARGS, argnums), v)
    value, tangent = jvp(predict, ARGS, tangents)
    assert_same_gradient(value, predict(*ARGS))
    assert dot(tangent, y_bar) == pytest.approx(want, rel=1e-7)
    assert_same_gradient(jvp(predict, ARGS, v, argnums=argnums)[1], tangent)
    _, again, aux = jvp(with_aux(predict), ARGS, v, has_aux=True, argnums=argnums)
    assert_same_gradient(again, tangent)
    check_aux(aux)
    value, f_jvp, aux = linearize(with_aux(predict), *ARGS, argnums=argnums, has_aux=True)
    assert_same_gradient(f_jvp(*moving), tangent)
    check_aux(aux)
    _, pullback = vjp(predict, *ARGS, argnums=argnums)
    assert_same_gradient(pullback(y_bar), richardson_gradient(pulled, ARGS, argnums))
    _, pullback, aux = vjp(with_aux(predict), *ARGS, argnums=argnums, has_aux=True)
    assert_same_gradient(pullback(y_bar), richardson_gradient(pulled, ARGS, argnums))
    check_aux(aux)


@pytest.mark.parametrize("argnums", CHOICES)
@pytest.mark.parametrize("curvature", [None, spread])
def test_gauss_newton_products(argnums: Any, curvature: Any) -> None:
    """v J^T H J v is the curvature of the loss along the tangent."""
    v = direction(chosen(argnums))
    value, tangent = jvp(predict, ARGS, v, argnums=argnums)
    if curvature is None:
        want = dot(tangent, tangent)
    else:
        want = dot(hvp(spread)(value, tangent), tangent)
    found = gnvp(predict, curvature, argnums)(*ARGS, v)
    assert_same_gradient(zeros(found), zeros(chosen(argnums)))
    assert dot(found, v) == pytest.approx(want, rel=1e-10)
    again, aux = gnvp(with_aux(predict), curvature, argnums, has_aux=True)(*ARGS, v)
    assert_same_gradient(again, found)
    check_aux(aux)


def test_elementwise_gradients() -> None:
    def f(p: Any, n: int, q: float) -> Any:
        return {"s": np.sin(p["x"]) * q, "t": p["x"] ** n}

    x = RNG.normal(size=4)
    args = {"x": x}, 3, 2.0
    want_x = {"x": np.cos(x) * 2.0 + 3 * x**2}
    assert_same_gradient(elementwise_grad(f)(*args), want_x)
    found = elementwise_grad(f, (0, 2))(*args)
    assert_same_gradient(found, (want_x, float(np.sum(np.sin(x)))))
    assert_same_gradient(elementwise_grad(f, argnames="q")(*args), found[1])
    found, aux = elementwise_grad(lambda *a: (f(*a), a[0]), has_aux=True)(*args)
    assert_same_gradient(found, want_x)
    aux["x"][:] = 0.0
    assert np.any(x)


def test_derivatives() -> None:
    def curve(p: Any, t: float) -> Any:
        return {"x": p["a"] * t**4, "y": (t**3, p["n"])}

    p = {"a": np.array([1.0, 2.0]), "n": 3}
    found = derivative(curve, 2, 1)(p, 2.0)
    assert_same_gradient((found["x"], found["y"][0]), (48.0 * p["a"], 12.0))
    found, aux = derivative(lambda t: (t**5, 2.0 * t), 3, has_aux=True)(1.0)
    assert (found, aux) == (60.0, 2.0)
    with pytest.raises(TypeError, match="argnums is an int"):
        derivative(curve, 1, (0, 1))  # type: ignore[arg-type]


def test_by_name_and_as_decorators() -> None:
    f = loss
    by_name = {"argnames": "x"}
    assert_same_gradient(hessian(f, **by_name)(*ARGS), hessian(f, 2)(*ARGS))
    v = direction(ARGS[2])
    assert_same_gradient(hvp(f, **by_name)(*ARGS, v), hvp(f, 2)(*ARGS, v))
    product = gnvp(predict, argnames="x")(*ARGS, v)
    assert_same_gradient(product, gnvp(predict, None, 2)(*ARGS, v))
    assert_same_gradient(hessian(argnums=2)(f)(*ARGS), hessian(f, 2)(*ARGS))
    for make in (jacrev, jacfwd, jacobian):
        found = make(argnames="x")(predict)(*ARGS)
        assert_same_gradient(found, make(predict, 2)(*ARGS))


class Model:
    def __init__(self, scale: float):
        self.scale = scale

    @gnvp
    def residuals(self, x: Any) -> Any:
        return self.scale * x * x

    @elementwise_grad
    def slope(self, x: Any) -> Any:
        return self.scale * x**3

    @jacobian(sparsity="diagonal")
    def squares(self, x: Any) -> Any:
        return self.scale * x * x


def test_methods() -> None:
    x, v = np.array([1.0, 2.0]), np.array([0.5, -1.0])
    assert_same_gradient(Model(3.0).residuals(x, v), 36.0 * x * x * v)
    assert_same_gradient(Model(3.0).slope(x), 9.0 * x * x)
    assert_same_gradient(Model(3.0).squares(x), np.diag(6.0 * x))


def squared(x: Any) -> Any:
    return x * x


def total(x: Any) -> Any:
    return np.sum(x * x)


def test_copies() -> None:
    x = np.array([1.0, 2.0])
    for made, *args in (
        (gnvp(squared, total), x, x),
        (elementwise_grad(squared), x),
        (jacobian(squared, sparsity="diagonal"), x),
    ):
        assert copy.deepcopy(made) is made
        assert_same_gradient(pickle.loads(pickle.dumps(made))(*args), made(*args))


def test_inside_of_a_program() -> None:
    """What is made outside, and called inside of a differentiated function."""
    x, y = np.array([0.4, 0.9]), 1.3
    slope, rows = elementwise_grad(squared_times, 1), jacrev(squared_times, 1)
    product = gnvp(squared_times, argnums=1)

    def f(x: Any) -> Any:
        return np.sum(slope(y, x)) + np.sum(rows(y, x)) + np.sum(product(y, x, x))

    assert_same_gradient(grad(f)(x), richardson_gradient(f, (x,)))


def squared_times(y: float, x: Any) -> Any:
    return y * x * x


def test_refusals() -> None:
    with pytest.raises(UnsupportedError, match="has_aux"):
        grad(lambda x: jacrev(lambda t: (t, t), has_aux=True)(x)[0])(1.0)
    with pytest.raises(TypeError, match="argnums names 1"):
        jvp(squared_times, (1.0, 2.0), (1.0, 1.0), argnums=(0,))


def test_vjp_jvp_and_linearize_inside() -> None:
    def pair(y: float, x: Any) -> Any:
        return y * np.sin(x), {"kept": x, "y": y}

    def f(x: Any) -> Any:
        value, pullback, aux = vjp(pair, 1.3, x, argnums=1, has_aux=True)
        _, tangent, more = jvp(pair, (1.3, x), value, has_aux=True, argnums=1)
        _, f_jvp = linearize(squared_times, 0.7, x, argnums=(1,))
        _, both = vjp(squared_times, 0.7, x, argnums=(0, 1))
        y_bar, x_bar = both(value)
        return np.sum(pullback(aux["kept"]) * more["kept"] + tangent * f_jvp(x) + y_bar * x_bar)

    x = np.array([0.4, 0.9])
    assert_same_gradient(grad(f)(x), richardson_gradient(f, (x,)))
