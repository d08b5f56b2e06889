"""Where the expressions of a generated text come from.

A statement of the backward half often holds operations of several of the user's lines. Each node
of the tree that is printed knows its own. When an error is to be explained the text is parsed
again, and its tree, which has positions, takes the origins over.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from adjoint.errors import Span
from adjoint.ir.core import Op

#: First line, last line, first column, last column, as `code.co_positions()` gives them.
Position = tuple[int | None, int | None, int | None, int | None]


@dataclass(frozen=True)
class Origin:
    """The user's source that an expression belongs to, and the half that it stands in."""

    span: Span | None
    backward: bool


def mark(node: ast.AST, op: Op) -> None:
    """Note which operation a node of the printed tree stands for."""
    node.origin = Origin(op.attrs.get("origin", op.span), op.backward)  # type: ignore[attr-defined]


def origin_of(node: ast.AST) -> Origin | None:
    return getattr(node, "origin", None)


#: The class of a node, its origin and those of its parts; None of a node without any origin.
Origins = tuple[type, Origin | None, tuple[Any, ...]]


def origins_in(node: ast.AST) -> Origins | None:
    """The origins in a printed statement: what is kept of it, since the tree is large."""
    parts = [origins_in(part) for part in _parts(node)]
    origin = origin_of(node)
    if origin is None and not any(parts):
        return None
    return type(node), origin, tuple(parts)


def parsed_with_origins(source: str, statements: dict[int, Origins]) -> ast.Module:
    """The tree of the text; its nodes have the origins of the printed ones.

    `statements` has those of each printed statement, by the line that it begins on.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and node.lineno in statements:
            _take_over(node, statements[node.lineno])
    return tree


def _take_over(parsed: ast.AST, printed: Origins | None) -> None:
    if printed is None or type(parsed) is not printed[0]:
        return
    if printed[1] is not None:
        parsed.origin = printed[1]  # type: ignore[attr-defined]
    for part, origins in zip(_parts(parsed), printed[2], strict=False):
        _take_over(part, origins)


def _parts(node: ast.AST) -> list[ast.AST]:
    """The nodes inside of an expression or statement; statements inside of it are not meant."""
    found: list[ast.AST] = []
    for name in node._fields:
        part = getattr(node, name, None)
        if isinstance(part, list):
            found += [p for p in part if isinstance(p, ast.AST) and not isinstance(p, ast.stmt)]
        elif isinstance(part, ast.AST) and part._fields:  # not the context of a name
            found.append(part)
    return found


def origin_at(tree: ast.Module, position: Position) -> Origin | None:
    """The origin of the smallest expression around a position."""
    line, end_line, column, end_column = position
    if None in position:
        return None
    start, end = (line, column), (end_line, end_column)
    found: list[tuple[tuple[int, int], Origin]] = []
    for node in ast.walk(tree):
        origin = origin_of(node)
        if origin is None or not isinstance(node, (ast.expr, ast.stmt)):
            continue
        if (node.lineno, node.col_offset) <= start and end <= (  # type: ignore[operator]
            node.end_lineno,
            node.end_col_offset,
        ):
            width = ((node.end_lineno or 0) - node.lineno,
                     (node.end_col_offset or 0) - node.col_offset)  # fmt: skip
            found.append((width, origin))
    return min(found, key=lambda pair: pair[0])[1] if found else None
