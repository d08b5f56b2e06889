"""A program is as good as what decided it: everything that a function reads may be redefined.

A state machine changes functions, methods, classes, attributes, defaults, cells and containers in
any order, and after each change the gradient must be that of the function as it is now.
"""

import collections
import functools
import math
import sys
import threading
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from adjoint import (
    UnsupportedError,
    custom_vjp,
    grad,
    hvp,
    jacobian,
    jvp,
    linearize,
    value_and_grad,
    vjp,
)

Unary = Callable[[float], float]


def square(x):
    return x * x


def cube(x):
    return x * x * x


def scaled(x, k=0.5):
    return k * x * x


def wave(x):
    return math.sin(x)


def shifted(x, *, by=1.5):
    return (x + by) ** 2


FUNCTIONS = [square, cube, scaled, wave, shifted, np.sin, math.exp]
CODES = [f.__code__ for f in (square, cube, wave)]


def by_weight(self, x):
    return self.w * x


def by_square(self, x):
    return self.w * x * x


def by_property(self, x):
    return self.p * x


METHODS = [by_weight, by_square, by_property]


def fresh(function: Any) -> Any:
    """A function of its own, so that a test may change it."""
    if not isinstance(function, types.FunctionType):
        return function
    made = types.FunctionType(function.__code__, globals(), function.__name__,
                              function.__defaults__, function.__closure__)  # fmt: skip
    if function.__kwdefaults__:
        made.__kwdefaults__ = dict(function.__kwdefaults__)
    return made


class World:
    """All kinds of things that a function may read, and a function that reads them."""

    def __init__(self) -> None:
        class Base:
            w = 1.5

            def act(self, x):
                return self.w * x

            def __call__(self, x):
                return x + self.w * x * x

            @property
            def p(self):
                return self.w + 1.0

            @staticmethod
            def still(x):
                return x * x

            @classmethod
            def of_class(cls, x):
                return cls.w * x

            def __len__(self):
                return 2

        class Model(Base):
            pass

        class Other(Base):
            def act(self, x):
                return self.w * x * x * x

        class Made:
            def __init__(self, w):
                self.w = w

            def act(self, x):
                return self.w * x

            def __mul__(self, other):
                return self.w * other

        @dataclass
        class Record:
            w: float

            def act(self, x):
                return self.w * x

        def with_defaults(x, k=2.0, table=[1.0, 2.0], *, shift=0.5):  # noqa: B006
            return k * x * table[0] + shift * x

        def helper(x):
            return x * x

        def partially(x, k):
            return x * x * k

        self.Base, self.Model, self.Other, self.Made, self.Record = (
            Base,
            Model,
            Other,
            Made,
            Record,
        )
        self.model, self.record = Model(), Record(2.0)
        self.model.inner = Other()
        self.model.layers = [Model(), Other()]
        self.model.activation = fresh(square)
        self.table = {"f": fresh(square), "k": 2.0}
        self.big = {f"k{n}": float(n) for n in range(100)}
        self.names = {"a"}
        self.queue = collections.deque([1.0, 2.0])
        self.partial = functools.partial(partially, k=2.0)
        self.with_defaults, self.helper = with_defaults, helper
        scale: Any = 2.0

        def set_scale(value: Any) -> None:
            nonlocal scale
            scale = value

        self.set_scale = set_scale
        world = types.SimpleNamespace(**vars(self))

        def program(x):
            total = scale * x
            total += world.model.act(x) + world.model(x) + world.model.p * x
            total += world.model.inner.act(x) + len(world.model) * x
            total += world.Model.still(x) + world.model.of_class(x)
            for layer in world.model.layers:
                total += layer.act(x)
            total += world.model.activation(x)
            total += world.Made(0.5).act(x) + world.Made(0.25) * x
            total += world.record.act(x)
            total += world.table["f"](x) * world.table["k"]
            total += world.big["k7"] * x
            if "b" in world.names:
                total += x
            total += world.queue[0] * x + world.partial(x)
            return total + world.with_defaults(x) + world.helper(x)

        self.world, self.program = world, program


