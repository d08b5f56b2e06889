"""Calls of libraries that no input reaches: made at run time, as often and in the order written.

Each program is compared with itself: its value, its derivatives with differences, and the
sequence of what its calls do, which a log, a file and a generator of random numbers record.
"""

from __future__ import annotations

import array
import csv
import io
import json
import logging
import os
import pprint
import queue
import random
import re
import statistics
import string
import struct
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import warnings
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import grad, hvp, jvp, value_and_grad
from adjoint.errors import UnsupportedError

X = np.array([0.5, 1.3, 2.0])
EFFECTS: list[Any] = []
OUT = io.StringIO()
DRAWS = random.Random(5)
TASKS: queue.SimpleQueue[Any] = queue.SimpleQueue()
SETTINGS = '{"scale": 1.5, "weights": [1, 2, 4], "name": "abc", "power": 2}'


class Recorder(logging.Handler):
    """A handler that notes each message, and keeps the record with its arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        EFFECTS.append(record.getMessage())


LOG = logging.getLogger("adjoint.tests.opaque")
LOG.setLevel(logging.DEBUG)
LOG.propagate = False
RECORDER = Recorder()
LOG.addHandler(RECORDER)


def forget() -> None:
    """Begin anew: every run of a program starts from the same state of the world."""
    EFFECTS.clear()
    RECORDER.records.clear()
    OUT.seek(0)
    OUT.truncate()
    DRAWS.seed(5)
    random.seed(7)
    while not TASKS.empty():
        TASKS.get()


def run(f: Callable[..., Any], *args: Any) -> tuple[Any, Any]:
    """What a call gives, and the sequence of what it does besides."""
    forget()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = f(*args)
    left = []
    while not TASKS.empty():
        left.append(TASKS.get())
    warned = [str(w.message) for w in caught]
    return result, (list(EFFECTS), OUT.getvalue(), DRAWS.random(), random.random(), left, warned)


def differences(f: Callable[..., Any], x: Any) -> Any:
    flat = np.ravel(np.asarray(x, dtype=float))
    result = np.zeros(flat.size)
    for k in range(flat.size):
        h = np.eye(flat.size)[k] * 1e-5
        up, down = ((flat + s * h).reshape(np.shape(x)) for s in (1, -1))
        pair = [run(f, v if np.shape(x) else float(v))[0] for v in (up, down)]
        result[k] = (pair[0] - pair[1]) / 2e-5
    return result.reshape(np.shape(x))


# Data that is parsed, looked up or made


def table(x):
    from scipy import constants

    return x**2 * constants.value("Boltzmann constant in eV/K") * 1e4


def parsed(x):
    return x * json.loads(SETTINGS)["scale"] * float(Decimal("1.5"))


def parsed_array(x):
    return np.sum(np.array(json.loads(SETTINGS)["weights"]) * x**2)


def parsed_array_by_rows(x):
    w = np.asarray(json.loads(SETTINGS)["weights"], dtype=float)
    total = 0.0
    for k in range(3):
        total = total + w[k] * x[k] ** 2
    return total


def items_of_a_list(x):
    total = 0.0
    for w in json.loads(SETTINGS)["weights"]:
        total = total + w * x**2
    return total


def unpacked(x):
    a, b, c = json.loads(SETTINGS)["weights"]
    return a * x + b * x**2 + c * x**3


def a_text_decides(x):
    if json.loads(SETTINGS)["name"] == "abc":
        return x**2
    return x**3


def a_number_decides(x):
    settings = json.loads(SETTINGS)
    if settings["power"] > 1 and "scale" in settings and "bias" not in settings:
        return x**3
    return x


def a_number_of_steps(x):
    s = 0.0
    for k in range(json.loads(SETTINGS)["power"]):
        s = s + x ** (k + 2)
    return s


def a_lock(x):
    with threading.Lock():
        return x**2


def dates(x):
    days = datetime.strptime("2020-03-01", "%Y-%m-%d") - datetime(2020, 2, 1)
    return x**2 * days.days


def day_of_the_year(x):
    return x**2 * date(2021, 2, 3).timetuple().tm_yday


def fractions(x):
    return x**2 * float(Fraction(1, 3) + Fraction(1, 6))


def pattern(x):
    found = re.compile(r"k=(\d+)").search("m=4, k=12")
    return x**2 * int(found.group(1))


def environment(x):
    if os.environ.get("ADJOINT_HAS_NO_SUCH_SETTING") is None:
        return x**2 * float(os.environ.get("ADJOINT_HAS_NO_OTHER", "2.5"))
    return x


def statistics_of_constants(x):
    return x**2 * statistics.median([3.0, 1.0, 2.0]) * statistics.NormalDist(0, 1).cdf(0.3)


def packed(x):
    low, high = struct.unpack("<hh", struct.pack("<hh", 3, 5))
    return x**low + high * x


def template(x):
    return x**2 * len(string.Template("$who likes").substitute(who="she"))


def length_of_an_id(x):
    return x**2 * len(uuid.uuid4().hex)


def conversions(x):
    settings = json.loads(SETTINGS)
    n = int(settings["power"])
    return x**n * float(settings["scale"]) + len(settings) * x


def constants_only(x):
    weights = json.loads(SETTINGS)["weights"]
    return x**2 * (sum(weights) + max(weights) - weights[0] * weights[1])


# Draws


def generator_made_inside(x):
    return np.sum(x**2 * np.random.default_rng(3).normal(size=3))


def several_draws(x):
    rng = np.random.default_rng(3)
    total = 0.0
    for _ in range(3):
        total = total + np.sum(x**2 * rng.uniform(size=x.shape)) + rng.normal()
    return total


def generator_of_python(x):
    rng = random.Random(3)
    return x**2 * rng.gauss(0.0, 1.0) + rng.randint(1, 6) * x


def draws_of_the_module(x):
    total = 0.0
    for _ in range(4):
        total = total + x**2 * random.uniform(1.0, 2.0)
    return total + DRAWS.gauss(0, 1) * x


def a_draw_in_a_branch(x):
    if x > 0.0:
        return x**2 * DRAWS.random()
    return x**3


# Logs, warnings, files


def logged(x):
    logging.getLogger("adjoint.tests.opaque").debug("x = %s", x)
    return x**2


def logged_in_a_loop(x):
    s = x
    for k in range(4):
        LOG.info("step %d: %.6f", k, s)
        s = s * np.sin(s) + x
        LOG.info(f"after {k}: {s:.6f}")
    return s


def logged_in_branches(x):
    for k in range(3):
        if k % 2:
            LOG.info("odd %d", k)
            x = x * 1.5
        else:
            LOG.warning("even %d", k)
            x = x**2
    return x


def logged_in_a_while(x):
    s, k = x, 0
    while s < 20.0:
        LOG.info("s = %.6f", s)
        s = s * 1.7 + x
        k += 1
        if k > 6:
            LOG.info("enough")
            break
    return s


def an_array_is_logged_and_written(x):
    y = x * 2.0
    LOG.info("before %s", y)
    y[0] = 5.0 * x[1]
    LOG.info("after %s", y)
    return np.sum(y**2)


def a_container_is_logged(x):
    parts = {"half": x / 2, "all": [x, x**2]}
    LOG.info("%s", parts)
    return parts["half"] * parts["all"][1]


def lazily(x):
    if LOG.isEnabledFor(logging.DEBUG):
        LOG.debug("x**2 = %.5f", x**2)
    return x**3


def helper_that_logs(x):
    LOG.info("in the helper: %.5f", x)
    return x * np.exp(-x)


def helpers(x):
    return helper_that_logs(x) + helper_that_logs(2.0 * x)


def warned(x):
    if x > 0.0:
        warnings.warn(f"positive: {x:.4f}", stacklevel=2)
    return x**2


def warning_on_another_path(x):
    if x > 1e6:
        warnings.warn("large", stacklevel=2)
    return x**2


def written(x):
    OUT.write(f"x = {x:.5f}\n")
    rows = csv.writer(OUT)
    rows.writerow([x, x**2])
    json.dump({"x": x}, OUT)
    pprint.pprint([x], OUT)
    return x**2


def interleaved(x):
    LOG.info("first %.5f", x)
    a = DRAWS.random()
    TASKS.put("one")
    LOG.info("second %.5f", a)
    y = x**2 * a
    TASKS.put("two")
    LOG.info("third %.5f", y)
    return y * DRAWS.random() + len(TASKS.get())


def text_of_what_changes(x):
    TASKS.put("one")
    before, empty = f"{TASKS.qsize()}", TASKS.empty()
    TASKS.get()
    LOG.info("%s %s %s", before, empty, TASKS.qsize())
    return x**2


def made_but_not_needed(x):
    y = DRAWS.random() * x
    LOG.info("not needed")
    y = x**2
    return y


def a_clock(x):
    start = time.perf_counter()
    y = x**2
    LOG.info("fast: %s", time.perf_counter() - start < 1e3)
    return y


SCALARS = [
    table, parsed, items_of_a_list, unpacked, a_text_decides, a_number_decides,
    a_number_of_steps, a_lock, dates,
    day_of_the_year, fractions, pattern, environment, statistics_of_constants, packed, template,
    length_of_an_id, conversions, constants_only, generator_of_python, draws_of_the_module,
    a_draw_in_a_branch, logged, logged_in_a_loop, logged_in_branches, logged_in_a_while,
    a_container_is_logged, lazily, helpers, warned, warning_on_another_path, written, interleaved,
    text_of_what_changes, made_but_not_needed, a_clock,
]  # fmt: skip
ARRAYS = [
    parsed_array, parsed_array_by_rows, generator_made_inside, several_draws,
    an_array_is_logged_and_written,
]  # fmt: skip
CASES = [(f, 0.7) for f in SCALARS] + [(f, X) for f in ARRAYS]


def check(f: Callable[..., Any], x: Any, second: bool = True) -> None:
    value, effects = run(f, x)
    slope = differences(f, x)
    direction = np.full(np.shape(x), 0.3) if np.shape(x) else 0.3

    (v, g), seen = run(value_and_grad(f), x)
    assert v == pytest.approx(value)
    np.testing.assert_allclose(g, slope, rtol=1e-6, atol=1e-8)
    assert seen == effects

    compiled = grad(f)
    for _ in range(2):  # the second call does all of it again
        g, seen = run(compiled, x)
        np.testing.assert_allclose(g, slope, rtol=1e-6, atol=1e-8)
        assert seen == effects

    (v, tangent), seen = run(lambda x: jvp(f, (x,), (direction,)), x)
    assert v == pytest.approx(value)
    assert tangent == pytest.approx(np.sum(slope * direction), rel=1e-6)
    assert seen == effects

    if not second:
        return
    product, seen = run(lambda x: hvp(f)(x, direction), x)
    assert seen == effects
    h = 1e-4
    ahead, behind = (run(grad(f), x + s * h * direction)[0] for s in (1, -1))
    np.testing.assert_allclose(product, (ahead - behind) / (2 * h), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("f", "x"), CASES, ids=[f.__name__ for f, _ in CASES])
def test_value_derivatives_and_effects_are_those_of_the_program(f: Any, x: Any) -> None:
    check(f, x)


def test_a_file_is_read_and_written(tmp_path: Path) -> None:
    source, target = tmp_path / "numbers.txt", tmp_path / "log.txt"
    source.write_text("1.5\n2.5\n")

    def f(x: float) -> Any:
        total = 0.0
        with open(source) as file:
            for line in file:
                total = total + float(line) * x**2
        with open(target, "a") as file:
            file.write(f"{total:.4f}\n")
        weights = np.loadtxt(io.StringIO(source.read_text()))
        return total + np.sum(weights) * x

    check(f, 0.7)
    target.write_text("")
    f(0.7)
    once = target.read_text()
    target.write_text("")
    value_and_grad(f)(0.7)
    assert target.read_text() == once


def test_rows_of_a_file() -> None:
    def f(x: float) -> Any:
        y = x
        for row in csv.reader(io.StringIO("1,2\n3,4\n")):
            y = y * float(row[0]) + float(row[1]) * x
        return y

    check(f, 0.7)


def test_a_checkpointed_function_does_it_once() -> None:
    @adjoint.checkpoint
    def step(s: float, x: float) -> Any:
        LOG.info("step %.5f", s)
        return np.sin(s) * x

    def f(x: float) -> Any:
        s = x
        for _ in range(3):
            s = step(s, x)
        return s

    value, effects = run(f, 0.7)
    (v, g), seen = run(value_and_grad(f), 0.7)
    assert v == pytest.approx(value) and seen == effects
    assert g == pytest.approx(differences(f, 0.7), rel=1e-6)


def test_a_checkpointed_function_draws_nothing() -> None:
    step = adjoint.checkpoint(lambda x: np.sin(x) * DRAWS.random())
    with pytest.raises(UnsupportedError, match="the call of random"):
        grad(lambda x: step(x))(0.7)


def test_what_is_logged_is_a_copy() -> None:
    run(value_and_grad(an_array_is_logged_and_written), X)
    kept = [record.args for record in RECORDER.records]
    run(an_array_is_logged_and_written, X)
    (before,), (after,) = kept
    np.testing.assert_allclose(before, 2 * X)
    assert after[0] == pytest.approx(5 * X[1])


def test_a_setting_is_read_at_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x: float) -> Any:
        return x * float(os.environ["ADJOINT_TEST_SCALE"])

    g = grad(f)
    for scale in ("2.0", "3.0"):
        monkeypatch.setenv("ADJOINT_TEST_SCALE", scale)
        assert g(0.7) == float(scale)


def test_the_clock_goes_on() -> None:
    g = value_and_grad(lambda x: x * time.perf_counter_ns())
    assert g(1.0)[0] < g(1.0)[0]


def test_an_error_of_the_call_is_the_programs_error() -> None:
    def f(x: float) -> Any:
        LOG.info("before")
        return x * json.loads("{")["a"]

    forget()
    with pytest.raises(json.JSONDecodeError):
        grad(f)(1.0)
    assert EFFECTS == ["before"]


# What is refused


def number_through_a_parser(x):
    return json.loads(str(x)) * 2.0


def number_through_decimal(x):
    return float(Decimal(str(x))) * x


def number_through_an_object(x):
    return x * DRAWS.gauss(x, 1.0)


def number_from_a_log(x):
    return x * float(logging.getLogger("adjoint.tests.opaque").getEffectiveLevel())


def number_from_a_buffer(x):
    buffer = io.StringIO()
    print(x, file=buffer)
    return x * float(buffer.getvalue())


def number_from_a_file_outside(x):
    OUT.write(f"{x}")
    return x * float(OUT.getvalue())


def number_from_a_table(x):
    csv.writer(OUT).writerow([x])
    return x * float(OUT.getvalue())


def number_in_a_container(x):
    return x * float(json.loads(json.dumps({"a": [x]}))["a"][0])


def draws_around_an_input(x):
    return np.sum(np.random.default_rng(1).normal(x, 1.0))


def shuffled(x):
    order = [0, 1, 2]
    random.shuffle(order)
    return x[order[0]] ** 2


def function_of_the_program(x):
    return x * TASKS.put(lambda: x)


def kept_by_an_object(x):
    parts = [1.0, 2.0]
    TASKS.put(parts)
    parts.append(x)
    return parts[2] ** 2


def evaluated(x):
    return eval("x * 2")


def the_frame(x):
    return locals()["x"] * 2.0


@pytest.mark.parametrize(
    "f",
    [number_through_a_parser, number_through_decimal, number_through_an_object,
     number_from_a_log, number_from_a_buffer, number_from_a_file_outside, number_from_a_table,
     number_in_a_container, function_of_the_program, kept_by_an_object, evaluated, the_frame],
    ids=lambda f: f.__name__,
)  # fmt: skip
@pytest.mark.parametrize("mode", [grad, lambda f: lambda x: jvp(f, (x,), (1.0,)), hvp])
def test_refused(f: Callable[..., Any], mode: Any) -> None:
    forget()
    derivative = mode(f)
    with pytest.raises(UnsupportedError) as caught:
        derivative(0.7, 1.0) if mode is hvp else derivative(0.7)
    assert caught.value.file == __file__
    forget()


@pytest.mark.parametrize("f", [draws_around_an_input, shuffled], ids=lambda f: f.__name__)
def test_refused_of_arrays(f: Callable[..., Any]) -> None:
    with pytest.raises(UnsupportedError) as caught:
        grad(f)(X)
    assert caught.value.file == __file__


def test_an_unknown_result_that_is_no_number_is_said() -> None:
    def of_text(x: float) -> Any:
        return x * json.loads('"ab"')

    def of_a_list(x: Any) -> Any:
        return np.sum(x * json.loads("[1, 2, 3]"))

    def of_decimals(x: float) -> Any:
        return x * Decimal("1.5")

    def of_objects(x: Any) -> Any:
        return np.sum(x * np.array(json.loads('["a", "b", "c"]')))

    for f, x in ((of_text, 0.7), (of_a_list, X), (of_decimals, 0.7), (of_objects, X)):
        with pytest.raises((TypeError, UnsupportedError), match="float"):
            grad(f)(x)


def test_a_result_with_axes_is_no_real_number() -> None:
    def f(x: float) -> Any:
        return x * np.array(json.loads("[1, 2]"))

    with pytest.raises((TypeError, UnsupportedError), match="real number"):
        grad(f)(0.7)


# Tables with names, and masks


def columns() -> Any:
    pandas = pytest.importorskip("pandas")
    return pandas, pandas.DataFrame({"a": [1.0, 2.0, 3.0], "b": [0.5, 1.5, 1.0], "c": [1, 2, 2]})


def test_columns_of_pandas() -> None:
    pandas, frame = columns()
    series = pandas.Series([1.0, 2.0, 4.0])

    def by_name(x: Any) -> Any:
        return np.sum(frame["a"] * x**2)

    def values(x: Any) -> Any:
        return np.sum(frame["a"].values * x**2) + np.sum(frame.b.to_numpy() * x)

    def parts(x: Any) -> Any:
        a = frame["a"].to_numpy()
        return np.sum(a[1:] * x[:-1] ** 2)

    def matrix(x: Any) -> Any:
        return np.sum((frame.to_numpy() @ x) ** 2)

    def exponential(x: Any) -> Any:
        return np.sum(np.exp(-series * x)) + (series * x).sum()

    def rows(x: Any) -> Any:
        total = 0.0
        for row in frame.itertuples():
            total = total + row.a * x[0] ** 2 + row.b * x[1]
        return total

    def elements(x: Any) -> Any:
        total = 0.0
        for v in series:
            total = total + v * x[0] ** 2
        return total

    def reduced(x: Any) -> Any:
        return np.sum(x**2) * frame["a"].mean() * len(frame) + frame.loc[1, "b"] * x[0]

    def grouped(x: Any) -> Any:
        total = 0.0
        for _, group in frame.groupby("c"):
            total = total + group["a"].sum() * np.sum(x**2)
        return total

    def masked(x: Any) -> Any:
        return np.sum(np.where(frame["a"].to_numpy() > 1.5, x**2, 0.0)) + x[int(frame["c"][1])]

    def given(x: Any, data: Any) -> Any:
        return np.sum(data["a"].to_numpy() * x**2)

    for f in (by_name, values, parts, exponential, rows, elements, reduced, grouped, masked):
        check(f, X)
    check(matrix, X, second=False)  # the ranks of its factors are known only at run time
    np.testing.assert_allclose(grad(given)(X, frame), 2 * frame["a"].to_numpy() * X)


def test_a_table_that_changes_is_read_again() -> None:
    _, frame = columns()

    def f(x: Any) -> Any:
        return np.sum(frame["a"] * x)

    g = grad(f)
    np.testing.assert_allclose(g(X), [1.0, 2.0, 3.0])
    frame["a"] = frame["a"] * 2
    np.testing.assert_allclose(g(X), [2.0, 4.0, 6.0])


def test_where_labels_decide_no_column_stands_for_an_array() -> None:
    """pandas matches by label: a slice times a slice is not what it is for arrays."""
    pandas, frame = columns()
    labelled = pandas.Series([1.0, 2.0, 4.0], index=[2, 1, 0])
    missing = pandas.Series([1.0, np.nan, 4.0])

    def by_label(x: Any) -> Any:
        y = frame["a"] * x
        return np.sum(y[1:] * y[:-1])

    def spread(x: Any) -> Any:
        return (frame["a"] * x).std()

    def other_labels(x: Any) -> Any:
        return np.sum(labelled * x * frame["a"])

    def with_gaps(x: Any) -> Any:
        return np.sum(missing * x)

    def table(x: Any) -> Any:
        return np.sum(frame * x)

    for f in (by_label, spread, other_labels, with_gaps, table):
        with pytest.raises((UnsupportedError, TypeError), match="to_numpy"):
            grad(f)(X)


def test_arrays_of_xarray() -> None:
    xarray = pytest.importorskip("xarray")
    data = xarray.DataArray(np.array([1.0, 2.0, 3.0]), dims="t", coords={"t": [0.0, 1.0, 2.0]})
    table = xarray.Dataset({"a": data, "b": ("t", [0.5, 1.5, 1.0])})

    def values(x: Any) -> Any:
        return np.sum(data.values * x**2) + np.sum(data.to_numpy() * x)

    def by_name(x: Any) -> Any:
        return np.sum(np.asarray(table["a"]) * x**2) + np.sum(table.b.values * x)

    def reduced(x: Any) -> Any:
        return np.sum(x**2) * float(data.mean()) + data.sizes["t"] * x[0]

    def selected(x: Any) -> Any:
        return float(data.sel(t=1.0)) * x[1] ** 2 + data.isel(t=2).item() * x[0]

    def rows(x: Any) -> Any:
        total = 0.0
        for v in data.values:
            total = total + v * x[0] ** 2
        return total

    def given(x: Any, labelled: Any) -> Any:
        return np.sum(labelled["a"].to_numpy() * x**2)

    for f in (values, by_name, reduced, selected, rows):
        check(f, X)
    np.testing.assert_allclose(grad(given)(X, table), 2 * data.values * X)
    # xarray matches by the names of dimensions, which NumPy's operators do not
    for f in (lambda x: np.sum(data * x), lambda x: np.sum(x + data)):
        with pytest.raises((UnsupportedError, TypeError), match="to_numpy"):
            grad(f)(X)
    with pytest.raises(UnsupportedError, match="to_numpy"):
        grad(lambda x: np.sum(x**2))(data)


def test_a_mask_is_never_dropped() -> None:
    data = np.ma.masked_array([1.0, 2.0, 3.0], mask=[False, True, False])

    def filled(x: Any) -> Any:
        return np.sum(data.filled(0.0) * x**2)

    def compressed(x: Any) -> Any:
        return np.sum(data.compressed()) * np.sum(x**2)

    def plain(x: Any, m: Any) -> Any:
        return np.sum(m * x)

    check(filled, X)
    check(compressed, X)
    for f in (lambda x: np.sum(data * x), lambda x: plain(x, data)):
        with pytest.raises((UnsupportedError, TypeError), match="filled"):
            grad(f)(X)
    with pytest.raises(UnsupportedError, match="filled"):
        grad(plain)(X, data)
    with pytest.raises(UnsupportedError, match="filled"):
        grad(plain, argnums=1)(X, data)


def test_a_table_is_no_argument_to_differentiate() -> None:
    pandas, frame = columns()
    with pytest.raises(UnsupportedError, match="to_numpy"):
        grad(lambda s: np.sum(s**2))(frame["a"])


def test_figures_take_copies() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots()

    def f(x: Any) -> Any:
        y = x**2
        axes.plot(x, y)
        y[0] = 0.0
        plt.title("squares")
        return np.sum(y)

    _, g = value_and_grad(f)(X)
    np.testing.assert_allclose(g, 2 * X * [0, 1, 1])
    (line,) = axes.lines
    np.testing.assert_allclose(line.get_ydata(), X**2)
    plt.close(figure)


def test_the_text_reads_as_the_program() -> None:
    def f(x: float) -> Any:
        LOG.info("x = %s", x)
        scale = float(json.loads('{"scale": 3}')["scale"])
        return scale * x**2

    g = value_and_grad(f)
    assert g(2.0) == (12.0, 12.0)
    assert g.source.index(".info(") < g.source.index("loads(") < g.source.index("return")
    assert "float(" in g.source and g.source.count("loads(") == 1


def test_a_temporary_file_and_its_name() -> None:
    def f(x: float) -> Any:
        with tempfile.TemporaryFile("w+") as file:
            file.write("3.5")
            file.seek(0)
            return x**2 * float(file.read())

    check(f, 0.7)


def test_a_saved_module_makes_the_calls(tmp_path: Path) -> None:
    def f(x: Any) -> Any:
        settings = json.loads('{"scale": 3, "name": "abc"}')
        return settings["scale"] * x**2 + x * np.asarray(json.loads("2.5"))

    g = grad(f)
    assert g(2.0) == pytest.approx(14.5)
    g.save(tmp_path / "saved_opaque.py")
    run_in = subprocess.run(
        [sys.executable, "-c", "import saved_opaque as s; print(s.f_grad(2.0))"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert float(run_in.stdout) == pytest.approx(14.5)


def test_memory_that_a_library_writes_to_is_read_when_the_program_reads_it() -> None:
    buffer = array.array("d")

    def f(x: Any) -> Any:
        shared = np.asarray(buffer)
        y = np.sum(shared * x**2)
        buffer.reverse()
        return y + np.sum(shared * x**3)

    def restored(g: Any) -> Any:
        def call(x: Any) -> Any:
            buffer[:] = array.array("d", [1.0, 2.0, 3.0])
            return g(x)

        return call

    buffer.extend([1.0, 2.0, 3.0])
    value, slope = restored(value_and_grad(f))(X)
    assert value == pytest.approx(restored(f)(X))
    np.testing.assert_allclose(slope, differences(restored(f), X), rtol=1e-6)
