"""`debug_nans` names the operation that makes the first nan, in either half of a program."""

from __future__ import annotations

import copy
import threading
from typing import Any

import numpy as np
import pytest

from adjoint import (
    NonFiniteError,
    UnsupportedError,
    debug_nans,
    grad,
    hessian,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)
from tests.corpus import Case, cases
from tests.test_corpus import bits

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def entropy(v: Any) -> Any:
    return np.log(v) * v


def through_a_helper(x: Any) -> Any:
    return np.sum(entropy(x))


def norm(x: Any) -> Any:
    n = np.sqrt(np.sum(x * x))
    return n * n


def in_a_loop(x: Any) -> Any:
    s = 0.0
    for k in range(4):
        s = s + np.sum(np.sqrt(x - k))
    return s


def difference_of_infinities(x: Any) -> Any:
    y = np.exp(x)
    return np.sum(y - y * 2.0)


def accumulates(x: Any) -> Any:
    total = np.zeros(2)
    total += 1.0 / x
    total -= 2.0 / x
    return np.sum(total * total)


def masked(x: Any) -> Any:
    scores = np.where(x > 1.5, x, -np.inf)
    return np.sum(np.exp(scores))


CASES = [
    (through_a_helper, np.array([1.0, -1.0]), "value", "np.log(v)"),
    (norm, np.zeros(3), "derivative", "np.sqrt(np.sum(x * x))"),
    (in_a_loop, np.array([2.5, 3.5]), "value", "np.sqrt(x - k)"),
    (difference_of_infinities, np.array([1.0, 1000.0]), "value", "y - y * 2.0"),
    (accumulates, np.zeros(2), "value", "total -= 2.0 / x"),
]


def line_and_caret(error: NonFiniteError) -> str:
    lines = str(error).splitlines()
    caret = next(line for line in lines if set(line.strip()) == {"^"})
    shown = lines[lines.index(caret) - 1]
    return shown[caret.index("^") : caret.rindex("^") + 1]


@pytest.mark.parametrize("f, x, half, at", CASES, ids=[c[0].__name__ for c in CASES])
@pytest.mark.parametrize("transform", [value_and_grad, jacobian])
def test_the_operation_is_named(transform: Any, f: Any, x: Any, half: str, at: str) -> None:
    with debug_nans(), pytest.raises(NonFiniteError) as caught:
        transform(f)(x)
    error = caught.value
    assert (error.kind, error.half) == ("nan", half)
    assert line_and_caret(error) == at
    assert error.span is not None and error.span.file == __file__


@pytest.mark.parametrize("f, x", [c[:2] for c in CASES], ids=[c[0].__name__ for c in CASES])
def test_nothing_is_raised_outside(f: Any, x: Any) -> None:
    expected = f(x)
    with debug_nans(), pytest.raises(NonFiniteError):
        value_and_grad(f)(x)
    value, gradient = value_and_grad(f)(x)
    assert np.array_equal(value, expected, equal_nan=True)
    assert not np.all(np.isfinite(gradient))


def test_an_operand_that_was_bad_before_is_named() -> None:
    with debug_nans(), pytest.raises(NonFiniteError) as caught:
        grad(through_a_helper)(np.array([1.0, np.nan]))
    (line,) = [line for line in caught.value.details if line.startswith("x:")]
    assert "1 nan of 2, the first at [1], before this operation" in line


def test_the_chain_of_calls_is_shown() -> None:
    with debug_nans(), pytest.raises(NonFiniteError, match=r"in entropy\(\), called from thro"):
        grad(through_a_helper)(np.array([-1.0]))


def test_infinities_only_when_asked_for() -> None:
    x = np.array([1.0, 2.0])
    with debug_nans():
        expected = grad(masked)(x)
    assert np.allclose(expected, [0.0, np.exp(2.0)])
    with debug_nans(infs=True), pytest.raises(NonFiniteError) as caught:
        grad(masked)(x)
    assert caught.value.kind == "infinity"


def test_the_option_of_grad() -> None:
    x = np.array([1.0, 1000.0])
    with pytest.raises(NonFiniteError, match="nan"):
        value_and_grad(difference_of_infinities, debug_nans=True)(x)
    with pytest.raises(NonFiniteError, match="infinity"):
        grad(difference_of_infinities, debug_nans="infs")(x)
    with pytest.raises(TypeError, match="debug_nans='all'"):
        grad(norm, debug_nans="all")


def test_it_can_be_switched_off_inside() -> None:
    with debug_nans(), debug_nans(False):
        assert np.isnan(grad(norm)(np.zeros(3))).all()


def test_a_pullback_is_checked_where_it_was_made() -> None:
    with debug_nans():
        value, pullback = vjp(norm, np.zeros(3))
    assert value == 0.0
    with pytest.raises(NonFiniteError, match="nan in the derivative"):
        pullback(1.0)


def test_forward_mode() -> None:
    with debug_nans(), pytest.raises(NonFiniteError, match="nan in the derivative"):
        jvp(norm, (np.zeros(3),), (np.ones(3),))
    with debug_nans(), pytest.raises(NonFiniteError):
        hessian(norm)(np.zeros(3))


def test_another_thread_is_left_alone() -> None:
    found: list[Any] = []
    with debug_nans():
        thread = threading.Thread(target=lambda: found.append(grad(norm)(np.zeros(3))))
        thread.start()
        thread.join()
    assert np.isnan(found[0]).all()


def test_it_is_a_floating_point_error() -> None:
    with debug_nans(), pytest.raises(FloatingPointError):
        grad(norm)(np.zeros(3))


def deep(x: Any, n: int) -> Any:
    return np.sqrt(x) if n == 0 else deep(x - 1.0, n - 1)


def comprehension(x: Any) -> Any:
    rows = [np.sqrt(v - 1.0) for v in x]
    return sum(rows)


def branches(x: Any) -> Any:
    if x[0] > 0.0:
        y = np.log(x - 1.0)
    else:
        y = x
    y[0] *= 2.0
    return y @ y


@pytest.mark.parametrize(
    "f, arguments",
    [(deep, (2.0, 2)), (comprehension, (np.array([2.0, 3.0]),)), (branches, (np.full(2, 3.0),))],
)
def test_good_numbers_are_the_same(f: Any, arguments: Any) -> None:
    """The checks change no result."""
    expected = value_and_grad(f)(*(a + 4.0 if k == 0 else a for k, a in enumerate(arguments)))
    with debug_nans(infs=True):
        got = value_and_grad(f)(*(a + 4.0 if k == 0 else a for k, a in enumerate(arguments)))
    assert np.array_equal(got[0], expected[0]) and np.array_equal(got[1], expected[1])


SOME = list(cases())[::25]


@pytest.mark.parametrize("case", SOME, ids=lambda case: case.name)
@pytest.mark.filterwarnings("error::adjoint.DisconnectedWarning")
def test_programs_of_the_corpus_are_the_same(case: Case) -> None:
    """Checked or not, to the bit, in programs with all that the language has."""

    def run() -> Any:
        args, kwargs = copy.deepcopy((case.args, case.kwargs))
        return gradient(*args, **kwargs)

    gradient = grad(case.function, case.wrt)
    try:
        expected = run()
    except UnsupportedError:
        pytest.skip("refused")
    with debug_nans():
        got = run()
    assert bits(got) == bits(expected)
