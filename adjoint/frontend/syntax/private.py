"""Names that mean another name: those private to a class, or to a cell of a marimo notebook."""

from __future__ import annotations

import ast
import copy
import types
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

Node = TypeVar("Node", bound=ast.AST)


def private_to_class(node: Node, code: types.CodeType) -> Node:
    """The function with `self.__x` as Python reads it inside of a class `A`: `self._A__x`."""
    cls = _class_around(code.co_qualname).lstrip("_")
    if not cls:
        return node

    def renamed(name: str) -> str:
        private = name.startswith("__") and not name.endswith("__") and "." not in name
        return f"_{cls}{name}" if private else name

    if not any(renamed(name) != name for name in _written(node)):
        return node
    return _Renamed(renamed).visit(copy.deepcopy(node))  # type: ignore[no-any-return]


def _class_around(qualname: str) -> str:
    """The name of the innermost class around a function; empty if there is none."""
    parts = qualname.split(".")
    classes = [
        part
        for part, following in zip(parts, parts[1:], strict=False)
        if following != "<locals>" and part != "<locals>"
    ]
    return classes[-1] if classes else ""


def cell_prefix(code: types.CodeType) -> str:
    """The prefix that marimo gives to the underscored names of a cell."""
    for name in (*all_names(code), code.co_qualname):
        if name.startswith("_cell_"):
            return "_cell_" + name[len("_cell_") :].partition("_")[0]
    return ""


def private_to_cell(tree: ast.Module, prefix: str, names: set[str]) -> ast.Module:
    """The tree with the names that the notebook has for what is private to a cell."""

    def renamed(name: str) -> str:
        return prefix + name if prefix + name in names else name

    return _Renamed(renamed).visit(copy.deepcopy(tree))  # type: ignore[no-any-return]


#: The fields of nodes that hold names.
_FIELDS = ("id", "attr", "arg", "name")


class _Renamed(ast.NodeTransformer):
    def __init__(self, renamed: Callable[[str], str]):
        self.renamed = renamed

    def visit(self, node: ast.AST) -> Any:
        for field in _FIELDS:
            name = getattr(node, field, None)
            if isinstance(name, str):
                setattr(node, field, self.renamed(name))
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            node.names = [self.renamed(name) for name in node.names]
        return super().generic_visit(node)


def _written(node: ast.AST) -> Iterator[str]:
    """The names in a tree."""
    for each in ast.walk(node):
        for field in _FIELDS:
            name = getattr(each, field, None)
            if isinstance(name, str):
                yield name
        if isinstance(each, (ast.Global, ast.Nonlocal)):
            yield from each.names


def all_names(code: types.CodeType) -> Iterator[str]:
    """The names in code, that of the functions inside included."""
    yield from code.co_names
    yield from code.co_varnames
    yield from code.co_cellvars
    yield code.co_name
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from all_names(constant)
