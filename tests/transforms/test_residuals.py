"""What the backward half records, computes again, and iterates again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad, vjp
from tests.memory import peak
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


# Memory that is read again


def prefix(x: Any) -> Any:
    y = np.zeros(len(x))
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = y[i - 1] ** 2 * x[i]
    return np.sum(y)


def suffix(x: Any) -> Any:
    y = x.copy()
    for i in range(len(x) - 2, -1, -1):
        y[i] = x[i] * y[i + 1] ** 2
    return y[0]


def history(x: Any) -> Any:
    states = np.zeros((6, 3))
    states[0] = x
    for t in range(5):
        states[t + 1] = np.tanh(states[t] * x)
    return np.sum(states)


def rows(A: Any) -> Any:
    A = A.copy()
    for i in range(1, len(A)):
        for j in range(i):
            A[i] = A[i] * np.sum(A[j])
    return np.sum(A)


def diagonal(A: Any) -> Any:
    A = A.copy()
    for i in range(len(A)):
        for j in range(i + 1):
            if i == j:
                A[i, i] = np.sqrt(A[i, i])
            else:
                A[i, j] = A[i, j] / A[j, j]
    return np.sum(A)


def cholesky(A: Any) -> Any:
    L = np.zeros_like(A)
    for j in range(len(A)):
        L[j, j] = np.sqrt(A[j, j] - L[j, :j] @ L[j, :j])
        for i in range(j + 1, len(A)):
            L[i, j] = (A[i, j] - L[i, :j] @ L[j, :j]) / L[j, j]
    return np.sum(np.log(np.diag(L)))


def lu(A: Any) -> Any:
    A = A.copy()
    for k in range(len(A)):
        for i in range(k + 1, len(A)):
            A[i, k] /= A[k, k]
            for j in range(k + 1, len(A)):
                A[i, j] -= A[i, k] * A[k, j]
    return np.sum(np.log(np.diag(A)))


def edit_distance(A: Any) -> Any:
    n, m = A.shape
    D = np.zeros((n + 1, m + 1))
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            D[i, j] = A[i - 1, j - 1] * D[i - 1, j] + D[i, j - 1] * D[i - 1, j - 1] + 1.0
    return D[n, m]


MATRIX = np.eye(5) * 5.0 + np.sin(np.arange(25.0)).reshape(5, 5)

READ_AGAIN = [
    (prefix, A), (suffix, A), (history, A), (diagonal, MATRIX + 1.0), (cholesky, MATRIX),
    (lu, MATRIX), (edit_distance, MATRIX),
]  # fmt: skip


@pytest.mark.parametrize(("function", "x"), READ_AGAIN)
def test_what_nothing_overwrites_is_not_recorded(function: Any, x: Any) -> None:
    assert "append(" not in grad(function).source_for(x)


def earlier_column(A: Any) -> Any:
    A = A.copy()
    for i in range(1, len(A)):
        A[i] = A[i] * A[i - 1]
        A[i - 1] = A[i] * 2.0
    return np.sum(A * A)


def wraps_around(x: Any) -> Any:
    y = x.copy()
    for i in range(len(x)):
        y[i] = y[i - 1] * y[i]
    return np.sum(y * y)


def every_other(x: Any) -> Any:
    y = x.copy()
    for i in range(len(x)):
        y[i] = y[::2][0] * y[i]
    return np.sum(y * y)


def written_later(x: Any) -> Any:
    y = x.copy()
    for i in range(1, len(x)):
        y[i] = np.sin(y[i - 1]) * y[i]
    s = np.sum(y)
    y[1:] = 0.0
    return s + np.sum(y)


@pytest.mark.parametrize(
    ("function", "x"),
    [(earlier_column, MATRIX), (wraps_around, A), (every_other, A), (written_later, A)],
)
def test_what_may_be_overwritten_is_recorded(function: Any, x: Any) -> None:
    assert "append(" in grad(function).source_for(x)
    _check(function, x)


def a_table_per_iteration(x: Any) -> Any:
    s = 1.0
    for k in range(3):
        y = np.zeros(3)
        y[0] = x[k]
        for i in range(1, 3):
            y[i] = y[i - 1] ** 2 + x[i] * y[i - 1]
        s = s + np.sum(y) * s
        y[0] = 5.0
        s = s * np.sin(y[0])
    return s


def one_table_for_all_iterations(x: Any) -> Any:
    y, s = np.zeros(3), 0.0
    for k in range(3):
        y[0] = x[k]
        for i in range(1, 3):
            y[i] = y[i - 1] ** 2 + x[i] * y[i - 1]
        s = s + np.sum(y**2)
    return s


def two_tables_that_swap(x: Any) -> Any:
    a, b = x.copy(), np.zeros_like(x)
    for _ in range(3):
        for i in range(1, len(x)):
            b[i] = a[i - 1] * a[i]
        a, b = b, a
    return np.sum(a * a) + np.sum(b)


def a_loop_that_is_left(x: Any) -> Any:
    y = np.zeros(6)
    y[0] = x[0]
    for i in range(1, 6):
        if y[i - 1] > 1.5:
            break
        y[i] = y[i - 1] ** 2 + x[1] + 0.7
    return np.sum(y * y)


def positions_from_the_end(x: Any) -> Any:
    y = x.copy()
    for i in range(len(x)):
        y[-i - 1] = y[-i] * y[i] + y[len(x) - 1 - i] ** 2
    return np.sum(y**2)


def a_gradient_inside(x: Any) -> Any:
    def inner(w: Any, t: Any) -> Any:
        s = np.zeros(4)
        s[0] = w
        for i in range(1, 4):
            s[i] = np.sin(s[i - 1]) * t
        return s[3]

    h = np.zeros(4)
    h[0] = x[0]
    for k in range(3):
        h[k + 1] = h[k] - 0.1 * grad(inner)(h[k], x[1])
    return h[3] * h[2]


OTHERS = [
    (rows, MATRIX), (a_table_per_iteration, A), (one_table_for_all_iterations, A),
    (two_tables_that_swap, A), (a_loop_that_is_left, A), (positions_from_the_end, A),
    (a_gradient_inside, A),
]  # fmt: skip


@pytest.mark.parametrize(("function", "x"), [*READ_AGAIN, *OTHERS])
def test_what_is_read_again_is_what_was_read(function: Any, x: Any) -> None:
    _check(function, x)


def _check(function: Callable[..., Any], x: Any) -> None:
    """The gradient is the slope along a direction, and a pullback may be called again."""
    direction = np.cos(np.arange(x.size)).reshape(x.shape)
    h = 1e-6
    slope = (function(x + h * direction) - function(x - h * direction)) / (2 * h)
    np.testing.assert_allclose(np.sum(grad(function)(x) * direction), slope, rtol=1e-6)
    argument = x.copy()
    pullback = vjp(function, argument)[1]
    argument[...] = 0.0
    for _ in range(2):
        (found,) = pullback(1.0)
        np.testing.assert_allclose(np.sum(found * direction), slope, rtol=1e-6)
        found[...] = 0.0


def test_a_result_that_the_caller_changes_is_not_read_again() -> None:
    def table(x: Any) -> Any:
        y = np.zeros(len(x))
        y[0] = x[0]
        for i in range(1, len(x)):
            y[i] = np.sin(y[i - 1]) * x[i]
        return y

    value, pullback = vjp(table, A)
    expected = pullback(np.ones(3))[0].copy()
    value[...] = 7.0
    np.testing.assert_array_equal(pullback(np.ones(3))[0], expected)


def matrix(n: int) -> Any:
    return np.eye(n) * n + np.cos(np.arange(n * n)).reshape(n, n)


def sweeps(x: Any) -> Any:
    x = x.copy()
    for _ in range(4):
        for i in range(1, len(x) - 1):
            x[i] = 0.5 * (x[i - 1] + x[i + 1]) - 0.1 * x[i] ** 3
    return np.sum(x)


@pytest.mark.parametrize(
    ("function", "make", "factor"),
    [
        (cholesky, matrix, 4), (lu, matrix, 4), (edit_distance, lambda n: 0.01 * matrix(n), 4),
        (prefix, lambda n: 0.5 * np.ones(50 * n), 2), (sweeps, lambda n: np.ones(50 * n), 2),
    ],
)  # fmt: skip
def test_memory_grows_as_the_arrays_do(function: Any, make: Any, factor: int) -> None:
    gradient = grad(function)
    small, large = (peak(gradient, make(n)) for n in (32, 64))
    assert large < 1.2 * factor * small


# Sizes, invariants, states


def test_no_array_is_recorded_for_its_size() -> None:
    def f(x: Any, W: Any, n: int) -> float:
        s = 0.0
        for _ in range(n):
            v = W @ x
            s = s + np.mean(v)
            x = np.tanh(x)
        return s + np.sum(x)

    (record,) = re.findall(r"append\((.*)\)", grad(f).source_for(A, M, 3))
    assert "v" not in re.split(r"[^\w.]+", record)


def test_an_invariant_is_computed_before_the_backward_loop() -> None:
    def f(x: Any, w: Any, n: int) -> float:
        for _ in range(n):
            x = np.sin(x * (w + 3.0))
        return np.sum(x)

    backward = grad(f).source_for(A, A, 3).partition("# backward")[2]
    code = re.sub("#.*", "", backward)
    assert code.index("w + 3.0") < code.index("for ")
    np.testing.assert_allclose(grad(f)(A, A, 1), np.cos(A * (A + 3.0)) * (A + 3.0))


def test_the_state_behind_an_iteration_is_that_before_the_next_one() -> None:
    def f(h: Any, W: Any, n: int) -> float:
        for _ in range(n):
            h = np.tanh(W @ h)
        return np.sum(h * h)

    function = adjoint(f, A, M, 3, wrt=(0, 1))
    assert recorded(function) == 1
    text = grad(f, argnums=(0, 1)).source_for(A, M, 3)
    assert "h = np.tanh(W @ h)" in text
