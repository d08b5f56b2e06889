"""Both modes over each other, to any order, against closed forms and differences."""

import math
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
    vjp,
)
from tests.oracle import richardson_gradient
from tests.test_higher_order import growth, newton, power

RNG = np.random.default_rng(3)
A, X, V, W = (RNG.normal(size=s) for s in ((4, 3), 3, 3, 4))


def network(x: Any, A: Any) -> Any:
    return np.sum(np.tanh(A @ x) ** 2) + x[0] * np.exp(x[1]) / (1.0 + x[2] ** 2)


def field(x: Any) -> Any:
    return np.sin(A @ x) * np.sum(x * x)


def filled(x: Any) -> Any:
    """Writes, a loop, a branch."""
    y = np.zeros(4)
    for k in range(4):
        y[k] = np.sin(x[k % 3]) if k % 2 else x[0] * x[k % 3] ** 2
        y[1:] *= x[1]
    return np.sum(y * y)


PROGRAMS = [lambda x: network(x, A), filled]


# Two orders


@pytest.mark.parametrize("f", PROGRAMS)
def test_hessian_products_by_all_compositions(f: Any) -> None:
    gradient = grad(f)
    want = richardson_gradient(lambda t: float(W[:3] @ gradient(X + t * V)), (0.0,))
    forward_over_reverse = jvp(gradient, (X,), (V,))[1]
    assert W[:3] @ forward_over_reverse == pytest.approx(want, rel=1e-8)
    np.testing.assert_allclose(hvp(f)(X, V), forward_over_reverse, rtol=1e-10)
    reverse_over_forward = grad(lambda x: jvp(f, (x,), (V,))[1])(X)
    np.testing.assert_allclose(reverse_over_forward, forward_over_reverse, rtol=1e-10)
    reverse_over_reverse = grad(lambda x: np.dot(grad(f)(x), V))(X)
    np.testing.assert_allclose(reverse_over_reverse, forward_over_reverse, rtol=1e-10)
    twice = jvp(lambda x: jvp(f, (x,), (V,))[1], (X,), (W[:3],))[1]
    assert twice == pytest.approx(W[:3] @ forward_over_reverse, rel=1e-10)


@pytest.mark.parametrize("f", PROGRAMS)
def test_hessians_are_symmetric_and_agree_with_products(f: Any) -> None:
    H = hessian(f)(X)
    np.testing.assert_allclose(H, H.T, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(H @ V, hvp(f)(X, V), rtol=1e-10)
    np.testing.assert_allclose(jacrev(grad(f))(X), H, rtol=1e-10, atol=1e-12)


def test_hessian_of_a_quadratic() -> None:
    B = A.T @ A
    np.testing.assert_allclose(hessian(lambda x: 0.5 * x @ B @ x)(X), B, rtol=1e-12)


def test_hessian_with_respect_to_several_arguments() -> None:
    def f(x: Any, y: float) -> Any:
        return np.sum(x**2) * y**3

    (xx, xy), (yx, yy) = hessian(f, (0, 1))(X, 2.0)
    np.testing.assert_allclose(xx, 16.0 * np.eye(3))
    np.testing.assert_allclose(xy, 24.0 * X)
    np.testing.assert_allclose(yx, xy)
    assert yy == pytest.approx(12.0 * np.sum(X**2))


def test_jvp_of_a_pullback_and_pullback_of_a_jvp() -> None:
    def pulled(x: Any) -> Any:
        return vjp(field, x)[1](W)[0]

    def pushed(x: Any) -> Any:
        return jvp(field, (x,), (V,))[1]

    tangent = jvp(pulled, (X,), (V,))[1]
    (cotangent,) = vjp(pushed, X)[1](W)
    np.testing.assert_allclose(tangent, cotangent, rtol=1e-10)  # both are w . f'' v
    want = richardson_gradient(lambda t: float(V @ pulled(X + t * V)), (0.0,))
    assert V @ tangent == pytest.approx(want, rel=1e-8)


# Three orders


def test_third_order_of_an_array_program() -> None:
    def along(x: Any) -> Any:
        return np.dot(hvp(PROGRAMS[0])(x, V), V)

    def by_forward(x: Any) -> Any:
        return jvp(lambda y: jvp(lambda z: network(z, A), (y,), (V,))[1], (x,), (V,))[1]

    third = grad(along)(X)
    np.testing.assert_allclose(grad(by_forward)(X), third, rtol=1e-9)
    assert jvp(along, (X,), (V,))[1] == pytest.approx(np.dot(third, V), rel=1e-10)
    want = richardson_gradient(lambda t: float(along(X + t * V)), (0.0,))
    assert np.dot(third, V) == pytest.approx(want, rel=1e-7)


# Scalar programs to the sixth order


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5, 6])
def test_orders_of_a_closed_form(order: int) -> None:
    def f(x: float) -> float:
        return math.exp(2.0 * x) + x**5

    want = 2.0**order * math.exp(1.4) + (math.perm(5, order) * 0.7 ** (5 - order))
    if order > 5:
        want = 64.0 * math.exp(1.4)
    assert derivative(f, order)(0.7) == pytest.approx(want, rel=1e-10)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5, 6])
