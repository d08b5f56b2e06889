"""Dead code, common subexpressions and local rewriting, on IR made by hand."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

from adjoint.ir import ops
from adjoint.ir.types import FLOAT, INT, Array, fresh_dim
from adjoint.transforms.effects.dce import eliminate_dead_code as dce
from adjoint.transforms.simplify.cse import eliminate_common_subexpressions as cse
from adjoint.transforms.simplify.simplify import simplify
from tests.transforms.lowered import find, lower, run_pass

N = fresh_dim(not_one=True)
VECTOR = Array(np.dtype(np.float64), (N,))
SINGLE = Array(np.dtype(np.float32), (N,))
ROW = Array(np.dtype(np.float64), (1, N))
MATRIX = Array(np.dtype(np.float64), (N, fresh_dim(not_one=True)))


def simplified(make: Any, *params: Any, backward: bool = True) -> list[str]:
    return run_pass(make, *params, passes=(simplify, dce), backward=backward)


X, Y, S, K = ("x", VECTOR), ("y", VECTOR), ("s", FLOAT), ("k", INT)


# simplify

IDENTITIES: dict[str, tuple[Any, list[str]]] = {
    "x * 1.0": (lambda b, x: x * 1.0, ["return x"]),
    "1.0 * x": (lambda b, x: 1.0 * x, ["return x"]),
    "x / 1.0": (lambda b, x: x / 1.0, ["return x"]),
    "x + 0.0": (lambda b, x: x + 0.0, ["return x"]),
    "-(-x)": (lambda b, x: operator.neg(operator.neg(x)), ["return x"]),
    "x ** 1": (lambda b, x: x**1, ["return x"]),
    "-1.0 * x": (lambda b, x: -1.0 * x, ["%0: f64[n] = neg x", "return %0"]),
    "x * 2.0": (lambda b, x: x * 2.0, ["%0: f64[n] = multiply 2.0, x", "return %0"]),
    "x + x": (lambda b, x: x + x, ["%0: f64[n] = multiply 2.0, x", "return %0"]),
    "2 * (3 * x)": (lambda b, x: 2.0 * (3.0 * x), ["%0: f64[n] = multiply 6.0, x", "return %0"]),
    "np.sum(-x)": (
        lambda b, x: np.sum(operator.neg(x), axis=0),
        ["%0: f64 = sum x, axis=0", "%1: f64 = neg %0", "return %1"],
    ),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_backward_arithmetic_is_simplified(name: str) -> None:
    make, want = IDENTITIES[name]
    assert simplified(make, X) == want


@pytest.mark.parametrize("name", IDENTITIES)
def test_primal_arithmetic_is_left_alone(name: str) -> None:
    make, _ = IDENTITIES[name]
    assert simplified(make, X, backward=False) == run_pass(make, X, passes=(), backward=False)


def test_what_widens_stays() -> None:
    # int * 1.0 is a float; float32 + a float64 zero array is float64
    assert simplified(lambda b, k: k * 1.0, K) != ["return k"]
    assert simplified(lambda b, k: k / 1, K) != ["return k"]
    wide = simplified(lambda b, x, y: x * np.float64(1.0), ("x", SINGLE), Y)
    assert wide != ["return x"]
    assert simplified(lambda b, x: x * 1.0, ("x", SINGLE)) == ["return x"]


def test_numbers_that_round_are_not_folded() -> None:
    # 0.1 * (3.0 * x) is not 0.3 * x to the last bit, but may be; never another number.
    (line, _) = simplified(lambda b, x: 3.0 * (0.1 * x), X)[-2:]
    assert "0.30000000000000004" in line or "0.1" in line


def test_a_broadcast_is_undone_where_the_other_operand_has_the_shape() -> None:
    def product(b: Any, x: Any, s: Any) -> Any:
        return b.apply(np.broadcast_to, s, b.apply(np.shape, x)) * x

    assert simplified(product, X, S)[-2:] == ["%0: f64[n] = multiply s, x", "return %0"]


def test_a_broadcast_stays_where_the_other_operand_is_smaller() -> None:
    def product(b: Any, x: Any, row: Any) -> Any:
        return b.apply(np.broadcast_to, row, b.apply(np.shape, x)) * row

    matrix = Array(np.dtype(np.float64), (fresh_dim(not_one=True), N))
    assert any("broadcast_to" in line for line in simplified(product, ("x", matrix), ("r", ROW)))


def test_an_item_of_a_tuple_is_the_item() -> None:
    pair = lambda b, x, y: b.apply(operator.getitem, b.apply(ops.make_tuple, x, y), 1)  # noqa: E731
    assert simplified(pair, X, Y) == ["return y"]


def test_the_shape_of_an_elementwise_result_is_that_of_an_operand() -> None:
    shape = lambda b, x, y: b.apply(np.shape, x * y)  # noqa: E731
    assert simplified(shape, X, Y) == ["%0: (int) = shape x", "return %0"]


def test_double_transpose() -> None:
    twice = lambda b, x: b.apply(np.transpose, b.apply(np.transpose, x))  # noqa: E731
    matrix = Array(np.dtype(np.float64), (N, fresh_dim()))
    assert simplified(twice, ("x", matrix)) == ["return x"]


def test_a_transposition_with_axes_is_no_double_transpose() -> None:
    cube = Array(np.dtype(np.float64), (N, N, N))
    twice = lambda b, x: b.apply(np.transpose, b.apply(np.transpose, x, (1, 2, 0)))  # noqa: E731
    assert len(simplified(twice, ("x", cube))) == 3


# cse


def test_backward_repetition_is_merged() -> None:
    assert run_pass(lambda b, x, y: (x * y, x * y), X, Y, passes=cse) == [
        "%0: f64[n] = multiply x, y",
        "return %0, %0",
    ]


def test_primal_repetition_is_kept_but_for_projections() -> None:
    def twice(b: Any, x: Any, y: Any) -> Any:
        return x * y, x * y, b.apply(len, x), b.apply(len, x), x[0], x[0]

    printed = run_pass(twice, X, Y, passes=cse, backward=False)
    assert printed[-1] == "return %0, %1, %2, %2, %3, %3"


@pytest.mark.parametrize(
    ("a", "b"), [(1, 1.0), (1, True), (0.0, -0.0), (0.0, 0), (1.0, np.float64(1.0))], ids=str
)
def test_constants_that_are_equal_but_not_the_same(a: Any, b: Any) -> None:
    printed = run_pass(lambda _, x: (x * a, x * b), X, passes=cse)
    assert printed[-1] == "return %0, %1"


@pytest.mark.parametrize(
    ("a", "b"), [([0, 1], [1, 0]), (np.array([0, 1]), np.array([1, 0])), ([0], [False])], ids=str
)
def test_subscripts_that_hold_lists_or_arrays(a: Any, b: Any) -> None:
    printed = run_pass(lambda _, x: (x[:, a], x[:, b], x[:, a]), ("x", MATRIX), passes=cse)
    assert printed[-1] == "return %0, %1, %0"


def test_operands_in_another_order_are_another_operation() -> None:
    assert run_pass(lambda b, x, y: (x - y, y - x), X, Y, passes=cse)[-1] == "return %0, %1"


def test_fresh_arrays_are_not_shared() -> None:
    zeros = lambda b, x: (b.apply(np.zeros_like, x), b.apply(np.zeros_like, x))  # noqa: E731
    assert run_pass(zeros, X, passes=cse)[-1] == "return %0, %1"


def test_random_numbers_are_not_shared() -> None:
    draws = lambda b, x: (b.apply(np.random.normal), b.apply(np.random.normal))  # noqa: E731
    assert run_pass(draws, X, passes=cse)[-1] == "return %0, %1"


def test_nothing_of_one_arm_is_seen_in_the_other() -> None:
    from tests.ir.test_types import branch  # the hand-made `if`

    function, _ = branch()
    cse(function)
    text = str(function)
    assert text.count("multiply x, y") == 2


# dce


def test_unused_results_and_carries_go_effects_stay() -> None:
    def f(x: float, n: int) -> float:
        a, b, c = x, x, x
        np.exp(a)
        for k in range(n):
            a = a * x
            b = b * c
            c = c + k
            print(k)
        return a

    function = lower(f, 0.5, 3)
    assert find(function, "exp") and find(function, "carry .*b")
    dce(function)
    assert find(function, "exp") == [] and find(function, "multiply b") == []
    assert find(function, r"\bb\b|\bc\b") == []
    assert len(find(function, "print")) == 1 and len(find(function, "multiply a")) == 1


def test_a_check_stays() -> None:
    def f(x: float) -> float:
        y = x * 2.0
        assert y > 0.0, "positive"
        return x

    function = lower(f, 0.5)
    dce(function)
    assert find(function, "gt y, 0.0") and find(function, "check")


def test_a_result_of_a_branch_goes_when_nothing_reads_it() -> None:
    def f(x: float) -> float:
        if x > 0.0:
            y, z = x * 2.0, np.sin(x)
        else:
            y, z = x, np.cos(x)
        z = z + 1.0
        return y

    function = lower(f, 0.5)
    dce(function)
    assert find(function, "sin|cos") == []
    assert find(function, "yield") == ["yield y", "yield x"] or len(find(function, "yield")) == 2


def test_values_that_steer_a_loop_are_alive() -> None:
    def f(x: float) -> float:
        k = 0.0
        y = x
        while k < 3.0:
            k = k + 1.0
            y = y * x
        return y

    function = lower(f, 0.5)
    dce(function)
    assert find(function, "add k") and find(function, "lt k")
