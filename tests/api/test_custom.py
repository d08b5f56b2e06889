"""`custom_vjp` and `custom_jvp`: functions with a derivative of their own."""

import ctypes
import ctypes.util
import functools
import math

import numpy as np
import pytest
from scipy import special

import adjoint
from adjoint import (
    UnsupportedError,
    check_grads,
    custom_jvp,
    custom_vjp,
    derivative,
    grad,
    jvp,
    value_and_grad,
    vjp,
)
from adjoint.rules.registry import RULES
from adjoint.rules.staged import call

x = np.array([0.1, 0.2, 3.0])


@custom_vjp
def softplus(x):
    return np.log(1.0 + np.exp(x))


def softplus_fwd(x):
    return softplus(x), x


def softplus_bwd(x, y_bar):
    return (y_bar / (1.0 + np.exp(-x)),)


softplus.defvjp(softplus_fwd, softplus_bwd)


def sum_softplus(x):
    return np.sum(softplus(x))


def test_the_function_itself():
    assert softplus(0.0) == math.log(2.0)
    assert softplus.__name__ == "softplus"


def test_first_order():
    assert grad(softplus)(1000.0) == 1.0
    value, gradient = value_and_grad(sum_softplus)(x)
    assert value == sum_softplus(x)
    np.testing.assert_allclose(gradient, 1.0 / (1.0 + np.exp(-x)))
    check_grads(sum_softplus, (x,))
    _, pullback = vjp(softplus, x)
    np.testing.assert_allclose(pullback(np.ones(3))[0], gradient)


def test_the_text_reads_as_if_inlined():
    source = grad(sum_softplus).source_for(x)
    assert "return 1.0 / (1.0 + np.exp(-x))" in source
    assert "log" not in source


def test_second_order_is_that_of_the_backward_function():
    second = grad(grad(softplus))
    s = 1.0 / (1.0 + math.exp(-0.7))
    assert second(0.7) == pytest.approx(s * (1.0 - s))


def test_inside_of_loops_and_branches():
    def f(x):
        total = 0.0
        for k in range(4):
            if k != 2:
                total = total + softplus(x * k)
            x = x * total
        return total

    def plain(x):
        total = 0.0
        for k in range(4):
            if k != 2:
                total = total + np.log(1.0 + np.exp(x * k))
            x = x * total
        return total

    assert grad(f)(0.3) == pytest.approx(grad(plain)(0.3))


@custom_vjp
def doubled(x):
    return 2.0 * x


doubled.defvjp(lambda x: (doubled(x), None), lambda residual, y_bar: (100.0 * y_bar,))


def test_the_rule_wins_over_the_text():
    assert grad(doubled)(1.0) == 100.0
    assert grad(lambda x: doubled(x) * x)(1.0) == 102.0
    assert grad(functools.partial(doubled))(1.0) == 100.0
    assert grad(lambda x: doubled(x=x))(1.0) == 100.0


@custom_vjp
def exponential(x):
    return np.exp(x)


def exponential_fwd(x):
    y = exponential(x)
    return y, y


exponential.defvjp(exponential_fwd, lambda y, y_bar: (3.0 * y_bar * y,))


def test_forward_functions_may_call_the_function():
    """Second order goes through the residual, for which the rule counts again."""
    e = math.exp(0.5)
    assert grad(exponential)(0.5) == pytest.approx(3.0 * e)
    assert grad(grad(exponential))(0.5) == pytest.approx(9.0 * e)
    assert grad(grad(grad(exponential)))(0.5) == pytest.approx(27.0 * e)
    with pytest.raises(UnsupportedError, match="third order"):
        grad(grad(grad(grad(exponential))))(0.5)


@functools.partial(custom_vjp, nondiff_argnums=(0, 2))
def repeated(f, x, n):
    for _ in range(n):
        x = f(x)
    return x


def repeated_bwd(f, n, x, y_bar):
    return (10.0 * n * y_bar * f(x),)


repeated.defvjp(lambda f, x, n: (repeated(f, x, n), x), repeated_bwd)


def test_arguments_without_derivative():
    assert grad(lambda x: repeated(math.sin, x, 2))(0.5) == pytest.approx(20.0 * math.sin(0.5))
    assert grad(repeated, 1)(math.sin, 0.5, 2) == pytest.approx(20.0 * math.sin(0.5))


