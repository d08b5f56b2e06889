"""Helpers that are kept as a pair of functions: derivatives of every kind, and the text."""

import copy
import linecache
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, grad, hvp, jvp, value_and_grad, vjp
from tests.oracle import assert_same_gradient, richardson_gradient

RNG = np.random.default_rng(13)
VECTOR, MATRIX = RNG.normal(size=3), 0.4 * RNG.normal(size=(3, 3))


def slope(u, p):
    x, y, z = u
    a, b, c = p
    return np.array([a * x - b * x * y, c * x * y - a * y * z, b * z - c * x * z])


def runge_kutta(p, u):
    for _ in range(4):
        k1 = slope(u, p)
        k2 = slope(u + 0.05 * k1, p)
        k3 = slope(u + 0.05 * k2, p)
        k4 = slope(u + 0.1 * k3, p)
        u = u + 0.1 / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return np.sum(u * u)


def layer(x, W):
    h = np.tanh(W @ x)
    g = np.exp(-h * h) + h * x
    return g / np.sqrt(1.0 + np.sum(g * g)) + 0.1 * x


def layers(W, x):
    y = layer(x, W)
    y = layer(y, W.T)
    y = layer(y, W * W)
    return np.sum(layer(y, W) * x)


def clipped(x, low):
    y = np.sin(x) * x + low
    total = 0.0
    for k in range(3):
        if y[k] > low:
            total = total + y[k] * y[k] * y[0]
        else:
            total = total - low * y[k] * y[1]
    return total * low + np.sum(y)


def loops_and_branches(x, s):
    return clipped(x, s) * clipped(x * s, 0.3) + clipped(x + 1.0, s * s)


def weighted(x, i):
    a = x[i] * x[i - 1] + np.sin(x[i])
    return a * np.exp(-a * a) + 0.1 * a * x[0] - x[i - 2] * a


def overwritten(x, y):
    x = x * y
    for i in range(3):
        x[i] = np.tanh(weighted(x, i) + weighted(x, i - 1))
        x[i - 1] = np.sin(weighted(x, i)) * x[i]
    return np.sum(x * y)


def ends(x):
    y = np.sin(x) + x * x * 0.5 - np.cos(x * 0.3)
    z = y * y * x + np.exp(-y)
    return x[1:], z[:2], (y * z)[1]


def views_of_arguments(x, s):
    a, b, c = ends(x)
    d, e, f = ends(x * s)
    g, h, k = ends(b[0] * x)
    return np.sum(a * b + d * e + g * h) * (c + f * k)


def smoothed(x):
    y = x.copy()
    y[1:] += 0.3 * y[:-1] * y[1:]
    y[0] = np.sin(y[0]) * y[2] + y[1] * y[1]
    y *= x + 0.2 * y
    return y


def mutation_inside(x, s):
    return np.sum(smoothed(smoothed(x) * s) * smoothed(x + s))


def scaled_in_place(x, s):
    x *= s + 0.1 * np.sin(x) * x
    x[0] = x[1] * x[2] + np.exp(-x[0] * x[0])
    return np.sum(x * x * s)


def writes_to_its_argument(x, s):
    y = x * 1.0
    a = scaled_in_place(y, s)
    b = scaled_in_place(y, s + 0.2)
    return a * b * np.sum(y) + scaled_in_place(y, 0.9)


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


def deep(W, x, n):
    if n == 0:
        return np.sum(x * x)
    y = np.tanh(W @ x)
    return deep(W, y, n - 1) + np.sum(y) * W[0, 0]


def recursion_over_arrays(W, x):
    return deep(W, x, 3) * 0.5 + np.sum(W) + deep(W * W, x, 2)


def both(a, b, i):
    if i == 3:
        return 0.0
    return a[i] * np.sin(b[i]) + both(a, b, i + 1)


def one_array_twice(x, s):
    return both(x, x, 0) * s + both(x, x[::-1], 1) + both(x * s, x, 0)


def halves(x):
    if len(x) == 1:
        return np.sin(x[0])
    middle = len(x) // 2
    return halves(x[:middle]) * halves(x[middle:]) + x[0]


def recursion_over_views(x, s):
    return halves(x * s) + halves(x)


def even(x, n):
    return x * x if n == 0 else np.sin(odd(x, n - 1)) * x


def odd(x, n):
    return x + 1.0 if n == 0 else np.cos(even(x, n - 1)) * x


