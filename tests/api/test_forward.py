"""Forward mode and what is built from it: tangents, Jacobians, Hessians, derivatives."""

import copy
import dataclasses
import functools
import math
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adjoint import (
    UnsupportedError,
    custom_jvp,
    custom_vjp,
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
    vjp,
)
from adjoint.pushforwards import PushforwardFunction
from adjoint.transforms.gradient import Request
from tests.api import programs
from tests.oracle import assert_same_gradient

X, Y = np.array([0.3, 0.5, 0.7]), np.array([2.0, 3.0, 5.0])
V = np.array([1.0, -2.0, 0.5])


def product(x: Any, y: Any) -> Any:
    return np.sin(x) * y


@dataclasses.dataclass
class Point:
    x: float
    y: Any
    name: str = "p"


# jvp


def test_value_and_tangent() -> None:
    value, tangent = jvp(product, (X, Y), (V, 2.0 * V))
    assert_same_gradient(value, np.sin(X) * Y)
    assert_same_gradient(tangent, V * np.cos(X) * Y + np.sin(X) * 2.0 * V)


def test_an_argument_without_tangent() -> None:
    assert_same_gradient(jvp(product, (X, Y), (V, None))[1], V * np.cos(X) * Y)
    assert jvp(lambda x, n: x**n, (3.0, 2), (1.0, None)) == (9.0, 6.0)


def test_has_aux() -> None:
    value, tangent, aux = jvp(lambda x: (x * x, {"x": x}), (X,), (V,), has_aux=True)
    aux["x"][:] = 7.0
    assert_same_gradient(value, X * X)
    assert_same_gradient(tangent, 2.0 * X * V)


def test_containers_on_both_sides() -> None:
    def f(p: Any) -> Any:
        return {"sum": p["a"] + p["b"][0], "pair": (p["a"] * 2.0, p["b"][1]), "n": 3}

    value, tangent = jvp(f, ({"a": X, "b": [1.0, 2.0]},), ({"a": V, "b": [0.5, 0.25]},))
    assert_same_gradient(value["pair"], (2.0 * X, 2.0))
    assert_same_gradient(tangent["sum"], V + 0.5)
    assert_same_gradient(tangent["pair"], (2.0 * V, 0.25))
    assert tangent["n"] == 0


def test_data_classes() -> None:
    def f(p: Point) -> Any:
        return Point(p.x * np.sum(p.y), p.y * p.x, p.name)

    value, tangent = jvp(f, (Point(2.0, X, "q"),), (Point(0.5, V, "q"),))
    assert isinstance(tangent, Point) and value.name == "q"
    assert tangent.x == pytest.approx(0.5 * np.sum(X) + 2.0 * np.sum(V))
    assert_same_gradient(tangent.y, V * 2.0 + X * 0.5)


def test_single_precision_and_arrays_without_axes() -> None:
    x32, v32 = X.astype(np.float32), V.astype(np.float32)
    value, tangent = jvp(product, (x32, 2.0), (v32, 1.0))
    assert value.dtype == tangent.dtype == np.float32
    value, tangent = jvp(lambda x: x * np.sin(x), (np.array(0.3),), (np.array(1.0),))
    assert np.shape(tangent) == () and type(value) is type(tangent)
    value, tangent = jvp(lambda x: x.reshape(()), (np.array([0.3]),), (np.array([2.0]),))
    assert isinstance(tangent, np.ndarray) and tangent.shape == ()


def test_what_does_not_depend_on_the_argument_has_zeros() -> None:
    value, tangent = jvp(lambda x: np.ones(2), (X,), (V,))
    assert_same_gradient(tangent, np.zeros(2))
    assert jvp(lambda x: 3.0, (1.0,), (1.0,)) == (3.0, 0.0)


def test_results_own_their_memory() -> None:
    x, v = X.copy(), V.copy()
    value, tangent = jvp(lambda x: x, (x,), (v,))
    value[:] = tangent[:] = 9.0
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(v, V)


def test_arguments_and_tangents_are_not_modified() -> None:
    def f(x: Any) -> Any:
        x[0] *= x[1]
        return x

    x, v = X.copy(), V.copy()
    _, tangent = jvp(f, (x,), (v,))
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(v, V)
    np.testing.assert_allclose(tangent, [V[0] * X[1] + X[0] * V[1], V[1], V[2]])


