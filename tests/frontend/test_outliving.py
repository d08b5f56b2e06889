"""State that outlives the call: a gradient leaves the outside world as the program does.

Each program is run by itself and by each kind of derivative, from the same state of the outside
world. Afterwards the outside world must be the same, to the last item; values and derivatives are
compared with the program and with differences.
"""

from __future__ import annotations

import collections
import copy
import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint

X = np.array([0.4, -0.7, 1.3])
COUNT, MODE, BEST, CALLS = 0, "a", None, 0
LOG: list[Any] = []
TABLE: dict[Any, Any] = {}
BUFFER = np.zeros(3)
SETTINGS = {"scale": 2.0, "nested": {"items": [1.0]}}
QUEUE: Any = collections.deque(maxlen=2)


class Model:
    """Something with state: numbers, arrays, lists and tables."""

    total = 0

    def __init__(self, scale: float = 2.0):
        self.scale = scale
        self.calls = 0
        self.weights = np.array([1.0, 2.0, 3.0])
        self.history: list[Any] = []
        self.cache: dict[Any, Any] = {}
        self.last: Any = None
        self.__secret = 3.0

    def __repr__(self) -> str:
        raise AssertionError("the compiler asks an outside object for its text")

    @property
    def doubled(self) -> float:
        return 2.0 * self.scale

    @doubled.setter
    def doubled(self, value: float) -> None:
        self.scale = value / 2.0

    def count(self) -> None:
        self.calls += 1

    def remember(self, y: Any) -> Any:
        self.last = y
        return y

    def hidden(self, x: Any) -> Any:
        self.__secret = self.__secret * x
        return self.__secret


class Slots:
    __slots__ = ("k",)

    def __init__(self) -> None:
        self.k = 1.0


@dataclasses.dataclass
class Record:
    a: float
    xs: list[Any]


MODEL, OTHER, SLOTS, RECORD = Model(), Model(3.0), Slots(), Record(2.0, [])
#: What programs may change, by the name of the global.
STATE = ("COUNT", "MODE", "BEST", "CALLS", "LOG", "TABLE", "BUFFER", "SETTINGS", "MODEL", "OTHER",
         "SLOTS", "RECORD", "QUEUE")  # fmt: skip
PROGRAMS: list[tuple[Callable[..., Any], tuple[Any, ...], Any]] = []


def program(*args: Any, raises: Any = None) -> Callable[[Any], Any]:
    def add(f: Any) -> Any:
        PROGRAMS.append((f, args, raises))
        return f

    return add


@program(X)
def attribute_is_set_and_read(x):
    MODEL.last = x * MODEL.scale
    return np.sum(MODEL.last**2)


@program(X)
def attribute_is_replaced_and_put_back(x):
    before = MODEL.weights
    MODEL.weights = x * x
    out = np.sum(MODEL.weights * before)
    MODEL.weights = before
    return out


@program(X)
def counted(x):
    MODEL.calls += 1
    MODEL.count()
    return np.sum(x * x) * MODEL.calls


@program(X)
def global_counted(x):
    global COUNT
    COUNT += 1
    return np.sum(x) * COUNT


class mode:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        global MODE
        self.before, MODE = MODE, self.name

    def __exit__(self, *error):
        global MODE
        MODE = self.before


@program(X)
def context_sets_a_global(x):
    with mode("b"):
        y = x * x if MODE == "b" else x
    return np.sum(y) if MODE == "a" else np.sum(x**3)


@program(X, raises=ValueError)
def context_is_left_by_an_exception(x):
    with mode("b"):
        if np.sum(x) > 0.0:
            raise ValueError("no")
    return np.sum(x)


@program(X)
@program(-X, raises=ValueError)
def put_back_at_the_end(x):
    global MODE
    before = MODEL.scale
    try:
        MODEL.scale = x[0]
        MODE = "b"
        if np.sum(x) < 0.0:
            raise ValueError("no")
        y = np.sum(x * x) * MODEL.scale
    finally:
        MODEL.scale = before
        MODE = "a"
    return y * MODEL.scale


@program(X)
def history_of_numbers(x):
    loss = np.sum(x * x)
    LOG.append(loss)
    MODEL.history.append(float(loss))
    return loss


@program(X)
def history_in_a_loop(x):
    s = 0.0
    for i in range(3):
        s = s + x[i] ** 2
        LOG.append(s)
        MODEL.history.append(x * s)
    return s


