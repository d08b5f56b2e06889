"""Generator functions: what they yield is collected in a list, which is then stepped through.

That is what Python does as long as the generator and those who take its items do not get in each
other's way: it changes nothing but its own variables, has no effects, comes to an end by itself,
and what it reads stays the same until its last item was taken. A `while` may not come to an end:
then all items have to be taken, by a program that would not end either. So they have where it is
suspended in a `try` or `with`, which would be left by an exception.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Sequence
from typing import Any

import gast

from adjoint.errors import UnsupportedError
from adjoint.frontend.flow.exits import is_endless
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.effects import has_effects
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.read_sets import footprint
from adjoint.frontend.state.state import Variable
from adjoint.frontend.syntax.source import FunctionSource

INSTEAD = "return a list instead of yielding"
_SUSPENDS = (gast.Yield, gast.YieldFrom)


def own_nodes(function: Any) -> list[Any]:
    """The nodes of a function without those of functions inside of it."""
    work, found = list(function.body) if isinstance(function.body, list) else [function.body], []
    while work:
        node = work.pop()
        found.append(node)
        if not isinstance(node, (gast.FunctionDef, gast.Lambda, gast.ClassDef)):
            work += gast.iter_child_nodes(node)
    return found


@functools.lru_cache(maxsize=4096)
def is_generator(function: Any) -> bool:
    return any(isinstance(node, _SUSPENDS) for node in own_nodes(function))


@functools.lru_cache(maxsize=1024)
def _collecting(function: Any) -> Any:
    """The function that returns a list of what the generator function yields."""
    statements = {n.value for n in own_nodes(function) if isinstance(n, gast.Expr)}
    if any(isinstance(n, _SUSPENDS) and n not in statements for n in own_nodes(function)):
        raise UnsupportedError("what is sent to a generator is not supported", instead=INSTEAD)
    if any(isinstance(n, gast.While) and is_endless(n) for n in own_nodes(function)):
        raise UnsupportedError("a generator with `while True` may not end by itself",
                               instead=INSTEAD)  # fmt: skip
    made = copy.deepcopy(function)
    taken = {n.id for n in gast.walk(made) if isinstance(n, gast.Name)}
    name = next(n for n in ("yielded", *(f"yielded_{k}" for k in range(99))) if n not in taken)
    made = _Collector(name).visit(made)
    empty = gast.Assign([_name(name, gast.Store())], gast.List([], gast.Load()), None)
    whole = gast.Return(_name(name))
    made.body = [_at(made.body[0], empty), *made.body, _at(made.body[-1], whole)]
    return made


def _needs_the_end(node: Any) -> bool:
    """Does it matter whether all items are taken?

    A `while` may not end, and a `try` or `with` ends in another way where some items are left.
    """
    return isinstance(node, (gast.While, gast.Try, gast.With))


def _name(name: str, context: Any = None) -> Any:
    return gast.Name(name, context or gast.Load(), None, None)


def _at(place: Any, node: Any) -> Any:
    """The node, with its parts, at the place of another one."""
    for part in gast.walk(node):
        if not hasattr(part, "lineno"):
            gast.copy_location(part, place)
    return node


class _Collector(gast.NodeTransformer):
    def __init__(self, name: str):
        self.name, self.depth = name, 0

    def visit_FunctionDef(self, node: Any) -> Any:
        if self.depth:
            return node
        self.depth += 1
        return self.generic_visit(node)

    def visit_Lambda(self, node: Any) -> Any:
        return node

    def visit_Return(self, node: Any) -> Any:
        return _at(node, gast.Return(_name(self.name)))

    def visit_Expr(self, node: Any) -> Any:
        if not isinstance(node.value, _SUSPENDS):
            return node
        method = "append" if isinstance(node.value, gast.Yield) else "extend"
        value = node.value.value or gast.Constant(None, None)
        target = gast.Attribute(_name(self.name), method, gast.Load())
        return _at(node, gast.Expr(gast.Call(target, [value], [])))


def collecting_source(source: FunctionSource) -> FunctionSource:
    return FunctionSource(_collecting(source.node), source.file, source.lines)


def call_generator(
    frame: Frame, inner: Frame, sources: Sequence[o.Obj], run: Callable[[], o.Obj]
) -> o.Obj:
    """The iterator over what `run`, the function that collects in the frame `inner`, returns.

    Raises
    ------
    UnsupportedError : where something of the generator would be seen in between.
    """
    lowering, root = frame.lowering, frame.lowering.root
    endless_before = root.endless_generators
    root.endless_generators += any(map(_needs_the_end, own_nodes(inner.source.node)))
    region, before = lowering.builder.region, len(lowering.builder.region.ops)
    own = (inner.names, inner.hidden)
    with lowering.state.fork() as layer:
        items = run()
        if any(not isinstance(c, Variable) or c.names not in own for c in layer.changed()):
            raise UnsupportedError("a generator changes something besides its own variables",
                                   instead=INSTEAD)  # fmt: skip
    if has_effects(region.ops[before:]):
        raise UnsupportedError("a generator has effects, or draws random numbers", instead=INSTEAD)
    endless = root.endless_generators > endless_before  # it, or one that it takes items of
    return o.Items(items, footprint=footprint(lowering, sources), endless=endless)
