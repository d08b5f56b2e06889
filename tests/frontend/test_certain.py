"""Errors that are certain when the program is compiled are raised when, and where, it runs."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, grad, jvp


def always(x, n):
    return [x, x][5]


def missing_key(x, n):
    return {1: x, 2: x * x}[n]


def item_in_an_arm(x, n):
    if n > 2:
        x = [x][3]
    return x * x


def item_in_an_expression(x, n):
    return (x, x)[7] if n > 2 else x * x


def item_in_a_lambda(x, n):
    last = lambda: [x, x][5]  # noqa: E731
    return last() if n > 2 else x * x


def too_few(x, n):
    for _ in range(n):
        x, _y, _z = x, x
    return x * x


def too_many(x, n):
    if n > 1:
        _a, _b = x, x, x
    return x * x


def too_few_for_a_star(x, n):
    if n > 1:
        _a, _b, *_rest = [x]
    return x * x


def deleted(x, n):
    if n > 1:
        del x
    return x * x


def deleted_then_assigned(x, n):
    y = x * 2.0
    z = y * y
    del y
    if n > 2:
        y = x * 3.0
    return y * z


def not_assigned_yet(x, n):
    if n > 1:
        return late * x  # noqa: F821
    late = 2.0
    return x * late


def empty_list(x, n):
    values = []
    if n > 1:
        values.pop()
    return x * x


def constants(x, n):
    scale = 2.0
    if n > 1:
        scale = math.sqrt(-1.0)
    return scale * x * x


def final_block(x, n):
    try:
        x = x / (n - 3)
    finally:
        if n > 4:
            raise KeyError("last")
    return x * x


def no_step(x, n):
    if n > 1:
        for _ in range(0, 5, 0):
            x = x * x
    return x * x


def no_step_of_an_array(x, n):
    if n > 1:
        x = x * np.sum(np.arange(0, 1, 0))
    return x * x


def step_of_the_run(x, n):
    return x * np.sum(np.arange(0, 5, n - 3))


def nothing_to_join(x, n):
    if n > 1:
        x = x * np.sum(np.concatenate([]))
    return x * x


def largest_of_nothing(x, n):
    return x * max([]) if n > 1 else x * x


PROGRAMS = [
    always, no_step, no_step_of_an_array, step_of_the_run, nothing_to_join, largest_of_nothing,
    missing_key, item_in_an_arm, item_in_an_expression, item_in_a_lambda, too_few,
    too_many, too_few_for_a_star, deleted, deleted_then_assigned, not_assigned_yet, empty_list,
    constants, final_block,
]  # fmt: skip


@pytest.mark.parametrize("n", [0, 1, 3, 5])
@pytest.mark.parametrize("f", PROGRAMS)
def test_the_gradient_raises_where_the_program_raises(f: Callable[..., Any], n: int) -> None:
    try:
        want = (f(0.7 + 1e-5, n) - f(0.7 - 1e-5, n)) / 2e-5
    except Exception as error:
        for run in (lambda: grad(f)(0.7, n), lambda: jvp(f, (0.7, n), (1.0, None))):
            with pytest.raises(type(error)):
                run()
        return
    assert grad(f)(0.7, n) == pytest.approx(want, rel=1e-7)


def _caught(f: Callable[..., Any]) -> Callable[..., Any]:
    def program(x, n):
        try:
            return f(x, n)
        except (ArithmeticError, LookupError, ValueError):
            return 3.0 * x * x

    return program


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize(
    "f", [no_step, no_step_of_an_array, step_of_the_run, nothing_to_join, largest_of_nothing]
)
def test_the_program_catches_what_it_raises(f: Callable[..., Any], n: int) -> None:
    program = _caught(f)
    want = (program(0.7 + 1e-5, n) - program(0.7 - 1e-5, n)) / 2e-5
    assert grad(program)(0.7, n) == pytest.approx(want, rel=1e-7)


def test_final_block_runs_before_an_exception_leaves(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x, n):
        try:
            x = x / n
        finally:
            print("end", n)
        return x * x

    with pytest.raises(ZeroDivisionError):
        grad(f)(0.7, 0)
    assert capsys.readouterr().out == "end 0\n"
    assert grad(f)(0.7, 2) == pytest.approx(0.35)
    assert capsys.readouterr().out == "end 2\n"


def test_mistakes_of_the_program_are_refused() -> None:
    def misspelt(x):
        return math.sinn(x)

    def endless(x):
        return endless(x * 0.5)

    for f in (misspelt, endless):
        with pytest.raises(UnsupportedError):
            grad(f)(0.7)
