"""The data of an explored run, against the program itself and the gradient."""

import linecache
import math
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import adjoint
from adjoint.explorer.summaries import norm
from adjoint.testing.differences import leaves
from tests.explorer.programs import (
    data_of,
    long_loop,
    nested,
    norm_at_zero,
    ragged,
    rnn,
    rnn_arguments,
    steps_of,
)
from tests.test_corpus import CASES


def states(W, U, b, xs):
    """The states of the RNN, by the program's own formula."""
    found = [np.zeros(len(b))]
    for x in xs:
        found.append(np.tanh(W @ found[-1] + U @ x + b))
    return found[1:]


def lines_with(data, text):
    """The lines of the gradient that hold a text."""
    plain = ElementTree.fromstring
    return [
        k
        for k, line in enumerate(data["gradient"], 1)
        if "half" in line and text in "".join(plain(f"<p>{line['html']}</p>").itertext())
    ]


def test_the_values_of_steps_are_those_of_the_program() -> None:
    W, U, b, xs, target = rnn_arguments()
    f = adjoint.grad(rnn, argnums=(0, 1, 2))
    page = f.explore(W, U, b, xs, target, show=False)
    data = data_of(page)
    (line,) = lines_with(data, "h = np.tanh(")
    shown = {trips[0][1]: values["h"] for at, trips, values in steps_of(data) if at == line}
    for k, h in enumerate(states(W, U, b, xs)):
        np.testing.assert_allclose(shown[k]["v"], h, rtol=1e-5)
        assert math.isclose(shown[k]["n"], np.linalg.norm(h), rel_tol=1e-5)
    for got, want in zip(page.result, f(W, U, b, xs, target), strict=True):
        np.testing.assert_array_equal(got, want)


def test_a_trip_of_the_backward_loop_has_the_number_of_its_twin() -> None:
    arguments = rnn_arguments()
    data = data_of(adjoint.grad(rnn, argnums=1).explore(*arguments, show=False))
    (line,) = lines_with(data, "reversed(tape)")
    for at, trips, values in steps_of(data):
        if at == line:
            np.testing.assert_allclose(values["x"]["v"], arguments[3][trips[0][1]], rtol=1e-5)


@pytest.mark.parametrize("program, arguments", [(nested, (1.3, 4)), (ragged, (0.7,))])
def test_nested_loops_are_paired_trip_by_trip(program, arguments) -> None:
    data = data_of(adjoint.grad(program).explore(*arguments, show=False))
    places = {"forward": set(), "again": set(), "backward": set()}
    for line, trips, _ in steps_of(data):
        if len(trips) == 2:
            places[data["gradient"][line - 1]["half"]].add(trips)
    assert places["forward"] | places["again"] == places["backward"]
    assert len(places["backward"]) > 10


def test_each_line_belongs_to_the_statement_that_it_cites() -> None:
    data = data_of(adjoint.grad(rnn).explore(*rnn_arguments(), show=False))
    first = data["primal"][0]["first"]
    (loss,) = lines_with(data, "h_minus_target")[-1:]
    line = data["gradient"][loss - 1]
    assert line["half"] == "backward"
    assert line["main"] == [f"0:{first + 5}"], "loss += ..."
    assert line["also"] == [f"0:{first + 6}"], "the division by len(xs) is in it"
    (tanh,) = lines_with(data, "h = np.tanh(")
    assert data["gradient"][tanh - 1]["main"] == [f"0:{first + 4}"]


def test_the_bytes_of_residuals_are_those_of_the_arrays() -> None:
    trips = 6
    data = data_of(adjoint.grad(rnn).explore(*rnn_arguments(trips), show=False))
    tapes = {r["name"]: r for r in data["residuals"] if r["kind"] == "tape"}
    assert set(tapes) == {"h_prev", "h_minus_target"}
    for found in tapes.values():
        assert found["count"] == trips
        assert found["bytes"] + found["shared"] == trips * 4 * 8
        save, use = found["save"], found["uses"]
        assert "tape.append" in "".join(data["gradient"][save - 1]["html"].split("</i>")).replace(
            '<i class="n">', "").replace('<i class="o">', "")  # fmt: skip
        assert use and min(use) > save
    arguments = {r["name"] for r in data["residuals"] if r["kind"] == "argument"}
    assert {"W", "xs"} <= arguments


