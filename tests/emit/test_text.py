"""The text itself: the same in every process, valid, and of a readable width."""

from __future__ import annotations

import ast
import copy
import functools
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adjoint import grad
from adjoint.api import sharing
from adjoint.emit.text.printer import Comment, to_source
from tests.corpus import Case, cases
from tests.golden import PROGRAMS, load
from tests.test_corpus import PENDING, written_as

ROOT = Path(__file__).parents[2]
CORPUS = [case for case in cases() if written_as(case) not in PENDING]
CHOSEN = CORPUS[:: max(1, len(CORPUS) // 25)]

#: Prints every text, in the order that it is told to.
PRINT_ALL = """
import sys
sys.path.insert(0, sys.argv[1])
from tests.emit.test_text import CHOSEN, text_of
order = CHOSEN if sys.argv[2] == "forwards" else CHOSEN[::-1]
texts = {case.name: text_of(case) for case in order}
for name in sorted(texts):
    print("#####", name)
    print(texts[name])
"""


def text_of(case: Case) -> str:
    gradient = grad(case.function, case.wrt)
    gradient(*copy.deepcopy(case.args), **copy.deepcopy(case.kwargs))
    return gradient.source + gradient.ir


def all_texts(seed: str, order: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "ADJOINT_VERIFY": "0"}
    done = subprocess.run(
        [sys.executable, "-c", PRINT_ALL, str(ROOT), order],
        env=environment, capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_same_text_in_every_process() -> None:
    first, second = all_texts("1", "forwards"), all_texts("4321", "forwards")
    assert len(first) > 10_000
    assert first == second


def test_the_text_does_not_depend_on_addresses() -> None:
    """Sets of values are in the order of their addresses, which must not show."""
    texts = set()
    for _ in range(12):

        @grad
        def wave(u, previous, steps):  # type: ignore[no-untyped-def]
            new = np.empty_like(u)
            for _ in range(steps):
                new[0] = new[-1] = 0.0
                new[1:-1] = 2.0 * u[1:-1] - previous[1:-1] + 0.1 * np.sin(u[2:] + u[:-2])
                previous, u, new = u, new, previous
            return np.sum(u * previous)

        texts.add(wave.source_for(np.ones(5), np.ones(5), 3))
    assert len(texts) == 1


def test_the_text_does_not_depend_on_what_was_compiled_before() -> None:
    assert all_texts("7", "forwards") == all_texts("7", "backwards")


@pytest.mark.parametrize("case", CHOSEN, ids=lambda case: case.name)
def test_text_is_valid_and_narrow(case: Case) -> None:
    gradient = grad(case.function, case.wrt)
    source = gradient.source_for(*case.args, **case.kwargs)
    tree = ast.parse(source)
    long = [line for line in source.splitlines() if len(line) > 99]
    assert long == []
    assert source.endswith("\n") and not source.endswith("\n\n")
    assert not any(line != line.rstrip() or "\t" in line for line in source.splitlines())
    compile(source, "<text>", "exec")
    # Every name that is stored is read, but for loop variables: no dead assignment is left.
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            names = [n for n in ast.walk(function) if isinstance(n, ast.Name)]
            read = {n.id for n in names if isinstance(n.ctx, ast.Load)}
            stored = {
                t.id
                for node in ast.walk(function)
                if isinstance(node, ast.Assign) and len(node.targets) == 1
                for t in node.targets
                if isinstance(t, ast.Name)
            }
            assert stored <= read, f"never read: {stored - read}"


@pytest.mark.parametrize("name", PROGRAMS)
def test_golden_programs_need_no_helper(name: str) -> None:
    primal = load(name, "primal")
    function = getattr(primal, primal.FUNCTION)
    source = grad(function, primal.ARGNUMS).source_for(*primal.example())
    nodes = list(ast.walk(ast.parse(source)))
    modules = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    modules |= {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
    assert modules <= {"numpy", "math"}


@pytest.mark.parametrize(
    "step",
    [
        lambda a, b: math.hypot(a, b),
        lambda a, b: math.sin(a) + b / 100,
        lambda a, b: a * 0.9 + b,
        lambda a, b: max(a, b),
    ],
)
def test_long_chains_of_expressions(step: Callable[[Any, Any], Any]) -> None:
    """Python reads 200 brackets inside of each other; the text is as long as the chain."""

    def chain(x: float, numbers: dict[str, float]) -> float:
        return functools.reduce(step, [x * x, *numbers.values()])

    lines = []
    for count in (50, 100, 250):
        numbers = {f"k{k}": 0.01 * k for k in range(count)}
        gradient = grad(chain)
        slope = (chain(1.7 + 1e-6, numbers) - chain(1.7 - 1e-6, numbers)) / 2e-6
        assert gradient(1.7, numbers) == pytest.approx(slope, rel=1e-4, abs=1e-9)
        lines.append(gradient.source.count("\n"))
    assert lines[2] <= 3 * lines[1]


def test_imports_are_those_that_are_used() -> None:
    for case in CHOSEN:
        source = grad(case.function, case.wrt).source_for(*case.args, **case.kwargs)
        tree = ast.parse(source)
        names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        for node in tree.body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                for alias in node.names:
                    assert (alias.asname or alias.name) in names, f"{case.name}: {alias.name}"


def test_a_long_comment_on_a_loop_stays_a_comment() -> None:
    deep = "for first, second in zip(np.concatenate([(v - v)[1:], np.cos(v)[:1]]), v):"
    body: list[ast.stmt] = [Comment(f"line 33: {deep}"), ast.Pass()]
    for _ in range(6):
        body = [ast.If(ast.Constant(True), body, [])]
    text, _ = to_source(body)
    ast.parse(text)
    assert deep in text


def test_the_text_does_not_depend_on_what_the_prompt_showed_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Python's prompt keeps its latest result as `builtins._`."""

    def make():
        def power(x, n):
            y = 1.0
            for _ in range(n):
                y = y * np.sin(x * y)
            return y

        return grad(power).source_for(2.0, 3)

    before = make()
    monkeypatch.setattr("builtins._", 1.0, raising=False)
    sharing._caches.clear()
    assert make() == before
