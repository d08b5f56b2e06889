"""Big containers from outside: a program captures what it reads of them, and no more."""

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from adjoint import AdjointError, UnsupportedError, grad
from adjoint.ir.builder import Builder

TABLE: dict[Any, Any] = {}
NAMED: dict[Any, Any] = {}
LIST: list[Any] = []
ROWS: list[Any] = []
TUPLE: tuple[Any, ...] = ()
MIXED: list[Any] = []
HOLDER = SimpleNamespace()


def fill(size: int) -> None:
    """Give every container this many items."""
    numbers = [float(k % 7) + 0.5 for k in range(size)]
    named = {f"k{k}": v for k, v in enumerate(numbers)}
    rows = [numbers[:30] for _ in range(size)]
    mixed = [("name", 2.0, k) for k in range(size)]
    table = {k if k % 2 else (k, "even"): v for k, v in enumerate(numbers)}
    globals().update(
        TABLE=table, NAMED=named, LIST=numbers, ROWS=rows, TUPLE=tuple(numbers),
        MIXED=[*mixed, {"last": 3.0}],
    )  # fmt: skip
    HOLDER.inner = SimpleNamespace(table=named, numbers=numbers)


def an_entry(x):
    return x * TABLE[3] * NAMED["k4"] * TABLE[(6, "even")]


def entries_with_defaults(x):
    return x * TABLE.get(5) * TABLE.get(-5, 2.0) * NAMED.get("k7", 1.0)


def a_missing_entry(x):
    return 2.0 * x if NAMED.get("nothing") is None else x


def membership(x):
    return (x if 3 in TABLE else 5.0 * x) + (x if "k0" not in NAMED else 3.0 * x)


def membership_of_keys(x):
    return 4.0 * x if "k1" in NAMED.keys() else x  # noqa: SIM118


def an_item(x):
    return x * LIST[3] * TUPLE[4] * LIST[-1] * TUPLE[-2]


def an_item_of_a_row(x):
    return x * ROWS[3][4] * ROWS[-1][29]


def an_item_of_several_kinds(x):
    return x * MIXED[2][1] * MIXED[-1]["last"]


def other_names(x):
    table, numbers = NAMED, LIST
    return x * table["k2"] * numbers[5]


def in_a_helper(x):
    return looked_up(NAMED, "k2", x) + looked_up(LIST, 3, x)


def looked_up(table, key, x):
    return table[key] * x


def of_an_object(x):
    return x * HOLDER.inner.table["k3"] * HOLDER.inner.numbers[2]


def in_a_loop(x):
    total = 0.0
    for k in (1, 3, 5):
        total += x * TABLE[k] * LIST[k]
    return total


def in_an_arm(x):
    if x > 1.0:
        y = x * NAMED["k1"]
    else:
        y = x * NAMED["k2"] * TUPLE[1]
    return y


def in_a_closure(x):
    numbers = LIST

    def inner(y):
        return y * numbers[4] * NAMED["k4"]

    return inner(x)


def the_length(x):
    return x * len(LIST) * len(NAMED) * len(TUPLE) + (x if LIST else 3.0 * x)


def whether_there_is_any(x):
    return 3.0 * x if NAMED and TUPLE else x


def in_a_recursion(x):
    return _down(3, NAMED, LIST, x) + _down(2, NAMED, LIST, x)


def _down(n, table, numbers, x):
    if n == 0:
        return x * table["k3"]
    return _down(n - 1, table, numbers, x * numbers[n] * table.get("k4", 1.0))


READ_BY_ITEM = [
    an_entry, entries_with_defaults, a_missing_entry, membership, membership_of_keys, an_item,
    an_item_of_a_row, an_item_of_several_kinds, other_names, in_a_helper, of_an_object, in_a_loop,
    in_an_arm, in_a_closure, in_a_recursion, the_length, whether_there_is_any,
]  # fmt: skip


def some_item(x, i):
    return x * LIST[i] * TUPLE[i] * ROWS[i][i]


def all_items(x, i):
    total = 0.0
    for v in LIST:
        total += v * x
    for v in TUPLE:
        total += v * x
    return total + x * sum(TUPLE) + x * max(LIST) + sum([x * v for v in TUPLE])


def a_slice(x, i):
    return x * sum(LIST[2:5]) * sum(TUPLE[-3:])


def an_item_at_run_time(x, i):
    return 2.0 * x if 3.5 in LIST and 3.5 in TUPLE else x


def all_values(x, i):
    values = NAMED.values()
    total = sum(values) * x + max(values) * x + sum(v * x for v in values if v > 2.0)
    for v, w in zip(TABLE.values(), reversed(values), strict=False):
        total += v * w * x
    return total + x * list(values)[i]


READ_AS_A_WHOLE = [some_item, all_items, a_slice, an_item_at_run_time, all_values]


def slope(function: Callable[..., float], *rest: Any) -> float:
    """The derivative of a program that is linear in its first argument."""
    return function(1.5, *rest) - function(0.0, *rest)


