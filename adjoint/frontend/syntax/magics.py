"""The statements that IPython's magics run: `%%time`, `%timeit` and others compile their own."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

#: The file name that the code of `%timeit` has.
TIMED = "<magic-timeit>"

_OPTIONS = re.compile(r"\s*(?:-[a-zA-Z]+\s*(?:\d+\s+)?)*")


def texts_of_magics(file: str, make: Callable[[str, str], T]) -> Iterator[T]:
    """The texts that the cells of this session passed to magics, the latest first."""
    shell = _shell()
    if shell is None:
        return
    for cell in reversed(list(shell.user_ns.get("In", ()))):
        for text in _passed(cell, shell):
            yield make(file, text)


def _shell() -> Any:
    get = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return get() if get is not None else None


def _passed(cell: str, shell: Any) -> Iterator[str]:
    """The texts that a cell passes to magics; those may call magics in turn."""
    try:
        tree = ast.parse(cell)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in ("run_cell_magic", "run_line_magic"):
            continue
        for argument in node.args[1:]:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                for text in {argument.value, _OPTIONS.sub("", argument.value, count=1)}:
                    text = shell.transform_cell(text)
                    yield text
                    yield from _passed(text, shell)


def timed(statements: list[ast.stmt]) -> ast.Module:
    """The module that `%timeit` compiles around a statement, which a loop in a function runs."""
    module = ast.parse("def inner(_it, _timer):\n    for _i in _it:\n        pass\n")
    (function,) = module.body
    assert isinstance(function, ast.FunctionDef) and isinstance(function.body[0], ast.For)
    function.body[0].body = statements
    return module
