"""Exits: by which statements, and by which flags, control leaves a block.

A `break`, `continue`, `return` or caught `raise` sets a flag. Flags are hidden names: they are
False, or True where control certainly leaves, or a value known only at run time.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import gast

from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import BROKE, CONTINUED, RESULT, RETURNED, TRUE, Frame
from adjoint.frontend.syntax.walking import children, nodes
from adjoint.ir.core import Constant, Value

EXITS = (RETURNED, BROKE, CONTINUED)
#: Stands for a flag that is certainly set.
TRUE_NOW = "now"


def may_exit(node: Any) -> bool:
    """Does the statement contain a break, continue or return of its own loop or function?"""
    if isinstance(node, (gast.Return, gast.Break, gast.Continue, gast.Raise)):
        return True
    if isinstance(node, (gast.For, gast.While)):
        return any(contains_return(s) for s in [*node.body, *node.orelse])
    if isinstance(node, gast.If):
        return any(may_exit(s) for s in [*node.body, *node.orelse])
    return False


def contains_return(node: Any) -> bool:
    if isinstance(node, gast.Return):
        return True
    if isinstance(node, (gast.FunctionDef, gast.Lambda, gast.ClassDef)):
        return False
    return any(contains_return(child) for child in children(node))


def contains_exit(node: Any) -> bool:
    """Does the statement contain one that leaves: if only the statement itself?"""
    if isinstance(node, (gast.Return, gast.Break, gast.Continue, gast.Raise)):
        return True
    if isinstance(node, (gast.FunctionDef, gast.Lambda, gast.ClassDef)):
        return False
    return any(contains_exit(child) for child in children(node))


def always_exits(statements: Sequence[Any]) -> bool:
    """Does control never reach the end of these statements?"""
    for node in statements:
        if isinstance(node, (gast.Return, gast.Break, gast.Continue, gast.Raise)):
            return True
        if isinstance(node, gast.If) and always_exits(node.body) and always_exits(node.orelse):
            return True
        if isinstance(node, gast.While) and is_endless(node):
            return True
        if isinstance(node, gast.With) and _passes_on(node) and always_exits(node.body):
            return True
        if isinstance(node, gast.Try):
            ends = [[*node.body, *node.orelse], *(handler.body for handler in node.handlers)]
            if all(map(always_exits, ends)):
                return True
    return False


#: Context managers after whose body nothing follows where an exception leaves it.
_PASS_ON = ("errstate", "catch_warnings", "nullcontext", "checkpointing", "open")


def _passes_on(node: gast.With) -> bool:
    """Do the exceptions of the body leave this `with` for certain?"""
    made = [i.context_expr.func for i in node.items if isinstance(i.context_expr, gast.Call)]
    names = [getattr(f, "attr", getattr(f, "id", "")) for f in made]
    return len(names) == len(node.items) and all(name in _PASS_ON for name in names)


def is_endless(node: gast.While) -> bool:
    test = node.test
    forever = isinstance(test, gast.Constant) and bool(test.value)
    return forever and not any(contains_break(s) for s in node.body)


def contains_break(node: Any) -> bool:
    if isinstance(node, gast.Break):
        return True
    if isinstance(node, (gast.For, gast.While, gast.FunctionDef, gast.Lambda)):
        return any(contains_break(s) for s in getattr(node, "orelse", []))
    return any(contains_break(child) for child in children(node))


def leaves_early(node: Any) -> bool:
    """May this statement of a loop end the loop, and with it what the loop runs over?"""
    raises = any(isinstance(part, gast.Raise) for part in nodes(node))
    return raises or contains_break(node) or contains_return(node)


def exit_style(statements: Sequence[Any]) -> str:
    """How the user leaves at the end of these statements; the emitter writes it the same way."""
    last = statements[-1] if statements else None
    kinds = {gast.Break: "break", gast.Continue: "continue", gast.Return: "return"}
    return kinds.get(type(last), "")


def exit_flags(frame: Frame) -> list[str]:
    """The names of the flags by which control may leave a block."""
    return [*EXITS, *(handler.flag for handler in frame.lowering.handlers)]


def pending_exits(frame: Frame) -> list[Any]:
    """The exit flags that may be set here: values, or TRUE_NOW where one certainly is."""
    found: list[Any] = []
    for name in exit_flags(frame):
        obj = frame.hidden.get(name)
        if isinstance(obj, o.Ref):
            value = obj.value
            if isinstance(value, Constant):
                if value.value is True:
                    found.append(TRUE_NOW)
            else:
                found.append(value)
    return found


def any_of(frame: Frame, flags: Sequence[Value]) -> Value:
    result = flags[0]
    for flag in flags[1:]:
        result = frame.lowering.builder.apply(operator.or_, result, flag)
    return result


def leave(frame: Frame, obj: o.Obj) -> None:
    """Return `obj`: no other name matters on this path any more."""
    frame.hidden[RESULT] = obj
    frame.hidden[RETURNED] = o.Ref(TRUE)