def test_the_tape_of_an_inner_loop_is_counted_once() -> None:
    data = data_of(adjoint.grad(nested).explore(1.3, 4, show=False))
    tapes = [r for r in data["residuals"] if r["kind"] == "tape"]
    assert [(r["name"], r["bytes"]) for r in tapes] == [("s", 4 * 3 * 8)]


def test_sparklines_see_every_trip() -> None:
    W, U, b, xs, target = rnn_arguments(40)
    data = data_of(adjoint.grad(rnn).explore(W, U, b, xs, target, show=False))
    (line,) = lines_with(data, "h = np.tanh(")
    series = data["series"][f"{line}|h"]
    want = [np.linalg.norm(h) for h in states(W, U, b, xs)]
    assert series["n"] == 40
    np.testing.assert_allclose(series["v"], want, rtol=1e-5)


def test_a_large_run_is_sampled_in_pairs_and_says_so() -> None:
    trips = 25_000
    page = adjoint.grad(long_loop).explore(1.3, trips, show=False)
    data = data_of(page)
    assert data["count"] > 100_000
    assert len(page.html) < 5_000_000
    kept = {"forward": set(), "backward": set()}
    for line, around, _ in steps_of(data):
        if around:
            kept[data["gradient"][line - 1]["half"]].add(around[0][1])
    assert kept["forward"] == kept["backward"]
    assert {0, trips - 1} <= kept["forward"] and len(kept["forward"]) > 100
    assert data["loops"][0]["stride"] > 1 and data["loops"][0]["trips"] == trips
    counted = [s["n"] for s in data["series"].values()]
    assert max(counted) == trips


def sqrt_of_square(x):
    return np.sum(np.sqrt(x * x))


def log_of_zero(x):
    y = np.log(x)
    return np.sum(y * x)


def zero_over_zero(x):
    a = x - x
    return np.sum(x) + np.sum(a / np.abs(a))


def power(x):
    t = x * 2.0
    return np.sum(t**0.5)


def overflow(x):
    y = x * 1000.0
    for _ in range(3):
        y = np.exp(y)
    return np.sum(y - y)


FAULTY = [
    (sqrt_of_square, np.array([1.0, 0.0])),
    (norm_at_zero, np.zeros(3)),
    (log_of_zero, np.array([0.0, 1.0])),
    (zero_over_zero, np.array([1.0])),
    (power, np.array([0.0, 1.0])),
    (overflow, np.array([1.0])),
]


@pytest.mark.parametrize("program, x", FAULTY, ids=lambda p: getattr(p, "__name__", ""))
def test_the_first_value_that_is_not_finite_is_where_debug_nans_finds_it(program, x) -> None:
    f = adjoint.grad(program)
    with np.errstate(all="ignore"):
        page = f.explore(x, show=False)
        with adjoint.debug_nans(infs=True), pytest.raises(adjoint.NonFiniteError) as caught:
            f(x)
    data = data_of(page)
    assert not np.all(np.isfinite(page.result))
    found = data["nonfinite"]
    assert found["reached"] and found["way"][0]["kind"] in ("nan", "infinity")
    span = caught.value.span
    assert span is not None
    assert f"0:{span.statement}" in found["primal"]["lines"]
    steps = [event["step"] for event in found["way"]]
    assert steps == sorted(steps)


def test_a_value_that_does_not_reach_the_result_is_told_apart() -> None:
    def masked(x):
        y = np.log(x)
        return np.sum(np.where(x > 0, y, 0.0) * x)

    page = adjoint.grad(masked).explore(np.array([0.0, 1.0]), show=False)
    assert np.all(np.isfinite(page.result))
    assert data_of(page)["nonfinite"]["reached"] is False


