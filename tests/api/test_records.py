"""Records as arguments: data classes, named tuples, registered classes."""

from collections import namedtuple
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, grad, jacobian, register, value_and_grad, vjp
from tests.oracle import assert_same_gradient

Point = namedtuple("Point", ["x", "y"])


@dataclass
class Layer:
    W: Any
    b: Any
    name: str = "layer"
    size: int = 2

    def __call__(self, x: Any) -> Any:
        return np.tanh(self.W @ x + self.b)


@dataclass(frozen=True)
class Model:
    layer: Layer
    points: tuple[Point, ...]
    rate: float

    def __post_init__(self) -> None:
        if self.rate <= 0.0:
            raise ValueError("a rate is positive, but its cotangent need not be")


@dataclass
class Normalised:
    """Its `__init__` changes what it is given: it must not run on cotangents."""

    w: Any
    norm: float = field(init=False)

    def __post_init__(self) -> None:
        self.norm = float(np.sum(self.w))
        self.w = self.w / self.norm


@register(fields=["W"])
class Registered:
    def __init__(self, n: int):
        self.W, self.scale, self.tag = np.ones(n), 2.0, "x"

    def loss(self, x: Any) -> Any:
        self.hidden = self.W * x
        return np.sum(self.hidden**2) * self.scale


@register
class Slotted:
    __slots__ = ("__dict__", "w")

    def __init__(self, w: Any):
        self.w = w


MODEL = Model(Layer(np.eye(2), np.ones(2)), (Point(1.0, 2.0), Point(3.0, 4.0)), 0.5)


def loss(model: Any, x: Any) -> Any:
    y = model.layer(x) * model.rate
    return np.sum(y * y) - model.points[0].x * model.points[1].y


def test_the_gradient_is_a_record_of_the_same_classes() -> None:
    g = grad(loss)(MODEL, np.ones(2))
    assert type(g) is Model and type(g.layer) is Layer and type(g.points[0]) is Point
    assert (g.layer.name, g.layer.size) == ("layer", 2)
    assert g.points == (Point(-4.0, 0.0), Point(0.0, -1.0))
    t = np.tanh(2.0)
    assert_same_gradient(g.layer.b, np.full(2, 0.5 * t * (1 - t * t)))
    assert g.rate == pytest.approx(2 * t * t * 0.5 * 2)


def test_cotangents_do_not_go_through_init() -> None:
    made = Normalised(np.array([1.0, 3.0]))
    g = grad(lambda p: p.w[0] * p.w[1] * p.norm)(made)
    assert type(g) is Normalised
    assert_same_gradient(g.w, np.array([3.0, 1.0]))
    assert g.norm == pytest.approx(0.1875)


def test_registered_fields_carry_derivatives_and_others_ride_along() -> None:
    model = Registered(3)
    g = grad(Registered.loss)(model, np.arange(3.0))
    assert type(g) is Registered
    assert g.W.tolist() == [0.0, 4.0, 16.0]
    assert (g.scale, g.tag) == (2.0, "x")
    assert "hidden" not in vars(model), "the caller's object was changed"


def test_all_attributes_of_a_class_registered_without_fields() -> None:
    made = Slotted(3.0)
    assert grad(lambda s: s.w * s.w)(made).w == 6.0
    made.__dict__["w2"] = 2.0
    assert grad(lambda s: s.w2 * s.w2)(made).w2 == 4.0


def test_a_class_that_controls_attributes_is_not_registered() -> None:
    class Proxy:
        def __setattr__(self, name: str, value: Any) -> None:
            object.__setattr__(self, name, 1.0)

    with pytest.raises(TypeError, match="controls how attributes are set"):
        register(Proxy)


def test_vjp_takes_and_gives_records() -> None:
    value, pullback = vjp(lambda p: Point(p.x * p.y, p.x), Point(2.0, 3.0))
    assert value == Point(6.0, 2.0)
    assert pullback(Point(1.0, 10.0)) == (Point(13.0, 2.0),)
    assert pullback((1.0, 10.0)) == (Point(13.0, 2.0),)
    with pytest.raises(ValueError, match="so must be the cotangent"):
        pullback((1.0, 10.0, 0.0))


def test_jacobian_of_a_record() -> None:
    J = jacobian(lambda p: np.array([p.x * p.y, p.x]))(Point(2.0, 3.0))
    assert J.x.tolist() == [3.0, 1.0] and J.y.tolist() == [2.0, 0.0]


def test_a_list_of_records_that_a_loop_changes_the_shape_of() -> None:
    def shoelace(points: Any) -> Any:
        total = 0.0
        for p, q in zip(points, points[1:] + points[:1], strict=True):
            total = total + p.x * q.y - q.x * p.y
        return total

    points = [Point(0.0, 0.0), Point(2.0, 0.0), Point(1.0, 3.0)]
    value, g = value_and_grad(shoelace)(points)
    assert value == 6.0
    for k, direction in enumerate(("x", "y")):
        for i in range(3):
            moved = list(points)
            moved[i] = moved[i]._replace(**{direction: moved[i][k] + 1.0})
            assert shoelace(moved) - value == pytest.approx(g[i][k])


def test_one_program_for_all_instances() -> None:
    f = grad(loss)
    f(MODEL, np.ones(2))
    other = Model(Layer(np.ones((2, 2)), np.zeros(2)), (Point(0.5, 2.0), Point(3.0, 0.0)), 0.25)
    f(other, np.ones(2))
    assert len(f._dispatch.cache.programs) == 1


def test_the_same_record_twice_is_refused_where_it_is_changed() -> None:
    @dataclass
    class Box:
        w: float

    def f(a: Any, b: Any) -> Any:
        a.w = a.w * 2.0
        return b.w * 1.0

    box = Box(3.0)
    with pytest.raises(UnsupportedError, match="share memory"):
        grad(f, (0, 1))(box, box)
    assert grad(f, (0, 1))(Box(3.0), Box(4.0)) == (Box(0.0), Box(1.0))


def test_a_record_that_refers_to_itself_is_known_by_identity() -> None:
    @dataclass
    class Node:
        w: float
        parent: Any = None

    node = Node(2.0)
    node.parent = node
    assert grad(lambda x, n: x * n.w)(3.0, node) == 2.0
