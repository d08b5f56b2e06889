"""A gradient raises where the program raises, also where only the value needs what raises."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import AdjointError, grad, jvp, value_and_grad, vjp

X = np.array([0.5, 0.8, 1.1])
SQUARE = np.array([[2.0, 0.3], [0.3, 1.0]])


def in_a_loop(x, a, n):
    for i in range(n):
        x = x + a[i]
    return x


def in_a_branch(x, a, b):
    if x > 0.0:
        x = x + np.sum(a * b)
    return x


def in_a_loop_shapes(x, a, b):
    for _ in range(2):
        x = x + np.sum(a - b)
    return x


def unused_item(x, a, i):
    a[i]
    return 2.0 * x


def unused_write(x, a, i):
    b = a.copy()
    b[i] = 1.0
    return 2.0 * x


def unpacked(x, a):
    p, q = a
    return x + 0.0 * p


def unassigned(x, k):
    if k:
        y = 2.0
    _ = y
    return x


def in_a_helper(x, y):
    return x + inverse(y)


def inverse(y):
    return 1.0 / y


def recursive(x, n, y):
    if n == 0:
        return x + 1.0 / y
    return recursive(x, n - 1, y)


def mask(x, a, m):
    return x + np.sum(a[m])


def negative_power(x):
    return x**0.5


#: Programs that may raise, with operands for which they do and with others.
TABLE: list[tuple[Callable[..., Any], tuple[Any, ...], tuple[Any, ...]]] = [
    (lambda x, y: x + 1.0 / y, (2.0, 0.0), (2.0, 3.0)),
    (lambda x, y: x + 7 // y, (2.0, 0), (2.0, 3)),
    (lambda x, y: x + 7.0 % y, (2.0, 0.0), (2.0, 3.0)),
    (lambda x, y: x + divmod(7.0, y)[0], (2.0, 0.0), (2.0, 3.0)),
    (lambda x, y: x + 0.0**y, (2.0, -1.0), (2.0, 3.0)),
    (lambda x, y: x + 10.0**y, (2.0, 400.0), (2.0, 3.0)),
    (lambda x: math.log(x), (-2.0,), (2.0,)),
    (lambda x: math.log2(x), (-2.0,), (2.0,)),
    (lambda x: math.log10(x), (-2.0,), (2.0,)),
    (lambda x: math.log1p(x), (-2.0,), (2.0,)),
    (lambda x: math.sqrt(x), (-2.0,), (2.0,)),
    (lambda x: math.asin(x), (2.0,), (0.5,)),
    (lambda x: math.acos(x), (2.0,), (0.5,)),
    (lambda x: math.acosh(x), (0.5,), (2.0,)),
    (lambda x: math.atanh(x), (3.0,), (0.5,)),
    (lambda x: math.sin(x), (math.inf,), (2.0,)),
    (lambda x: math.cos(x), (math.inf,), (2.0,)),
    (lambda x: math.tan(x), (math.inf,), (2.0,)),
    (lambda x: math.exp(x), (1000.0,), (2.0,)),
    (lambda x: math.expm1(x), (1000.0,), (2.0,)),
    (lambda x: math.sinh(x), (1000.0,), (2.0,)),
    (lambda x: math.cosh(x), (1000.0,), (2.0,)),
    (lambda x, y: x + math.gamma(y), (2.0, -1.0), (2.0, 3.0)),
    (lambda x, y: x + math.gamma(y), (2.0, 1000.0), (2.0, 3.0)),
    (lambda x, y: x + math.lgamma(y), (2.0, -1.0), (2.0, 3.0)),
    (lambda x, y: x + math.fmod(1.0, y), (2.0, 0.0), (2.0, 3.0)),
    (lambda x, y: x + math.pow(y, 0.5), (2.0, -1.0), (2.0, 3.0)),
    (lambda x, y: x + math.floor(y), (2.0, math.inf), (2.0, 3.0)),
    (lambda x, y: x + math.ceil(y), (2.0, math.nan), (2.0, 3.0)),
    (lambda x, y: x + int(y), (2.0, math.nan), (2.0, 3.0)),
    (lambda x, y: x + round(y), (2.0, math.inf), (2.0, 3.0)),
    (lambda x, a, i: x + a[i], (2.0, X, 7), (2.0, X, 2)),
    (lambda x, a, i: x + a[i], (2.0, X, -4), (2.0, X, -3)),
    (lambda x, a: x + a[5], (2.0, X), (2.0, np.ones(6))),
    (lambda x, a, i: x + a[i], (2.0, [1.0, 2.0], 2), (2.0, [1.0, 2.0], 1)),
    (lambda x, a, i: x + a[i, 0], (2.0, SQUARE, 2), (2.0, SQUARE, 1)),
    (lambda x, a, i: x + np.sum(a[i]), (2.0, X, np.array([0, 3])), (2.0, X, np.array([0, 2]))),
    (lambda x, i: x[i] * 2.0, (X, 3), (X, 2)),
    (mask, (2.0, X, np.ones(4, bool)), (2.0, X, np.ones(3, bool))),
    (unused_item, (2.0, X, 3), (2.0, X, 2)),
    (unused_write, (2.0, X, 3), (2.0, X, 2)),
    (in_a_loop, (2.0, X, 4), (2.0, X, 3)),
    (unpacked, (2.0, X), (2.0, X[:2])),
    (lambda a, b: np.sum(a * b), (X, np.ones(4)), (X, np.ones(3))),
    (lambda a, b: np.sum(a - b), (SQUARE, np.ones(3)), (SQUARE, np.ones(2))),
    (lambda a, b: np.sum(a @ b), (SQUARE, np.ones(3)), (SQUARE, np.ones(2))),
    (lambda a, b: np.dot(a, b), (X, np.ones(4)), (X, np.ones(3))),
    (lambda a, b: np.inner(a, b), (X, np.ones(4)), (X, np.ones(3))),
    (lambda a, b: np.einsum("i,i->", a, b), (X, np.ones(4)), (X, np.ones(3))),
    (lambda a, b, c: np.mean(b @ a - c), (X, np.ones((2, 3)), np.ones(5)),
     (X, np.ones((2, 3)), np.ones(2))),
    (lambda a, b: np.sum(np.where(a > 0.0, a, b)), (X, np.ones(4)), (X, np.ones(3))),
    (lambda a, b: np.sum(np.concatenate([a, b])), (SQUARE, np.ones((2, 3))), (SQUARE, SQUARE)),
    (lambda a, b: np.sum(np.stack([a, b])), (X, np.ones(4)), (X, np.ones(3))),
    (lambda a, n: np.sum(np.reshape(a, (n, 2))), (X, 2), (np.ones(4), 2)),
    (in_a_branch, (2.0, X, np.ones(4)), (2.0, X, np.ones(3))),
    (in_a_loop_shapes, (2.0, X, np.ones(4)), (2.0, X, np.ones(3))),
    (lambda x, a: x + np.linalg.inv(a)[0, 0], (2.0, np.zeros((2, 2))), (2.0, SQUARE)),
    (lambda x, a: x + np.linalg.solve(a, np.ones(2))[0], (2.0, np.zeros((2, 2))), (2.0, SQUARE)),
    (lambda x, a: x + np.linalg.cholesky(a)[0, 0], (2.0, -SQUARE), (2.0, SQUARE)),
    (lambda x, a: x + np.linalg.det(a), (2.0, np.ones((2, 3))), (2.0, SQUARE)),
    (lambda x, a: x + np.max(a), (2.0, X[:0]), (2.0, X)),
    (lambda x, a: x + np.argmin(a), (2.0, X[:0]), (2.0, X)),
    (unassigned, (2.0, 0), (2.0, 1)),
    (in_a_helper, (2.0, 0.0), (2.0, 3.0)),
    (recursive, (2.0, 3, 0.0), (2.0, 3, 2.0)),
]  # fmt: skip

MODES: dict[str, Callable[..., Any]] = {
    "grad": lambda f, x, *rest: grad(f)(x, *rest),
    "value_and_grad": lambda f, x, *rest: value_and_grad(f)(x, *rest)[1],
    "vjp": lambda f, x, *rest: vjp(lambda x: f(x, *rest), x)[1](1.0)[0],
    "jvp": lambda f, x, *rest: jvp(f, (x, *rest), (np.ones_like(x)[()], *[None] * len(rest)))[1],
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", range(len(TABLE)))
def test_raises_as_the_program_does(case: int, mode: str) -> None:
    f, raising, fine = TABLE[case]
    run = MODES[mode]
    with np.errstate(all="ignore"):
        assert np.all(np.isfinite(run(f, *fine)))
        with pytest.raises(Exception) as own:
            f(*raising)
        with pytest.raises(own.type) as found:
            run(f, *raising)
    assert not isinstance(found.value, AdjointError)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("f", [negative_power, lambda x: x**1.5, lambda x: pow(x, 0.1) * 0.0])
def test_a_float_stays_a_float(f: Callable[[float], float], mode: str) -> None:
    assert isinstance(f(-2.0), complex)
    with pytest.raises(ValueError, match="complex"):
        MODES[mode](f, -2.0)
    assert np.isfinite(MODES[mode](f, 2.0))


def test_a_failing_shape_is_the_programs_own_exception() -> None:
    """The check at the entry lets the program speak, on copies of the arguments."""

    def f(a, b):
        a[0] = 3.0
        return np.sum(a * b)

    a = np.ones(3)
    with pytest.raises(ValueError, match="could not be broadcast"):
        grad(f)(a, np.ones(4))
    assert np.all(a == 1.0)


def test_what_runs_anyway_needs_no_check() -> None:
    def loss(w, x, y):
        r = np.tanh(x @ w) - y
        return np.sum(r * r)

    source = grad(loss).source_for(np.ones(3), np.ones((2, 3)), np.ones(2))
    assert "raise" not in source

    def total(x):
        s = 0.0
        for i in range(len(x)):
            s = s + x[i]
        return s

    assert "# forward" not in grad(total).source_for(X)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: float(str(x * x)),
        lambda x: float(f"{x:.6f}") + x,
        lambda x: float(format(x * x, ".6f")),
        lambda x: float(repr(x)[:4]),
        lambda x: x + hash(x),
        lambda x: x > 0.5,
        lambda x: int(x),
    ],
)
def test_what_carries_no_derivative_is_refused(f: Callable[[float], Any]) -> None:
    with pytest.raises(AdjointError):
        grad(f)(0.9)
    assert grad(lambda x: x if x > 0 else 0)(0.9) == 1.0


def caught_power(x, n):
    try:
        return x**n
    except OverflowError:
        return 3.0 * x


def caught_either(x):
    try:
        return math.gamma(x)
    except (ValueError, OverflowError):
        return 3.0 * x


def caught_apart(x, n):
    try:
        y = x**n
    except ZeroDivisionError:
        return 3.0 * x
    except OverflowError:
        return 5.0 * x
    return y


def caught_whole(x, y):
    try:
        return x * math.floor(y)
    except OverflowError:
        return 3.0 * x


def caught_name(x, k):
    if k:
        y = x * x
    try:
        return 2.0 * y
    except UnboundLocalError:
        return 3.0 * x


@pytest.mark.parametrize(
    ("f", "args", "slope"),
    [
        (caught_power, (2.0, 5000.0), 3.0),
        (caught_power, (2.0, 3.0), 12.0),
        (caught_either, (1000.0,), 3.0),
        (caught_either, (-1.0,), 3.0),
        (caught_apart, (0.0, -1.0), 3.0),
        (caught_apart, (2.0, 5000.0), 5.0),
        (caught_apart, (2.0, 3.0), 12.0),
        (caught_whole, (2.0, math.inf), 3.0),
        (caught_whole, (2.0, 4.5), 4.0),
        (caught_name, (2.0, 0), 3.0),
        (caught_name, (2.0, 1), 8.0),
    ],
)
@pytest.mark.parametrize("mode", MODES)
def test_what_the_program_catches_is_caught(
    f: Callable[..., float], args: tuple[Any, ...], slope: float, mode: str
) -> None:
    assert MODES[mode](f, *args) == pytest.approx(slope)


def test_a_path_without_a_derivative_is_not_differentiated() -> None:
    def f(x):
        tau = 1.0 - x if x < 1.0 else 0.0
        return 3.0 * x + tau**0.35 + math.sqrt(tau)

    assert grad(f)(2.0) == 3.0