@pytest.mark.parametrize("wrong", [1.0, np.ones(2), np.ones((3, 1)), np.ones((1, 3))])
def test_wrong_tangents_are_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="the tangent has shape"):
        jvp(product, (X, Y), (wrong, None))


def test_wrong_structures_are_refused() -> None:
    with pytest.raises(ValueError, match="so must the tangent"):
        jvp(lambda p: p["a"], ({"a": X},), ({"b": V},))
    with pytest.raises(TypeError, match="2 primals and 1 tangents"):
        jvp(product, (X, Y), (V,))
    with pytest.raises(TypeError, match="no tangent"):
        jvp(product, (X, Y), (None, None))
    with pytest.raises(UnsupportedError, match="not differentiable"):
        jvp(lambda n: n * 2.0, (3,), (1,))
    with pytest.raises(UnsupportedError, match="sort_complex is not differentiable"):
        jvp(lambda x: np.sort_complex(x), (X,), (V,))


def test_refusals_name_the_line() -> None:
    def f(x: Any) -> Any:
        return np.sort_complex(x)

    with pytest.raises(UnsupportedError) as caught:
        jvp(f, (X,), (V,))
    assert "return np.sort_complex(x)" in str(caught.value)


def test_partials_and_methods() -> None:
    assert jvp(functools.partial(product, y=Y), (X,), (V,))[1] == pytest.approx(V * np.cos(X) * Y)

    class Scaled:
        def __init__(self, factor: float):
            self.factor = factor

        def apply(self, x: Any) -> Any:
            return self.factor * x * x

    assert jvp(Scaled(3.0).apply, (2.0,), (1.0,)) == (12.0, 12.0)


def test_a_captured_number_is_read_anew() -> None:
    factor = 2.0

    def f(x: float) -> float:
        return factor * x * x

    assert jvp(f, (1.5,), (1.0,))[1] == 6.0
    factor = 3.0
    assert jvp(f, (1.5,), (1.0,))[1] == 9.0


def test_the_dot_product_test() -> None:
    value, tangent = jvp(product, (X, Y), (V, Y))
    _, pullback = vjp(product, X, Y)
    x_bar, y_bar = pullback(V)
    assert np.dot(V, tangent) == pytest.approx(np.dot(x_bar, V) + np.dot(y_bar, Y))


# The text


def test_tangents_stand_beside_what_they_belong_to() -> None:
    function = PushforwardFunction(programs.cubic, Request("pushforward"))
    source = function.source_for(2.0)
    assert "backward" not in source and "x_dot" in source
    space: dict[str, Any] = {}
    exec(source, space)
    assert space["cubic_jvp"](2.0, x_dot=1.0) == jvp(programs.cubic, (2.0,), (1.0,))