@custom_vjp(nondiff_argnames="limit")
def bounded(x, limit=1.0):
    return x + 0.0


bounded.defvjp(
    lambda x, limit: (x + 0.0, None),
    lambda limit, _, y_bar: (np.clip(y_bar, -limit, limit),),
)


def test_names_and_defaults():
    assert grad(lambda x: 5.0 * bounded(x))(2.0) == 1.0
    assert grad(lambda x: 5.0 * bounded(x, 3.0))(2.0) == 3.0
    with pytest.raises(UnsupportedError, match="nondiff_argnums"):
        grad(lambda limit: bounded(2.0, limit))(2.0)


@custom_vjp
def layer(parameters, x):
    return {"y": parameters["W"] @ x + parameters["b"], "first": x[0]}


def layer_fwd(parameters, x):
    return layer(parameters, x), (parameters, x)


def layer_bwd(residuals, bars):
    parameters, x = residuals
    y_bar = bars["y"]
    return {"W": np.outer(y_bar, x), "b": y_bar}, parameters["W"].T @ y_bar


layer.defvjp(layer_fwd, layer_bwd)


def test_containers():
    @grad(argnums=(0, 1))
    def loss(parameters, x):
        out = layer(parameters, x)
        return np.sum(out["y"] ** 2) + out["first"]

    parameters = {"W": np.arange(6.0).reshape(2, 3), "b": np.ones(2)}
    p_bar, x_bar = loss(parameters, x)
    y_bar = 2.0 * (parameters["W"] @ x + 1.0)
    np.testing.assert_allclose(p_bar["W"], np.outer(y_bar, x))
    np.testing.assert_allclose(p_bar["b"], y_bar)
    np.testing.assert_allclose(x_bar, parameters["W"].T @ y_bar)  # the rule leaves `first` out


class Model:
    def __init__(self, k):
        self.k = k

    @functools.partial(custom_vjp, nondiff_argnums=(0,))
    def scaled(self, x):
        return self.k * x

    scaled.defvjp(lambda self, x: (self.scaled(x), None), lambda self, _, y_bar: (10.0 * y_bar,))

    def squared(self, x):
        return self.scaled(x) * x


def test_methods():
    model = Model(3.0)
    assert model.scaled(2.0) == 6.0
    assert grad(model.scaled)(2.0) == 10.0
    assert grad(model.squared)(2.0) == 26.0
    assert grad(lambda x: Model(2.0).squared(x))(2.0) == 24.0


libm = ctypes.CDLL(ctypes.util.find_library("m"))
for name in ("j0", "j1"):
    getattr(libm, name).restype = ctypes.c_double
    getattr(libm, name).argtypes = [ctypes.c_double]


@custom_vjp
def bessel(x):
    return libm.j0(x)


def bessel_fwd(x):
    try:
        return libm.j0(x), x
    except ctypes.ArgumentError:
        return math.nan, x


def bessel_bwd(x, y_bar):
    try:
        return (-y_bar * libm.j1(x),)
    except ctypes.ArgumentError:
        return (math.nan,)


bessel.defvjp(bessel_fwd, bessel_bwd)


def test_functions_that_cannot_be_lowered_are_called():
    f = grad(lambda x: 2.0 * bessel(x))
    assert f(0.5) == pytest.approx(-2.0 * libm.j1(0.5))
    assert "bessel_fwd(x)" in f.source and "bessel_bwd(" in f.source
    with pytest.raises(UnsupportedError, match="rule for bessel_bwd"):
        grad(grad(lambda x: 2.0 * bessel(x)))(0.5)


libm.jn.restype = ctypes.c_double
libm.jn.argtypes = [ctypes.c_int, ctypes.c_double]


@custom_vjp(nondiff_argnames="order")
def any_bessel(order, x):
    return libm.jn(order, x)


def any_bessel_fwd(order, x):
    return any_bessel(order, x), x


def any_bessel_bwd(order, x, y_bar):
    return (0.5 * y_bar * (any_bessel(order - 1, x) - any_bessel(order + 1, x)),)


