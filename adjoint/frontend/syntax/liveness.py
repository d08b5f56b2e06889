"""Which names may still be read after a statement (a backward walk over the syntax tree).

Only a name that is read again can notice that an array was changed through another name: a
temporary of the last trip of a loop, about to be assigned again, cannot.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence
from typing import Any

import gast

from adjoint.frontend.syntax.walking import nodes

Names = frozenset[str]
NOTHING: Names = frozenset()


#: Their bodies run later than their place in the text says.
_LATER = (gast.FunctionDef, gast.Lambda, gast.GeneratorExp)


@functools.lru_cache(maxsize=1024)
def names_alive(function: Any) -> dict[Any, Names]:
    """For each statement of a function: the names that anything after it may read."""
    if not isinstance(function.body, list):
        return {}
    walk = _Walk()
    walk.captured = captured(function)
    walk.block(function.body, NOTHING, NOTHING, NOTHING)
    return walk.alive


@functools.lru_cache(maxsize=1024)
def captured(function: Any) -> Names:
    """The names that the functions inside of a function read, whenever they are called."""
    return frozenset(
        name
        for node in nodes(function)
        if node is not function and isinstance(node, _LATER)
        for name in loads(node)
    )


@functools.lru_cache(maxsize=8192)
def reads(node: Any) -> Counter[str]:
    """How often each name is read in a piece of syntax."""
    return Counter(
        n.id for n in nodes(node) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Load)
    )


def loads(node: Any) -> Names:
    """All names that are read anywhere in a piece of syntax."""
    return frozenset(reads(node))


def alive_inside(statement: Any, call: Any, after: Names) -> Names:
    """The names that may still be read while a call of the statement runs.

    Its arguments have been evaluated: a name that stands nowhere else is not read again. (The
    test of a `while` is evaluated again and again.)
    """
    if isinstance(statement, gast.While):
        return after | loads(statement)
    inside = reads(call)
    if isinstance(statement, gast.AugAssign):
        after = after | stores(statement.target)
    return after | {name for name, n in reads(statement).items() if n > inside[name]}


def stores(node: Any) -> Names:
    """The plain names that an assignment target binds."""
    if isinstance(node, gast.Name):
        return frozenset([node.id])
    if isinstance(node, (gast.Tuple, gast.List)):
        return frozenset(name for item in node.elts for name in stores(item))
    return stores(node.value) if isinstance(node, gast.Starred) else NOTHING


class _Walk:
    def __init__(self) -> None:
        self.alive: dict[Any, Names] = {}
        self.captured = NOTHING

    def block(self, statements: Sequence[Any], after: Names, brk: Names, cont: Names) -> Names:
        for node in reversed(statements):
            self.alive[node] = after | self.captured
            after = self.statement(node, after, brk, cont)
        return after

    def statement(self, node: Any, after: Names, brk: Names, cont: Names) -> Names:
        match node:
            case gast.Assign(targets=targets):
                return after.difference(*map(stores, targets)) | loads(node)
            case gast.AnnAssign(target=target) if node.value is not None:
                return after - stores(target) | loads(node)
            case gast.AugAssign(target=target):
                return after | stores(target) | loads(node)
            case gast.If():
                arms = [self.block(b, after, brk, cont) for b in (node.body, node.orelse)]
                return arms[0] | arms[1] | loads(node.test)
            case gast.For() | gast.While():
                return self.loop(node, after, brk, cont)
            case gast.Return() | gast.Raise():
                return loads(node)
            case gast.Break():
                return brk
            case gast.Continue():
                return cont
            case gast.FunctionDef():
                return after - {node.name} | loads(node)
        inside = after | brk | cont | loads(node)
        for child in nodes(node):
            if isinstance(child, gast.stmt) and child is not node:
                self.alive[child] = inside | self.captured
        return inside

    def loop(self, node: Any, after: Names, brk: Names, cont: Names) -> Names:
        left = self.block(node.orelse, after, brk, cont)
        is_for = isinstance(node, gast.For)
        head = left if is_for else left | loads(node.test)
        for _ in range(2):  # what the second trip reads is alive at the end of the first
            entered = self.block(node.body, head, after, head)
            head = head | (entered - stores(node.target) if is_for else entered)
        return head | (loads(node.iter) if is_for else NOTHING)