@program(X)
def history_that_is_read(x):
    for v in x:
        LOG.append(v * v)
    return LOG[-1] * len(LOG) + sum(LOG)


@program(X, raises=ZeroDivisionError)
def raises_in_the_middle(x):
    for i in range(3):
        MODEL.calls += 1
        LOG.append(1.0 / (1 - i))
    return np.sum(x)


@program(X, True)
@program(X, False)
def written_in_a_branch(x, c):
    if c:
        MODEL.last = x
        LOG.append(x[0])
    else:
        MODEL.scale = 5.0
    return np.sum(x * x) * MODEL.scale


@program(2.0)
@program(-2.0)
def written_by_a_number(x):
    global BEST
    if x > 0.0:
        BEST = x * x
        LOG.append(x)
    return x**3


@program(X)
def cached(x):
    n = 2
    if n not in TABLE:
        TABLE[n] = np.sum(x**n)
    return TABLE[n] * 2.0


@program(X)
def table_of_losses(x):
    TABLE["loss"] = np.sum(x)
    TABLE["n"] = TABLE.get("n", 0) + 1
    TABLE.setdefault("rows", []).append(x * 2.0)
    return TABLE["loss"] ** 2


@program(X)
def nested_container(x):
    SETTINGS["nested"]["items"].append(x[0])
    SETTINGS["scale"] *= 2.0
    return np.sum(x * x) * SETTINGS["scale"] + SETTINGS["nested"]["items"][-1]


@program(X)
def array_is_written_by_item(x):
    for i in range(3):
        BUFFER[i] = x[i] ** 2
    MODEL.weights[1:] = x[1:]
    MODEL.weights[0] += x[0]
    return np.sum(BUFFER * x) + np.sum(MODEL.weights**2)


@program(X)
def array_is_written_as_a_whole(x):
    global BUFFER
    BUFFER += x
    MODEL.weights[:] = x * x
    return np.sum(BUFFER**2) + MODEL.weights[0]


@program(X)
def kept_array_is_changed_later(x):
    y = x * 2.0
    MODEL.last = y
    y[0] = x[1] ** 2
    y *= 3.0
    return np.sum(MODEL.last**2)


@program(X)
def kept_list_is_changed_later(x):
    rows = [x[0]]
    MODEL.last = rows
    rows.append(x[1])
    rows[0] = x[2] ** 2
    return sum(MODEL.last) ** 2


@program(X)
def property_with_a_setter(x):
    MODEL.doubled = x[0]
    return np.sum(x * x) * MODEL.doubled * MODEL.scale


@program(X)
def private_attribute(x):
    return MODEL.hidden(x[0]) * x[1] + MODEL.hidden(x[2])


@program(X)
def slots(x):
    SLOTS.k = x[0] ** 2
    return SLOTS.k * x[1]


@program(X)
def record(x):
    RECORD.a = x[0] * RECORD.a
    RECORD.xs.append(x[1])
    return RECORD.a**2 + RECORD.xs[0]


@program(X)
def class_attribute(x):
    Model.total += 1
    return np.sum(x * x) * MODEL.total


@program(X)
def lists_change_in_all_ways(x):
    LOG.extend([x[0], x[1], 2.0])
    LOG.insert(0, x[2])
    LOG.pop()
    LOG[1] = LOG[0] * LOG[2]
    del LOG[0]
    LOG.reverse()
    return LOG[0] * LOG[1] ** 2


@program(X)
def two_objects(x):
    for m in (MODEL, OTHER):
        m.last = x * m.scale
        m.calls += 1
    return np.sum(MODEL.last * OTHER.last)


@program(X)
def method_that_remembers(x):
    return np.sum(MODEL.remember(x * x) * MODEL.last)


@program(X)
def new_attribute(x):
    MODEL.answer = np.sum(x * x)
    return MODEL.answer * 2.0


@program(X)
def absent_until_set(x):
    if not hasattr(MODEL, "state"):
        MODEL.state = x * 2.0
    return np.sum(MODEL.state * x)


@program(X)
def caught_and_counted(x):
    y = float(x[0])
    try:
        MODEL.calls += 1
        y = y / COUNT
        MODEL.calls += 10
    except ZeroDivisionError:
        MODEL.calls += 100
    return y * MODEL.calls