@pytest.fixture
def emitted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The operations that are made."""
    seen: list[Any] = []
    append = Builder.append

    def counted(self: Builder, op: Any) -> Any:
        seen.append(op)
        return append(self, op)

    monkeypatch.setattr(Builder, "append", counted)
    return seen


@pytest.mark.parametrize("function", READ_BY_ITEM, ids=lambda f: f.__name__)
def test_what_is_read_decides_the_effort(function: Callable[..., Any], emitted: list[Any]) -> None:
    efforts = []
    for size in (40, 2000):
        fill(size)
        emitted.clear()
        gradient = grad(lambda x: function(x), argnums=0)  # noqa: B023
        assert math.isclose(gradient(1.5), slope(function) / 1.5, rel_tol=1e-12)
        (entries,) = gradient._dispatch.cache.programs.values()
        efforts.append((len(emitted), len(entries[0].program.captures)))
        gradient._dispatch.cache.programs.clear()  # functions of one code share their programs
    assert efforts[0] == efforts[1]


@pytest.mark.parametrize("function", READ_AS_A_WHOLE, ids=lambda f: f.__name__)
def test_what_is_read_as_a_whole(function: Callable[..., Any]) -> None:
    for size in (40, 600):
        fill(size)
        gradient = grad(lambda x, i: function(x, i), argnums=0)  # noqa: B023
        assert math.isclose(gradient(1.5, 7), slope(function, 7) / 1.5, rel_tol=1e-12)


def test_many_values_are_a_list(emitted: list[Any]) -> None:
    efforts = []
    for size in (1000, 10_000):
        fill(size)
        emitted.clear()
        gradient = grad(lambda x, i: all_values(x, i), argnums=0)
        assert math.isclose(gradient(1.5, 7), slope(all_values, 7) / 1.5, rel_tol=1e-12)
        efforts.append(len(emitted))
        NAMED["k3"] = 70.0
        TABLE["another"] = 8.0
        NAMED["another"] = 9.0
        assert math.isclose(gradient(1.5, 7), slope(all_values, 7) / 1.5, rel_tol=1e-12)
        gradient._dispatch.cache.programs.clear()
    assert efforts[0] == efforts[1]


def test_what_is_not_read_may_change(compiled: list[Any]) -> None:
    fill(40)
    gradient = grad(an_entry)
    assert math.isclose(gradient(1.0), an_entry(1.0))
    begun = len(compiled)
    NAMED["k9"] = "no number"
    TABLE["another"] = None
    NAMED["k4"] = 9.0  # a number is read at every call
    assert math.isclose(gradient(1.0), an_entry(1.0))
    assert len(compiled) == begun
    NAMED["k4"] = 9
    assert math.isclose(gradient(1.0), an_entry(1.0))
    assert len(compiled) == begun + 1


CHANGES: list[tuple[Callable[..., Any], Callable[[], Any]]] = [
    (entries_with_defaults, lambda: TABLE.__setitem__(-5, 3.0)),
    (a_missing_entry, lambda: NAMED.__setitem__("nothing", 1.0)),
    (membership, lambda: TABLE.pop(3)),
    (membership, lambda: NAMED.pop("k0")),
    (membership_of_keys, lambda: NAMED.pop("k1")),
    (an_item, lambda: LIST.append(8.5)),
    (an_item, lambda: globals().update(TUPLE=TUPLE[:20])),
    (an_item, lambda: globals().update(TUPLE=list(TUPLE[:20]))),
    (an_item_of_a_row, lambda: ROWS[3].insert(0, 4.0)),
    (an_item_of_several_kinds, lambda: MIXED.insert(0, ("a", 7.0, 7))),
    (other_names, lambda: globals().update(NAMED={"k2": 4.0})),
    (of_an_object, lambda: setattr(HOLDER, "inner", SimpleNamespace(table={"k3": 9.0},
                                                                    numbers=[1.0, 2.0, 7]))),
    (the_length, lambda: LIST.clear()),
    (the_length, lambda: NAMED.clear()),
    (whether_there_is_any, lambda: globals().update(TUPLE=())),
]  # fmt: skip


@pytest.mark.parametrize("k", range(len(CHANGES)))
def test_what_is_read_is_guarded(k: int) -> None:
    function, change = CHANGES[k]
    fill(40)
    gradient = grad(lambda x: function(x), argnums=0)
    assert math.isclose(gradient(1.5), slope(function) / 1.5, rel_tol=1e-12)
    change()
    assert math.isclose(gradient(1.5), slope(function) / 1.5, rel_tol=1e-12)


def test_a_key_that_goes_away_is_missed() -> None:
    fill(40)
    gradient = grad(an_entry)
    gradient(1.0)
    del NAMED["k4"]
    with pytest.raises(KeyError):
        an_entry(1.0)
    with pytest.raises((KeyError, AdjointError)):
        gradient(1.0)


def test_a_long_loop_over_keys_is_refused_at_once(emitted: list[Any]) -> None:
    def every_entry(x):
        total = 0.0
        for key in NAMED:
            total += x * NAMED[key]
        return total

    fill(60)
    assert math.isclose(grad(every_entry)(1.0), every_entry(1.0))
    fill(2000)
    emitted.clear()
    with pytest.raises(UnsupportedError, match="2000 items"):
        grad(every_entry)(1.0)
    assert len(emitted) < 200


def test_a_loop_over_keys_that_ends_early() -> None:
    def found(x):
        for key in NAMED:
            if key == "k3":
                return x * NAMED[key]
        return x

    fill(2000)
    assert math.isclose(grad(found)(1.0), found(1.0))


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The functions that are compiled."""
    import adjoint.api.dispatch as dispatch

    seen: list[Any] = []
    compile_program = dispatch.compile_program

    def counted(function: Any, *rest: Any) -> Any:
        seen.append(function)
        return compile_program(function, *rest)

    monkeypatch.setattr(dispatch, "compile_program", counted)
    return seen
