"""What is no choice of known members is refused, and a random program of choices is right."""

import linecache
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adjoint import UnsupportedError, grad, hvp, jvp
from tests.oracle import assert_same_gradient, richardson_gradient

X = np.array([0.5, 1.5, 2.5])


def array_of_one_arm_in_two_shapes(x: Any, c: Any) -> Any:
    A = np.outer(x, x)
    if c:
        a = A * 2
        b = np.reshape(a[:, :2], (6,))
    else:
        a, b = A, np.concatenate([x, x])
    a *= 3
    return np.sum(a) + np.sum(b * b)


def choice_that_a_list_holds(x: Any, c: Any) -> Any:
    y = x * 2
    rows = []
    for _ in range(len(x)):
        v = y if c else x * 3
        rows.append(v)
        w = v if x[0] > 0 else x * 1.0
        w *= 2
    return np.sum(rows[0]) + np.sum(y)


def carried_choice_that_a_list_holds(x: Any, c: Any) -> Any:
    y, v = x * 2, x * 1.0
    rows = []
    for _ in range(len(x)):
        v *= 2
        rows.append(v)
        v = x * 3 if c else y
    return np.sum(rows[0]) + np.sum(y)


def reshaped_choice(x: Any, c: Any) -> Any:
    A = np.outer(x, x)
    a = A * 2 if c else A
    b = np.reshape(a[:, :2], (6,))
    a *= 3
    return np.sum(a) + np.sum(b * b)


REFUSED = [
    array_of_one_arm_in_two_shapes, choice_that_a_list_holds, carried_choice_that_a_list_holds,
    reshaped_choice,
]  # fmt: skip


@pytest.mark.parametrize("f", REFUSED, ids=lambda f: f.__name__)
def test_what_is_not_known_is_refused(f: Any) -> None:
    with pytest.raises(UnsupportedError, match="may or may not|a list holds it"):
        grad(f)(X, True)


NAMES = st.sampled_from("pqrs")
TESTS = st.sampled_from(["flag", "not flag", "x[1] > 1", "x[0] > 1"])
LINES = st.one_of(
    st.builds("{0} = {1} if {2} else {3}".format, NAMES, NAMES, TESTS, NAMES),
    st.builds("{0} = {1} * x if {2} else {3}".format, NAMES, NAMES, TESTS, NAMES),
    st.builds("{0} *= 1.0 + 0.1 * x".format, NAMES),
    st.builds("{0}[{1}] += 0.3 * {2}[{3}]".format, NAMES, st.integers(0, 2), NAMES,
              st.integers(0, 2)),
    st.builds("{0}[1:] *= {1}[:2] * 0.5".format, NAMES, NAMES),
    st.builds("{0}, {1} = {1}, {0}".format, NAMES, NAMES),
    st.builds("{0} = {1}".format, NAMES, NAMES),
    st.builds("{0} = {1} + x".format, NAMES, NAMES),
    st.builds("o.w = {0}".format, NAMES),
    st.builds("o.w += 0.1 * {0}".format, NAMES),
    st.builds("{0} = o.w".format, NAMES),
)  # fmt: skip
BLOCKS = st.recursive(
    st.lists(LINES, min_size=1, max_size=4),
    lambda inner: st.lists(
        LINES
        | st.tuples(st.just("if"), TESTS, inner, inner)
        | st.tuples(st.just("for"), st.integers(1, 3), inner),
        min_size=1,
        max_size=4,
    ),
    max_leaves=6,
)


def written(block: Any, depth: int = 1) -> list[str]:
    pad, lines = "    " * depth, []
    for node in block:
        match node:
            case str():
                lines.append(pad + node)
            case ("if", test, then, otherwise):
                lines += [f"{pad}if {test}:", *written(then, depth + 1), f"{pad}else:"]
                lines += written(otherwise, depth + 1)
            case (_, count, body):
                lines += [f"{pad}for i{depth} in range({count} + n):", *written(body, depth + 1)]
    return lines


class Holder:
    def __init__(self, w: Any):
        self.w = w


def program_of(block: Any) -> Any:
    lines = [
        "def f(x, n, flag):",
        "    p, q, r = x * 1.0, x * 2.0, x * x",
        "    s = p",
        "    o = Holder(q)",
        *written(block),
        "    return np.sum(p * x) + np.sum(q * q) + np.sum(r) + np.sum(s * x) + np.sum(o.w * p)",
    ]
    text = "\n".join(lines) + "\n"
    name = f"<choices {hash(text)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    space: dict[str, Any] = {"np": np, "Holder": Holder}
    exec(compile(text, name, "exec"), space)
    return space["f"]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(BLOCKS, st.booleans())
def test_random_choices(block: Any, flag: bool) -> None:
    f = program_of(block)
    want = richardson_gradient(f, (X, 0, flag), 0, {})
    gradient = grad(f)
    try:
        got = gradient(X, 0, flag)
    except UnsupportedError:
        return
    assert_same_gradient(got, want, 1e-6, 1e-7)
    tangent = jvp(lambda x: f(x, 0, flag), (X,), (X,))[1]
    assert_same_gradient(tangent, np.sum(want * X), 1e-6, 1e-7)
    step = 1e-5 * X
    up, down = gradient(X + step, 0, flag), gradient(X - step, 0, flag)
    product = hvp(lambda x: f(x, 0, flag))(X, X)
    assert_same_gradient(product, (up - down) / 2e-5, 1e-4, 1e-4)
