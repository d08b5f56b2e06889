"""`grad` and `value_and_grad`: forms, argnums, argnames, has_aux, what is refused."""

import functools
from typing import Any

import numpy as np
import pytest

from adjoint import AdjointError, UnsupportedError, grad, stop_gradient, value_and_grad
from tests.api import programs
from tests.oracle import assert_same_gradient, richardson_gradient


def area(x: float, y: float) -> float:
    return x * x * y


def test_as_function() -> None:
    assert grad(area)(3.0, 5.0) == 30.0
    assert value_and_grad(area)(3.0, 5.0) == (45.0, 30.0)


def test_as_decorator() -> None:
    @grad
    def f(x: float) -> float:
        return x * x

    @value_and_grad
    def g(x: float) -> float:
        return x * x

    assert f(3.0) == 6.0
    assert g(3.0) == (9.0, 6.0)
    assert f.primal(3.0) == 9.0


def test_as_decorator_with_arguments() -> None:
    @grad(argnums=1)
    def f(x: float, y: float) -> float:
        return x * y * y

    @value_and_grad(argnums=(0, 1))
    def g(x: float, y: float) -> float:
        return x * y * y

    @grad()
    def h(x: float) -> float:
        return x * x

    assert f(2.0, 3.0) == 12.0
    assert g(2.0, 3.0) == (18.0, (9.0, 12.0))
    assert h(2.0) == 4.0


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [
        (0, 30.0),
        (1, 9.0),
        (-1, 9.0),
        (-2, 30.0),
        (np.int64(1), 9.0),
        ((0,), (30.0,)),
        ([1], (9.0,)),
        ((0, 1), (30.0, 9.0)),
        ((1, 0), (9.0, 30.0)),
        ((-1, 0), (9.0, 30.0)),
    ],
)
def test_argnums(argnums: Any, expected: Any) -> None:
    assert grad(area, argnums)(3.0, 5.0) == expected
    assert value_and_grad(area, argnums)(3.0, 5.0) == (45.0, expected)


@pytest.mark.parametrize("argnums", [2, -3, (0, 2), (0, 0), (0, -2), "x", 1.0, ()])
def test_argnums_refused(argnums: Any) -> None:
    with pytest.raises(TypeError):
        grad(area, argnums)


def test_argnames() -> None:
    def f(x: float, *, rate: float, power: float = 2.0) -> float:
        return x * rate**power

    assert_same_gradient(grad(f, argnames="rate")(3.0, rate=5.0), 30.0)
    assert_same_gradient(grad(f, argnames=("rate", "x"))(3.0, rate=5.0), (30.0, 25.0))
    assert_same_gradient(grad(f, argnames=("x",))(3.0, rate=5.0), (25.0,))
    assert_same_gradient(grad(f)(3.0, rate=5.0), 25.0)
    assert_same_gradient(
        grad(f, argnames="power")(3.0, rate=5.0, power=2.0), 3.0 * 25.0 * np.log(5.0)
    )


def test_argnames_refused() -> None:
    with pytest.raises(TypeError, match="no parameter 'z'"):
        grad(area, argnames="z")
    with pytest.raises(TypeError, match="twice"):
        grad(area, argnames=("x", "x"))


def test_keyword_only_parameters_have_no_number() -> None:
    def f(x: float, *, rate: float) -> float:
        return x * rate

    with pytest.raises(TypeError, match="argnames"):
        grad(f, 1)


def test_positional_arguments_by_keyword() -> None:
    assert grad(area)(y=5.0, x=3.0) == 30.0
    assert grad(area, 1)(3.0, y=5.0) == 9.0


def test_wrong_calls_raise_what_python_raises() -> None:
    for args, kwargs in [((), {}), ((1.0,), {}), ((1.0, 2.0, 3.0), {}), ((1.0, 2.0), {"z": 1.0})]:
        with pytest.raises(TypeError):
            grad(area)(*args, **kwargs)


