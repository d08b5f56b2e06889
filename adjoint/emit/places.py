"""Where the expressions of a generated text come from.

A statement of the backward half often holds operations of several of the user's lines. Each node
of the tree that is printed knows its own. When an error is to be explained the text is parsed
again, and its tree, which has positions, takes the origins over.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

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


def parsed_with_origins(source: str, statements: dict[int, ast.stmt]) -> ast.Module:
    """The tree of the text; its nodes have the origins of the printed ones.

    `statements` are the printed statements, by the line that each begins on.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and node.lineno in statements:
            _take_over(node, statements[node.lineno])
    return tree


def _take_over(parsed: ast.AST, printed: ast.AST) -> None:
    if type(parsed) is not type(printed):
        return
    origin = origin_of(printed)
    if origin is not None:
        parsed.origin = origin  # type: ignore[attr-defined]
    pairs = list(zip(_parts(parsed), _parts(printed), strict=False))
    for a, b in pairs:
        _take_over(a, b)


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes inside of an expression or statement; statements inside of it are not meant."""
    return (child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.stmt))


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
