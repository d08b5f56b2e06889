"""Lists of numbers that the program computes, where functions of NumPy take arrays."""

import linecache

import numpy as np
import pytest
from scipy import linalg, special

from adjoint import grad, jvp, value_and_grad
from tests.oracle import assert_same_gradient, richardson_gradient

X = np.array([0.7, 1.3, 0.4])
LIST, ROWS = "[x[0], 2.0, x[1] * x[2]]", "[[x[0], 0.2], [x[1], 3.0 + x[2]]]"
ONE = (
    "sum prod mean var std max min median ptp cumsum cumprod average nansum nanmean nanvar sort "
    "exp sin abs sqrt square negative diff flip trapezoid gradient vander transpose ravel "
    "linalg.norm fft.fft"
).split()
TWO = (
    "dot inner outer cross maximum add multiply logaddexp convolve kron vdot matmul arctan2 "
    "hypot power correlate"
).split()
OTHERS = [
    f"np.percentile({LIST}, 30)",
    f"np.quantile({LIST}, q=0.3)",
    f"np.clip({LIST}, 0.5, 1.0)",
    f"np.roll({LIST}, 1)",
    f"np.interp({LIST}, [0.0, 1.0, 2.0], [1.0, 5.0, 2.0])",
    f"np.where([True, False, True], {LIST}, x)",
    f"np.tensordot({LIST}, x, 1)",
    f"np.einsum('i,i->', {LIST}, ({LIST[1:-1]}))",
    f"np.average(x, weights={LIST})",
    f"np.linalg.norm(({LIST[1:-1]}))",
    f"np.reshape({LIST}, (3, 1))",
    f"np.linalg.det({ROWS})",
    f"np.linalg.solve({ROWS}, [x[2], 1.0])",
    f"np.trace({ROWS})",
    f"np.sum({ROWS}, axis=0)",
    f"np.matmul({ROWS}, [x[2], 1.0])",
    f"linalg.expm({ROWS})",
    f"special.expit({LIST})",
    "np.sum([x, x * x], axis=0)",
    "np.max([x, x * x, 1.0 / x], axis=0)",
    "np.dot([v * v for v in x], x)",
]
TEXTS = [f"np.{f}({LIST})" for f in ONE] + [f"np.{f}({LIST}, x)" for f in TWO] + OTHERS


@pytest.mark.parametrize("text", TEXTS)
def test_lists_are_arrays(text):
    file = f"<{text}>"
    source = f"def f(x):\n    return np.sum(np.abs({text}) ** 2)\n"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    namespace = {"np": np, "linalg": linalg, "special": special}
    exec(compile(source, file, "exec"), namespace)
    f = namespace["f"]
    assert_same_gradient(grad(f)(X), richardson_gradient(f, (X,), (0,))[0])


def test_shapes_stay_shapes():
    def f(x):
        n = len(x)
        return np.sum(np.reshape(np.tile(x, [2, n]), (n, 2 * n)) * np.full((n, 2 * n), x[0]))

    assert_same_gradient(grad(f)(X), richardson_gradient(f, (X,), (0,))[0])


