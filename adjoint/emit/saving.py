"""A generated program as a module of its own, which needs only NumPy."""

from __future__ import annotations

import ast
import inspect
import math
import textwrap
import types
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from adjoint.emit.module import Emitted
from adjoint.emit.names.references import public_module
from adjoint.emit.text.imports import sorted_imports
from adjoint.errors import UnsupportedError


def module_text(
    emitted: Emitted, captured: dict[str, Any], equal: Sequence[tuple[str, str]] = ()
) -> str:
    """The text of a module that runs without adjoint.

    Helpers of adjoint's runtime are embedded as source; captured numbers become defaults. The
    function checks first that sizes are `equal` which the program was compiled for as equal ones.

    Raises
    ------
    UnsupportedError : a captured value that has no literal; the message names it.
    """
    imports: list[str] = []
    body: list[str] = []
    for line in emitted.source.splitlines():
        if not line.startswith("from adjoint.") and (line or body):
            (imports if line.startswith(("import ", "from ")) and not body else body).append(line)
    helpers = []
    for name, target in _closure(emitted.helpers).items():
        module = getattr(target, "__module__", "")
        if not module.startswith("adjoint."):
            imports.append(_import(name, target))
            continue
        text = textwrap.dedent(inspect.getsource(target))
        helpers.append(text)
        if "np." in text:
            imports.append("import numpy as np")
        for standard in ("dataclasses", "math", "sys"):
            if f"{standard}." in text:
                imports.append(f"import {standard}")
        for abstract in ("Callable", "Iterator"):
            if f"{abstract}[" in text:
                imports.append(f"from collections.abc import {abstract}")
    for name, value in emitted.embedded.items():
        raise UnsupportedError(
            f"the program holds '{name}', {value!r}, which has no literal, so that the module "
            "could not be saved",
            instead="pass it as an argument",
        )
    text = "\n".join(body).strip("\n")
    literals = {name: _literal(name, value) for name, value in captured.items()}
    text = _with_defaults(text, emitted.name, literals)
    text = _with_checks(text, emitted.name, equal)
    if any("np." in literal for literal in literals.values()):
        imports.append("import numpy as np")
    parts = []
    if helpers:
        imports += ["from typing import Any", "from __future__ import annotations"]
    if imports:
        parts.append(sorted_imports(imports))
    parts += [h.strip("\n") for h in helpers]
    parts.append(text)
    module = "\n\n\n".join(parts) + "\n"
    return module if module.isascii() else f"# -*- coding: utf-8 -*-\n{module}"


def _closure(helpers: dict[str, Any]) -> dict[str, Any]:
    """The helpers, and what they call of their own module."""
    found: dict[str, Any] = {}
    work = list(helpers.values())
    while work:
        target = work.pop()
        if target.__name__ in found:
            continue
        found[target.__name__] = target
        parts = vars(target).values() if inspect.isclass(target) else [target]
        for function in filter(inspect.isfunction, parts):
            for name in _names(function.__code__):
                other = function.__globals__.get(name)
                known = inspect.isfunction(other) or inspect.isclass(other)
                if known and other.__module__.startswith("adjoint."):
                    work.append(other)
    return dict(sorted(found.items()))


def _names(code: types.CodeType) -> Iterator[str]:
    """The globals and attributes that code mentions, comprehensions in it included."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def _import(name: str, target: Any) -> str:
    """The line that imports a function of the user's (or of a library)."""
    module = getattr(target, "__module__", None)
    if module in (None, "__main__") or getattr(target, "__qualname__", name) != name:
        raise UnsupportedError(
            f"the program calls '{name}', which no module provides, so that the module could "
            "not be saved",
            instead="define it at the top level of a module that can be imported",
        )
    return f"from {public_module(target)} import {name}"


def _literal(name: str, value: Any) -> str:
    """The text of a captured value, in full."""
    match value:
        case bool() | int() | str() | None:
            return repr(value)
        case np.floating():
            return f"np.{type(value).__name__}({_literal(name, float(value))})"
        case float():
            return repr(value) if math.isfinite(value) else f'float("{value}")'
        case tuple():
            items = [_literal(name, v) for v in value]
            return f"({', '.join(items)}{',' * (len(items) == 1)})"
        case list():
            return f"[{', '.join(_literal(name, v) for v in value)}]"
        case dict():
            items = [f"{_literal(name, k)}: {_literal(name, v)}" for k, v in value.items()]
            return f"{{{', '.join(items)}}}"
    raise UnsupportedError(
        f"the global or enclosing value '{name}' is no literal ({type(value).__name__}), so that "
        "the module could not be saved",
        instead="pass it as an argument",
    )


def _with_checks(text: str, function: str, equal: Sequence[tuple[str, str]]) -> str:
    """Let a function refuse calls in which these sizes differ."""
    tree = ast.parse(text)
    (found,) = (n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == function)
    checks = []
    for a, b in equal:
        said = f"written for {a} == {b}"
        said = repr(said) if '"' in said else f'"{said}"'
        checks += [f"    if {a} != {b}:", f"        raise ValueError({said})"]
    lines = text.split("\n")
    end = found.body[0].end_lineno
    lines[end:end] = checks
    return "\n".join(lines)


def _with_defaults(text: str, function: str, literals: dict[str, str]) -> str:
    """Give keyword-only parameters of a function their defaults."""
    if not literals:
        return text
    lines = text.split("\n")
    tree = ast.parse(text)
    (found,) = (n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == function)
    for argument in reversed(found.args.kwonlyargs):
        if argument.arg in literals:
            row, end = argument.lineno - 1, argument.end_col_offset
            assert end is not None
            line = lines[row].encode()
            default = f"={literals[argument.arg]}".encode()
            lines[row] = (line[:end] + default + line[end:]).decode()
    return "\n".join(lines)
