"""Numbers that decide the program wherever they come from: closures, globals, containers."""

import dataclasses

import numpy as np
import pytest

import adjoint
from adjoint import grad, vjp

AXIS = 0
OPTIONS = {"axis": 1, "scale": 2.0}
ORDER = 1.0
X = np.arange(6.0).reshape(2, 3) + 1.0


def expected(axis):
    """The gradient of `sum(sum(x, axis) ** 2)`."""
    return np.broadcast_to(2.0 * np.sum(X, axis=axis, keepdims=True), X.shape)


def make(axis):
    def loss(x):
        return np.sum(np.sum(x, axis=axis) ** 2)

    return loss


def of_a_global(x):
    return np.sum(np.sum(x, axis=AXIS) ** 2)


def of_options(x):
    return OPTIONS["scale"] * np.sum(np.sum(x, axis=OPTIONS["axis"]) ** 2)


def of_a_norm(x):
    return np.linalg.norm(x, ord=ORDER)


@pytest.mark.parametrize("axis", [0, 1, -1, (0,), (0, 1), (1, 0), None, np.int64(1)], ids=repr)
def test_captured_axis(axis):
    np.testing.assert_allclose(grad(make(axis))(X), expected(axis))


def test_a_captured_number_may_change():
    axis = 0

    @grad
    def loss(x):
        return np.sum(np.sum(x, axis=axis) ** 2)

    np.testing.assert_allclose(loss(X), expected(0))
    axis = 1
    np.testing.assert_allclose(loss(X), expected(1))
    axis = 0
    np.testing.assert_allclose(loss(X), expected(0))


def test_a_global_may_change(monkeypatch):
    gradient = grad(of_a_global)
    np.testing.assert_allclose(gradient(X), expected(0))
    monkeypatch.setitem(globals(), "AXIS", 1)
    np.testing.assert_allclose(gradient(X), expected(1))
    assert "axis=1" in gradient.source_for(X)


def test_equal_numbers_of_other_types_are_other_programs(monkeypatch):
    x = np.array([1.0, -2.0])
    gradient = grad(of_a_norm)
    for order in (1.0, 1, 2, 2.0, np.inf):
        monkeypatch.setitem(globals(), "ORDER", order)
        wanted = {1: np.sign(x), 2: x / np.sqrt(5.0)}.get(order, np.array([0.0, -1.0]))
        np.testing.assert_allclose(gradient(x), wanted)


def test_a_captured_dict_keeps_its_floats_live(monkeypatch):
    gradient = grad(of_options)
    np.testing.assert_allclose(gradient(X), 2.0 * expected(1))
    source = gradient.source_for(X)
    monkeypatch.setitem(OPTIONS, "scale", 3.0)
    np.testing.assert_allclose(gradient(X), 3.0 * expected(1))
    assert gradient.source_for(X) == source
    monkeypatch.setitem(OPTIONS, "axis", 0)
    np.testing.assert_allclose(gradient(X), 3.0 * expected(0))


def test_a_dict_as_an_argument():
    @grad
    def loss(p):
        return np.sum(np.sum(p["x"], axis=p["axis"]) ** 2)

    for axis in (0, 1, 0):
        bar = loss({"x": X, "axis": axis})
        np.testing.assert_allclose(bar["x"], expected(axis))
        assert bar["axis"] == axis


def test_an_attribute_of_a_record():
    @dataclasses.dataclass
    class Layer:
        scale: float
        axis: int

        def __call__(self, x):
            return self.scale * np.sum(np.sum(x, axis=self.axis) ** 2)

    def loss(layer, x):
        return layer(x)

    layer = Layer(2.0, 1)
    for axis in (1, 0):
        layer.axis = axis
        np.testing.assert_allclose(grad(loss, argnums=1)(layer, X), 2.0 * expected(axis))
        bar = grad(loss)(layer, X)
        assert bar.axis == axis and np.isclose(bar.scale, np.sum(np.sum(X, axis=axis) ** 2))
        np.testing.assert_allclose(grad(lambda x: layer(x))(X), 2.0 * expected(axis))


def test_in_a_gradient_inside_a_program(monkeypatch):
    inner = make(1)

    def through_a_closure(x):
        return np.sum(grad(inner)(x) ** 2)

    def through_a_global(x):
        return np.sum(grad(of_a_global)(x) ** 2)

    monkeypatch.setitem(globals(), "AXIS", 1)
    for outer in (through_a_closure, through_a_global):
        adjoint.check_grads(outer, (X,))


def test_in_a_recursive_function(monkeypatch):
    for axis in (0, 1):
        monkeypatch.setitem(globals(), "AXIS", axis)
        np.testing.assert_allclose(grad(halved)(X, 2), expected(axis) / 16)


def halved(x, n):
    if n == 0:
        return of_a_global(x)
    return halved(0.5 * x, n - 1)


def test_pullback():
    def total(x, axes):
        return np.sum(x, axis=axes)

    _, pullback = vjp(lambda x: total(x, (0, 1)), X)
    assert np.array_equal(pullback(2.0)[0], np.full(X.shape, 2.0))


def test_computed_numbers_are_refused():
    def loss(x, n):
        for k in range(n):
            x = np.cumsum(x, axis=k)
        return np.sum(x**2)

    with pytest.raises(adjoint.UnsupportedError, match="decides its structure"):
        grad(loss)(X, 2)