def mutual_recursion(x, s):
    return even(x, 4) * odd(x * s, 3)


def length(x0, x1, a, depth):
    if depth == 0:
        return math.hypot(x1 - x0, a * math.sin(x1) - a * math.sin(x0))
    middle = 0.5 * (x0 + x1)
    return length(x0, middle, a, depth - 1) + length(middle, x1, a, depth - 1)


def curve(a, end):
    return (length(0.0, end, a, 4) - 3.0) ** 2


PROGRAMS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "runge_kutta": (runge_kutta, (VECTOR, VECTOR + 1.0)),
    "layers": (layers, (MATRIX, VECTOR)),
    "loops_and_branches": (loops_and_branches, (VECTOR, 0.7)),
    "overwritten": (overwritten, (VECTOR, VECTOR + 0.5)),
    "views_of_arguments": (views_of_arguments, (VECTOR, 0.7)),
    "mutation_inside": (mutation_inside, (VECTOR, 0.7)),
    "writes_to_its_argument": (writes_to_its_argument, (VECTOR, 0.7)),
    "power": (power, (1.3, 5)),
    "recursion_over_arrays": (recursion_over_arrays, (MATRIX, VECTOR)),
    "one_array_twice": (one_array_twice, (VECTOR, 0.7)),
    "recursion_over_views": (recursion_over_views, (np.linspace(0.2, 0.9, 5), 0.7)),
    "mutual_recursion": (mutual_recursion, (0.6, 1.2)),
    "curve": (curve, (0.7, 2.5)),
}
#: Those with functions of their own in the text.
KEPT = sorted(PROGRAMS.keys() - {"writes_to_its_argument"})
#: A recursion whose residuals depend on its arguments has no second derivative by reverse mode.
TAPED = {"power", "recursion_over_arrays", "recursion_over_views", "mutual_recursion"}
each = pytest.mark.parametrize("name", PROGRAMS)


def program(name: str) -> tuple[Callable[..., Any], tuple[Any, ...], Any]:
    f, args = PROGRAMS[name]
    wrt = tuple(k for k, a in enumerate(args) if not isinstance(a, int))
    return f, copy.deepcopy(args), wrt if len(wrt) > 1 else wrt[0]


@each
def test_gradient(name: str) -> None:
    f, args, wrt = program(name)
    assert_same_gradient(grad(f, wrt)(*args), richardson_gradient(f, args, wrt), 1e-7)


@pytest.mark.parametrize("name", KEPT)
def test_it_is_kept(name: str) -> None:
    f, args, wrt = program(name)
    functions = re.findall(r"^def (\w+)", grad(f, wrt).source_for(*args), re.MULTILINE)
    assert len(functions) > 1
    assert len(functions) == len(set(functions))


@each
def test_tangent(name: str) -> None:
    f, args, _ = program(name)
    wrt = 0
    along = np.ones_like(args[0])
    _, tangent = jvp(lambda x: f(x, *args[1:]), (args[0],), (along * 1.0,))
    assert_same_gradient(tangent, np.sum(richardson_gradient(f, args, wrt)), 1e-7)


@each
def test_second_order(name: str) -> None:
    f, args, _ = program(name)
    along = np.ones_like(args[0]) * 1.0
    h = 1e-5
    first = grad(f)
    if name in TAPED:
        with pytest.raises(UnsupportedError, match="gradient of a recursive function"):
            hvp(f)(*args, along)
        return
    above, below = (first(args[0] + s * along, *args[1:]) for s in (h, -h))
    want = (above - below) / (2 * h)
    assert_same_gradient(hvp(f)(*args, along), want, 1e-5, 1e-7)


@each
def test_second_order_by_reverse_over_reverse(name: str) -> None:
    """What the halves of a pair hand to each other is differentiated too."""
    f, args, _ = program(name)
    along = np.ones_like(args[0]) * 1.0
    first = grad(f)

    def slope_along(x, *rest):
        return np.sum(grad(f)(x, *rest) * along)

    if name in TAPED:
        with pytest.raises(UnsupportedError, match="gradient of a recursive function"):
            grad(slope_along)(*args)
        return
    h = 1e-5
    above, below = (first(args[0] + s * along, *args[1:]) for s in (h, -h))
    assert_same_gradient(grad(slope_along)(*args), (above - below) / (2 * h), 1e-5, 1e-7)


# Helpers whose gradients a program takes


def ways(p):
    return np.sum(np.exp(p * 0.3)) * p[0] * np.cos(p[1]) + np.sum(p * p * p)


