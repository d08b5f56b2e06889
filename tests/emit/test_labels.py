"""Names of what the user has not named, and names that a tape hands on."""

from __future__ import annotations

import ast
import keyword
import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from adjoint import grad
from tests.golden import HERE, PROGRAMS

x, y = np.array([0.7, 1.3, 2.1]), np.array([0.4, 1.9, 0.8])
A = np.eye(3) + 0.1 * np.arange(9.0).reshape(3, 3)


def bound(text: str) -> set[str]:
    """The names that a text binds."""
    nodes = ast.walk(ast.parse(text))
    return {n.id for n in nodes if isinstance(n, ast.Name) and stores(n)}


def stores(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


#: A program each, with an expression that both halves read, and what that is called.
TABLE: list[tuple[Any, tuple[Any, ...], str]] = [
    (lambda logits: np.sum(np.exp(logits) * logits), (x,), "exp_logits"),
    (lambda A, P: np.sum((A @ P) * (A @ P)), (A, A + 1.0), "A_P"),
    (lambda S, v: np.sum(np.linalg.inv(S) @ v), (A, x), "inv_S"),
    (lambda dt, kappa: np.sum((dt * kappa) ** 3 * np.tanh(kappa)), (0.1, x), "dt_kappa"),
    (lambda z: np.sum((1 - z) ** 3 * np.tanh(z)), (x,), "one_minus_z"),
    (lambda u: np.sum(np.tanh(u**2)), (x,), "tanh_u_squared"),
    (lambda a, b: np.sum(np.tanh(a) / b), (x, y), "tanh_a"),
    (lambda a, b: np.sum(np.sin(a / b)), (x, y), "a_over_b"),
    (lambda a, b: np.sum(np.sqrt(a + b) * b), (x + 3, y), "sqrt_a"),
    (lambda v: np.sum(np.tanh(0.3 * v)), (x,), "tanh_scaled_v"),
    (lambda v, k: np.tanh(v[k]), (x, 1), "tanh_v_k"),
]


@pytest.mark.parametrize(("function", "args", "name"), TABLE, ids=[row[2] for row in TABLE])
def test_a_temporary_is_named_after_its_expression(function: Any, args: Any, name: str) -> None:
    floats = tuple(k for k, a in enumerate(args) if not isinstance(a, int))
    assert name in bound(grad(function, floats).source_for(*args))


def test_the_names_of_the_user_win() -> None:
    def f(x: Any) -> Any:
        exp_x = 2.0 * np.sum(x)  # means something else
        return np.sum(np.exp(x) * x) * exp_x

    text = grad(f).source_for(x)
    assert re.search(r"^    exp_x = 2\.0 \* np\.sum\(x\)$", text, re.M)
    assert re.search(r"^    exp_x_2 = np\.exp\(x\)$", text, re.M)


def test_what_is_saved_before_it_is_overwritten() -> None:
    def f(x: Any, c: float) -> Any:
        for w in x:
            c = math.sin(w * c)
            c = c * c + w
        return c

    text = grad(f, (0, 1)).source_for(x, 0.3)
    assert "c = math.sin(w * c)" in text


# All programs of the project


def texts() -> Iterator[tuple[str, str, str]]:
    """The source of programs, and the text of their gradients."""
    for name in PROGRAMS:
        folder = HERE / name
        yield name, (folder / "primal.py").read_text(), (folder / "grad.py").read_text()


def words_of(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


@pytest.mark.parametrize(("name", "primal", "text"), list(texts()), ids=PROGRAMS)
def test_names_mean_something(name: str, primal: str, text: str) -> None:
    known = words_of(primal)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name) and stores(node) and node.id not in known:
            base = re.sub(r"(_bar|_dot)*(_\d+)?$", "", node.id)
            assert base in known or re.fullmatch(r"[a-z]", base, re.I) is None
            assert len(node.id) <= 32 and not keyword.iskeyword(node.id)


def test_a_value_keeps_its_name_on_a_tape() -> None:
    kept = [a == b for _, _, text in texts() for a, b in fields(ast.parse(text))]
    assert len(kept) > 20
    assert sum(kept) > 0.9 * len(kept)


def fields(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """For tapes under one name: the names that are appended and that come back."""
    appended: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Attribute(ast.Name(id=tape), "append"), [record]):
                appended.setdefault(tape, []).append(record)
    for node in ast.walk(tree):
        match node:
            case ast.For(target, ast.Call(ast.Name("reversed"), [ast.Name(id=tape)])):
                records = appended.get(tape, [])
                if len(records) == 1:
                    for a, b in zip(parts(records[0]), parts(target), strict=True):
                        if isinstance(a, ast.Name) and isinstance(b, ast.Name) and b.id != "_":
                            yield a.id, b.id


def parts(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]
