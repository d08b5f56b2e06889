"""From a function object to its syntax tree: which lines, which node, which file."""

from __future__ import annotations

import linecache
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gast

from adjoint.errors import SourceUnavailableError, Span
from adjoint.frontend.syntax.matching import find_definition
from adjoint.frontend.syntax.private import private_to_class
from adjoint.frontend.syntax.texts import texts_for


@dataclass(frozen=True)
class FunctionSource:
    """The syntax tree of a function, with line numbers of its file."""

    node: Any  # gast.FunctionDef or gast.Lambda
    file: str
    lines: tuple[str, ...]

    def span(self, node: Any, statement: int | None = None) -> Span:
        line = getattr(node, "lineno", 0)
        end = getattr(node, "end_col_offset", -1)
        if getattr(node, "end_lineno", line) != line:
            end = len(self.lines[line - 1].rstrip()) if line <= len(self.lines) else -1
        column = getattr(node, "col_offset", 0)
        return Span(self.file, line, column, statement or line, end, self.lines)


_sources: dict[tuple[str, types.CodeType], FunctionSource] = {}


def function_source(
    code: types.CodeType, namespace: Mapping[str, Any] | None = None
) -> FunctionSource:
    """Find the `def` or `lambda` that was compiled to `code`.

    Parameters
    ----------
    namespace : the globals of the function, which know how its module was loaded.

    Raises
    ------
    SourceUnavailableError : when the text is not at hand (exec without linecache, C functions), or
        is no longer the one that was compiled.
    """
    key = (code.co_filename, code)  # equal code may stand in two files
    if key in _sources:
        return _sources[key]
    if len(_sources) > 4096:
        _sources.clear()
    _sources[key] = _find(code, namespace or {})
    return _sources[key]


#: File names that unrelated texts have in common.
_SHARED = ("<string>", "<stdin>")


def _find(code: types.CodeType, namespace: Mapping[str, Any]) -> FunctionSource:
    for text in texts_for(code, namespace):
        node = find_definition(code, text.lines, namespace)
        if node is not None:
            tree = gast.ast_to_gast(private_to_class(node, code))
            return FunctionSource(tree, text.file, text.lines)
    lines = linecache.getlines(code.co_filename, dict(namespace))
    raise _changed(code, lines) if lines and code.co_filename not in _SHARED else _missing(code)


def _missing(code: types.CodeType) -> SourceUnavailableError:
    instead = "define it in a file, or register its text in linecache.cache"
    if code.co_filename == "<stdin>":
        instead = "put it in a file: Python keeps no text of what it reads from a pipe"
    elif code.co_filename == "<dynamic-code>":
        instead = (
            "make the gradient function before it is pickled, as in `gradient = grad(f)` beside "
            "`f`: it carries the text of `f` along"
        )
    return SourceUnavailableError(
        f"the source of {code.co_name} is not available ({code.co_filename})", instead=instead
    )


def _changed(code: types.CodeType, lines: list[str]) -> SourceUnavailableError:
    """Show the first line of the function that was loaded, and what stands there now."""
    number = code.co_firstlineno
    now = lines[number - 1].strip() if number <= len(lines) else "(the file is shorter)"
    return SourceUnavailableError(
        f"the source of {code.co_name} in {code.co_filename} has changed since it was loaded\n"
        f"    loaded, line {number}: {_heading(code)}\n"
        f"    now, line {number}:    {now}",
        instead="reload the module, or run the cell again",
    )


def _heading(code: types.CodeType) -> str:
    """The first line of a function, as far as its code tells it."""
    count = code.co_argcount + code.co_kwonlyargcount
    names = list(code.co_varnames[:count])
    if code.co_kwonlyargcount and not code.co_flags & 4:
        names.insert(code.co_argcount, "*")
    parameters = ", ".join(names)
    if code.co_name == "<lambda>":
        return f"lambda {parameters}: ..."
    return f"def {code.co_name}({parameters}): ..."