def one_way(p):
    total = np.sum(np.exp(p * 0.3))
    if total > 1.0:
        y = total * p[0] * np.cos(p[1]) * total
    else:
        y = np.sin(total) * total * p[1]
    return y * y * 0.1 + total * np.sum(p * p)


def round_and_round(p):
    total = np.sum(np.exp(p * 0.3))
    y = 0.3 * total
    for _ in range(3):
        y = np.sin(y) * p[0] + 0.1 * y * y * np.cos(p[1])
    return y * y + total * np.sum(p * p)


def with_names(p):
    d = {"a": np.exp(p * 0.3) * p[0], "b": np.sin(p)}
    return np.sum(d["a"] * d["b"] * np.cos(d["a"])) * p[1] + np.sum(d["a"] * p) ** 2


def steps(loss, p, rate):
    g = grad(loss)(p)
    p = p - rate * g
    g = grad(loss)(p)
    p = p - rate * g
    return loss(p) + np.sum(g * g)


def descent(loss, p, rate):
    g = grad(loss)(p)
    n = 0
    while np.sum(g * g) > 1e-3 and n < 3:
        p = p - rate * g
        g = grad(loss)(p)
        n += 1
    return loss(p)


def search(loss, p, rate):
    for _ in range(2):
        value, g = value_and_grad(loss)(p)
        step = 4.0 * rate
        trial = p - step * g
        while loss(trial) > value - 0.9 * step * np.sum(g * g) and step > 0.01:
            step = 0.5 * step
            trial = p - step * g
        p = trial
    return loss(p)


def a_choice(loss, p, rate):
    if rate > 0.1:
        g = grad(loss)(p)
        p = p - 0.1 * rate * g
    else:
        p = p - rate * grad(loss)(p * 2.0)
    return loss(p) + loss(p * rate)


def values_and_slopes(loss, p, rate):
    value, g = value_and_grad(loss)(p * rate)
    other, h = value_and_grad(loss)(p)
    return loss(p - rate * g) + value * other + np.sum(g * h)


@pytest.mark.parametrize("loss", [ways, one_way, round_and_round, with_names])
@pytest.mark.parametrize("training", [steps, descent, search, a_choice, values_and_slopes])
def test_the_gradient_of_a_program_that_takes_gradients(training: Any, loss: Any) -> None:
    def f(p, rate):
        return training(loss, p, rate)

    args = np.array([0.3, -0.4]), 0.045
    got = grad(f, (0, 1))(*args)
    assert "_backward(" in grad(f, (0, 1)).source_for(*args)
    assert_same_gradient(got, richardson_gradient(f, args, (0, 1)), 1e-6)


def arms(loss, p, rate):
    if rate > 0.1:
        y = loss(p * rate) * 3.0
    else:
        y = loss(p)
    return loss(p) * y + loss(p * rate)


def arms_of_loops(loss, p, rate):
    y = 0.0
    for k in range(3):
        if k == 1:
            y = y + loss(p * rate) * y
        else:
            y = y + rate * loss(p + y)
    return y * loss(p)


@pytest.mark.parametrize("rate", [0.045, 0.2])
@pytest.mark.parametrize("loss", [ways, with_names])
@pytest.mark.parametrize("program", [a_choice, arms, arms_of_loops])
def test_three_derivatives_through_arms_of_branches(program: Any, loss: Any, rate: float) -> None:
    """In an arm without the call there are no residuals of it."""

    def f(p, rate):
        return np.sum(grad(lambda q: program(loss, q, rate))(p) * p)

    args = np.array([0.3, -0.4]), rate
    got = grad(f, (0, 1))(*args)
    assert_same_gradient(got, richardson_gradient(f, args, (0, 1)), 1e-6)


@each
def test_pullbacks_are_independent(name: str) -> None:
    f, args, wrt = program(name)
    value, pullback = vjp(lambda x: f(x, *args[1:]), args[0])
    assert_same_gradient(value, f(*copy.deepcopy(args)), 1e-12)
    first = pullback(1.0)
    want = copy.deepcopy(first)
    for result in first if isinstance(first, tuple) else (first,):
        if isinstance(result, np.ndarray):
            result[...] = 7.0
    assert_same_gradient(pullback(1.0), want, 1e-14)


