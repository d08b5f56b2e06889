"""What a call costs beside the generated function: its arguments and its guards are checked."""

import functools
import timeit
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint import grad
from adjoint.api.arguments import split


def square(x):
    return x * x


def with_default(x, y=2.0, *, k=1.0):
    return x * x * y * k


def product(x, y):
    return x @ y


def of_list(xs):
    return xs[0] * xs[1] + xs[2] * xs[3]


def of_dict(p):
    return p["a"] * p["b"] + p["c"] * p["d"]


WEIGHT = np.ones(3)
TABLE = [float(n) for n in range(10_000)]
MODEL = types.SimpleNamespace(scale=2.0, activation=square)


@dataclass
class Layer:
    w: float
    b: float

    def apply(self, x):
        return self.w * x + self.b


def of_record(layer, x):
    return layer.apply(x)


def captured_array(x):
    return x @ WEIGHT


def captured_object(x):
    return MODEL.activation(MODEL.scale * x)


def captured_item(x):
    return x * TABLE[7]


def captured_table(x, k):
    return x * TABLE[k]


@dataclass
class Call:
    """A call, and the seconds that it may take beyond the generated function."""

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    wanted: float
    argnums: int = 0


def calls() -> Iterator[Call]:
    vector = np.ones(3)
    yield Call("a float", square, (1.5,), 0.5e-6)
    yield Call("two defaults left out", with_default, (1.5,), 0.7e-6)
    yield Call("two arrays", product, (vector, vector), 1.0e-6)
    yield Call("a list of 4", of_list, ([1.0, 2.0, 3.0, 4.0],), 0.9e-6)
    yield Call("a dict of 4", of_dict, (dict.fromkeys("abcd", 2.0),), 0.9e-6)
    yield Call("a record of 2", of_record, (Layer(2.0, 1.0), 1.5), 1.2e-6, 1)
    yield Call("a captured array", captured_array, (vector,), 1.0e-6)
    yield Call("a captured object", captured_object, (1.5,), 0.9e-6)
    yield Call("one of 10,000 items", captured_item, (1.5,), 0.7e-6)
    yield Call("all of 10,000 items", captured_table, (1.5, 3), 600e-6)


def seconds(function: Callable[..., Any], arguments: tuple[Any, ...], budget: float) -> float:
    """The least time of one call; other work of the machine only adds to it."""
    function(*arguments)
    timer = timeit.Timer(lambda: function(*arguments))
    number = max(1, timer.autorange()[0] // 20)
    repeat = max(5, int(budget / (timer.timeit(number) + 1e-9)))
    return min(timer.repeat(min(repeat, 200), number)) / number


def dispatch(budget: float) -> Iterator[dict[str, Any]]:
    """For each call: its time, that of the bare generated function, and what is wanted."""
    for call in calls():
        gradient = grad(call.function, call.argnums)
        whole = seconds(gradient, call.arguments, budget)
        bare = gradient.compiled(*call.arguments)
        values = gradient._all_values(call.arguments, {})
        positional, named = split(gradient._parameters.all, values)
        if named:
            bare = functools.partial(bare, **named)
        inner = seconds(bare, tuple(positional), budget)
        yield {"call": call.name, "whole": whole, "bare": inner, "wanted": call.wanted}