any_bessel.defvjp(any_bessel_fwd, any_bessel_bwd)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_a_compiled_function_whose_rule_calls_it_has_higher_orders(order):
    """Of x² J₁(x), against SciPy's derivatives of J₁ and the product rule."""

    def f(x):
        return x * x * any_bessel(1, x)

    first = grad(f)
    first(0.7)
    assert "any_bessel(1, x)" in first.source and "any_bessel(2, x)" in first.source
    d = [special.jvp(1, 0.7, k) for k in range(order + 1)]
    want = 0.49 * d[order] + 1.4 * order * d[order - 1]
    if order > 1:
        want += order * (order - 1) * d[order - 2]
    got = derivative(first, order - 1)(0.7) if order > 1 else first(0.7)
    assert got == pytest.approx(want, rel=1e-13)
    assert derivative(f, order)(0.7) == pytest.approx(want, rel=1e-13)


def test_the_fourth_order_of_a_function_whose_rule_calls_it_is_refused():
    with pytest.raises(UnsupportedError, match="up to third order"):
        derivative(lambda x: any_bessel(1, x), 4)(0.7)


@custom_jvp
def wave(x, y):
    return np.sin(x) * y


@wave.defjvp
def wave_jvp(primals, tangents):
    x, y = primals
    x_dot, y_dot = tangents
    return wave(x, y), np.cos(x) * y * x_dot + np.sin(x) * y_dot


def test_tangent_maps_are_transposed():
    f = grad(lambda x, y: np.sum(wave(x, y)), (0, 1))
    x_bar, y_bar = f(x, 2.0)
    np.testing.assert_allclose(x_bar, 2.0 * np.cos(x))
    assert y_bar == pytest.approx(np.sum(np.sin(x)))
    assert "return np.cos(x) * y, " in f.source
    assert grad(grad(lambda x: wave(x, 2.0)))(0.3) == pytest.approx(-2.0 * math.sin(0.3))
    check_grads(wave, (x, 2.0))


@custom_jvp
def product(x, n, y):
    return x * y * n


product.defjvps(lambda t, ans, x, n, y: n * y * t, None, lambda t, ans, x, n, y: n * x * t)


def test_tangents_argument_by_argument():
    f = grad(lambda x, y: np.sum(product(x, 3, y)), (0, 2 - 1))
    x_bar, y_bar = f(x, 2.0)
    np.testing.assert_allclose(x_bar, np.full(3, 6.0))
    assert y_bar == pytest.approx(3.0 * np.sum(x))


@custom_jvp
def pair(z):
    return {"a": z[0] * z[1], "b": (z[0], 2.0)}


@pair.defjvp
def pair_jvp(primals, tangents):
    (z,), (z_dot,) = primals, tangents
    return pair(z), {"a": z_dot[0] * z[1] + z[0] * z_dot[1], "b": (z_dot[0], 0.0)}


def test_tangents_of_containers():
    def f(z):
        out = pair(z)
        return out["a"] + 3.0 * out["b"][0] * out["b"][1]

    assert grad(f)((2.0, 5.0)) == (11.0, 2.0)


@custom_vjp
def bare(x):
    return x


@custom_vjp
def short(x, y):
    return x * y


short.defvjp(lambda x, y: (x * y, None), lambda _, g: (g,))


@custom_vjp
def single(x):
    return x


single.defvjp(lambda x: x, lambda _, g: (g,))


@custom_vjp
def other(p):
    return p[0]


other.defvjp(lambda p: (p[0], None), lambda _, g: ((g,),))


@pytest.mark.parametrize(
    ("f", "args", "message"),
    [
        (bare, (1.0,), "bare.defvjp"),
        (short, (1.0, 2.0), "2 arguments"),
        (single, (1.0,), "two things"),
        (other, ((1.0, 2.0),), "another structure"),
    ],
)
def test_wrong_declarations(f, args, message):
    with pytest.raises(UnsupportedError, match=message):
        grad(f)(*args)


def test_float32_stays():
    assert grad(sum_softplus)(x.astype(np.float32)).dtype == np.float32


vectorised = np.vectorize(lambda x: math.erf(x) if x > -9.0 else -1.0)


def j0(x):
    return libm.j0(x)


def j1(x):
    return libm.j1(x)


@pytest.fixture
def rules():
    """Rules for this test only."""
    slope = 2.0 / math.sqrt(math.pi)
    adjoint.elementwise(vectorised, x=lambda y, x: slope * np.exp(-x * x))
    adjoint.elementwise(j0, x=lambda y, x: -call(j1, x))
    adjoint.elementwise(j1, x=lambda y, x: call(j0, x) - y / x)
    yield
    for target in (vectorised, j0, j1):
        del RULES[target]


