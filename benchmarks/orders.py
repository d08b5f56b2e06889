"""Derivatives of higher order: the size of their text, products with Hessians, Jacobians."""

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.programs import mlp, mlp_arguments, pendulum

# Programs of one number, for the size of the text


def closed_form(x):
    return x**3 * math.sin(x) * math.exp(-x * x)


def loop(x, n=6):
    s = x
    for _ in range(n):
        s = s + 0.1 * math.sin(s) * x
    return s


def branch(x, n=6):
    s = 1.0
    for _ in range(n):
        if s > 2.0:
            s = s * math.sin(x)
        else:
            s = s + x * s
    return s


def mutation(x, n=6):
    y = np.zeros(n)
    y[0] = x
    for i in range(1, n):
        y[i] = y[i - 1] * math.sin(x) + y[i - 1] ** 2
    return y[-1]


def newton(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


SCALAR_PROGRAMS: list[Callable[..., Any]] = [closed_form, loop, branch, mutation, newton]


def size_of(source: str) -> tuple[int, int]:
    """Lines of code in a generated module (no docstrings, comments or imports), and its nodes."""
    functions = [s for s in ast.parse(source).body if isinstance(s, ast.FunctionDef)]
    for function in functions:
        del function.body[0]  # the docstring
    lines = sum(len(ast.unparse(function).splitlines()) - 1 for function in functions)
    return lines, sum(1 for function in functions for _ in ast.walk(function))


def text_sizes(program: Callable[..., Any], orders: range) -> list[tuple[int, int]]:
    from adjoint import derivative

    return [size_of(derivative(program, n).source_for(0.7)) for n in orders]


# Products with Hessians


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


@dataclass(frozen=True)
class Product:
    """A function, its arguments, and a direction for the product with its Hessian."""

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    direction: Any
    argnums: int | tuple[int, ...] = 0


def products() -> list[Product]:
    rng = np.random.default_rng(0)
    layers = (0, 1, 2, 3)
    found = [
        Product("rosenbrock 1,000", rosenbrock, (rng.normal(size=1000),), rng.normal(size=1000))
    ]
    for width in (32, 256):
        arguments = mlp_arguments(width)
        direction = tuple(rng.normal(size=np.shape(a)) for a in arguments[:4])
        found.append(Product(f"mlp {width}", mlp, arguments, direction, layers))
    found.append(Product("pendulum 1,000", pendulum, (0.5, 0.0, 1000), (1.0, 0.5), (0, 1)))
    found.append(Product("loop 1,000", loop, (0.3, 1000), 1.0))
    return found


# Jacobians and Hessians: all directions at once, and one after the other


def layer(x, W, b):
    return np.tanh(W @ x + b)


def quadratic(x, A):
    return 0.5 * x @ A @ x


def logistic(w, X, y):
    return np.mean(np.log1p(np.exp(-y * (X @ w)))) + 0.1 * np.sum(w * w)


def jacobians() -> list[tuple[str, Callable[..., Any], tuple[Any, ...]]]:
    from adjoint import grad

    rng = np.random.default_rng(0)
    W = rng.normal(size=(50, 50)) / 7.0
    x, b = rng.normal(size=50), rng.normal(size=50)
    X, y = rng.normal(size=(200, 50)), np.sign(rng.normal(size=200))
    return [
        ("layer 50 to 50", layer, (x, W, b)),
        ("quadratic 50", grad(quadratic), (x, W @ W.T)),
        ("logistic 50", grad(logistic), (x, X, y)),
    ]