def test_a_saved_tangent_map_runs_alone(tmp_path: Path) -> None:
    hvp(np_energy).save(tmp_path / "saved.py", X)
    text = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import saved, numpy as np; print("
    text += "saved.np_energy_tangent(np.array([0.3, 0.5, 0.7]), x_dot=np.ones(3)))"
    ran = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == str(hvp(np_energy)(X, np.ones(3)))


def np_energy(x: Any) -> Any:
    return np.sum(x**4) + x[0] * x[1]


def test_pickling_and_copying() -> None:
    for made in (hvp(programs.cubic), jacfwd(programs.cubic), hessian(programs.cubic)):
        again = pickle.loads(pickle.dumps(made))
        args = (2.0, 1.0) if made.__class__.__name__ == "HessianProduct" else (2.0,)
        assert again(*args) == made(*args)
        assert copy.deepcopy(made) is made


# linearize


def test_linearize() -> None:
    x = X.copy()
    value, f_jvp = linearize(product, x, Y)
    x[:] = 0.0
    assert_same_gradient(value, np.sin(X) * Y)
    for v in (V, 2.0 * V):
        want = v * np.cos(X) * Y + np.sin(X) * Y
        assert_same_gradient(f_jvp(v, Y), want)
    assert "product_jvp" in f_jvp.source


# Jacobians


def test_jacobians_agree() -> None:
    A = np.arange(12.0).reshape(4, 3)

    def f(x: Any) -> Any:
        return np.outer(np.sin(x), A @ x)

    want = jacrev(f)(X)
    assert want.shape == (3, 4, 3)
    for made in (jacfwd(f), jacobian(f), jacobian(f, mode="forward"), jacobian(f, mode="reverse")):
        assert_same_gradient(made(X), want, 1e-12)
    assert_same_gradient(jacfwd(lambda M: M.T @ M)(A), jacrev(lambda M: M.T @ M)(A), 1e-12)


def test_jacfwd_arguments() -> None:
    dx, dy = jacfwd(product, (0, 1))(X, Y)
    assert_same_gradient(dx, np.diag(np.cos(X) * Y))
    assert_same_gradient(dy, np.diag(np.sin(X)))
    assert_same_gradient(jacfwd(product, (-1,))(X, Y), (dy,))
    assert_same_gradient(jacfwd(product, argnames="y")(y=Y, x=X), dy)
    assert_same_gradient(jacfwd(lambda t: t * X)(2.0), X)
    assert jacfwd(lambda x: x * x)(3.0) == 6.0
    assert jacfwd(lambda x: x * x)(X.astype(np.float32)).dtype == np.float32
    assert jacfwd(lambda x: x[:0])(X).shape == (0, 3)
    assert jacfwd(lambda x: np.sum(x) * Y)(X[:0]).shape == (3, 0)


def test_jacfwd_of_containers() -> None:
    found = jacfwd(lambda p: (p["a"] * p["b"], p["b"]))({"a": X, "b": 2.0})
    assert_same_gradient(found[0], {"a": 2.0 * np.eye(3), "b": X})
    assert_same_gradient(found[1], {"a": np.zeros(3), "b": 1.0})


def test_unknown_modes_are_refused() -> None:
    with pytest.raises(ValueError, match="forward"):
        jacobian(product, mode="backward")


# Second order


def test_hessian_products_of_containers() -> None:
    def f(p: Any) -> Any:
        return np.sum(p["w"] ** 2) * p["b"] ** 2

    p, v = {"w": X, "b": 2.0}, {"w": V, "b": 0.5}
    found = hvp(f)(p, v)
    assert_same_gradient(
        found,
        {"w": 8.0 * V + 8.0 * X * 0.5, "b": float(8.0 * X @ V + 2.0 * X @ X * 0.5)},
    )


def test_hessian_products_with_other_arguments() -> None:
    def f(x: Any, y: Any) -> Any:
        return np.sum(x**2 * y)

    assert_same_gradient(hvp(f)(X, Y, V), 2.0 * Y * V)
    x_part, y_part = hvp(f, (0, 1))(X, Y, (V, Y))
    assert_same_gradient(x_part, 2.0 * Y * V + 2.0 * X * Y)
    assert_same_gradient(y_part, 2.0 * X * V)


def test_gauss_newton_products() -> None:
    def residuals(x: Any) -> Any:
        return np.array([x[0] ** 2, x[0] * x[1], np.sin(x[2])])

    J = jacrev(residuals)(X)
    assert_same_gradient(gnvp(residuals)(X, V), J.T @ J @ V, 1e-12)

    def loss(r: Any) -> Any:
        return np.sum(r**4)

    H = np.diag(12.0 * residuals(X) ** 2)
    assert_same_gradient(gnvp(residuals, loss)(X, V), J.T @ H @ J @ V, 1e-12)


def test_elementwise_grad() -> None:
    slope = elementwise_grad(lambda x: np.sin(x) * x)
    assert_same_gradient(slope(X), np.cos(X) * X + np.sin(X))
    assert slope(0.5) == pytest.approx(math.cos(0.5) * 0.5 + math.sin(0.5))
    assert_same_gradient(elementwise_grad(product, 1)(X, Y), np.sin(X))
    curvature = elementwise_grad(elementwise_grad_of_cube)
    assert_same_gradient(curvature(X), 6.0 * X)


def elementwise_grad_of_cube(x: Any) -> Any:
    return elementwise_grad(lambda t: t**3)(x)


def test_derivative() -> None:
    assert derivative(lambda x: x**4)(2.0) == 32.0
    assert derivative(lambda x: x**4, 2)(2.0) == 48.0
    assert derivative(programs.cubic, 0) is programs.cubic
    with pytest.raises(ValueError, match="counts from 0"):
        derivative(programs.cubic, -1)
    with pytest.raises(UnsupportedError):
        derivative(lambda x: np.sum(x))(X)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_a_derivative_is_a_decorated_function(order: int) -> None:
    source = derivative(programs.cubic, order)
    source(2.0)
    assert f"def {programs.cubic.__name__}_derivative" in source.source


def test_hvp_is_the_derivative_of_the_gradient() -> None:
    g = grad(np_energy)
    h = 1e-6
    differences = (g(X + h * V) - g(X - h * V)) / (2 * h)
    np.testing.assert_allclose(hvp(np_energy)(X, V), differences, rtol=1e-8)


# What is easily confused


class Spring:
    def __init__(self, stiffness: float):
        self.stiffness = stiffness

    @hvp
    def energy(self, x: float) -> float:
        return self.stiffness * x**3

    @grad
    @grad
    def curvature(self, x: float) -> float:
        return self.stiffness * x**3


def test_derivatives_of_derivatives_as_methods() -> None:
    assert Spring(2.0).energy(3.0, 1.0) == 36.0
    assert Spring(2.0).curvature(3.0) == 36.0


def integers_in_a_list(x: float) -> Any:
    xs = [1.0, 2]
    for k in range(3):
        xs.append(x * k)
    return sum(xs)


def pairs_with_integers(x: float) -> Any:
    pairs = [(1.0, 2)]
    pairs.append((x, 3))
    return np.sum(np.array(pairs))


def lists_of_integers_joined(x: float) -> Any:
    ints, floats = [i for i in range(3)], [x * i for i in range(3)]
    return sum(ints + floats) + sum(floats + ints)


@pytest.mark.parametrize(
    ("f", "want"),
    [(integers_in_a_list, 3.0), (pairs_with_integers, 1.0), (lists_of_integers_joined, 6.0)],
)
def test_integers_among_floats_have_no_tangent(f: Any, want: float) -> None:
    assert jvp(f, (1.5,), (1.0,))[1] == pytest.approx(want)


def test_integers_in_a_tangent_count_for_nothing() -> None:
    def total(pairs: Any) -> Any:
        return np.sum(np.array(pairs))

    assert jvp(total, ([(1.0, 2), (3.0, 4)],), ([(1.0, 2), (1.0, 7)],)) == (10.0, 2.0)


def test_more_arguments_by_position() -> None:
    assert jvp(lambda *xs: xs[0] * xs[1] * xs[2], (1.0, 2.0, 3.0), (1.0, None, 2.0))[1] == 10.0


# Functions with a derivative of their own


@custom_jvp
def doubled_slope(x: Any, y: Any) -> Any:
    return np.sin(x) * y


@doubled_slope.defjvp
def _doubled_slope_jvp(primals: Any, tangents: Any) -> Any:
    (x, y), (x_dot, y_dot) = primals, tangents
    return doubled_slope(x, y), 2.0 * np.cos(x) * x_dot * y + np.sin(x) * y_dot


@custom_vjp
def cubed_in_steps(x: Any) -> Any:
    return x**3


def _cubed_backward(x: Any, y_bar: Any) -> Any:
    total = 0.0
    for k in range(3):
        total = total + y_bar * x * x * (0.5 if k == 1 else 1.25)
    return (total,)


cubed_in_steps.defvjp(lambda x: (x**3, x), _cubed_backward)


@custom_vjp
def clipped_gradient(x: Any) -> Any:
    return x * x


clipped_gradient.defvjp(lambda x: (x * x, x), lambda x, y_bar: (np.clip(2 * x * y_bar, -1, 1),))


def test_custom_derivatives_go_forward_too() -> None:
    want = 2.0 * V * np.cos(X) * Y + np.sin(X) * V
    assert_same_gradient(jvp(lambda x, y: doubled_slope(x, y), (X, Y), (V, V))[1], want)
    assert jvp(lambda x: cubed_in_steps(x), (2.0,), (1.0,)) == (8.0, 12.0)
    assert hvp(lambda x: cubed_in_steps(x) * x)(2.0, 1.0) == pytest.approx(48.0)
    assert grad(lambda x: jvp(cubed_in_steps, (x,), (1.0,))[1])(2.0) == pytest.approx(12.0)


def test_a_pullback_that_is_not_linear_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="clipped_gradient is not linear"):
        jvp(lambda x: clipped_gradient(x), (2.0,), (1.0,))


def test_a_real_function_of_complex_numbers() -> None:
    """|x exp(ix)| = |x|, and its angle is x where x is positive."""
    value, tangent = jvp(lambda x: np.abs(np.exp(1j * x) * x), (X,), (V,))
    assert_same_gradient(value, np.abs(X))
    assert_same_gradient(tangent, np.sign(X) * V)
    turned = jvp(lambda x: np.angle(np.exp(1j * x) * np.abs(x)), (X,), (V,))[1]
    assert_same_gradient(turned, V)