def test_the_rule_of_a_function_that_is_differentiated_itself():
    """As where it is called, its text does not matter; the factor 3 tells them apart."""

    def cubed(x):
        return x**3

    adjoint.elementwise(cubed, x=lambda y, x: 3.0 * (3.0 * x * x))
    assert grad(cubed)(2.0) == grad(lambda x: cubed(x))(2.0) == 36.0
    assert derivative(cubed)(2.0) == derivative(lambda x: cubed(x))(2.0) == 36.0
    assert jvp(cubed, (2.0,), (1.0,)) == (8.0, 36.0)
    assert grad(grad(cubed))(2.0) == 36.0
    del RULES[cubed]

    def frozen(x):
        return 2.0 * x

    adjoint.nondifferentiable(frozen)
    assert grad(frozen)(2.0) == grad(lambda x: frozen(x))(2.0) == 0.0

    def forbidden(x):
        return 2.0 * x

    adjoint.undifferentiable(forbidden, "it is said not to be")
    with pytest.raises(UnsupportedError, match="it is said not to be"):
        grad(forbidden)(2.0)


def test_short_forms_for_functions_without_source(rules):
    def f(x):
        return np.sum(vectorised(x[:, None] * x))

    check_grads(f, (x,))
    check_grads(lambda x: 3.0 * j0(2.0 * x), (0.5,))
    assert grad(grad(lambda x: j0(x)))(0.5) == pytest.approx(j1(0.5) / 0.5 - j0(0.5))


def test_what_cannot_be_looked_up():
    with pytest.raises(TypeError, match="wrap it"):
        adjoint.elementwise(libm.j0, x=lambda y, x: -x)


def test_captured_values_lose_no_derivative_silently():
    """What a function captures, or a function that is given to it, has no place in `bwd`."""
    apply = custom_vjp(lambda f, x: f(x), nondiff_argnums=0)
    apply.defvjp(lambda f, x: (f(x), None), lambda f, residuals, y_bar: (100.0 * y_bar,))

    def f(x, c):
        return apply(lambda z: c * z, x)

    assert grad(f)(3.0, 2.0) == 100.0
    with pytest.raises(UnsupportedError, match="value 'c' that <lambda> uses"):
        grad(f, 1)(3.0, 2.0)
    for x_dot in (None, 1.0):
        with pytest.raises(UnsupportedError, match="value 'c' that <lambda> uses"):
            jvp(f, (3.0, 2.0), (x_dot, 1.0))
    assert jvp(f, (3.0, 2.0), (1.0, None)) == (6.0, 100.0)
    assert grad(lambda c: apply(lambda z: adjoint.stop_gradient(c) * z, c), 0)(2.0) == 100.0

    def captures_its_argument(x):
        return apply(lambda z: x * z, x)

    def captures_what_its_argument_gives(x):
        y = np.sin(x)
        return apply(lambda z: y * z, x)

    for both in (captures_its_argument, captures_what_its_argument_gives):
        for derive in (grad(both), lambda x, f=both: jvp(f, (x,), (1.0,))):
            with pytest.raises(UnsupportedError, match="value 'x' that <lambda> uses"):
                derive(2.0)

    def g(c, x):
        @custom_vjp
        def scaled(x):
            for _ in range(2):
                x = c * x
            return x

        scaled.defvjp(lambda x: (scaled(x), None), lambda residuals, y_bar: (c * c * y_bar,))
        return scaled(x)

    with pytest.raises(UnsupportedError):
        grad(g)(2.0, 3.0)


def test_a_backward_function_called_by_its_name_may_keep_what_it_is_given():
    kept = []

    def bwd(residuals, y_bar):
        kept.append(y_bar)  # is not lowered: the list is not the program's
        return (y_bar,)

    @custom_vjp
    def same(x):
        return x + 0.0

    same.defvjp(lambda x: (x + 0.0, None), bwd)

    def f(x):
        y = same(x)
        z = np.zeros(3)
        for k in range(3):
            z[k] = y[k] * x[k]
        return np.sum(z) + np.sum(same(y))

    np.testing.assert_allclose(grad(f)(x), 2.0 * x + 1.0)
    np.testing.assert_allclose(kept, [np.ones(3), x + 1.0])
