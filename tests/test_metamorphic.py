"""The corpus, written in other ways that mean the same: the gradient is the same.

A fixed sample of the programs is tried; all of them with the environment variable ADJOINT_FULL.
"""

import ast
import copy
import inspect
import linecache
import os
import textwrap
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import AdjointError, grad
from tests.corpus import Case
from tests.oracle import assert_same_gradient, map_leaves, richardson_gradient
from tests.test_corpus import CASES

ONE_IN = 1 if os.environ.get("ADJOINT_FULL") else 12
ATOL = 1e-9


def chosen(which: str) -> list[Case]:
    """The programs that a transformation is tried on: other ones for each of them."""
    return [c for c in CASES if zlib.crc32(f"{which} {c.name}".encode()) % ONE_IN == 0]


# Programs around the program


def in_a_helper(f: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(*args, **kwargs):  # type: ignore[no-untyped-def]
        result = f(*args, **kwargs)
        return result

    return wrapped


class Holder:
    def __init__(self, function: Callable[..., Any]):
        self.function = function
        self.calls = 0

    def call(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        return self.function(*args, **kwargs)


def in_a_class(f: Callable[..., Any]) -> Callable[..., Any]:
    return Holder(f).call


def in_a_try(f: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(*args, **kwargs):  # type: ignore[no-untyped-def]
        done = 0
        try:
            return f(*args, **kwargs)
        finally:
            done += 1

    return wrapped


def in_a_branch(f: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(*args, **kwargs):  # type: ignore[no-untyped-def]
        if len(args) >= 0:
            result = f(*args, **kwargs)
        else:
            result = 0.0
        return result

    return wrapped


# Statements inside of others


def _rewritten(f: Callable[..., Any], around: Callable[[list[ast.stmt]], list[ast.stmt]]) -> Any:
    """The function with its statements put inside of others; None where that cannot be done."""
    if getattr(f, "__closure__", None) or not inspect.isfunction(f) or f.__name__ == "<lambda>":
        return None
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(f)))
    except (OSError, SyntaxError):
        return None
    node = tree.body[0]
    if not isinstance(node, ast.FunctionDef) or inspect.isgeneratorfunction(f):
        return None
    node.decorator_list = []
    first = node.body[0]
    start = int(isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant))
    node.body = [*node.body[:start], *around(node.body[start:])]
    text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    name = f"<{f.__name__} {zlib.crc32(text.encode()):x}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    space: dict[str, Any] = {}
    exec(compile(text, name, "exec"), f.__globals__, space)
    made = space[f.__name__]
    made.__defaults__, made.__kwdefaults__ = f.__defaults__, f.__kwdefaults__
    return made


def under_a_condition(body: list[ast.stmt]) -> list[ast.stmt]:
    return [*ast.parse("_n = 1").body, ast.If(ast.parse("_n > 0").body[0].value, body, [])]  # type: ignore


def under_a_try(body: list[ast.stmt]) -> list[ast.stmt]:
    return [ast.Try(body, [], [], ast.parse("_done = True").body)]


def in_a_loop(body: list[ast.stmt]) -> list[ast.stmt]:
    """One trip; what leaves the function leaves the loop as well."""
    name, numbers = ast.Name("_k", ast.Store()), ast.parse("range(1)").body[0]
    return [ast.For(name, numbers.value, [*body], [])]  # type: ignore


# Arguments that lie otherwise in memory


def as_view(x: np.ndarray) -> np.ndarray:
    wide = np.zeros((*x.shape, 2), x.dtype)
    wide[..., 0] = x
    return wide[..., 0]


def as_fortran(x: np.ndarray) -> np.ndarray:
    return np.asfortranarray(x) if x.ndim else x


def as_reversed(x: np.ndarray) -> np.ndarray:
    return x[::-1].copy()[::-1] if x.ndim else x


def as_read_only(x: np.ndarray) -> np.ndarray:
    x = x.copy()
    x.flags.writeable = False
    return x


def compare(
    case: Case, f: Callable[..., Any], args: Any, refusable: bool, primal: Any = None
) -> None:
    try:
        want = richardson_gradient(primal or case.function, case.args, case.wrt, case.kwargs)
    except TypeError:
        pytest.skip("the oracle does not know these arguments")

    def from_the_front(k: Any) -> Any:  # a function of *args has no last argument
        if isinstance(k, tuple):
            return tuple(map(from_the_front, k))
        return k % len(args) if isinstance(k, int) else k

    wrt = from_the_front(case.wrt)
    try:
        got = grad(f, wrt)(*args, **copy.deepcopy(case.kwargs))
    except AdjointError:
        if refusable:
            pytest.skip("refused in this form")
        raise
    assert_same_gradient(got, want, max(case.rtol, 1e-6), ATOL if case.rtol < 1e-6 else 1e-4)


WRAPPERS = [in_a_helper, in_a_class, in_a_try, in_a_branch]
REWRITERS = [under_a_condition, under_a_try, in_a_loop]
LAYOUTS = [as_view, as_fortran, as_reversed, as_read_only]


def pairs(transformations: list[Any]) -> list[Any]:
    return [
        pytest.param(case, each, id=f"{each.__name__}-{case.name}")
        for each in transformations
        for case in chosen(each.__name__)
    ]


@pytest.mark.parametrize(("case", "wrapper"), pairs(WRAPPERS))
def test_wrapped(case: Case, wrapper: Any) -> None:
    compare(case, wrapper(case.function), copy.deepcopy(case.args), refusable=True)


@pytest.mark.parametrize(("case", "around"), pairs(REWRITERS))
def test_inside_of_other_statements(case: Case, around: Any) -> None:
    f = _rewritten(case.function, around)
    if f is None:
        pytest.skip("not a plain function")
    compare(case, f, copy.deepcopy(case.args), refusable=True)


@pytest.mark.parametrize(("case", "layout"), pairs(LAYOUTS))
def test_layout(case: Case, layout: Any) -> None:
    def laid(_: Any, leaf: Any) -> Any:
        return layout(leaf) if isinstance(leaf, np.ndarray) else leaf

    def primal(*args: Any, **kwargs: Any) -> Any:  # what is a view, and what a copy, may differ
        return case.function(*map_leaves(laid, list(args)), **kwargs)

    args = map_leaves(laid, copy.deepcopy(case.args))
    try:
        primal(*copy.deepcopy(case.args), **copy.deepcopy(case.kwargs))
    except (ValueError, AttributeError) as error:  # it writes into a read-only array, or x.shape
        with pytest.raises((type(error), AdjointError)):
            grad(case.function, case.wrt)(*args, **copy.deepcopy(case.kwargs))
        return
    compare(case, case.function, args, refusable=True, primal=primal)
