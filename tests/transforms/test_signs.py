"""Signs that sums and differences take over: each of them has place for one."""

import linecache
from typing import Any

import numpy as np
import pytest

from adjoint import grad
from tests.oracle import assert_same_gradient, richardson_gradient


def expression(rng: np.random.Generator, depth: int) -> str:
    """A smooth expression of x and y in which signs and shared parts are frequent."""
    if depth == 0:
        return str(rng.choice(["x", "y", "x", "y", "1.5"]))
    a, b = expression(rng, depth - 1), expression(rng, depth - 1)
    return str(
        rng.choice([f"({a} - {b})", f"-({a} * {b})", f"{a} * {b}", f"({a} + {b})",
                    f"{a} / (3.0 + {b} * {b})", f"-{a}", f"({a}) * ({a})"])
    )  # fmt: skip


def program(seed: int) -> Any:
    rng = np.random.default_rng(seed)
    indices = rng.integers(3, size=2)
    text = f"""\
def f(x, y):
    z = {expression(rng, 2)}
    w = np.array([x, y, z])
    for i in range(2):
        w[i] = w[i + 1] / (2.0 + w[{indices[0]}] ** 2)
        z = {expression(rng, 1)} - z * w[i]
    return z + ({expression(rng, 3)}) * w[{indices[1]}] / (2.0 + w[0] * w[1])
"""
    file = f"<signs {seed}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    space: dict[str, Any] = {"np": np}
    exec(compile(text, file, "exec"), space)
    return space["f"]


@pytest.mark.parametrize("seed", range(40))
def test_random_programs(seed: int) -> None:
    f = program(seed)
    args = (0.7, -0.4)
    assert_same_gradient(grad(f, (0, 1))(*args), richardson_gradient(f, args, (0, 1)), 1e-7, 1e-9)


def test_two_terms_of_one_sum_share_a_sign() -> None:
    """The slope of 1 / (2 + x y) is a negative number times y, and the same times x."""

    def f(M: np.ndarray) -> Any:
        M, u = M.copy(), np.zeros(3)
        for j in range(3):
            u[j] = 1.0 / (2.0 + M[0, j] * M[0, j])
            M[0, 0] = u[0]
        return np.sum(u)

    M = np.arange(1.0, 7.0).reshape(2, 3) / 10
    assert_same_gradient((grad(f)(M),), richardson_gradient(f, (M,), (0,)), 1e-7, 1e-9)
