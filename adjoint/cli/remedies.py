"""Changes of a call or a program that might make it work; each is tried before it is proposed."""

from __future__ import annotations

import ast
import copy
import inspect
import itertools
import linecache
import textwrap
import types
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import adjoint.api as api
from adjoint.api import grad
from adjoint.cli.targets import Target
from adjoint.cli.terminal import Terminal
from adjoint.errors import UnsupportedError
from adjoint.testing.check import check_grads
from adjoint.testing.differences import leaves

#: Programs that are compiled and compared, at most.
_MOST_TRIES = 60
_number = itertools.count(1)


@dataclass
class Remedy:
    """A change that works; `changed` are the lines of it."""

    says: str
    changed: list[str]
    tried: str


def remedy(error: UnsupportedError, target: Target, terminal: Terminal) -> Remedy | None:
    """The first change that works."""
    candidates = [*_of_arguments(target), *_of_text(error, target)][:_MOST_TRIES]
    for attempt in terminal.progress(candidates, len(candidates), "remedies"):
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                found = attempt()
        except Exception:
            continue
        if found is not None:
            return found
    return None


def _tried(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], names: Any) -> str:
    """Say what was tried; raise what goes wrong."""
    f = grad(function, argnames=names) if names else grad(function)
    f(*copy.deepcopy(args), **copy.deepcopy(kwargs))
    values = f._values(args, kwargs)
    if f._parameters.simple:
        check_grads(f._function, [*copy.deepcopy(values)])
        return "its gradient agrees with differences at these arguments"
    return "it has a gradient at these arguments"


# Other arguments


def _of_arguments(target: Target) -> Iterator[Callable[[], Remedy | None]]:
    if target.given is None:
        return
    for says, change in (
        ("pass floats, not integers", _as_floats),
        ("pass arrays, not lists of numbers", _as_arrays),
        ("pass arrays of floats, not lists of integers", lambda x: _as_floats(_as_arrays(x))),
        ("pass NumPy arrays, not objects that hold them", _as_numpy),
    ):
        yield partial(_with_arguments, target, says, change)
    parameters = [p.name for p in grad(target.primal)._parameters.all]
    named = target.with_floats()
    for name in named:
        if name != (target.wrt or parameters[:1])[0]:
            yield partial(_with_respect_to, target, name)


def _with_respect_to(target: Target, name: str) -> Remedy:
    tried = _tried(target.primal, target.args, target.kwargs, name)
    return Remedy(f"differentiate with respect to {name}: argnames={name!r}", [], tried)


def _with_arguments(target: Target, says: str, change: Callable[[Any], Any]) -> Remedy | None:
    args = tuple(map(change, target.args))
    kwargs = {name: change(value) for name, value in target.kwargs.items()}
    pairs = zip((*args, *kwargs.values()), (*target.args, *target.kwargs.values()), strict=True)
    if all(new is old for new, old in pairs):
        return None
    shown = ", ".join([*map(_short, args), *(f"{k}={_short(v)}" for k, v in kwargs.items())])
    tried = _tried(target.primal, args, kwargs, target.wrt)
    return Remedy(says, [f"{target.name}({shown})"], tried)


def _as_floats(x: Any) -> Any:
    if isinstance(x, int) and not isinstance(x, bool):
        return float(x)
    if isinstance(x, np.ndarray) and x.dtype.kind in "iub":
        return x.astype(float)
    return x


def _as_arrays(x: Any) -> Any:
    if isinstance(x, (list, tuple)) and x:
        array = np.asarray(x)
        return array if array.dtype.kind in "fiu" else x
    return x


def _as_numpy(x: Any) -> Any:
    make = getattr(x, "to_numpy", None)
    return make() if callable(make) else x


def _short(x: Any) -> str:
    text = " ".join(repr(x).split())
    return text if len(text) < 60 else text[:57] + "..."


# Another text

#: What may stand for an expression.
_WRAPPED = (
    ("make a copy of it", "{0}.copy()"),
    ("make a copy of it", "np.copy({0})"),
    ("make a list of it", "list({0})"),
    ("make an array of it", "np.asarray({0})"),
    ("make a tuple of it", "tuple({0})"),
    ("take the item out of the array", "{0}.item()"),
    ("take it as a constant", "adjoint.stop_gradient({0})"),
)


def _of_text(error: UnsupportedError, target: Target) -> Iterator[Callable[[], Remedy | None]]:
    """Wrap each expression on the line that is refused, the outermost first."""
    function, span = target.primal, error.span
    if target.given is None or not isinstance(function, types.FunctionType):
        return
    if function.__closure__ or span is None or span.file != function.__code__.co_filename:
        return
    try:
        lines, first = inspect.getsourcelines(function)
    except (OSError, TypeError):
        return
    text = textwrap.dedent("".join(lines))
    cut = len(lines[0]) - len(lines[0].lstrip())
    tree = ast.parse(text)
    row, column, end = span.line - first + 1, span.column - cut, span.end_column - cut
    callees = {part for call in ast.walk(tree) if isinstance(call, ast.Call)
               for part in ast.walk(call.func)}  # fmt: skip
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.expr)
        and node.lineno == node.end_lineno == row
        and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
        and not (isinstance(node, ast.Constant) or node in callees)
    ]
    inside = [n for n in found if column <= n.col_offset and (n.end_col_offset or 0) <= end]
    around = [n for n in found if n not in inside and n.col_offset < end
              and column < (n.end_col_offset or 0)]  # fmt: skip
    for says, wrapped in _WRAPPED:
        for node in inside if "stop_gradient" in wrapped else (*inside, *around):
            yield partial(_edited, target, text, node, says, wrapped)


def _edited(target: Target, text: str, node: ast.expr, says: str, wrapped: str) -> Remedy | None:
    rows = text.split("\n")
    row = rows[node.lineno - 1].encode()
    old = row[node.col_offset : node.end_col_offset].decode()
    whole = isinstance(node, (ast.Name, ast.Call, ast.Subscript, ast.Attribute))
    new = wrapped.format(old if whole or not wrapped.startswith("{0}") else f"({old})")
    line = row[: node.col_offset].decode() + new + row[node.end_col_offset :].decode()
    rows[node.lineno - 1] = line
    function = _made("\n".join(rows), target.primal)
    value = target.primal(*copy.deepcopy(target.args), **copy.deepcopy(target.kwargs))
    same = function(*copy.deepcopy(target.args), **copy.deepcopy(target.kwargs))
    pairs = zip(leaves(value), leaves(same), strict=True)
    if not all(np.array_equal(a, b, equal_nan=True) for a, b in pairs):
        return None
    if "stop_gradient" in wrapped:
        grad(function)(*copy.deepcopy(target.args), **copy.deepcopy(target.kwargs))
        tried = "it is differentiated; the derivative of this expression counts as zero"
    else:
        tried = _tried(function, target.args, target.kwargs, target.wrt)
    changed = [f"- {row.decode().strip()}", f"+ {line.strip()}"]
    return Remedy(f"{says}: `{old}`", changed, f"the value is the same, and {tried}")


def _made(text: str, like: types.FunctionType) -> types.FunctionType:
    """A function of another text in the same module."""
    file = f"<remedy {next(_number)}>"
    lines = text.splitlines(keepends=True)
    linecache.cache[file] = (len(text), None, lines, file)
    names = {**like.__globals__, "np": np, "adjoint": api}
    exec(compile(text, file, "exec"), names)
    made: types.FunctionType = names[like.__name__]
    return made
