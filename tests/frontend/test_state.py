"""The state of a lowering forks like a value, and no other file saves, restores or copies it."""

import ast
import linecache
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import adjoint
from adjoint import UnsupportedError, grad
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.state import ABSENT, MARKS, Layer, Names, State
from adjoint.ir.core import Constant
from tests.oracle import assert_same_gradient, richardson_gradient

FRONTEND = Path(adjoint.__file__).parent / "frontend"
#: Below the state, names are those of the syntax tree.
BELOW = {"syntax", "keys"}
FILES = sorted(
    path for path in FRONTEND.rglob("*.py")
    if path.parts[-2:] != ("state", "state.py")
    and path.relative_to(FRONTEND).parts[0] not in BELOW
)  # fmt: skip
#: What holds the state, or a part of it.
PARTS = {"state", "names", "hidden", "values"}
#: Where these are made.
MAKERS = {"__init__", "__post_init__"}


def takes_hold_of_the_state(tree: ast.Module) -> Iterator[str]:
    """What a file does to the state that only `State` may do."""
    made = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and function.name in MAKERS
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, (ast.Store, ast.Del)):
            if node.attr in PARTS | set(MARKS) and id(node) not in made:
                yield f"line {node.lineno} assigns {ast.unparse(node)}"
        for part in copied_by(node):
            if isinstance(part, ast.Attribute) and part.attr in PARTS:
                yield f"line {part.lineno} copies {ast.unparse(part)}"


def copied_by(node: ast.AST) -> list[ast.expr]:
    """What `dict(x)`, `copy(x)`, `x.copy()` and `{**x}` make a copy of."""
    match node:
        case ast.Call(ast.Name("dict" | "copy" | "deepcopy"), args):
            return args
        case ast.Call(ast.Attribute(owner, "copy" | "deepcopy"), args):
            return [owner, *args]
        case ast.Dict(keys, values):
            return [v for k, v in zip(keys, values, strict=True) if k is None]
    return []


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(FRONTEND).as_posix())
def test_only_one_file_keeps_the_state(path: Path) -> None:
    found = list(takes_hold_of_the_state(ast.parse(path.read_text())))
    assert not found, found


@pytest.mark.parametrize(
    "text",
    ["frame.names = names", "x = dict(frame.names)", "lowering.state = before", "obj.shared = ''",
     "x = {**frame.hidden}", "it.reads += 1", "x = frame.names.copy()"],
)  # fmt: skip
def test_the_search_finds(text: str) -> None:
    assert list(takes_hold_of_the_state(ast.parse(text)))


# The state beside a model that copies everything

STEPS = st.recursive(
    st.tuples(st.just("set"), st.sampled_from("abc"), st.integers(0, 9))
    | st.tuples(st.just("delete"), st.sampled_from("abc"))
    | st.tuples(st.just("store"), st.integers(0, 1), st.integers(0, 9))
    | st.tuples(st.just("item"), st.integers(0, 1), st.integers(0, 9))
    | st.tuples(st.just("mark"), st.integers(0, 1), st.sampled_from(["x", "y"])),
    lambda inner: st.tuples(
        st.sampled_from(["keep", "drop", "fail", "resume"]), st.lists(inner, max_size=5)
    ),
    max_leaves=25,
)


class Fails(Exception):
    pass