#: Literal lists and lists of the module, beside an array: of whole numbers, floats and booleans.
WEIGHTS, COUNTS = [1.0, 2.0, 3.0], [1, 2, 3]
BESIDE = [
    "x * [1, 2, 3]", "[1, 2, 3] * x", "x * (1, 2, 3)", "x * [True, False, True]", "x + [1, 2, 3]",
    "[1, 2, 3] - x", "x / [1, 2, 3]", "[1.0, 2.0, 3.0] / x", "x ** [1, 2, 3]", "[1, 2, 3] ** x",
    "x @ [1, 2, 3]", "[1.0, 2.0, 3.0] @ x", "[[1, 2, 3], [4, 5, 6]] @ x", "x * WEIGHTS",
    "x * COUNTS", "WEIGHTS @ x", "x ** COUNTS", "x % [2, 3, 4]", "x * [x[0], 2, x[1]]",
    "[x[0], 2, x[1]] * x", "x ** [x[0], 2, x[1]]", "x @ [v * v for v in x]",
    "x * [v * v for v in x]", "x[0] * np.ones(2) * [3, 4]", "np.sum(x) + [1.0, 2.0]",
    "np.where(x > [0.5, 2.0, 0.1], x, 2.0 * x)", "x * [[1], [2]]", "x.dot([1, 2, 3])",
    "np.dot([1.0, 2.0, 3.0], x)", "np.inner(x, [1, 2, 3])", "np.kron(x, [1, 2])",
    "np.outer([1, 2], x)", "np.vdot([1.0, 2.0, 3.0], x)", "np.convolve(x, [1, -1])",
    "np.power(x, [1, 2, 3])", "np.float_power(x, [1, 2, 3])", "np.arctan2(x, [1, 2, 3])",
    "np.hypot([1, 2, 3], x)", "np.multiply(x, [1, 2, 3])", "np.maximum(x, [1, 0, 1])",
    "np.cov(x, [1.0, 2.0, 4.0])", "np.linalg.solve(np.outer(x, x) + np.eye(3), [1., 2., 3.])",
    "np.linalg.solve([[2.0, 1.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 3.0]], x)",
    "np.linalg.lstsq([[2.0, 1.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 3.0]], x)[0]",
    "np.linalg.multi_dot([np.outer(x, x), [[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]], x[:2]])",
    "np.sort([3.0, 1.0, 2.0])[::-1] @ x", "np.sort([3, 1, 2]) * x", "np.cumsum([1, 2, 3]) @ x",
    "np.argsort([3.0, 1.0, 2.0]) * x", "np.flip([1, 2, 3]) * x", "np.diff([1, 2, 4, 8]) * x",
    "np.diff(x, prepend=1.0, append=[2.0, 3.0])", "np.diff(x, prepend=[1, 2])",
    "np.average(x, weights=[1, 2, 3])", "np.choose([0, 1, 1], [2.0 * x, x ** 2])",
    "np.choose([0, 2, 1], [x, x ** 2], mode='wrap')", "np.choose([0, 1, 0], [[1, 2, 3], x])",
    "np.piecewise(x, [[True, False, True]], [lambda v: v ** 2, lambda v: 3.0 * v])",
    "np.select([[True, False, True]], [x], 2.0 * x)", "np.interp(x, [0, 1, 2], [1, 5, 2])",
    "np.concatenate([x, [1, 2]])", "np.concatenate([x, (1,)])", "np.hstack([x, 1])",
    "np.append(x, 1)", "np.append(x, [1, 2])", "np.append([1, 2], x)", "np.dstack([x, [1, 2, 3]])",
    "np.array([x, [1, 2, 3]])", "np.vstack(([1, 2, 3], x))", "np.stack([x[0], 1, 2.0])",
    "np.stack([x, [1, 2, 3]])", "np.trapezoid(x, [0.0, 1.0, 3.0])",
    "np.einsum('i,i->', x, [1.0, 2.0, 3.0])", "np.tensordot(x, [1.0, 2.0, 3.0], 1)",
    "np.cross(x, [1, 2, 3])", "np.polyval([1, 2, 3], x)", "np.logaddexp(x, [1, 2, 3])",
    "np.clip(x, [0.5, 0.5, 0.5], [1, 1, 1])", "np.take(x, [0, 0, 1])", "x[[0, 0, 2]]",
    "np.insert(x, [1, 2], [5.0, 6.0])", "np.add.outer([1, 2], x)", "np.percentile(x, [25, 75])",
    "np.linalg.norm([x[0], 2, 3])", "np.broadcast_to(x, [2, 3])", "np.tile(x, [2, 1])",
]  # fmt: skip


@pytest.mark.parametrize("text", BESIDE)
def test_lists_beside_arrays(text):
    file = f"<beside: {text}>"
    source = f"def f(x):\n    return np.sum(np.abs({text} + 0.1) ** 2)\n"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    namespace = {"np": np, "WEIGHTS": WEIGHTS, "COUNTS": COUNTS}
    exec(compile(source, file, "exec"), namespace)
    f = namespace["f"]
    value, x_bar = value_and_grad(f)(X)
    np.testing.assert_allclose(value, f(X))
    want = richardson_gradient(f, (X,))
    assert_same_gradient(x_bar, want, 1e-7, 1e-9)
    v = np.array([0.3, 1.0, -2.0])
    assert jvp(f, (X,), (v,))[1] == pytest.approx(want @ v)


def multiplied_in_place(x):
    y = x * 1.0
    z = y
    y *= [1, 2, 3]
    y **= [1, 2, 1]
    return np.sum(z * [x[0], 1, 2])


def compared(x):
    return np.sum(x[x > [0.5, 2.0, 0.1]] ** 2) + np.sum(x * (x <= (0.5, 2.0, 0.1)))


def weighted(x, w):
    return np.sum(x * w) + w @ x


@pytest.mark.parametrize(
    "f, more", [(multiplied_in_place, ()), (compared, ()), (weighted, ([1.0, 2.0, 4.0],))]
)
def test_statements(f, more):
    value, x_bar = value_and_grad(f)(X, *more)
    np.testing.assert_allclose(value, f(X, *more))
    assert_same_gradient(x_bar, richardson_gradient(f, (X, *more)), 1e-7, 1e-9)


def test_the_list_has_a_gradient_as_well():
    w = [1.0, 2.0, 4.0]
    assert grad(lambda x, w: np.sum(x * w), 1)(X, w) == X.tolist()


def test_repetition_stays_repetition():
    def f(x, n):
        zeros = [0.0] * n + 2 * [1.0] + [3.0] * np.int64(2)
        return x[0] * len(zeros) + sum(2 * [x[1]])

    assert_same_gradient(grad(f)(X, 2), np.array([6.0, 2.0, 0.0]))
