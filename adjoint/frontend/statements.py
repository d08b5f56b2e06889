"""Statements: every kind of node changes what names refer to, or leaves the block."""

from __future__ import annotations

from typing import Any

import gast

from adjoint.errors import UnsupportedError
from adjoint.frontend.control.blocks import lower_if
from adjoint.frontend.control.contexts import lower_with
from adjoint.frontend.control.exceptions import lower_raise, lower_try
from adjoint.frontend.control.loops import lower_for, lower_while
from adjoint.frontend.control.matching import lower_match
from adjoint.frontend.flow.branches import branch
from adjoint.frontend.flow.exits import leave
from adjoint.frontend.flow.raising import handler_of, make_error, raise_error
from adjoint.frontend.objects.assignment import assign
from adjoint.frontend.objects.augmentation import lower_aug_assign
from adjoint.frontend.objects.containers.growing import grows
from adjoint.frontend.objects.definitions import (
    lower_function,
    lower_global,
    lower_import,
    lower_nonlocal,
)
from adjoint.frontend.objects.items import delete_subscript
from adjoint.frontend.objects.operators import truth
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.cells import bind_name
from adjoint.frontend.state.dispatch import STATEMENTS, expression
from adjoint.frontend.state.lowering import BROKE, CONTINUED, TRUE, Frame
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value


def lower_assign(frame: Frame, node: gast.Assign) -> None:
    obj = expression(frame, node.value)
    # What it was computed of is not read again; nor is it, when it is given to one item.
    once = len(node.targets) == 1 and isinstance(node.targets[0], gast.Subscript)
    frame.pending = [] if once else [obj]
    if len(node.targets) > 1:  # no target is the only one that gets it
        frame.hidden["%assigned"] = obj
    for target in node.targets:
        assign(frame, target, obj)
    frame.hidden.pop("%assigned", None)
    if len(node.targets) == 1:
        _note_together(node.targets[0], node.value, obj)


def _note_together(target: Any, value: Any, obj: o.Obj) -> None:
    """Let the text assign several names in one statement, as in `q, k = x @ Q, x @ K`."""
    if not (isinstance(target, gast.Tuple) and isinstance(value, gast.Tuple)):
        return
    items = obj.items if isinstance(obj, o.Seq) else []
    made = [item.value.op for item in items if isinstance(item, o.Ref)]
    names = [t.id for t in target.elts if isinstance(t, gast.Name)]
    bound = [op for op, n in zip(made, names, strict=False) if op and op.results[0].name == n]
    if len(bound) == len(target.elts) and len(set(names)) == len(names):
        token = object()
        for k, op in enumerate(bound):
            op.attrs["together"] = token, k, len(bound)


def lower_ann_assign(frame: Frame, node: gast.AnnAssign) -> None:
    if node.value is not None:
        assign(frame, node.target, expression(frame, node.value))


def lower_expression_statement(frame: Frame, node: gast.Expr) -> None:
    if isinstance(node.value, gast.Constant) or grows(frame, node.value):
        return
    expression(frame, node.value)


def lower_return(frame: Frame, node: gast.Return) -> None:
    obj: o.Obj = o.Known(None) if node.value is None else expression(frame, node.value)
    leave(frame, obj)


def lower_break(frame: Frame, node: gast.Break) -> None:
    frame.hidden[BROKE] = o.Ref(TRUE)


def lower_continue(frame: Frame, node: gast.Continue) -> None:
    frame.hidden[CONTINUED] = o.Ref(TRUE)


def lower_assert(frame: Frame, node: gast.Assert) -> None:
    condition = truth(frame, expression(frame, node.test))
    if not isinstance(condition, Value):
        condition = Constant(condition)
    if isinstance(condition, Constant) and condition.value:
        return
    if handler_of(frame, AssertionError) is not None:
        said = [] if node.msg is None else [expression(frame, node.msg)]
        error = make_error(frame, AssertionError, said)
        branch(frame, condition, lambda: None, lambda: raise_error(frame, error))
        return
    message: Value = Constant(None)
    if node.msg is not None:
        message = frame.lowering.value(expression(frame, node.msg))
    frame.lowering.builder.apply(ops.check, condition, message)


def lower_delete(frame: Frame, node: gast.Delete) -> None:
    for target in node.targets:
        if isinstance(target, gast.Name):
            bind_name(frame, target.id, o.Unassigned(target.id))
            continue
        if not isinstance(target, gast.Subscript):
            raise UnsupportedError("only names and items of containers can be deleted")
        delete_subscript(frame, target)


STATEMENTS |= {
    gast.Assign: lower_assign,
    gast.AnnAssign: lower_ann_assign,
    gast.AugAssign: lower_aug_assign,
    gast.Expr: lower_expression_statement,
    gast.If: lower_if,
    gast.For: lower_for,
    gast.While: lower_while,
    gast.Match: lower_match,
    gast.Return: lower_return,
    gast.Break: lower_break,
    gast.Continue: lower_continue,
    gast.Pass: lambda frame, node: None,
    gast.Assert: lower_assert,
    gast.Raise: lower_raise,
    gast.Try: lower_try,
    gast.With: lower_with,
    gast.Delete: lower_delete,
    gast.Global: lower_global,
    gast.Nonlocal: lower_nonlocal,
    gast.FunctionDef: lower_function,
    gast.Import: lower_import,
    gast.ImportFrom: lower_import,
}
