"""Bindings: which names statements bind, and which of them are a function's own."""

from __future__ import annotations

import functools
from collections.abc import Container, Sequence
from typing import Any

import gast

from adjoint.frontend.syntax.walking import children, nodes


def grown_name(node: Any) -> str | None:
    """The name `xs` of a call `xs.append(...)` or `xs.extend(...)`."""
    if isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute):
        if node.func.attr in ("append", "extend") and isinstance(node.func.value, gast.Name):
            return str(node.func.value.id)
    return None


_SCOPES = (gast.Lambda, gast.ListComp, gast.SetComp, gast.GeneratorExp, gast.DictComp)


def assigned_names(
    nodes: Sequence[Any], lists: Container[str] = ()
) -> tuple[list[str], frozenset[str]]:
    """The names that statements bind, and those of them only ever bound by `+=` and the like.

    The names of `lists` that `xs.append(v)` grows count as bound.
    """
    plain: dict[str, None] = {}
    augmented: dict[str, None] = {}

    def visit(node: Any) -> None:
        if isinstance(node, gast.Name):
            if isinstance(node.ctx, (gast.Store, gast.Del)):
                plain[node.id] = None
            return
        if isinstance(node, gast.Constant):
            return
        if isinstance(node, (gast.FunctionDef, gast.ClassDef)):
            plain[node.name] = None
            return
        grown = grown_name(node.value) if isinstance(node, gast.Expr) else None
        if grown is not None and grown in lists:
            plain[grown] = None
        if isinstance(node, _SCOPES):
            for child in gast.walk(node):
                if isinstance(child, gast.NamedExpr):
                    plain[child.target.id] = None
            return
        if isinstance(node, gast.AugAssign) and isinstance(node.target, gast.Name):
            augmented[node.target.id] = None
            visit(node.value)
            return
        captured = getattr(node, "name", None) or getattr(node, "rest", None)
        if isinstance(node, (gast.MatchAs, gast.MatchStar, gast.MatchMapping)) and captured:
            plain[captured] = None
        for child in children(node):
            visit(child)

    for node in nodes:
        visit(node)
    names = list(dict.fromkeys([*plain, *augmented]))
    return names, frozenset(n for n in augmented if n not in plain)


@functools.lru_cache(maxsize=4096)
def local_names(node: Any) -> frozenset[str]:
    spec = node.args
    params = [a.id for a in [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]]
    params += [a.id for a in (spec.vararg, spec.kwarg) if a is not None]
    body = node.body if isinstance(node.body, list) else []
    return frozenset([*params, *assigned_names(body)[0]]) - declared_names(node)


@functools.lru_cache(maxsize=4096)
def declared_names(node: Any) -> frozenset[str]:
    """The names that a function declares as global or nonlocal."""
    found: set[str] = set()
    body = getattr(node, "body", None)
    for statement in body if isinstance(body, list) else []:
        for child in nodes(statement):
            if isinstance(child, (gast.Global, gast.Nonlocal)) and _belongs(child, statement):
                found.update(child.names)
    return frozenset(found)


def _belongs(declaration: Any, statement: Any) -> bool:
    """Is it a declaration of the function itself, not of one that is defined inside?"""
    inner = [n for n in gast.walk(statement) if isinstance(n, gast.FunctionDef)]
    return not any(declaration is n for f in inner for n in gast.walk(f))