@program(X)
def while_loop(x):
    s = x[0]
    while s < 5.0:
        s = s * 2.0
        MODEL.history.append(s)
        MODEL.last = s
    return s * x[1]


def fib(n, x):
    global CALLS
    CALLS += 1
    return x if n < 2 else fib(n - 1, x) * 0.5 + fib(n - 2, x) * x


@program(1.3)
def recursion_that_counts(x):
    return fib(5, x)


@program(X)
def made_objects_are_kept(x):
    made = Model(x[0])
    made.last = x
    MODEL.last = made.scale
    return made.scale * np.sum(made.last)


@program(X)
def text_and_none(x):
    global BEST
    MODEL.last = None
    BEST = "done"
    return np.sum(x**2) if MODEL.last is None and BEST == "done" else 0.0


def world() -> dict[str, Any]:
    """The outside world, taken apart into what can be compared."""

    def plain(x: Any) -> Any:
        if isinstance(x, np.ndarray):
            return ("array", x.dtype.str, x.shape, x.tolist())
        if isinstance(x, dict):
            return (type(x).__name__, [(k, plain(v)) for k, v in x.items()])
        if isinstance(x, (list, tuple, collections.deque)):
            return (type(x).__name__, [plain(v) for v in x])
        if isinstance(x, Slots):
            return ("Slots", plain(x.k))
        if isinstance(x, (Model, Record)):
            return (type(x).__name__, plain(vars(x)))
        return float(x) if isinstance(x, np.floating) else x

    found = {name: plain(globals()[name]) for name in STATE}
    return found | {"total": Model.total}


@pytest.fixture(autouse=True)
def restored():
    yield from _restored()


def _restored():
    before = {name: copy.deepcopy(globals()[name]) for name in STATE}
    yield
    reset(before)


def reset(before: dict[str, Any]) -> None:
    """Put the outside world back, in the same objects where these may be known by identity."""
    Model.total = 0
    for name, value in before.items():
        held = globals()[name]
        if isinstance(held, (Model, Record)):
            vars(held).clear()
            vars(held).update(copy.deepcopy(vars(value)))
        elif isinstance(held, Slots):
            held.k = value.k
        else:
            globals()[name] = copy.deepcopy(value)


def outcome(run: Callable[[], Any]) -> tuple[Any, Any]:
    """What a call gives (or raises), and the outside world after it."""
    before = {name: copy.deepcopy(globals()[name]) for name in STATE}
    try:
        result = run()
    except adjoint.AdjointError:
        raise
    except Exception as error:
        result = type(error)
    found = world()
    reset(before)
    return result, found


def swapped(f, rest, x):
    return f(x, *rest)


@pytest.mark.parametrize(("f", "args", "raises"), PROGRAMS, ids=[f.__name__ for f, *_ in PROGRAMS])
def test_outside_is_as_the_program_leaves_it(f, args, raises):
    value, after = outcome(lambda: f(*copy.deepcopy(args)))
    if raises is not None:
        assert value is raises
    x, rest = args[0], args[1:]
    v = np.cos(np.arange(3.0)) if isinstance(x, np.ndarray) else 0.7

    def at(t: float) -> float:
        return outcome(lambda: f(x + t * v, *rest))[0]

    gradient = adjoint.value_and_grad(f)
    runs: dict[str, Callable[[], Any]] = {
        "grad": lambda: gradient(x, *rest),
        "again": lambda: gradient(x, *rest),
        "jvp": lambda: adjoint.jvp(functools.partial(swapped, f, rest), (x,), (v,)),
        "vjp": lambda: adjoint.vjp(f, *args, argnums=0)[1](1.0),
        "hvp": lambda: adjoint.hvp(f)(x, *rest, v),
    }
    found = {}
    for kind, run in runs.items():
        found[kind], left = outcome(run)
        assert left == after, kind
    if raises is not None:
        assert set(found.values()) == {raises}
        return
    h = 1e-3
    slope = (8.0 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12.0 * h)
    for kind in ("grad", "again"):
        assert np.allclose(found[kind][0], value)
        assert np.allclose(np.sum(found[kind][1] * v), slope, rtol=1e-6, atol=1e-8), kind
    assert np.allclose(found["jvp"][1], slope, rtol=1e-6, atol=1e-8)
    assert np.allclose(np.sum(np.asarray(found["vjp"]) * v), slope, rtol=1e-6, atol=1e-8)
