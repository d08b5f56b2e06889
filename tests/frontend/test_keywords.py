"""Keyword arguments of Python's callables are never dropped by the models of them."""

import collections
import copy
import functools
import inspect
import itertools
import linecache
import math
import operator
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import AdjointError, grad
from adjoint.frontend.library.builtins import BUILTINS
from adjoint.frontend.numpy.writers import WRITERS

X = np.array([0.4, -0.7, 1.3, 0.9])

#: For calls of the models: the first arguments of which a keyword that nobody knows is the next.
CALLS: list[Callable[..., Any]] = [
    lambda x: sum(x, unknown=1.0),
    lambda x: max(x, unknown=1.0),
    lambda x: max(x[0], x[1], unknown=abs),
    lambda x: min([x[0], x[1]], unknown=abs),
    lambda x: len(x, unknown=1) * x[0],
    lambda x: x[0] if any([True], unknown=1) else x[1],
    lambda x: float(x[0], unknown=1),
    lambda x: pow(x[0], 2, unknown=1),
    lambda x: divmod(x[0], 2.0, unknown=1)[1],
    lambda x: sum(list(x, unknown=1)),
    lambda x: sum(tuple(x, unknown=1)),
    lambda x: sum(v for v in sorted(x, unknown=1)),
    lambda x: sum(v for v in reversed(x, unknown=1)),
    lambda x: sum(a * b for a, b in zip(x, x, strict=True, unknown=1)),
    lambda x: sum(k * v for k, v in enumerate(x, unknown=1)),
    lambda x: sum(map(lambda v: v * v, x, unknown=1)),
    lambda x: sum(filter(lambda v: v > 0, [x[0], x[1]], unknown=1)),
    lambda x: sum(x[k] for k in range(2, unknown=1)),
    lambda x: functools.reduce(lambda a, b: a * b, [x[0], x[1]], unknown=1),
    lambda x: math.prod([x[0], x[1]], unknown=2.0),
    lambda x: math.sin(x[0], unknown=1),
    lambda x: np.sum(x, unknown=1),
    lambda x: np.sin(x, unknown=1)[0],
    lambda x: np.shape(x, unknown=1)[0] * x[0],
    lambda x: np.ndim(x, unknown=1) * x[0],
    lambda x: np.einsum("i,i->", x, x, unknown=1),
    lambda x: np.linalg.eigvals(np.outer(x, x), unknown=1)[0].real,
    lambda x: np.piecewise(x, [x > 0], [lambda v: v, 0.0], unknown=1)[0],
    lambda x: sum(copy.copy([x[0]], unknown=1)),
    lambda x: sum(copy.deepcopy([x[0]], unknown=1)),
    lambda x: operator.itemgetter(0, unknown=1)(x),
    lambda x: sum(collections.deque([x[0]], unknown=1)),
    lambda x: sum(itertools.accumulate([x[0], x[1]], unknown=1)),
    lambda x: x.sum(unknown=1),
    lambda x: x.reshape(2, 2, unknown=1)[0, 0],
    lambda x: x.copy(unknown=1)[0],
    lambda x: x[len("a,b".split(",", unknown=1))],
    lambda x: x[len("a".upper(unknown=1))],
    lambda x: {"a": x[0]}.get("a", unknown=1),
]


@pytest.mark.parametrize("f", CALLS)
def test_unknown_keywords(f: Callable[..., Any]) -> None:
    """Python raises TypeError: so does the gradient, or the call is refused."""
    with pytest.raises(TypeError):
        f(X.copy())
    with pytest.raises((TypeError, AdjointError)):
        grad(f)(X)


def items_sorted(x):
    xs = [x[0], x[1], x[2]]
    xs.sort(key=abs, reverse=True)
    return xs[0] + 2.0 * xs[1] ** 2


def appended(x):
    xs = [x[0]]
    xs.append(x[1], unknown=1)  # type: ignore[call-arg]
    return sum(xs)


def appended_in_a_loop(x, n):
    xs = []
    for k in range(n):
        xs.append(x[k], unknown=1)  # type: ignore[call-arg]
    return sum(xs)


def quietly(x):
    with warnings.catch_warnings():
        warnings.simplefilter(action="ignore", category=RuntimeWarning)
        return np.einsum("i,i->", x, x, optimize=True)


@pytest.mark.parametrize("f, more", [(appended, ()), (appended_in_a_loop, (3,))])
def test_methods_of_lists(f: Callable[..., Any], more: tuple[Any, ...]) -> None:
    with pytest.raises((TypeError, AdjointError)):
        grad(f)(X, *more)


@pytest.mark.parametrize(
    "f",
    [
        items_sorted,
        lambda x: x[len("a,b,c".split(sep=",", maxsplit=1))] ** 2,
        lambda x: x[len("a\nb".splitlines(keepends=True)[0])] ** 2,
        lambda x: {"w_0": x[0], "w_1": x[1]}[f"w_{1}"] ** 2,
        lambda x: {"0.50": x[2]}["{v:.{d}f}".format(v=0.5, d=2)] ** 2,
        lambda x: x["a-b-a".replace("a", "c", 1).count("a")] ** 2,
        lambda x: sum(x, start=2.0) ** 2,
        lambda x: math.prod([x[0], x[1]], start=3.0) ** 2,
        lambda x: max([x[0], x[1]], default=3.0) ** 2,
        lambda x: sum(k * v for k, v in enumerate(x, start=2)) ** 2,
        lambda x: np.sum(np.piecewise(x=x, condlist=[x > 0], funclist=[np.sin, 0.0])),
        lambda x: np.sum(np.sort(a=x) ** 2) + np.shape(a=x)[0] * x[1],
        quietly,
    ],
)
def test_known_keywords(f: Callable[..., Any]) -> None:
    x_bar, h = grad(f)(X), 1e-6
    slopes = [(f(X + h * e) - f(X - h * e)) / (2 * h) for e in np.eye(4)]
    np.testing.assert_allclose(x_bar, slopes, atol=1e-8)


@pytest.mark.parametrize("python", [*BUILTINS, *WRITERS], ids=lambda f: f.__qualname__)
def test_every_model_is_asked(python: Any) -> None:
    """A keyword that nobody knows is refused whatever the model does with it."""
    try:
        signature = inspect.signature(python)
    except (TypeError, ValueError):
        return
    kinds = [p.kind for p in signature.parameters.values()]
    needed = [
        p for p in signature.parameters.values()
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]  # fmt: skip
    if inspect.Parameter.VAR_KEYWORD in kinds:
        return
    scope = {"python": python, "__name__": __name__}
    given = ", ".join(["x"] * len(needed) + ["unknown=1"])
    text = f"def f(x):\n    python({given})\n    return x[0]\n"
    path = f"<unknown keyword of {python!r}>"
    linecache.cache[path] = (len(text), None, text.splitlines(True), path)
    exec(compile(text, path, "exec"), scope)
    f: Any = scope["f"]
    with pytest.raises((TypeError, AdjointError)):
        grad(f)(X)
