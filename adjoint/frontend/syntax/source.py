"""From a function object to its syntax tree: which lines, which node, which file."""

from __future__ import annotations
import __future__

import functools
import inspect
import linecache
import tokenize
import types
import warnings
from dataclasses import dataclass
from typing import Any

import gast

from adjoint.errors import SourceUnavailableError, Span
from adjoint.frontend.syntax.interactive import typed_in


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


def function_source(code: types.CodeType) -> FunctionSource:
    """Find the `def` or `lambda` that was compiled to `code`.

    Raises
    ------
    SourceUnavailableError : when the text is not at hand (exec without linecache, C functions).
    """
    key = (code.co_filename, code)  # equal code may stand in two files
    if key in _sources:
        return _sources[key]
    if len(_sources) > 4096:
        _sources.clear()
    _sources[key] = _find(code)
    return _sources[key]


def _find(code: types.CodeType) -> FunctionSource:
    lines = tuple(linecache.getlines(code.co_filename))
    if not lines and code.co_filename == "<stdin>":
        lines = typed_in(code, _defines)
    if not lines:
        raise SourceUnavailableError(
            f"the source of {code.co_name} is not available ({code.co_filename})",
            instead="define it in a file, or register its text in linecache.cache",
        )
    if not _is_text_of(code, lines):
        raise _changed(code)
    if code.co_name == "<lambda>":
        return FunctionSource(_find_lambda(code, lines), code.co_filename, lines)
    return FunctionSource(_find_def(code, lines), code.co_filename, lines)


def _find_def(code: types.CodeType, lines: tuple[str, ...]) -> Any:
    first = code.co_firstlineno
    try:
        block = inspect.getblock(list(lines[first - 1 :]))
    except (SyntaxError, tokenize.TokenError) as error:
        raise _changed(code) from error
    text = "".join(block)
    indented = text[:1] in (" ", "\t")
    try:
        tree = gast.parse("if True:\n" + text if indented else text)
    except SyntaxError as error:
        raise _changed(code) from error
    node = tree.body[0].body[0] if indented else tree.body[0]
    if not isinstance(node, gast.FunctionDef) or node.name != code.co_name:
        raise SourceUnavailableError(
            f"line {first} of {code.co_filename} does not define {code.co_name} (any more)",
            instead="reload the module, or give generated code a file of its own",
        )
    shift = first - 1 - int(indented)
    for child in gast.walk(node):
        if hasattr(child, "lineno"):
            child.lineno += shift
            if getattr(child, "end_lineno", None) is not None:
                child.end_lineno += shift
    return node


def _changed(code: types.CodeType) -> SourceUnavailableError:
    return SourceUnavailableError(
        f"the source of {code.co_name} in {code.co_filename} has changed since it was loaded"
    )


def _is_text_of(code: types.CodeType, lines: tuple[str, ...]) -> bool:
    """Does this text compile to this code? A file may have been edited since it was loaded.

    True where that cannot be told: text that is no module of its own (a cell with magics), code
    that pytest has rewritten.
    """
    if any(name.startswith("@py") for name in code.co_names + code.co_varnames):
        return True
    try:
        there = _at_its_place(code, lines)
    except (SyntaxError, ValueError):
        return True
    return not there or any(_same_code(code, c) for c in there)


def _defines(code: types.CodeType, lines: tuple[str, ...]) -> bool:
    """Does this text compile, and have this function in it?"""
    try:
        return any(_same_code(code, c) for c in _at_its_place(code, lines))
    except (SyntaxError, ValueError):
        return False


def _at_its_place(code: types.CodeType, lines: tuple[str, ...]) -> list[types.CodeType]:
    compiled = _compiled(lines, code.co_filename, code.co_flags & _FUTURE)
    place = (code.co_qualname, code.co_firstlineno)
    return [c for c in compiled if (c.co_qualname, c.co_firstlineno) == place]


_FUTURE = (
    functools.reduce(
        lambda flags, name: flags | getattr(__future__, name).compiler_flag,
        __future__.all_feature_names,
        0,
    )
    & ~inspect.CO_NESTED
)  # the flag of the oldest feature has another meaning in code objects


@functools.lru_cache(maxsize=64)
def _compiled(lines: tuple[str, ...], file: str, flags: int) -> tuple[types.CodeType, ...]:
    """The code objects of all functions in a text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [compile("".join(lines), file, "exec", flags, dont_inherit=True)]
    for code in found:
        found += [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return tuple(found[1:])


def _same_code(a: types.CodeType, b: types.CodeType) -> bool:
    inner = [[c for c in code.co_consts if isinstance(c, types.CodeType)] for code in (a, b)]
    return (
        (a.co_code, a.co_names, a.co_varnames) == (b.co_code, b.co_names, b.co_varnames)
        and _constants(a) == _constants(b)
        and len(inner[0]) == len(inner[1])
        and all(map(_same_code, *inner))
    )


def _constants(code: types.CodeType) -> list[Any]:
    """What tells 1, 1.0 and True apart, and does not depend on the order of a set."""
    constants = [c for c in code.co_consts if not isinstance(c, types.CodeType)]
    return [sorted(map(repr, c)) if isinstance(c, frozenset) else repr(c) for c in constants]


@functools.lru_cache(maxsize=64)
def _parsed(lines: tuple[str, ...]) -> Any:
    return gast.parse("".join(lines))


def _find_lambda(code: types.CodeType, lines: tuple[str, ...]) -> Any:
    """Several lambdas may share a line: the one whose body spans the code's own positions."""
    places = [p for p in code.co_positions() if p[2] is not None and p[0] is not None]
    candidates = []
    try:
        tree = _parsed(lines)
    except SyntaxError as error:
        raise _changed(code) from error
    for node in gast.walk(tree):
        if not isinstance(node, gast.Lambda):
            continue
        body = node.body
        start, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
        inside = [start <= (p[0], p[2]) and (p[1], p[3]) <= end for p in places if p[1] != p[0]
                  or p[3] != p[2]]  # fmt: skip
        covers = any((p[0], p[2]) == start and (p[1], p[3]) == end for p in places)
        if inside and sum(inside) >= len(inside) - 1 and any(inside):
            candidates.append((not covers, end[0] - start[0], end[1] - start[1], node))
    if not candidates:
        raise SourceUnavailableError(
            f"the lambda at line {code.co_firstlineno} of {code.co_filename} was not found",
            instead="define it with def",
        )
    return min(candidates, key=lambda c: c[:3])[3]
