"""Syntax tree -> text, with comments. The one file that knows astor.

astor's generator is subclassed: comment nodes are statements of their own, and lines are kept as
they are (what would be too long was split before it came here).
"""

from __future__ import annotations

import ast
from typing import Any

import astor
from astor.code_gen import SourceGenerator, set_precedence


class Comment(ast.stmt):
    """A comment line (`text` without the hash), or an empty line when `text` is empty."""

    _fields = ("text",)
    text: str

    def __init__(self, text: str):
        super().__init__()
        self.text = text


class _Mark(str):
    """An empty string in astor's output that says where a statement begins."""

    node: ast.stmt


WIDTH = 99


class _Generator(SourceGenerator):  # type: ignore[misc]
    def newline(self, node: ast.stmt | None = None, extra: int = 0) -> None:
        super().newline(node, extra)
        if node is not None:
            mark = _Mark()
            mark.node = node
            self.result.append(mark)

    def visit_Comment(self, node: Comment) -> None:
        self.statement(node, f"# {node.text}" if node.text else "")

    def visit_Assert(self, node: ast.Assert) -> None:
        set_precedence(node, node.test, node.msg)
        self.statement(node, "assert ", node.test)
        self.conditional_write(", ", node.msg)


def _string(s: str, *args: Any, **kwargs: Any) -> str:
    text = repr(s)
    if text[0] == "'" and '"' not in s:
        return '"' + text[1:-1].replace("\\'", "'") + '"'
    return text


def to_source(nodes: list[ast.stmt]) -> tuple[str, list[ast.stmt | None]]:
    """The text of some statements, and for each of its lines the statement that begins there."""
    pieces: list[str] = []

    def collect(source: list[str]) -> str:
        pieces.extend(source)
        return ""

    astor.to_source(
        ast.Module(nodes, []),
        pretty_string=_string,
        pretty_source=collect,
        source_generator_class=_Generator,
    )
    lines: list[str] = [""]
    starts: list[ast.stmt | None] = [None]
    begins: ast.stmt | None = None
    for piece in pieces:
        if isinstance(piece, _Mark):
            begins = piece.node  # on the line that the next line break opens
            continue
        first, *rest = piece.split("\n")
        lines[-1] += first
        for line in rest:
            lines.append(line)
            starts.append(None)
        if rest:
            starts[-1], begins = begins, None
    kept: list[int] = []
    for k, line in enumerate(lines):
        if line.strip() or (kept and lines[kept[-1]].strip()):
            kept.append(k)
    while kept and not lines[kept[-1]].strip():
        kept.pop()
    text: list[str] = []
    begun: list[ast.stmt | None] = []
    for k in kept:
        pieces = _wrapped(lines[k].rstrip())
        text += pieces
        begun += [starts[k], *[None] * (len(pieces) - 1)]
    return "\n".join(text) + "\n", begun


def _wrapped(line: str) -> list[str]:
    """A loop over many tapes, with the arguments of its `zip` on lines of their own."""
    head, found, rest = line.partition(" in zip(")
    is_loop = found and rest.endswith("):") and not line.lstrip().startswith("#")
    if len(line) <= WIDTH or not is_loop:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()))
    arguments, depth, start = [], 0, 0
    inside = rest[:-2]
    for k, letter in enumerate(inside):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            arguments.append(inside[start:k].strip())
            start = k + 1
    arguments.append(inside[start:].strip())
    together = f"{indent}    {', '.join(arguments)}"
    middle = [together] if len(together) <= WIDTH else [f"{indent}    {a}," for a in arguments]
    return [f"{head} in zip(", *middle, f"{indent}):"]