def test_a_finite_run_has_no_fault() -> None:
    data = data_of(adjoint.grad(rnn).explore(*rnn_arguments(), show=False))
    assert data["nonfinite"] is None


def test_the_check_agrees_with_the_gradient() -> None:
    arguments = rnn_arguments()
    gradient = adjoint.grad(rnn)(*arguments)
    check = data_of(adjoint.grad(rnn).explore(*arguments, show=False))["check"]
    (part,) = check["parts"]
    assert part["count"] == 16 and check["worst"] < 1e-6
    for name, got, want, _ in part["rows"]:
        index = eval(name)
        assert math.isclose(got, gradient[tuple(index)], rel_tol=1e-5)
        assert math.isclose(got, want, rel_tol=1e-4, abs_tol=1e-9)


def test_a_program_that_draws_has_no_check() -> None:
    def noisy(x):
        return x * np.random.default_rng().normal()

    assert "check" not in data_of(adjoint.grad(noisy).explore(1.0, show=False))


def test_the_run_ends_where_the_program_raises() -> None:
    def fails(x):
        y = x * 2.0
        assert y < 1.0, "too large"
        return y

    page = adjoint.grad(fails).explore(3.0, show=False)
    assert isinstance(page.error, AssertionError)
    assert "too large" in data_of(page)["error"]


def test_what_the_program_prints_is_printed_once(capsys) -> None:
    def talks(x):
        print("hello")
        return x * x

    adjoint.grad(talks).explore(3.0, show=False)
    assert capsys.readouterr().out == "hello\n"


def test_arguments_are_not_changed() -> None:
    def writes(x):
        x[0] = 2.0 * x[1]
        return np.sum(x**2)

    x = np.array([1.0, 2.0])
    page = adjoint.grad(writes).explore(x, show=False)
    np.testing.assert_array_equal(x, [1.0, 2.0])
    np.testing.assert_array_equal(page.result, adjoint.grad(writes)(x.copy()))


def test_other_derivatives_are_explored() -> None:
    def f(x):
        return np.sum(x**3)

    x = np.array([1.0, 2.0])
    value, gradient = adjoint.value_and_grad(f).explore(x, show=False).result
    assert value == 9.0
    np.testing.assert_array_equal(gradient, [3.0, 12.0])
    page = adjoint.grad(lambda x: adjoint.grad(lambda y: y**3)(x)).explore(2.0, show=False)
    assert page.result == 12.0


def test_formulas_are_well_formed_and_name_what_the_lines_name() -> None:
    why = data_of(adjoint.grad(rnn, (0, 1, 2)).explore(*rnn_arguments(), show=False))["why"]
    texts = ["".join(ElementTree.fromstring(line["math"]).itertext()) for line in why["lines"]]
    assert "h¯+=2xslen·h_minus_target" in texts
    rules = {rule["name"]: rule for rule in why["rules"]}
    assert {"np.tanh", "a @ b"} <= set(rules)
    (tanh,) = rules["np.tanh"]["formulas"]
    assert "".join(ElementTree.fromstring(tanh).itertext()) == "∂y∂x=1−y·y"
    assert rules["np.tanh"]["where"].startswith("adjoint/rules/")
    not_needed = [f["line"] for f in why["fates"] if not (f["forward"] or f["again"])]
    first = rnn.__code__.co_firstlineno
    assert f"0:{first + 2}" in not_needed, "loss = 0.0"


def test_stages_begin_with_the_program_and_end_with_what_is_emitted() -> None:
    data = data_of(adjoint.grad(rnn).explore(*rnn_arguments(), show=False))
    names = [stage["name"] for stage in data["stages"]]
    assert names == ["lowered", "differentiated", "without dead code", "simplified",
                     "with residuals", "optimised"]  # fmt: skip
    f = adjoint.grad(rnn)
    f(*rnn_arguments())
    assert data["stages"][-1]["text"].split() == f.ir.partition("\n\n")[2].split()


