"""The user's source as the page shows it: the function, and those that it was inlined from."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from adjoint.errors import Span
from adjoint.explorer.colours import coloured


@dataclass
class Excerpt:
    """Some lines of a file; `statements` has the last line of each statement by its first."""

    file: str
    first: int
    last: int
    html: list[str]
    statements: dict[int, int]
    definitions: frozenset[int]


def excerpts(main: Span | None, spans: Iterable[Span]) -> list[Excerpt]:
    """The function of `main` first, then each other function that a span lies in."""
    found: list[Excerpt] = []
    for span in [*([main] if main else []), *spans]:
        if any(e.file == span.file and e.first <= span.statement <= e.last for e in found):
            continue
        first, last, tree = _around(span)
        lines = [line.rstrip("\r\n") for line in span.lines[first - 1 : last]]
        if not lines:
            continue
        text = textwrap.dedent("\n".join(lines).rstrip())
        found = [e for e in found if not (e.file == span.file and first <= e.first <= last)]
        found.append(
            Excerpt(
                span.file, first, last, coloured(text), _statements(tree), _definitions(tree)
            )
        )
    return found


def _around(span: Span) -> tuple[int, int, ast.Module | None]:
    """The lines of the innermost function around a place, else of its statement."""
    try:
        tree = ast.parse("\n".join(line.rstrip("\r\n") for line in span.lines))
    except SyntaxError:  # a notebook's cell with commands in it
        return span.statement, span.statement, None
    found: list[tuple[bool, int, int, int]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not isinstance(node, ast.ClassDef):
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            last = node.end_lineno or node.lineno
            if first <= span.statement <= last:
                is_function = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
                found.append((not is_function, last - first, first, last))
    first, last = min(found)[2:] if found else (span.statement, span.statement)
    return first, last, tree


def _definitions(tree: ast.Module | None) -> frozenset[int]:
    """The lines of statements that compute nothing: functions and docstrings."""
    return frozenset(
        node.lineno
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        or isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )


def _statements(tree: ast.Module | None) -> dict[int, int]:
    ends: dict[int, int] = {}
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            last = node.end_lineno or node.lineno
            if isinstance(body, list) and body:
                last = max(node.lineno, min(b.lineno for b in body) - 1)
            ends[node.lineno] = max(ends.get(node.lineno, 0), last)
    return ends