@each
def test_results_are_owned(name: str) -> None:
    f, args, wrt = program(name)
    gradient = grad(f, wrt)
    before = copy.deepcopy(args)
    first = gradient(*args)
    want = copy.deepcopy(first)
    for result in first if isinstance(first, tuple) else (first,):
        if isinstance(result, np.ndarray):
            assert not any(np.shares_memory(result, np.asarray(a)) for a in args)
            result[...] = 7.0
    assert_same_gradient(gradient(*args), want, 1e-14)
    for a, b in zip(args, before, strict=True):
        assert np.array_equal(a, b)


# The text


def tree_of_calls(depth: int) -> Callable[..., Any]:
    lines = ["import numpy as np", "def f0(x):", "    y = np.sin(x) * x + 0.2",
             "    z = y + x * np.cos(y)", "    return 0.1 * y * z + 0.1 * z * x"]  # fmt: skip
    for k in range(1, depth + 1):
        lines += [f"def f{k}(x):", f"    a = f{k - 1}(x * 0.5)", f"    b = f{k - 1}(x + a)",
                  "    return np.tanh(a * b + x)"]  # fmt: skip
    text = "\n".join(lines)
    file = f"<tree of calls {depth}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace: dict[str, Any] = {}
    exec(compile(text, file, "exec"), namespace)
    made: Callable[..., Any] = namespace[f"f{depth}"]
    return made


def test_the_text_grows_with_the_program() -> None:
    lengths = {}
    for depth in (4, 8, 12):
        f = tree_of_calls(depth)
        gradient = grad(f)
        lengths[depth] = len(gradient.source_for(0.3).splitlines())
        assert_same_gradient(gradient(0.3), richardson_gradient(f, (0.3,), 0), 1e-7)
    assert lengths[12] - lengths[8] <= 1.2 * (lengths[8] - lengths[4]) < 4 * 80


def test_a_helper_without_residuals_is_the_users_own_function() -> None:
    text = grad(runge_kutta, 0).source_for(VECTOR, VECTOR)
    assert re.findall(r"^def (\w+)", text, re.MULTILINE)[:2] == ["slope", "slope_backward"]
    assert len(re.findall(r"^ +k\d = slope\(", text, re.MULTILINE)) == 4


def test_recursion_begins_with_a_call_and_adds_in_place() -> None:
    text = grad(both, (0, 1)).source_for(VECTOR, VECTOR, 0)
    functions = re.split(r"^def ", text, flags=re.MULTILINE)[1:]
    assert "zeros_like" not in "".join(f for f in functions if not f.startswith("both_grad"))
    assert "a_bar[i] += " in text
    assert "= None" not in text
    assert "if " not in functions[-1]


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def gates(x):
    return np.sum(sigmoid(x) * sigmoid(2.0 * x) * sigmoid(x * x))


def called_once(x, W):
    return np.sum(layer(x, W))


@pytest.mark.parametrize(("f", "args"), [(gates, (VECTOR,)), (called_once, (VECTOR, MATRIX))])
def test_what_is_short_or_called_once_is_inlined(f: Any, args: Any) -> None:
    assert grad(f).source_for(*args).count("def ") == 1


# Exceptions


def logarithms(x, y):
    a = math.log(x) * x + math.sqrt(y) * 0.5
    b = a * math.exp(-y) + math.log(y) - a * a
    return a * b + math.sqrt(x) * b


def two_logarithms(x):
    return logarithms(x, 2.0) * 0.0 + logarithms(2.0, x - 1.0) + logarithms(3.0, 0.5)


def products(x, y):
    z = np.sin(x) * y + np.cos(y) * 0.5
    return np.sum(z * x) * 0.5 + np.sum(np.exp(-z) * y) - np.sum(x)


def two_products(x, y):
    return products(x, y) + products(y, y[::-1]) * products(x, y[::-1])


@pytest.mark.parametrize(
    ("f", "right", "wrong"),
    [
        (two_logarithms, (2.5,), (0.5,)),
        (two_products, (VECTOR, VECTOR + 1.0), (VECTOR, np.ones(4))),
    ],
)
def test_it_raises_where_the_program_raises(f: Any, right: Any, wrong: Any) -> None:
    gradient = grad(f)
    assert gradient.source_for(*right).count("def ") > 1
    assert_same_gradient(gradient(*right), richardson_gradient(f, right, 0), 1e-7)
    with pytest.raises(ValueError) as expected:
        f(*wrong)
    with pytest.raises(ValueError, match=re.escape(str(expected.value))):
        gradient(*wrong)
