"""What the backward half records, computes again, and iterates again."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from tests.transforms.lowered import adjoint, find, forward_and_backward, lines

A = np.array([0.2, 0.5, -0.4])
M = np.ones((3, 3))


def recorded(function: Any) -> int:
    """How many values the first loop records in each iteration."""
    head = forward_and_backward(function)[0][0]
    return head.partition(" = ")[0].count("tape[")


def test_a_scalar_is_saved_and_not_the_array_it_was_read_from() -> None:
    def f(A: Any, x: float) -> float:
        s = 1.0
        for i in range(len(A)):
            s = s + A[i] * x * s
        return s

    function = adjoint(f, A, 0.5, wrt=(0, 1))
    forward, backward = forward_and_backward(function)
    assert recorded(function) == 1 and "tape[f64]" in forward[0]
    assert forward[-1] == "yield s.3, s.2"  # the old s is recorded, nothing of A
    assert any("getitem A, i" in line for line in backward)
    assert "reversed(" in backward[0]


def test_a_loop_index_is_iterated_again() -> None:
    def f(x: float, n: int) -> float:
        s = x
        for k in range(n):
            s = s * (k + 0.5)
        return s

    function = adjoint(f, 0.5, 3)
    assert find(function, "tape") == []
    assert len(find(function, r"for k(\.\d)? in reversed\(")) == 1


def test_a_condition_is_evaluated_again() -> None:
    def f(x: float, n: int) -> float:
        s = x
        for _ in range(n):
            if s > 1.0:
                s = s * 0.5 * x
            else:
                s = s * x
        return s

    function = adjoint(f, 0.5, 3)
    assert recorded(function) == 1 and find(function, r"tape\[bool\]|tape\[b8\]") == []
    assert len(find(function, r"= gt s(\.\d)?, 1.0")) == 2


def test_a_linear_loop_records_nothing_and_runs_once() -> None:
    def f(x: float, A: Any) -> float:
        s = 0.0
        for k in range(len(A)):
            s = s + A[k] * x
        return s

    function = adjoint(f, 0.5, A)
    assert find(function, "tape") == []
    assert len(find(function, r"\bfor\b")) == 1  # the forward loop has gone


def test_loop_invariant_arrays_are_not_recorded() -> None:
    def f(x: Any, W: Any, n: int) -> float:
        for _ in range(n):
            x = np.tanh(W @ x)
        return np.sum(x)

    function = adjoint(f, A, M, 3, wrt=(0, 1))
    head = forward_and_backward(function)[0][0]
    assert len(re.findall(r"tape\[f64\[\w+\]\]", head)) == head.count("tape[") <= 2


def test_the_row_of_a_matrix_is_read_again() -> None:
    def f(x: float, M: Any) -> float:
        s = x
        for row in M:
            s = s + np.sum(row * row) * s
        return s

    function = adjoint(f, 0.5, M, wrt=(0, 1))
    assert "tape[f64[" not in forward_and_backward(function)[0][0]


def test_straight_code_keeps_what_it_has() -> None:
    def f(x: float) -> float:
        y = np.exp(x)
        return y * y

    function = adjoint(f, 0.5)
    assert len(find(function, "exp x")) == 1


def test_primal_arithmetic_is_untouched_by_differentiation() -> None:
    def f(x: float) -> float:
        y = x * 1.0
        z = y + 0.0
        w = z / 1.0
        return w * w

    printed = lines(adjoint(f, 0.5))
    assert printed[1:4] == [
        "y: float = multiply x, 1.0",
        "z: float = add y, 0.0",
        "w: float = truediv z, 1.0",
    ]
    assert printed[4:] == ["w_bar: float = multiply 2.0, w", "return w_bar"]


def test_a_carry_that_is_overwritten_is_no_residual() -> None:
    def f(x: float, n: int) -> float:
        s = x
        last = x
        for _ in range(n):
            last = np.sin(s)
            s = s * x
        return s + last

    function = adjoint(f, 0.5, 3)
    assert recorded(function) == 1


def test_nested_loops_record_what_the_inner_one_needs() -> None:
    def f(x: float, n: int) -> float:
        s = x
        for _ in range(n):
            for _ in range(n):
                s = s * np.sin(s)
        return s

    function = adjoint(f, 0.5, 2)
    assert len(find(function, "reversed")) == 2
    assert find(function, r"tape\[int\]") == []
