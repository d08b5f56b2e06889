"""Instances of plain classes as arguments: nobody has declared them."""

from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import UnsupportedError, grad, hvp, jvp, optim, tree_map, value_and_grad, vjp
from tests.oracle import richardson_gradient

X = np.array([0.1, -0.4, 0.3])


class Layer:
    count = 0

    def __init__(self, n: int, seed: int):
        Layer.count += 1
        self.W = np.random.default_rng(seed).normal(size=(n, n))
        self.b, self.name, self.n = np.zeros(n), f"layer {seed}", n

    def __call__(self, x: Any) -> Any:
        return np.tanh(self.W @ x + self.b)


class Net:
    def __init__(self, tied: bool = False):
        self.layers = [Layer(3, k) for k in range(2)]
        self.scale, self.activation, self.tag = 2.0, np.sin, None
        self.table = {"shift": np.array([0.1, 0.2, 0.3]), "kind": "a"}
        if tied:
            self.layers.append(self.layers[0])
            self.again = self.layers[1].W

    def loss(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        extra = np.sum(self.again**2) if hasattr(self, "again") else 0.0
        return np.sum(self.activation(x) * self.table["shift"]) * self.scale + extra


class Slotted:
    __slots__ = ("__hidden", "a")

    def __init__(self, a: float):
        self.a, self.__hidden = a, np.array([a, 2.0])

    def value(self) -> Any:
        return self.a**2 * np.sum(self.__hidden)


class Inherits(Slotted):
    def __init__(self, a: float, k: float):
        super().__init__(a)
        self.k = k

    def value(self) -> Any:
        return super().value() * self.k


class Node:
    def __init__(self) -> None:
        self.w, self.parent = 2.0, self


def loss(net: Any, x: Any) -> Any:
    return net.loss(x)


def along(net: Net, direction: Net, t: float) -> Net:
    return tree_map(lambda p, d: p + t * d, net, direction)  # type: ignore[no-any-return]


@pytest.mark.parametrize("tied", [False, True])
def test_a_model_with_a_list_of_layers(tied: bool) -> None:
    net = Net(tied)
    made = Layer.count
    value, g = value_and_grad(loss)(net, X)
    assert type(g) is Net and type(g.layers[0]) is Layer
    assert Layer.count == made, "no __init__ runs"
    assert value == pytest.approx(loss(net, X))
    assert g.activation is np.sin and g.tag is None and g.table["kind"] == "a"
    assert [layer.name for layer in g.layers] == [layer.name for layer in net.layers]
    if tied:
        assert g.layers[2] is g.layers[0] and g.again is g.layers[1].W
    rng = np.random.default_rng(5)
    direction = tree_map(lambda p: rng.normal(size=np.shape(p)), net)
    slope = richardson_gradient(lambda t: loss(along(net, direction, t), X), (0.0,))
    owners = [g.layers[0], g.layers[1], g], [direction.layers[0], direction.layers[1], direction]
    products = 0.0
    for a, d in zip(*owners, strict=True):
        names = ("W", "b") if isinstance(a, Layer) else ("scale",)
        products += sum(np.sum(getattr(a, n) * getattr(d, n)) for n in names)
    products += np.sum(g.table["shift"] * direction.table["shift"])
    assert products == pytest.approx(slope, rel=1e-7)
    assert jvp(loss, (net, X), (direction, 0.0 * X))[1] == pytest.approx(slope, rel=1e-7)
    pulled = vjp(loss, net, X)[1](1.0)[0]
    assert np.allclose(pulled.layers[0].W, g.layers[0].W)
    assert type(hvp(loss)(net, X, direction)) is Net


def test_it_is_trained() -> None:
    net = Net(tied=True)
    state = optim.adam.init(net)
    before = loss(net, X)
    for _ in range(5):
        net, state = optim.adam.update(grad(loss)(net, X), state, net, 0.01)
        assert net.layers[2] is net.layers[0] and net.again is net.layers[1].W
    assert loss(net, X) < before


def test_slots_and_inheritance() -> None:
    g = grad(lambda s: s.value())(Inherits(3.0, 2.0))
    assert type(g) is Inherits
    assert (g.a, g.k) == (2 * 3.0 * 5.0 * 2.0, 45.0)
    assert g._Slotted__hidden.tolist() == [18.0, 18.0]


def test_circles_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="refers to itself"):
        grad(lambda n: n.w**2)(Node())


def test_without_a_gradient_an_instance_is_what_it_is() -> None:
    net = Net()
    assert np.allclose(grad(lambda x: loss(net, x))(X), grad(loss, 1)(net, X))


def test_tree_map_inside_of_a_program() -> None:
    def step(net: Any, x: Any) -> Any:
        moved = tree_map(lambda p, g: p - 0.1 * g, net, grad(loss)(net, x))
        return loss(moved, x)

    x = X.copy()
    want = richardson_gradient(lambda y: step(Net(), y), (x,))
    assert np.allclose(grad(step, 1)(Net(), x), want, rtol=1e-7)
    assert adjoint.tree_map is tree_map