def test_varargs() -> None:
    def f(x: float, *rest: float) -> float:
        total = x * x
        for r in rest:
            total = total * r
        return total

    assert grad(f, 0)(3.0, 5.0, 7.0) == 210.0
    assert grad(f, 1)(3.0, 5.0, 7.0) == 63.0
    assert grad(f, (0, 2))(3.0, 5.0, 7.0) == (210.0, 45.0)
    with pytest.raises(TypeError):
        grad(f, -1)
    with pytest.raises(UnsupportedError):
        grad(f, 3)(3.0, 5.0, 7.0)


def test_keyword_arguments_of_any_name() -> None:
    def f(x: float, **options: float) -> float:
        return x * x * options["scale"]

    assert grad(f)(3.0, scale=2.0) == 12.0


def with_aux(x: Any, y: float) -> Any:
    z = x * y
    return np.sum(z * z), {"z": z, "n": 3, "name": "aux"}


def test_has_aux() -> None:
    x = np.array([1.0, 2.0])
    gradient, aux = grad(with_aux, has_aux=True)(x, 3.0)
    assert_same_gradient(gradient, 18.0 * x)
    assert_same_gradient(aux["z"], 3.0 * x)
    assert (aux["n"], aux["name"]) == (3, "aux")
    (value, aux), gradient = value_and_grad(with_aux, has_aux=True)(x, 3.0)
    assert value == 45.0
    assert aux["name"] == "aux"
    assert_same_gradient(gradient, 18.0 * x)
    gradient, _ = grad(with_aux, argnums=(0, 1), has_aux=True)(x, 3.0)
    assert_same_gradient(gradient, (18.0 * x, 30.0))
    gradient, _ = grad(with_aux, argnums=(1,), has_aux=True)(x, 3.0)
    assert_same_gradient(gradient, (30.0,))


def test_aux_only_where_there_is_one() -> None:
    with pytest.raises(UnsupportedError, match="value, aux"):
        grad(area, has_aux=True)(1.0, 2.0)


def test_non_scalar_result_is_refused_with_advice() -> None:
    with pytest.raises(UnsupportedError, match=r"vjp or adjoint\.jacobian") as caught:
        grad(lambda x: x * 2.0)(np.ones(3))
    assert "array of rank 1" in str(caught.value)
    with pytest.raises(UnsupportedError, match="vjp"):
        grad(lambda x: (x, x))(1.0)


def test_stop_gradient() -> None:
    assert grad(lambda x: stop_gradient(x) * x)(3.0) == 3.0
    assert grad(lambda x: stop_gradient(x * x))(3.0) == 0.0
    assert stop_gradient(3.0) == 3.0


def test_partials_bound_methods_and_callables() -> None:
    class Scaled:
        def __init__(self, k: float):
            self.k = k

        def __call__(self, x: float) -> float:
            return self.k * x * x

    assert grad(functools.partial(area, y=5.0))(3.0) == 30.0
    assert grad(functools.partial(area, 3.0))(5.0) == 9.0
    assert grad(programs.Spring(4.0).energy)(3.0) == 12.0
    assert grad(Scaled(4.0))(3.0) == 24.0
    with pytest.raises(TypeError):
        grad(functools.partial(area, 3.0), 1)


def test_no_source_is_said() -> None:
    with pytest.raises(AdjointError, match="not a Python function"):
        grad(np.datetime64)
    with pytest.raises(TypeError, match="not callable"):
        grad(3.0)


def test_result_that_does_not_depend_on_an_input() -> None:
    x, y = np.ones((2, 3)), {"a": np.ones(2), "b": 1.0}
    found = grad(lambda x, y, z: np.sum(z), (0, 1, 2))(x, y, np.ones(2))
    want = (np.zeros((2, 3)), {"a": np.zeros(2), "b": 0.0}, np.ones(2))
    assert_same_gradient(found, want)
    assert_same_gradient(grad(lambda x: 1.0)(2.0), 0.0)
    assert_same_gradient(grad(lambda x: 1.0)(x), np.zeros((2, 3)))


def test_gradient_of_a_gradient() -> None:
    assert_same_gradient(grad(grad(programs.cubic))(2.0), 12.0)
    assert_same_gradient(
        grad(grad(programs.loop))(0.7, 6), richardson_gradient(grad(programs.loop), (0.7, 6))
    )