class Redefinition(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.made = World()
        self.world = self.made.world
        self.gradient = grad(self.made.program)

    @rule(f=st.sampled_from(FUNCTIONS), where=st.sampled_from(["activation", "table", "helper"]))
    def a_function(self, f: Any, where: str) -> None:
        if where == "activation":
            self.world.model.activation = fresh(f)
        elif where == "table":
            self.world.table["f"] = fresh(f)
        else:
            self.world.helper = fresh(f)

    @rule(code=st.sampled_from(CODES))
    def code(self, code: Any) -> None:
        if isinstance(self.world.helper, types.FunctionType):
            self.world.helper.__defaults__ = self.world.helper.__kwdefaults__ = None
            self.world.helper.__code__ = code

    @rule(
        cls=st.sampled_from(["Base", "Model", "Other", "Made", "Record"]),
        method=st.sampled_from(METHODS[:2]),
    )
    def a_method(self, cls: str, method: Any) -> None:
        getattr(self.world, cls).act = method

    @rule(method=st.sampled_from(METHODS))
    def special_methods(self, method: Any) -> None:
        self.world.Base.__call__ = method
        self.world.Made.__mul__ = METHODS[1 - METHODS.index(method) % 2]

    @rule(of_instance=st.booleans(), f=st.sampled_from(FUNCTIONS))
    def an_own_method(self, of_instance: bool, f: Any) -> None:
        if of_instance:
            self.world.model.layers[0].act = fresh(f)
        else:
            vars(self.world.model.layers[0]).pop("act", None)

    @rule(k=st.floats(0.5, 3.0), cls=st.sampled_from(["Base", "Model"]))
    def properties_and_class_attributes(self, k: float, cls: str) -> None:
        getattr(self.world, cls).w = k
        self.world.Base.p = property(lambda self: self.w * self.w)

    @rule(f=st.sampled_from(FUNCTIONS[:3]), n=st.integers(1, 4))
    def static_methods(self, f: Any, n: int) -> None:
        self.world.Model.still = staticmethod(fresh(f))
        self.world.Base.__len__ = lambda self: n

    @rule(other=st.booleans())
    def a_class(self, other: bool) -> None:
        self.world.model.inner.__class__ = self.world.Other if other else self.world.Model

    @rule(k=st.floats(0.5, 3.0), shift=st.floats(0.5, 3.0), in_place=st.booleans())
    def defaults(self, k: float, shift: float, in_place: bool) -> None:
        f = self.world.with_defaults
        if in_place:
            f.__defaults__[1][0] = k
            f.__kwdefaults__["shift"] = shift
        else:
            f.__defaults__ = (k, [k, 1.0])
            f.__kwdefaults__ = {"shift": shift}

    @rule(value=st.sampled_from([2.0, 3, np.float64(1.5), True]))
    def a_cell(self, value: Any) -> None:
        self.made.set_scale(value)

    @rule(k=st.floats(0.5, 3.0), whole=st.booleans())
    def items(self, k: float, whole: bool) -> None:
        self.world.big["k7"] = self.world.queue[0] = self.world.record.w = k
        self.world.partial.keywords["k"] = k
        if whole:
            self.world.big = {"k7": k + 1.0, **dict.fromkeys("abcdefghijklmnopqrst", 1.0)}
            self.world.model.layers = [self.world.Other(), *self.world.model.layers[:2]]

    @rule(there=st.booleans())
    def a_set(self, there: bool) -> None:
        (self.world.names.add if there else self.world.names.discard)("b")

    @rule()
    def a_new_gradient_function(self) -> None:
        self.gradient = grad(self.made.program)

    @rule()
    def from_several_threads(self) -> None:
        found: list[Any] = []
        expected = self.expected()

        def work() -> None:
            try:
                found.extend(self.gradient(0.75) for _ in range(3))
            except BaseException as error:
                found.append(error)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 9
        np.testing.assert_allclose(found, expected, rtol=1e-6)

    def expected(self) -> float:
        h = 1e-4
        up, down = self.made.program(0.75 + h), self.made.program(0.75 - h)
        return float((up - down) / (2 * h))

    @invariant()
    def the_gradient_is_that_of_the_function_as_it_is(self) -> None:
        np.testing.assert_allclose(float(self.gradient(0.75)), self.expected(), rtol=1e-6)


TestRedefinition = Redefinition.TestCase
TestRedefinition.settings = settings(
    max_examples=8, stateful_step_count=10, deadline=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


# The differentiated function itself


def slope(f: Callable[[float], float], x: float = 0.75) -> float:
    return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5


def test_other_code_and_defaults_of_the_function() -> None:
    f = fresh(scaled)
    gradient = grad(f)
    assert gradient(0.75) == pytest.approx(slope(f))
    f.__defaults__ = (3.0,)
    assert gradient(0.75) == pytest.approx(slope(f))
    f.__code__, f.__defaults__ = cube.__code__, None
    assert gradient(0.75) == pytest.approx(slope(f))
    f.__code__ = shifted.__code__
    f.__kwdefaults__ = {"by": 0.5}
    assert gradient(0.75) == pytest.approx(slope(f))
    f.__kwdefaults__["by"] = 4.0
    assert gradient(0.75) == pytest.approx(slope(f))


def test_an_object_that_is_called() -> None:
    class Model:
        w = 2.0

        def __call__(self, x):
            return self.w * x

    model = Model()
    gradient = grad(model)
    assert gradient(0.75) == pytest.approx(slope(model))
    Model.__call__ = by_square  # type: ignore[method-assign]
    assert gradient(0.75) == pytest.approx(slope(model))


def test_keywords_of_a_partial() -> None:
    f = functools.partial(scaled, k=2.0)
    gradient = grad(f)
    assert gradient(0.75) == pytest.approx(slope(f))
    f.keywords["k"] = 3.0
    assert gradient(0.75) == pytest.approx(slope(f))


def test_keywords_of_a_call_take_the_place_of_those_of_a_partial() -> None:
    assert grad(functools.partial(scaled, k=2.0))(0.75, k=5.0) == pytest.approx(7.5)


def test_a_wrapper_has_its_own_defaults() -> None:
    @functools.wraps(scaled)
    def wrapper(x, k=2.0):
        return 2.0 * scaled(x, k)

    assert grad(wrapper)(0.75) == pytest.approx(4 * 2.0 * 0.75)
    assert grad(wrapper)(0.75, k=3.0) == pytest.approx(4 * 3.0 * 0.75)


def test_a_global_that_hides_a_builtin() -> None:
    space = {"__name__": "space"}
    source = types.FunctionType((lambda x: abs(x) * x).__code__, space)
    gradient = grad(source)
    assert gradient(-0.5) == pytest.approx(1.0)
    space["abs"] = square  # type: ignore[assignment]
    assert gradient(-0.5) == pytest.approx(3 * 0.25)


def test_functions_of_one_code_share_programs() -> None:
    def make(k: float, f: Unary) -> Unary:
        return lambda x: k * f(x)

    first = grad(make(2.0, square))
    first(0.75)
    for k, f in [(3.0, square), (2.0, cube), (1.5, cube)]:
        gradient = grad(make(k, f))
        assert gradient(0.75) == pytest.approx(slope(make(k, f)))
    one, two = grad(make(2.0, square)), grad(make(5.0, square))
    one(0.5), two(0.5)
    assert one._latest is two._latest is not None


def test_a_rule_that_is_given_again() -> None:
    @custom_vjp
    def f(x):
        return x * x

    f.defvjp(lambda x: (x * x, x), lambda x, y_bar: (2.0 * x * y_bar,))
    gradient = grad(lambda x: f(x) * 3.0)
    assert gradient(0.5) == 3.0
    f.defvjp(lambda x: (x * x, x), lambda x, y_bar: (7.0 * y_bar,))
    assert gradient(0.5) == 21.0


def test_np_vectorize() -> None:
    f = np.vectorize(square)
    gradient = grad(lambda x: np.sum(f(x)))
    np.testing.assert_allclose(gradient(np.ones(2)), 2.0)
    f.pyfunc = cube
    np.testing.assert_allclose(gradient(np.ones(2)), 3.0)


def test_what_is_not_compiled_again() -> None:
    class Counter:
        count = 0.0

        def __init__(self, w):
            self.w = w

        def act(self, x):
            return (self.w + self.count) * x

    scale, table = 1.0, {f"k{n}": float(n) for n in range(100)}

    def f(x):
        return Counter(scale).act(x) + table["k3"] * x

    gradient = grad(f)
    gradient(1.0)
    first = gradient._latest
    for n in range(5):
        Counter.count, scale, table["k3"], table["k4"] = n + 0.5, n + 2.0, n + 3.5, [n]
        assert gradient(1.0) == pytest.approx(scale + Counter.count + n + 3.5)
    assert gradient._latest is first


# Memory that the caller shares with the function


def test_a_written_argument_that_is_captured() -> None:
    w = np.array([0.5, 0.8])
    rows = [w, np.ones(2)]
    holder = types.SimpleNamespace(w=w)

    def by_name(x):
        x[0] = 5.0
        return np.sum(x * w)

    def by_attribute(x):
        x *= 2.0
        return np.sum(x * holder.w)

    def by_item(x):
        x[0] = 5.0
        return np.sum(x * rows[0])

    for f in (by_name, by_attribute, by_item):
        for argument in (w, w[:1], w[::-1]):
            if argument.size == 1 and f is not by_attribute:
                continue
            with pytest.raises(UnsupportedError, match="shares memory"):
                value_and_grad(f)(argument)
        grad(f)(w.copy())


def test_an_argument_that_is_only_read_may_be_captured() -> None:
    w = np.array([0.5, 0.8])

    def f(x, y):
        y[0] = 2.0
        return np.sum(x * w * y)

    np.testing.assert_allclose(grad(f)(w, np.ones(2)), w * [2.0, 1.0])


def test_pullbacks_and_linear_maps_remember() -> None:
    w, rows = np.array([1.0, 2.0, 3.0]), [np.ones(3), np.full(3, 2.0)]

    def f(x):
        total = x * w
        for row in rows:
            total = total * row + x
        return total

    x, ones = np.ones(3), np.ones(3)
    _, pullback = vjp(f, x)
    _, push = linearize(f, x)
    before, pushed = pullback(ones)[0], push(ones)
    w[:], rows[0][:], x[:] = 100.0, 50.0, 7.0
    rows.pop()
    np.testing.assert_array_equal(pullback(ones)[0], before)
    np.testing.assert_array_equal(push(ones), pushed)


def read_only(n: int) -> np.ndarray:
    x = np.linspace(0.5, 0.8, n)
    x.flags.writeable = False
    return x


def sets_an_item(x):
    x[0] = 2.0
    return np.sum(x * x)


def scales_a_view(x):
    y = x[1:]
    y *= 3.0
    return np.sum(x * x)


def fills_by_out(x):
    np.multiply(x, 2.0, out=x)
    return np.sum(x)


def in_an_item(xs):
    xs[1][0] = 2.0
    return np.sum(xs[0] * xs[1])


@pytest.mark.parametrize("f", [sets_an_item, scales_a_view, fills_by_out])
@pytest.mark.parametrize("transform", [grad, value_and_grad])
def test_writing_a_read_only_argument_raises(f: Any, transform: Any) -> None:
    gradient = transform(f)
    gradient(np.ones(3))
    with pytest.raises(ValueError, match="read-only"):
        gradient(read_only(3))
    with pytest.raises(ValueError, match="read-only"):
        vjp(f, read_only(3))


def test_writing_a_read_only_item_raises() -> None:
    gradient = grad(in_an_item)
    gradient([np.ones(2), np.ones(2)])
    gradient([read_only(2), np.ones(2)])
    with pytest.raises(ValueError, match="read-only"):
        gradient([np.ones(2), read_only(2)])


def test_a_read_only_argument_on_the_path_that_does_not_write() -> None:
    def f(x, writes):
        if writes:
            x[0] = 2.0
        return np.sum(x * x)

    np.testing.assert_allclose(grad(f)(read_only(3), False), 2.0 * read_only(3))
    with pytest.raises(ValueError, match="read-only"):
        grad(f)(read_only(3), True)


def test_the_bare_function() -> None:
    k = 3.0

    def f(x, y):
        return k * x * y

    assert grad(square).compiled(1.0)(4.0) == 8.0
    bare = grad(f).compiled(1.0, 2.0)
    k = 100.0
    assert bare(4.0, 5.0) == 15.0
    assert grad(f)(4.0, 5.0) == 500.0


def test_products_with_hessians_of_a_captured_argument() -> None:
    w = np.array([0.5, 0.8])

    def f(x):
        x[0] = 5.0
        return np.sum(x * w)

    calls: list[Callable[[], Any]] = [
        lambda: hvp(f)(w, np.ones(2)), lambda: jacobian(f)(w), lambda: vjp(f, w),
        lambda: jvp(f, (w,), (np.ones(2),)), lambda: linearize(f, w),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(UnsupportedError):
            call()
    np.testing.assert_array_equal(hvp(f)(w.copy(), np.ones(2)), np.zeros(2))


# Threads


@dataclass
class Part:
    k: float


@dataclass
class Whole:
    w: float
    parts: list[Part]


def test_threads_look_at_records_of_their_own() -> None:
    def f(x, whole):
        return whole.w * x**2 + sum(part.k for part in whole.parts) * x

    gradient = grad(f)
    models = [Whole(2.0 + n, [Part(float(j)) for j in range(30)]) for n in range(3)]
    wrong: list[Any] = []

    def work() -> None:
        for _ in range(60):
            for model in models:
                try:
                    found = gradient(3.0, model)
                except Exception as error:
                    found = error
                if found != model.w * 6.0 + 435.0:
                    wrong.append(found)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert not wrong
