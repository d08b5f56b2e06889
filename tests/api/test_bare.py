"""`compiled(*args)` is the generated function itself, called as the primal is."""

import functools
import inspect
from typing import Any

import numpy as np
import pytest

from adjoint import AdjointError, UnsupportedError, grad, hvp, value_and_grad

SCALE = np.array([2.0, 3.0])


def plain(x, y=2.0, z=1.0, *, k=3.0):
    return x * y * k * z


def starred(x, *more, k=3.0, **named):
    return k * x * x + sum(more) * x + named.get("q", 0.0) * x


def positional(x, y=2.0, /, z=3.0):
    return x * y * z * SCALE[0]


class Spring:
    stiffness = 4.0

    def energy(self, x, half=0.5):
        return half * self.stiffness * x * x

    def __call__(self, x):
        return self.stiffness * x

    @grad
    def force(self, x):
        return 0.5 * self.stiffness * x * x


SPRING = Spring()

# A gradient, the arguments that it is compiled for, and those of a call.
CALLS: list[tuple[Any, tuple[Any, ...], dict[str, Any], tuple[Any, ...], dict[str, Any]]] = [
    (grad(plain), (1.0,), {}, (5.0,), {}),
    (grad(plain), (1.0,), {}, (), {"x": 5.0}),
    (grad(plain), (1.0,), {}, (5.0, 4.0), {}),
    (grad(plain), (1.0,), {"z": 4.0}, (5.0, 2.0, 4.0), {}),
    (grad(plain), (1.0,), {"k": 9.0}, (1.0,), {"k": 8.0}),
    (grad(plain, argnames=("k", "z")), (1.0,), {}, (2.0,), {}),
    (grad(starred), (1.0,), {}, (5.0,), {}),
    (grad(starred), (1.0, 2.0, 3.0), {}, (1.0, 4.0, 5.0), {}),
    (grad(starred), (1.0,), {"q": 1.0}, (1.0,), {"q": 2.0}),
    (grad(positional), (1.0,), {}, (2.0,), {}),
    (grad(positional), (1.0,), {}, (2.0, 5.0), {"z": 1.0}),
    (grad(SPRING.energy), (1.0,), {}, (3.0,), {}),
    (grad(SPRING), (1.0,), {}, (3.0,), {}),
    (SPRING.force, (1.0,), {}, (3.0,), {}),
    (grad(functools.partial(plain, y=5.0)), (1.0,), {}, (3.0,), {}),
    (grad(functools.partial(plain, 5.0)), (1.0,), {}, (3.0,), {}),
    (value_and_grad(plain), (1.0,), {}, (3.0,), {}),
    (grad(grad(lambda x, n=3: x**n)), (2.0,), {}, (3.0,), {}),
]


@pytest.mark.parametrize("call", CALLS, ids=map(str, range(len(CALLS))))
def test_it_takes_the_arguments_of_the_primal(call: Any) -> None:
    gradient, args, kwargs, again, named = call
    bare = gradient.compiled(*args, **kwargs)
    np.testing.assert_allclose(bare(*again, **named), gradient(*again, **named))


def test_what_was_given_has_to_be_given_again() -> None:
    with pytest.raises(TypeError, match="y"):
        grad(plain).compiled(1.0, 2.0)(1.0)
    with pytest.raises(TypeError, match="k"):
        grad(plain).compiled(1.0, k=2.0)(1.0)


@pytest.mark.parametrize(
    ("args", "kwargs", "error"),
    [
        ((), {}, TypeError),
        ((1.0, 2.0, 3.0, 4.0), {}, TypeError),
        ((1.0,), {"other": 2.0}, TypeError),
        (("text",), {}, UnsupportedError),
        ((1,), {}, UnsupportedError),
    ],
)
def test_arguments_that_do_not_fit(args: Any, kwargs: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        grad(plain).compiled(*args, **kwargs)


def test_defaults_and_captured_values_stay_as_they_are() -> None:
    scale = 2.0

    def f(x, k=3.0):
        return k * scale * x * x

    bare = grad(f).compiled(1.0)
    scale, f.__defaults__ = 5.0, (7.0,)
    assert bare(1.0) == 12.0
    assert grad(f)(1.0) == 70.0
    assert grad(f).compiled(1.0)(1.0) == 70.0
    assert bare(1.0) == 12.0


def test_it_is_a_function_with_its_text() -> None:
    bare = grad(positional).compiled(1.0)
    assert inspect.getsource(bare).startswith("def positional_grad(")
    assert bare.__name__ == "positional_grad"


def test_a_product_takes_its_direction_by_name() -> None:
    """The text says how: a tangent is a parameter of its own, which has no default."""
    bare = hvp(lambda x: x**3).compiled(2.0)
    assert bare(2.0, x_dot=1.0) == 12.0
    with pytest.raises(TypeError, match="x_dot"):
        bare(2.0)


def test_the_exceptions_are_those_of_the_call() -> None:
    with pytest.raises(AdjointError):
        grad(lambda x: str(x)).compiled(1.0)
