"""Functions made anew from the same code share their programs, and never each other's values."""

import functools
import inspect
import itertools
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adjoint
from adjoint import (
    checkpoint,
    derivative,
    elementwise,
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    linearize,
    value_and_grad,
    vjp,
)
from adjoint.api import dispatch

X = np.array([1.0, 2.0, 3.0])


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of the functions that are compiled from now on."""
    names: list[str] = []
    real = dispatch.compile_program

    def noting(function: Any, *args: Any, **kwargs: Any) -> Any:
        names.append(function.__name__)
        return real(function, *args, **kwargs)

    monkeypatch.setattr(dispatch, "compile_program", noting)
    yield names


def scaled(k):
    """x -> the sum of k x²."""
    return lambda x: np.sum(k * x * x)


def twice(h):
    return lambda x: 2.0 * h(x)


def with_default(k):
    def f(x, k=k, *, shift=k):
        return np.sum(k * x * x + shift)

    return f


def elements(k):
    return lambda x: k * x * x


def plus(g, h):
    return lambda x: g(x) + h(x)


# Of a function of k, what it gives at X, or at 2.0.
DERIVATIVES: dict[str, tuple[Callable[[float], Any], Callable[[float], Any]]] = {
    "grad": (lambda k: grad(scaled(k))(X), lambda k: 2 * k * X),
    "value_and_grad": (lambda k: value_and_grad(scaled(k))(X)[1], lambda k: 2 * k * X),
    "jvp": (lambda k: jvp(elements(k), (X,), (X,))[1], lambda k: 2 * k * X * X),
    "vjp": (lambda k: vjp(elements(k), X)[1](X)[0], lambda k: 2 * k * X * X),
    "linearize": (lambda k: linearize(elements(k), X)[1](X), lambda k: 2 * k * X * X),
    "jacobian": (lambda k: jacobian(elements(k))(X), lambda k: np.diag(2 * k * X)),
    "hvp": (lambda k: hvp(scaled(k))(X, X), lambda k: 2 * k * X),
    "hessian": (lambda k: hessian(scaled(k))(X), lambda k: 2 * k * np.eye(3)),
    "derivative": (lambda k: derivative(elements(k), 2)(2.0), lambda k: 2 * k),
    "grad of grad": (lambda k: grad(grad(elements(k)))(2.0), lambda k: 2 * k),
    "jacobian of grad": (lambda k: jacobian(grad(scaled(k)))(X), lambda k: 2 * k * np.eye(3)),
    "defaults": (lambda k: grad(with_default(k))(X), lambda k: 2 * k * X),
    "a function in a cell": (lambda k: grad(twice(scaled(k)))(X), lambda k: 4 * k * X),
    "cells in cells": (lambda k: grad(twice(twice(scaled(k))))(X), lambda k: 8 * k * X),
    "two cells": (lambda k: grad(plus(scaled(k), scaled(1.0)))(X), lambda k: 2 * (k + 1) * X),
    "hvp of one in a cell": (lambda k: hvp(twice(scaled(k)))(X, X), lambda k: 4 * k * X),
    "partial": (lambda k: grad(functools.partial(_of_k, k=k))(X), lambda k: 2 * k * X),
}


def _of_k(x, k):
    return np.sum(k * x * x)


@pytest.mark.parametrize("name", DERIVATIVES)
def test_functions_of_one_code_compile_once(name: str, compiled: list[str]) -> None:
    found, expected = DERIVATIVES[name]
    found(0.5)
    del compiled[:]
    for k in (1.0, 2.0, -3.5):
        np.testing.assert_allclose(found(k), expected(k))
    assert compiled == []


def test_values_in_cells_have_a_type_each_time() -> None:
    for k, expected in [(2.0, 8.0), (3, 12.0), (np.array(2.0), 8.0), (True, 4.0)]:
        assert grad(twice(elements(k)))(1.0) == expected
    wide = grad(lambda x: np.sum(twice(elements(np.array([1.0, 2.0])))(x)))
    assert wide(1.0) == 12.0


def test_the_text_and_the_saved_module_show_their_own_defaults(tmp_path: Any) -> None:
    first, second = grad(with_default(1.5)), grad(with_default(-2.5))
    first(X)
    second(X)
    assert "k=1.5" in first.source and "shift=1.5" in first.source
    assert "k=-2.5" in second.source and "shift=-2.5" in second.source_for(X)
    second.save(tmp_path / "saved.py")
    module = types.ModuleType("saved")
    exec((tmp_path / "saved.py").read_text(), module.__dict__)
    np.testing.assert_allclose(module.f_grad(X), -5.0 * X)


@pytest.mark.parametrize("default", [float("inf"), "é", None, True, 10**20, -0.0])
def test_any_literal_default_is_shown(default: Any) -> None:
    def made(n):
        def f(x, n=n):
            return x * x

        return f

    kinds = {float: 1.0, str: "s", bool: False, int: 3}
    grad(made(kinds.get(type(default))))(1.0)
    gradient = grad(made(default))
    gradient(1.0)
    namespace: dict[str, Any] = {}
    exec(gradient.source, namespace)
    shown = inspect.signature(namespace["f_grad"]).parameters["n"].default
    assert repr(shown) == repr(default)


def test_derivatives_of_one_function_are_told_apart() -> None:
    def f(x, y):
        return x**4 * y**2

    for argnums, expected in [(0, 108.0), (1, 24.0), ((0, 1), (108.0, 24.0))]:
        assert jacobian(grad(f, argnums))(1.0, 3.0) == pytest.approx(expected)

    def fifth(x):
        return x**5

    inner = [grad(fifth), derivative(fifth, 2), derivative(fifth, 3), elementwise_grad(fifth)]
    assert [grad(each)(2.0) for each in inner] == [160.0, 240.0, 240.0, 160.0]
    assert [grad(each)(1.0) for each in inner] == [20.0, 60.0, 120.0, 20.0]


def test_a_function_that_calls_itself_with_a_default() -> None:
    def power(k):
        def f(x, n=2, k=k):
            return x if n == 0 else k * f(x, n - 1)

        return f

    assert [grad(power(k))(1.0) for k in (2.0, 3.0)] == [4.0, 9.0]


# What depends on which function it is, and not on its code only.

KNOWN = scaled(7.0)
TABLE = {KNOWN: 3.0}
MEMBERS = {KNOWN}


def identity(h):
    return h


IDENTITIES: dict[str, Callable[[Any], Callable[[Any], Any]]] = {
    "is": lambda h: lambda x: h(x) * (2.0 if h is KNOWN else 1.0),
    "in": lambda h: lambda x: h(x) * (2.0 if h in MEMBERS else 1.0),
    "table": lambda h: lambda x: h(x) * (TABLE[h] if h in TABLE else 1.0),
    "get": lambda h: lambda x: h(x) * TABLE.get(h, 1.0),
    "id": lambda h: lambda x: h(x) * (id(h) % 1000),
    "hash": lambda h: lambda x: h(x) * (hash(h) % 1000),
    "attribute": lambda h: lambda x: h(x) * getattr(h, "weight", 1.0),
    "passed on": lambda h: lambda x: h(x) * (2.0 if identity(h) is KNOWN else 1.0),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_a_program_that_asks_which_function_it_is(name: str) -> None:
    """Whatever it is made for first, the next function has its own answer, or is refused."""
    other = scaled(7.0)
    weighted = scaled(7.0)
    weighted.weight = 5.0
    for h in (other, KNOWN, weighted, scaled(7.0), KNOWN):
        f = IDENTITIES[name](h)
        try:
            found = grad(f)(X)
        except adjoint.AdjointError:
            continue
        factor = f(X) / scaled(7.0)(X)
        np.testing.assert_allclose(found, 14.0 * X * factor)


def test_two_cells_with_one_function_and_then_with_two() -> None:
    first, second = elements(2.0), elements(3.0)
    for g, h, expected in [(first, first, 8.0), (first, second, 10.0), (second, second, 12.0)]:
        assert grad(plus(g, h))(1.0) == expected


def test_functions_that_share_a_cell_and_then_do_not() -> None:
    def pair(k):
        return (lambda x: k * x), (lambda x: k * x * x)

    (a, b), (c, d) = pair(2.0), pair(5.0)
    for g, h, expected in [(a, b, 6.0), (c, d, 15.0), (a, d, 12.0), (c, b, 9.0)]:
        assert grad(plus(g, h))(1.0) == expected


def checkpointed(h):
    return checkpoint(h)


def listed(h):
    return [h]


def partially(h):
    return functools.partial(h)


def behind_a_default(h):
    return lambda x, h=h: h(x)


def of_an_object(h):
    return Holder(h)


class Holder:
    def __init__(self, function):
        self.function = function

    def __call__(self, x):
        return self.function(x)


def call(g, x):
    return g[0](x) if isinstance(g, list) else g(x)


OTHER_WAYS = [identity, checkpointed, listed, partially, behind_a_default, of_an_object]


@pytest.mark.parametrize("way", OTHER_WAYS)
def test_a_function_that_is_reached_in_another_way_too(way: Any) -> None:
    """It stays itself there, when the one in the cell becomes another one."""
    first, second = elements(2.0), elements(3.0)
    held = way(first)

    def in_cell(h):
        return lambda x: h(x) + call(held, x)

    def as_argument(h):
        return lambda x, g: h(x) + call(g, x)

    def in_default(h):
        return lambda x, g=held: h(x) + call(g, x)

    for h, expected in [(first, 8.0), (second, 10.0), (elements(4.0), 12.0), (first, 8.0)]:
        assert grad(in_cell(h))(1.0) == expected
        assert grad(as_argument(h))(1.0, held) == expected
        assert grad(in_default(h))(1.0) == expected


def test_a_function_of_the_same_code_with_a_rule() -> None:
    plain, declared = elements(2.0), elements(2.0)
    elementwise(declared, x=lambda y, x: 100.0 + 0.0 * x)
    for h, expected in [(plain, 8.0), (declared, 200.0), (elements(2.0), 8.0)]:
        assert grad(twice(h))(1.0) == expected
    again = elements(2.0)
    elementwise(again, x=lambda y, x: 50.0 + 0.0 * x)
    assert grad(twice(again))(1.0) == 100.0


def test_functions_in_cells_have_defaults_of_their_own() -> None:
    def made(k):
        return lambda x, k=k: k * x

    assert [grad(twice(made(k)))(1.0) for k in (1.0, 2.0, 3.0)] == [2.0, 4.0, 6.0]


def test_a_cell_that_is_given_another_function() -> None:
    h = elements(1.0)

    def f(x):
        return h(x)

    gradient = grad(f)
    assert gradient(1.0) == 2.0
    h = elements(2.0)
    assert gradient(1.0) == 4.0
    h = np.sin
    assert gradient(0.0) == 1.0
    h = elements(3.0)
    assert gradient(1.0) == 6.0


def test_wrappers_of_one_code_around_different_functions() -> None:
    def logged(f):
        @functools.wraps(f)
        def wrapper(x):
            return 2.0 * f(x)

        return wrapper

    inner = [elements(2.0), elements(5.0), lambda x: x, np.sin]
    assert [grad(logged(f))(0.0) for f in inner] == [0.0, 0.0, 2.0, 2.0]
    assert [grad(twice(logged(f)))(1.0) for f in inner[:3]] == [16.0, 40.0, 4.0]


def test_other_globals_of_the_same_code() -> None:
    def of_scale(x):
        return SCALE * x  # type: ignore[name-defined]  # noqa: F821

    for scale in (2.0, 3.0):
        h = types.FunctionType(of_scale.__code__, {"SCALE": scale, "__name__": __name__})
        assert grad(twice(h))(1.0) == 2.0 * scale


shapes = st.recursive(
    st.tuples(st.just("k"), st.sampled_from([1.0, 2.0, -1.5, 3])),
    lambda inner: st.one_of(
        st.tuples(st.just("twice"), inner), st.tuples(st.just("plus"), inner, inner)
    ),
    max_leaves=4,
)


def build(shape: Any, made: dict[Any, Any]) -> Callable[[Any], Any]:
    """A function of this shape; equal parts are one function where `made` remembers them."""
    if shape in made:
        return made[shape]
    match shape:
        case ("k", k):
            function = elements(k)
        case ("twice", inner):
            function = twice(build(inner, made))
        case (_, left, right):
            function = plus(build(left, made), build(right, made))
    if made is not FRESH:
        made[shape] = function
    return function


class _Fresh(dict):
    def __contains__(self, key: object) -> bool:
        return False


FRESH = _Fresh()


def slope(shape: Any) -> float:
    match shape:
        case ("k", k):
            return 2.0 * k
        case ("twice", inner):
            return 2.0 * slope(inner)
        case (_, left, right):
            return slope(left) + slope(right)
    raise AssertionError


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(shapes, st.booleans()), min_size=1, max_size=4))
def test_any_nest_of_closures(nests: list[tuple[Any, bool]]) -> None:
    for shape, shares in nests:
        function = build(shape, {} if shares else FRESH)
        assert grad(function)(1.0) == pytest.approx(slope(shape))
        assert hvp(function)(1.0, 1.0) == pytest.approx(slope(shape))


def test_many_functions_do_not_pile_up(compiled: list[str]) -> None:
    counter = itertools.count(1)
    for _ in range(5):
        k = float(next(counter))
        assert grad(twice(elements(k)))(1.0) == 4.0 * k
    assert len(compiled) <= 1
