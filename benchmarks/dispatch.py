"""What a call costs beside the generated function: its arguments and its guards are checked."""

import functools
import itertools
import linecache
import time
import timeit
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adjoint import grad, hvp, jvp


def square(x):
    return x * x


def with_default(x, y=2.0, *, k=1.0):
    return x * x * y * k


def with_one_default(x, y=2.0):
    return x * x * y


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


def of_arrays(p, x):
    return sum(p[name] @ x for name in p)


def captured_array(x):
    return x @ WEIGHT


def captured_object(x):
    return MODEL.activation(MODEL.scale * x)


def captured_item(x):
    return x * TABLE[7]


def captured_table(x, k):
    return x * TABLE[k]


def scaled(k):
    return lambda x: k * x * x


def twice(h):
    return lambda x: 2.0 * h(x)


def guarded(count: int) -> Callable[..., Any]:
    """A function that reads so many numbers of its closure."""
    names = [f"k{n}" for n in range(count)]
    lines = [
        "def made():",
        f"    {', '.join(names)}, = {', '.join(['1.5'] * count)},",
        "    def f(x):",
        f"        return x * x * {' * '.join(names)}",
        "    return f",
    ]
    file = f"<{count} guards>"
    linecache.cache[file] = (0, None, [f"{line}\n" for line in lines], file)
    namespace: dict[str, Any] = {}
    exec(compile("\n".join(lines), file, "exec"), namespace)
    return namespace["made"]()  # type: ignore[no-any-return]


@dataclass
class Call:
    """A call, and the seconds that it may take beyond the generated function."""

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    wanted: float
    argnums: int = 0
    named: dict[str, Any] = field(default_factory=dict)


def calls() -> Iterator[Call]:
    vector = np.ones(3)
    yield Call("a float", square, (1.5,), 0.5e-6)
    yield Call("a default left out", with_one_default, (1.5,), 0.5e-6)
    yield Call("two defaults left out", with_default, (1.5,), 0.7e-6)
    yield Call("a keyword", with_one_default, (1.5,), 1.0e-6, named={"y": 3.0})
    yield Call("two arrays", product, (vector, vector), 1.0e-6)
    yield Call("a list of 4", of_list, ([1.0, 2.0, 3.0, 4.0],), 0.9e-6)
    yield Call("a dict of 4", of_dict, (dict.fromkeys("abcd", 2.0),), 0.9e-6)
    yield Call("a dict of 10", of_dict, (dict.fromkeys("abcdefghij", 2.0),), 1.5e-6)
    arrays = {name: vector for name in "abcdefghij"}
    yield Call("a dict of 10 arrays", of_arrays, (arrays, vector), 2.0e-6, 1)
    yield Call("a record of 2", of_record, (Layer(2.0, 1.0), 1.5), 1.2e-6, 1)
    for count in (1, 5, 20):
        yield Call(f"{count} guards", guarded(count), (1.5,), 0.5e-6 + count * 0.1e-6)
    yield Call("a captured array", captured_array, (vector,), 1.0e-6)
    yield Call("a captured object", captured_object, (1.5,), 0.9e-6)
    yield Call("one of 10,000 items", captured_item, (1.5,), 0.7e-6)
    yield Call("all of 10,000 items", captured_table, (1.5, 3), 600e-6)


def fresh() -> Iterator[tuple[str, Callable[[], Any], float]]:
    """Derivatives of functions that are made anew for each call, and the seconds they may take."""
    numbers = itertools.count(1.0)
    yield "grad of a fresh lambda", lambda: grad(scaled(next(numbers)))(1.5), 160e-6
    yield "jvp of one", lambda: jvp(scaled(next(numbers)), (1.5,), (1.0,)), 160e-6
    yield "hvp of one", lambda: hvp(scaled(next(numbers)))(1.5, 1.0), 320e-6
    yield "one in another's cell", lambda: grad(twice(scaled(next(numbers))))(1.5), 160e-6


def seconds(function: Callable[..., Any], arguments: tuple[Any, ...], budget: float) -> float:
    """The least processor time of one call; other work of the machine only adds to it."""
    function(*arguments)
    timer = timeit.Timer(lambda: function(*arguments), timer=time.process_time)
    number = max(1, timer.autorange()[0] // 20)
    repeat = max(5, int(budget / (timer.timeit(number) + 1e-9)))
    return min(timer.repeat(min(repeat, 200), number)) / number


def dispatch(budget: float) -> Iterator[dict[str, Any]]:
    """For each call: its time, that of the bare generated function, and what is wanted."""
    for call in calls():
        gradient = grad(call.function, call.argnums)
        bare = gradient.compiled(*call.arguments, **call.named)
        if call.named:
            gradient = functools.partial(gradient, **call.named)
            bare = functools.partial(bare, **call.named)
        whole = seconds(gradient, call.arguments, budget)
        inner = seconds(bare, call.arguments, budget)
        yield {"call": call.name, "whole": whole, "bare": inner, "wanted": call.wanted}
    for name, function, wanted in fresh():
        whole = seconds(function, (), budget)
        yield {"call": name, "whole": whole, "bare": 0.0, "wanted": wanted}
