"""An exception leaves an expression in its middle: nothing after it is evaluated or bound.

Each expression is put into each statement, inside of a `try`. The handler uses what the statement
would have bound. The program itself, and its differences, say what is right.
"""

import itertools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adjoint import jvp, value_and_grad
from tests.fuzz.judge import load

EXPRESSIONS = {
    "call": "math.sqrt(y)",
    "operand": "x * math.sqrt(y) + 1.0",
    "two": "math.log(y + 1.5) * math.sqrt(y)",
    "conditional": "(2.0 * math.sqrt(y) + x) if x < 9.0 else 0.5",
    "test": "x if math.sqrt(y) + 1.0 < 9.0 else 0.5",
    "and": "x < 9.0 and 1.0 + math.sqrt(y)",
    "or": "x > 9.0 or 1.0 + math.sqrt(y)",
    "chain": "x * (0.0 < x < 9.0 + math.sqrt(y))",
    "walrus": "(z := math.sqrt(y)) * z + x",
    "list": "[x, 1.0 + math.sqrt(y), x][1]",
    "dict": "{'a': x, 'b': 1.0 + math.sqrt(y)}['b']",
    "items": "sum([1.0 + math.sqrt(y - 0.1 * k) for k in range(n)])",
    "generator": "sum(x * math.sqrt(y - 0.1 * k) for k in range(n) if k != 1)",
    "lambda": "(lambda u: u * math.sqrt(y))(x)",
    "helper": "root(y) * x + 1.0",
    "helper in an arm": "root(y) * x + 1.0 if x < 9.0 else x",
    "index": "[x, y][n] * 3.0 + 1.0",
    "key": "{0: x, 3: x * y}[n] * 3.0",
    "division": "1.0 / (n - 3) + x",
}
STATEMENTS = {
    "assign": "t = {0}",
    "twice": "s = t = {0}",
    "annotated": "t: float = {0}",
    "augmented": "t += {0}",
    "unpacked": "s, t = x, {0}",
    "unpacked at run time": "(s, t), z = [k + x for k in range(n + 2 if x < 0.5 else 2)], {0}",
    "item": "xs[0] = {0}",
    "augmented item": "xs[0] *= {0}",
    "attribute": "box.t = {0}",
    "key": "d['a'] = {0}",
    "return": "return {0}",
    "condition": "if {0}: t = 3.0 * x",
    "loop": "for t in [x, {0}]: t = 2.0 * t",
    "while": "while s < ({0}): s = s + 20.0",
    "with": "with Box({0}) as t: t = t * 2.0",
    "call": "xs.append({0})",
    "assert": "assert {0}",
}
PROGRAM = """import math


class Box:
    def __init__(self, t):
        self.t = t

    def __enter__(self):
        return self.t

    def __exit__(self, *error):
        return False


def root(u):
    return math.sqrt(u) + u


def f(x, y, n):
    s, t, xs, d, box = x, x * x, [x], {{'a': 2.0 * x}}, Box(x)
    try:
        {0}
    except {1}:
        s = 5.0 * s
    return s + 3.0 * t + 7.0 * sum(xs) + 11.0 * d['a'] + 13.0 * box.t
"""
POINTS = [(0.7, 0.8, 0), (0.7, 0.8, 3), (0.7, -0.4, 3), (0.6, -0.4, 0), (0.4, 0.3, 1)]


def outcome(run: Callable[[], Any]) -> Any:
    try:
        return run()
    except (ValueError, LookupError, ZeroDivisionError, AssertionError) as error:
        return type(error)


def slope(f: Callable[..., float], x: float, *rest: Any) -> float:
    def step(h: float) -> float:
        return (f(x + h, *rest) - f(x - h, *rest)) / (2 * h)

    return (4 * step(1e-4) - step(2e-4)) / 3


@pytest.mark.parametrize(
    ("expression", "statement"),
    [pytest.param(e, s, id=f"{e}-{s}") for e, s in itertools.product(EXPRESSIONS, STATEMENTS)],
)
def test_an_exception_inside_of_an_expression(
    expression: str, statement: str, tmp_path: Path
) -> None:
    text = STATEMENTS[statement].format(EXPRESSIONS[expression])
    error = {"index": "IndexError", "key": "KeyError", "division": "ZeroDivisionError"}
    f = load(PROGRAM.format(text, error.get(expression, "ValueError")), tmp_path).f
    reverse = value_and_grad(f)
    for x, y, n in POINTS:
        want = outcome(lambda x=x, y=y, n=n: (f(x, y, n), slope(f, x, y, n)))
        got = outcome(lambda x=x, y=y, n=n: reverse(x, y, n))
        ahead = outcome(lambda x=x, y=y, n=n: jvp(f, (x, y, n), (1.0, None, None)))
        for each in (got, ahead):
            if isinstance(want, type):
                assert each is want, (x, y, n)
            else:
                assert math.isclose(each[0], want[0], rel_tol=1e-12), (x, y, n)
                assert math.isclose(each[1], want[1], rel_tol=1e-7, abs_tol=1e-8), (x, y, n)
