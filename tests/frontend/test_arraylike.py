"""Lists of numbers that the program computes, where functions of NumPy take arrays."""

import linecache

import numpy as np
import pytest
from scipy import linalg, special

from adjoint import grad
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
