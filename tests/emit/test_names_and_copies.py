"""No name of the user's is in the way of generated code, and no copy comes too late."""

from __future__ import annotations

import ast
import copy
import importlib.util
from pathlib import Path
from typing import Any

import pytest

from adjoint import grad, value_and_grad, vjp
from tests.emit.programs import CASES
from tests.oracle import assert_same_gradient, richardson_gradient

VALUES: list[Any] = [getattr(case, "values", case) for case in CASES]
IDS = [f"{f.__name__}-{args[-1] if isinstance(args[-1], int) else 0}" for f, args, _ in VALUES]


@pytest.mark.parametrize(("function", "args", "wrt"), CASES, ids=IDS)
def test_gradient(function: Any, args: Any, wrt: Any, tmp_path: Path) -> None:
    want = richardson_gradient(function, args, wrt)
    gradient = grad(function, wrt)
    assert_same_gradient(gradient(*copy.deepcopy(args)), want)
    value, again = value_and_grad(function, wrt)(*copy.deepcopy(args))
    assert value == function(*copy.deepcopy(args))
    assert_same_gradient(again, want)
    gradient.save(tmp_path / "saved.py", *args)
    spec = importlib.util.spec_from_file_location("saved", tmp_path / "saved.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    saved = getattr(module, f"{function.__name__}_grad")
    assert_same_gradient(saved(*copy.deepcopy(args)), want)


@pytest.mark.parametrize(("function", "args", "wrt"), CASES, ids=IDS)
def test_pullback(function: Any, args: Any, wrt: Any) -> None:
    argnums = wrt if isinstance(wrt, tuple) else (wrt,)
    value, pullback = vjp(function, *copy.deepcopy(args), argnums=argnums)
    assert value == function(*copy.deepcopy(args))
    want = richardson_gradient(function, args, argnums)
    assert_same_gradient(pullback(1.0), want)
    assert_same_gradient(pullback(1.0), want)  # the tapes are still there


@pytest.mark.parametrize(("function", "args", "wrt"), CASES, ids=IDS)
def test_text(function: Any, args: Any, wrt: Any) -> None:
    source = grad(function, wrt).source_for(*args)
    ast.parse(source)
    assert [line for line in source.splitlines() if len(line) > 99 or line != line.rstrip()] == []


def test_parameters_keep_their_names() -> None:
    for function, args, wrt in VALUES:
        if function.__name__ == "np_parameter_over_a_helper":
            continue  # refused: the parameter hides NumPy
        tree = ast.parse(grad(function, wrt).source_for(*args))
        (definition,) = [n for n in tree.body if isinstance(n, ast.FunctionDef)]
        names = [a.arg for a in definition.args.args]
        code = function.__code__
        assert names == list(code.co_varnames[: code.co_argcount])