def test_orders_of_a_loop_with_branches(order: int) -> None:
    """Below 2 the loop computes (1 + x) ** n."""
    lower = derivative(growth, order - 1)
    want = richardson_gradient(lambda x: float(lower(x, 5)), (0.3,))
    assert derivative(growth, order)(0.3, 5) == pytest.approx(want, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_orders_of_newtons_iteration(order: int) -> None:
    want = math.prod(0.5 - k for k in range(order)) * 2.0 ** (0.5 - order)
    assert derivative(newton, order)(2.0) == pytest.approx(want, rel=1e-6)


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4, 5])
def test_orders_of_a_recursion(order: int) -> None:
    want = math.perm(4, order) * 1.3 ** (4 - order) if order < 5 else 0.0
    assert derivative(power, order)(1.3, 4) == pytest.approx(want, rel=1e-12)
    assert grad(derivative(power, order))(1.3, 6) == pytest.approx(
        math.perm(6, order + 1) * 1.3 ** (5 - order), rel=1e-12
    )


def test_derivatives_of_a_curve() -> None:
    def curve(t: float) -> Any:
        return np.array([math.cos(t), math.sin(t), t**3])

    np.testing.assert_allclose(
        derivative(curve, 2)(0.4), [-math.cos(0.4), -math.sin(0.4), 2.4], rtol=1e-12
    )


# Perturbation confusion


def test_perturbations_of_the_two_levels_are_not_confused() -> None:
    """Siskind and Pearlmutter (2005), Perturbation confusion and referential transparency."""
    assert jvp(lambda x: x * jvp(lambda y: x + y, (1.0,), (1.0,))[1], (1.0,), (1.0,))[1] == 1.0
    assert grad(lambda x: x * jvp(lambda y: x + y, (1.0,), (1.0,))[1])(1.0) == 1.0
    assert jvp(lambda x: x * grad(lambda y: x + y)(1.0), (1.0,), (1.0,))[1] == 1.0
    assert derivative(lambda x: x * derivative(lambda y: x + y)(1.0))(1.0) == 1.0
    assert derivative(lambda x: x * derivative(lambda y: x * y)(2.0))(3.0) == 6.0
    assert jvp(lambda x: x * grad(lambda y: x * y * y)(2.0), (3.0,), (1.0,))[1] == 24.0


def test_perturbations_through_a_closure_that_escapes() -> None:
    """Manzyuk et al. (2019), Perturbation confusion in forward automatic differentiation of
    higher-order functions: the derivative of a shift, used twice."""

    def shifted(u: float) -> Any:
        return lambda f: lambda x: f(x + u)

    def twice(y: float) -> float:
        return derivative(lambda u: shifted(u)(lambda x: math.exp(x))(y))(0.0)

    assert derivative(twice)(1.0) == pytest.approx(math.e, rel=1e-12)

    def hat(f: Any) -> Any:
        return lambda x: derivative(lambda u: f(x + u))(0.0)

    assert derivative(lambda y: hat(hat(lambda x: math.exp(2.0 * x)))(y))(0.5) == pytest.approx(
        8.0 * math.e, rel=1e-12
    )


def test_active_values_of_the_outer_level_in_an_inner_closure() -> None:
    def inner(w: Any, x: Any) -> Any:
        return jvp(lambda y: np.sum(np.sin(w * y)), (x,), (w,))[1]

    def outer(w: Any) -> Any:
        return inner(w, 2.0 * w)

    want = richardson_gradient(lambda w: float(np.sum(w * w * np.cos(2 * w * w))), (X,))
    np.testing.assert_allclose(grad(outer)(X), want, rtol=1e-8)
    assert jvp(outer, (X,), (V,))[1] == pytest.approx(float(want @ V), rel=1e-8)


# Derivatives called inside


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(jacfwd(field)(x) ** 2),
        lambda x: np.sum(jacrev(field)(x) ** 2),
        lambda x: np.sum(jacobian(field)(x) ** 2),
        lambda x: np.sum(hessian(filled)(x) ** 2),
        lambda x: np.sum(linearize(field, x)[1](x) ** 2),
        lambda x: np.sum(elementwise_grad(lambda t: np.sin(t) * t)(x) ** 2),
        lambda x: np.sum(hvp(filled)(x, x) ** 2),
        lambda x: np.sum(gnvp(field)(x, x)),
        lambda x: derivative(lambda t: t**4 * x[0], 2)(x[1]) * x[2],
        lambda x: np.sum(vjp(field, x)[1](W * x[0])[0] ** 2),
        lambda x: grad(lambda t: jvp(field, (t,), (x,))[1][0])(x)[1],
    ],
)
def test_derivatives_inside(f: Any) -> None:
    want = richardson_gradient(lambda x: float(f(x)), (X,))
    np.testing.assert_allclose(grad(f)(X), want, rtol=1e-6, atol=1e-7)
    assert jvp(f, (X,), (V,))[1] == pytest.approx(float(want @ V), rel=1e-6)


def test_derivative_functions_inside() -> None:
    def f(x: Any) -> Any:
        return np.sum(PRODUCT(x, x)) + np.sum(COLUMNS(x)) + np.sum(ROWS(x))

    want = richardson_gradient(lambda x: float(f(x)), (X,))
    np.testing.assert_allclose(grad(f)(X), want, rtol=1e-6)


PRODUCT, COLUMNS, ROWS = hvp(filled), jacfwd(field), jacrev(field)


def test_the_gradient_of_a_recursion_is_not_differentiated() -> None:
    for f in (grad(grad(power)), hvp(power), derivative(grad(power))):
        with pytest.raises(UnsupportedError, match="recursive function is differentiated"):
            f(1.3, 4, 1.0) if f.__class__.__name__ == "HessianProduct" else f(1.3, 4)