def operations(region):
    for op in region["ops"]:
        yield op
        for inner in op.get("regions", ()):
            yield from operations(inner)


def test_the_graph_of_a_stage_has_what_its_text_has() -> None:
    for stage in data_of(adjoint.grad(nested).explore(1.3, 2, show=False))["stages"]:
        found = stage["graph"]
        names = [name for name, _ in found["values"]]
        seen = {names[v] for v in found["body"]["params"]}
        for op in operations(found["body"]):
            seen |= {names[v] for region in op.get("regions", ()) for v in region["params"]}
            assert {names[v] for v in op["operands"]} <= seen
            seen |= {names[v] for v in op["results"]}
        assert len(names) == len(set(names))
        text = stage["text"]
        assert all(name in text for name in seen)
        kinds = [op["kind"] for op in operations(found["body"])]
        for kind in ("for", "while", "if"):
            assert kinds.count(kind) == len(re.findall(rf"(^|= ) *{kind}\b", text, re.MULTILINE))


def test_a_graph_that_is_too_large_is_left_out() -> None:
    def long(x):
        y = x
        for _ in range(3):
            y = np.sin(y) * np.cos(y) + y * y - np.exp(y)
        return y

    few = data_of(adjoint.grad(long).explore(0.3, show=False))["stages"]
    assert all(stage["graph"] for stage in few)
    lines = "\n".join("    y = np.sin(y) + y" for _ in range(200))
    names = {"np": np}
    text = f"def many(x):\n    y = x\n{lines}\n    return y\n"
    linecache.cache["<many>"] = (len(text), None, text.splitlines(keepends=True), "<many>")
    exec(compile(text, "<many>", "exec"), names)
    many = data_of(adjoint.grad(names["many"]).explore(0.3, show=False))["stages"]
    assert not any(stage["graph"] for stage in many)


def test_a_notebook_shows_the_page() -> None:
    page = adjoint.grad(nested).explore(1.3, 2, show=False)
    assert page._repr_html_().startswith("<iframe") and "nested_grad" in repr(page)


def test_the_page_is_written_where_it_is_wanted(tmp_path) -> None:
    path = tmp_path / "page.html"
    page = adjoint.grad(nested).explore(1.3, 2, path=path)
    assert path.read_text(encoding="utf-8") == page.html
    assert "http://" not in page.html.replace("http://www.w3.org/", "")
    assert "https://" not in page.html


@pytest.mark.generated
@pytest.mark.parametrize("case", CASES[::5], ids=[c.name for c in CASES[::5]])
def test_the_corpus_can_be_explored(case) -> None:
    """The run is the gradient's own, and each step is in the text."""
    wrt = case.wrt
    f = adjoint.grad(case.function, argnums=wrt)
    page = f.explore(*case.args, show=False, **case.kwargs)
    assert page.error is None
    want = f(*case.args, **case.kwargs)
    pairs = zip(leaves(page.result), leaves(want), strict=True)
    for got, expected in pairs:
        np.testing.assert_array_equal(got, expected)
    data = data_of(page)
    lines = len(data["gradient"])
    for line, trips, values in steps_of(data):
        assert 1 <= line <= lines
        for group, trip in trips:
            assert 0 <= trip < data["loops"][group]["trips"]
        assert all(isinstance(v["t"], str) for v in values.values())
    for residual in data["residuals"]:
        assert all(use >= residual["save"] for use in residual["uses"])


@pytest.mark.parametrize(
    "value, want",
    [(3.0, 3.0), (-2, 2.0), (np.array([3.0, 4.0]), 5.0), (np.array([3, 4]), 5.0),
     ((np.array([3.0]), 4.0), 5.0), (1j, 1.0), (np.zeros((0, 2)), 0.0), (True, None),
     ("x", None), (np.float32(2.0), 2.0), (10**400, math.inf)],
)  # fmt: skip
def test_norms(value, want) -> None:
    assert norm(value) == want
