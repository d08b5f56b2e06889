"""Statements taken apart, so that each of them makes one call at most.

Inside a `try`, what comes after a call that raises must not run: neither the statements that
follow, nor the rest of its own one.
"""

from __future__ import annotations

import builtins
import copy
import functools
import itertools
from typing import Any

import gast

_COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)
_WHOLE = (gast.Lambda, gast.JoinedStr, *_COMPREHENSIONS)
_RISKY = (gast.Call, gast.Subscript, gast.BinOp, gast.Attribute)
#: What modules of functions without side effects are called, by all.
_MODULES = frozenset({"np", "numpy", "math", "cmath"})
_numbers = itertools.count()


@functools.lru_cache(maxsize=4096)
def flattened(node: Any) -> list[Any]:
    """The statement as statements that each evaluate one operation, in Python's order."""
    work = _Flattener(node)
    match node:
        case gast.AugAssign() if _calls(node.value):
            return work.augmented(node)
        case gast.Assign() | gast.Return() | gast.Expr() | gast.AugAssign() | gast.AnnAssign():
            if node.value is None:
                return [node]
            new = copy.copy(node)
            targets = getattr(node, "targets", [getattr(node, "target", None)])
            # What is written by position, or augmented, is so after its value is there.
            later = isinstance(node, gast.AugAssign) or any(map(_is_item, targets))
            new.value = work.named(node.value) if later else work.inner(node.value)
            if any(map(_is_item, targets)):
                targets = [work.item(t) if _is_item(t) else t for t in targets]
                name = "targets" if isinstance(node, gast.Assign) else "target"
                setattr(new, name, targets if name == "targets" else targets[0])
        case gast.If() | gast.Assert():
            new = copy.copy(node)
            new.test = work.named(node.test)
        case gast.For():
            new = copy.copy(node)
            new.iter = work.inner(node.iter)
        case _:
            return [node]
    return [*work.statements, new] if work.statements else [node]


class _Flattener:
    def __init__(self, node: Any):
        self.origin = node
        self.statements: list[Any] = []

    def named(self, node: Any) -> Any:
        """The expression as a name, after the statements that compute it."""
        if isinstance(node, gast.Starred):
            return self._with(node, value=self.named(node.value))
        if isinstance(node, (gast.Tuple, gast.List)):
            return self._with(node, elts=[self.named(e) for e in node.elts])
        if isinstance(node, gast.Slice):
            parts = {k: getattr(node, k) for k in ("lower", "upper", "step")}
            return self._with(node, **{k: p and self.named(p) for k, p in parts.items()})
        if isinstance(node, _WHOLE) or not any(isinstance(n, _RISKY) for n in gast.walk(node)):
            return node
        if _dotted(node):
            return node
        name = f"%part{next(_numbers)}"
        self._add(gast.Assign([_name(name, gast.Store())], self.inner(node), None))
        return gast.copy_location(_name(name, gast.Load()), node)

    def augmented(self, node: gast.AugAssign) -> list[Any]:
        """`t += f()`: t is read before the call, which may change it, and written after it."""
        target = node.target
        if isinstance(target, gast.Subscript):
            target = self._with(target, value=self.named(target.value))
            target.slice = self.named(target.slice)
        elif isinstance(target, gast.Attribute):
            target = self._with(target, value=self.named(target.value))
        old = f"%old{next(_numbers)}"
        self._add(
            gast.Assign([_name(old, gast.Store())], self._with(target, ctx=gast.Load()), None)
        )
        value = self.named(node.value)
        self._add(gast.AugAssign(_name(old, gast.Store()), node.op, value))
        self._add(gast.Assign([target], _name(old, gast.Load()), None))
        return self.statements

    def _add(self, statement: Any) -> None:
        self.statements.append(gast.copy_location(statement, self.origin))

    def item(self, target: Any) -> Any:
        """The target of an assignment to an item, at an index that is there already."""
        return self._with(target, slice=self.named(target.slice))

    def inner(self, node: Any) -> Any:
        """The expression with names in the places of its operands."""
        match node:
            case gast.Call(func=func):
                if isinstance(func, gast.Attribute) and not _dotted(func):
                    func = self._with(func, value=self.named(func.value))
                elif not isinstance(func, (gast.Name, gast.Attribute)):
                    func = self.named(func)
                args = [self.named(a) for a in node.args]
                keywords = [self._with(k, value=self.named(k.value)) for k in node.keywords]
                return self._with(node, func=func, args=args, keywords=keywords)
            case gast.BinOp():
                left = self.named(node.left)
                return self._with(node, left=left, right=self.named(node.right))
            case gast.UnaryOp():
                return self._with(node, operand=self.named(node.operand))
            case gast.Compare() if len(node.ops) == 1:
                left = self.named(node.left)
                return self._with(node, left=left, comparators=[self.named(node.comparators[0])])
            case gast.Subscript():
                value = self.named(node.value)
                return self._with(node, value=value, slice=self.named(node.slice))
            case gast.Attribute() if not _dotted(node):
                return self._with(node, value=self.named(node.value))
            case gast.Tuple() | gast.List() | gast.Starred():
                return self.named(node)
        return node

    def _with(self, node: Any, **fields: Any) -> Any:
        new = copy.copy(node)
        for name, value in fields.items():
            setattr(new, name, value)
        return new


def _name(name: str, context: Any) -> Any:
    return gast.Name(name, context, None, None)


def _calls(value: Any) -> bool:
    """Does this call what may be a function of the user's? One of a module such as `np` is not."""
    calls = [n.func for n in gast.walk(value) if isinstance(n, gast.Call)]
    return not all(_dotted(f) and _root(f) in _MODULES or _root(f) in dir(builtins) for f in calls)


def _root(node: Any) -> str:
    while isinstance(node, gast.Attribute):
        node = node.value
    return node.id if isinstance(node, gast.Name) else ""


def _is_item(target: Any) -> bool:
    return isinstance(target, gast.Subscript)


def _dotted(node: Any) -> bool:
    """Is this a path of names, as `np.linalg.inv`?"""
    while isinstance(node, gast.Attribute):
        node = node.value
    return isinstance(node, gast.Name)
