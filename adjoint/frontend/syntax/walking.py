"""The nodes of a piece of syntax, which many questions about a function step through."""

from __future__ import annotations

import functools
from typing import Any

import gast


@functools.lru_cache(maxsize=1024)
def nodes(root: Any) -> tuple[Any, ...]:
    """The nodes of a tree, in the order of `gast.walk`."""
    found = [root]
    for node in found:  # which grows
        found += children(node)
    return tuple(found)


def children(node: Any) -> list[Any]:
    """The nodes that a node holds, without its context (of a name) or kind (of an operator)."""
    found = []
    for name in node._fields:
        part = getattr(node, name, None)
        if isinstance(part, gast.AST):
            if part._fields:
                found.append(part)
        elif isinstance(part, list):
            found += [each for each in part if isinstance(each, gast.AST)]
    return found
