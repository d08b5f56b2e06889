"""Syntax tree -> text, with comments. The one file that knows astor.

astor's generator is subclassed: comment nodes are statements of their own, and lines are kept as
they are (what would be too long was split before it came here).
"""

from __future__ import annotations

import ast
from typing import Any

import astor
from astor.code_gen import SourceGenerator


class Comment(ast.stmt):
    """A comment line (`text` without the hash), or an empty line when `text` is empty."""

    _fields = ("text",)
    text: str

    def __init__(self, text: str):
        super().__init__()
        self.text = text


class _Generator(SourceGenerator):  # type: ignore[misc]
    def visit_Comment(self, node: Comment) -> None:
        self.statement(node, f"# {node.text}" if node.text else "")

    def visit_Assert(self, node: ast.Assert) -> None:
        self.statement(node, "assert ", node.test)
        self.conditional_write(", ", node.msg)


def _join(source: list[Any]) -> str:
    return "".join(source)


def _string(s: str, *args: Any, **kwargs: Any) -> str:
    text = repr(s)
    if text[0] == "'" and '"' not in s:
        return '"' + text[1:-1].replace("\\'", "'") + '"'
    return text


def to_source(nodes: list[ast.stmt]) -> str:
    """The text of some statements."""
    module = ast.Module(nodes, [])
    text = astor.to_source(
        module,
        pretty_string=_string,
        pretty_source=_join,
        source_generator_class=_Generator,
    )
    lines = [line.rstrip() for line in str(text).split("\n")]
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip("\n") + "\n"