@given(st.lists(STEPS, max_size=8))
def test_forks_are_like_copies(steps: list[Any]) -> None:
    state = State()
    names = Names(state)
    refs = [o.Ref(Constant(k)) for k in range(2)]
    lists = [o.Seq(list, [o.Known(k)]) for k in range(2)]

    def seen() -> tuple[Any, ...]:
        values = tuple(state.value(r).value for r in refs)  # type: ignore[attr-defined]
        held = tuple(s.items[0].value for s in lists)  # type: ignore[attr-defined]
        return dict(names), values, held, tuple(r.shared for r in refs)

    def run(step: Any, model: list[Any]) -> None:
        match step:
            case ("set", name, number):
                names[name] = number
                model[0] = model[0] | {name: number}
            case ("delete", name):
                names.pop(name)
                model[0] = {k: v for k, v in model[0].items() if k != name}
            case ("store", k, number):
                state.store(refs[k], Constant(number))
                model[1] = tuple(number if j == k else v for j, v in enumerate(model[1]))
            case ("item", k, number):
                state.change(lists[k])
                lists[k].items[0] = o.Known(number)
                model[2] = tuple(number if j == k else v for j, v in enumerate(model[2]))
            case ("mark", k, why):
                state.mark(refs[k], shared=why)
                model[3] = tuple(why if j == k else v for j, v in enumerate(model[3]))
            case ("keep", inner):
                with state.fork():
                    for each in inner:
                        run(each, model)
            case ("fail", inner):
                copied = list(model)
                with pytest.raises(Fails), state.fork():
                    for each in inner:
                        run(each, copied)
                    raise Fails
            case (how, inner):
                copied = list(model)
                with state.aside() as layer:
                    for each in inner:
                        run(each, copied)
                if how == "resume":
                    with state.resumed(layer):
                        assert seen() == tuple(copied)
        assert seen() == tuple(model)

    model = list(seen())
    for step in steps:
        run(step, model)


def test_a_layer_does_not_remember_what_was_made_in_it() -> None:
    state = State()
    with state.aside() as layer:
        names = Names(state)
        names["a"] = 1
    assert not layer.before
    assert names["a"] == 1
    with state.aside() as layer:
        names["a"] = 2
    assert [cell.key for cell in layer.after if not isinstance(cell, Layer)] == ["a"]
    assert ABSENT not in layer.after.values()


def test_what_stops_early_binds_no_name() -> None:
    def f(x: float) -> float:
        if any((hit := a) > b for a, b in zip([x, 2 * x], [2.0, 0.1], strict=True)):
            return hit * hit
        return x

    with pytest.raises(UnsupportedError, match="any and all stop early"):
        grad(f)(1.3)


def test_a_cached_function_whose_nonlocal_changes() -> None:
    import functools

    def f(x: float) -> float:
        k = x

        def bump() -> None:
            nonlocal k
            k = k * 2

        @functools.lru_cache
        def scaled(v: float) -> float:
            return v * k

        first = scaled(3.0)
        bump()
        return first + scaled(3.0)

    with pytest.raises(UnsupportedError, match="cached function"):
        grad(f)(1.3)


def shrinks(how: str, over: str = "xs") -> Any:
    """A program in which a list changes its length in some iteration of the loop over it."""
    text = (
        "def f(x):\n"
        "    xs = [x[0], x[1], x[2], x[0] * x[1]]\n"
        "    ys, s, n = xs, 0.0, 0\n"
        "    def drop(items):\n"
        "        items.pop()\n"
        f"    for v in {over}:\n"
        "        s, n = s * 1.3 + np.sum(v) ** 2, n + 1\n"
        "        if s > x[2]:\n"
        f"            {how}\n"
        "    return s + len(xs)\n"
    )
    name = f"<{how} of {over}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    space: dict[str, Any] = {"np": np}
    exec(compile(text, name, "exec"), space)
    return space["f"]


@pytest.mark.parametrize("over", ["xs", "zip(xs, x)", "enumerate(xs)", "reversed(xs)", "iter(xs)"])
@pytest.mark.parametrize(
    "how",
    ["xs.pop()", "xs.pop(0)", "xs.clear()", "xs.insert(0, s)", "del xs[-1]", "ys.pop()",
     "drop(xs)", "xs.append(s) if n < 6 else None", "xs += [s] if n < 6 else []"],
)  # fmt: skip
def test_a_list_changes_its_length_under_its_loop(how: str, over: str) -> None:
    f, x = shrinks(how, over), np.array([0.5, 0.7, 0.9])
    try:
        got = grad(f)(x)
    except UnsupportedError:
        return
    assert_same_gradient(got, richardson_gradient(f, (x,), 0, {}), 1e-7, 1e-9)
