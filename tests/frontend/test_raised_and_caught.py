"""A `try` around anything that may raise gives what Python gives, or a refusal.

A table of expressions, each under several `except` clauses: the value of the gradient function is
that of the program, which says whether the right clause was taken.
"""

import functools  # noqa: F401  # for the expressions
import linecache
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import AdjointError, value_and_grad

X = np.array([0.3, -0.7, 1.2, 0.9])
CLAUSES = (
    "ValueError", "(IndexError, KeyError)", "(TypeError, AttributeError)", "ArithmeticError",
    "Exception",
)  # fmt: skip

#: Of an array x, a number a = x[1] and an integer k that is 0 or 1.
OF_ARRAYS = [
    # functions that are called by others
    "math.sqrt(a)", "(lambda v: math.sqrt(v))(a)", "sum(math.sqrt(v) for v in x)",
    "[math.sqrt(v) for v in x][0]", "max(math.log(v) for v in x)",
    "functools.reduce(lambda p, q: p + math.sqrt(q), x, 0.0)",
    "sorted([x[0], x[1]], key=lambda v: math.sqrt(v))[0]", "max([x[0], x[1]], key=math.sqrt)",
    "list(map(math.sqrt, x))[0]", "Root(a).v", "Root(1.0).p * a", "(Root(1.0) + a)",
    "Root(1.0)[k] * a", "Root(1.0)(a)", "sum(Root(1.0)) * a", "(2 * a if Root(1.0) else a)",
    "below(2, a)", "below(k, a)", "Root(1.0).nope * a", "Root(a, a).v", "len(Root(1.0)) * a",
    # positions and keys
    "x[k + 3]", "x[k:][9]", "[x[0], x[1]][k]", "(x[0], x[1])[k + 1]", "{0: a}[k]", "(1, 2)[k + 5]",
    "dict(a=a)['b']", "[a].pop(k)", "[a].index(k)", "'ab'[k + 5]", "range(3)[k + 4] * a",
    "list(zip(x, x))[k + 6][0]", "np.zeros(2)[k + 1] * a", "x[1, 2]", "x[[9]]", "np.take(x, 9)",
    "np.split(x, 3)[0][0]", "np.split(x, k + 2)[0][0]", "np.choose(k + 4, [a, a])", "[][k] * a",
    # sizes and shapes
    "np.sum(x + x[:k])", "np.reshape(x, (k, 3))[0, 0]", "x[:k] @ x", "np.stack([x, x[:k]])[0, 0]",
    "np.interp(a, [0, 1], [1])", "np.einsum('ij->i', x)[0]", "np.trapezoid(x, x[:2])",
    "np.linalg.solve([[a, a], [a, a]], [1.0, 2.0])[0]", "np.linalg.eigh(x[:2] * 1)[0][0]",
    "np.linalg.cholesky([[a, 1.0], [1.0, a]])[0, 0]", "max(x[:0])", "np.max(x[:0])", "max([])",
    # numbers
    "k // 0 * a", "1 / k * a", "divmod(k, k)[0] * a", "math.exp(a * 1e4)", "math.acos(a * 9)",
    "math.gamma(k - 1) * a", "math.factorial(k - 5) * a", "int('x') * a", "float('a') * a",
    # things that are not what is expected
    "(1 if x > 0 else 2) * a", "(not x) * a", "None[0] * a", "None + a", "'a' * a", "{[]: 1}",
    "math.sqrt(x)", "math.fsum(x)", "math.prod(x)", "math.dist(x, x[:k])", "a()", "x()", "x.foo",
]  # fmt: skip
#: Of a number, an array of rank 0, or an array.
OF_EITHER = [
    "len(x)", "x[0]", "x[()]", "x[0:1]", "x.shape[0]", "x.ndim + 1", "x.size", "x.T.sum()",
    "x.sum()", "x.mean()", "x.max()", "x.item()", "x.copy().sum()", "x.reshape(-1)[0]",
    "x.dtype.itemsize", "x.tolist()", "x.is_integer() + 1", "sum(x)", "min(x)", "sorted(x)[0]",
    "list(x)[0]", "tuple(x)[0]", "[v for v in x][0]", "any(x) + 1", "all(x) + 1", "math.fsum(x)",
    "[*x][0]", "max(*x)", "iter(x) and 1", "hasattr(x, 'shape') + 1", "hasattr(x, '__len__') + 1",
    "isinstance(x, float) + 1", "isinstance(y, np.floating) + 1", "len(y)", "y[0]", "y.ndim + 1",
    "sum(v for v in x)", "list(map(abs, x))[0]", "np.sum(x, axis=0)", "np.max(x, axis=-1)",
]  # fmt: skip


class Root:
    def __init__(self, v: Any):
        self.v = math.sqrt(v)

    @property
    def p(self) -> Any:
        return math.log(self.v - 0.9)

    def __add__(self, other: Any) -> Any:
        return 1 / (self.v - other)

    def __getitem__(self, i: Any) -> Any:
        return self.v**2 if i < 1 else [self.v][i]

    def __call__(self, v: Any) -> Any:
        return math.log(v)

    def __iter__(self) -> Any:
        yield self.v
        yield math.log(self.v - 1.0)

    def __bool__(self) -> bool:
        return math.log(self.v) > 0

    def __len__(self) -> int:
        raise ValueError


def below(n: int, v: Any) -> Any:
    return math.log(v) if n == 0 else below(n - 1, v - 0.5) * v


def program(expression: str, clause: str) -> Callable[..., Any]:
    text = (
        "def f(x, k):\n"
        "    a, y = np.ravel(x)[-3 if np.size(x) > 2 else 0], x * 1\n"
        f"    try:\n        r = {expression}\n"
        f"    except {clause}:\n        r = 7.0 * a\n"
        "    return np.sum(r) * a\n"
    )
    name = f"<{expression} {clause}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    space = {**globals()}
    exec(compile(text, name, "exec"), space)
    return space["f"]  # type: ignore[no-any-return]


def check(f: Callable[..., Any], x: Any, k: int) -> None:
    with np.errstate(all="ignore"):
        try:
            want = f(x, k)
        except Exception as error:
            with pytest.raises((type(error), AdjointError)):
                value_and_grad(f)(x, k)
            return
        if np.ndim(want) or not math.isfinite(want):
            return
        try:
            value, _ = value_and_grad(f)(x, k)
        except AdjointError:
            return
        assert np.isclose(value, want, rtol=1e-12)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("expression", OF_ARRAYS)
def test_of_arrays(expression: str) -> None:
    for clause in CLAUSES:
        check(program(expression, clause), X.copy(), 1)
    check(program(expression, "Exception"), X.copy(), 0)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("expression", OF_EITHER)
def test_of_numbers_and_arrays(expression: str) -> None:
    for clause in ("AttributeError", "TypeError", "IndexError", "Exception"):
        f = program(expression, clause)
        for x in (1.4, np.array(1.4), np.array([1.4, 0.6, 0.8]), np.float64(1.4)):
            check(f, x, 1)


def test_most_of_it_is_supported() -> None:
    """Else the tests above would prove little."""
    done = 0
    for expression in OF_EITHER:
        try:
            value_and_grad(program(expression, "Exception"))(1.4, 1)
            done += 1
        except AdjointError:
            pass
    assert done > 0.8 * len(OF_EITHER)
