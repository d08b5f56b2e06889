"""Expressions: what every kind of node evaluates to, its operands in Python's order."""

from __future__ import annotations

import ast
import math
import operator
from typing import Any

import gast
import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.calls import lower_call
from adjoint.frontend.flow.branches import choose
from adjoint.frontend.library.comprehensions import (
    lower_dict_comprehension,
    lower_list_comprehension,
    lower_set_comprehension,
)
from adjoint.frontend.objects import instances
from adjoint.frontend.objects.attributes import attribute
from adjoint.frontend.objects.comparisons import compare
from adjoint.frontend.objects.containers.displays import (
    lower_dict,
    lower_list,
    lower_set,
    lower_tuple,
)
from adjoint.frontend.objects.definitions import lower_lambda
from adjoint.frontend.objects.names import bind, lookup, lower_name, once
from adjoint.frontend.objects.operators import binary, negate, numeric, truth
from adjoint.frontend.objects.subscripts import subscript
from adjoint.frontend.opaque import objects as foreign
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of, wrap_constant
from adjoint.frontend.state.dispatch import EXPRESSIONS, expression
from adjoint.frontend.state.lowering import Frame
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.operators import UNARY, function_of


def lower_binary(frame: Frame, node: gast.BinOp) -> o.Obj:
    left = expression(frame, node.left)
    return binary(frame, node.op, left, expression(frame, node.right))


def lower_unary(frame: Frame, node: gast.UnaryOp) -> o.Obj:
    operand = expression(frame, node.operand)
    if isinstance(node.op, gast.Not):
        return negate(frame, operand)
    target = function_of(node.op, UNARY)
    outside = foreign.operate(frame, target, operand)
    if outside is not None:
        return outside
    if instances.is_instance(operand):
        return instances.unary(frame, node.op, operand)
    known, python = constant_of(operand)
    if known and type(python) in (int, float, complex):
        number = _constant(operand)
        text = number.text if number is not None and target is operator.neg else ""
        signed = f"-{text}" if text and text[0] != "-" else ""
        return o.Ref(Constant(target(python), text=signed))
    return o.Ref(frame.lowering.builder.apply(target, numeric(frame, operand)))


def lower_bool(frame: Frame, node: gast.BoolOp) -> o.Obj:
    """`a and b` short-circuits: b is evaluated in an arm of its own."""
    is_and = isinstance(node.op, gast.And)

    def rest(values: list[Any]) -> o.Obj:
        first = expression(frame, values[0])
        if len(values) == 1:
            return first
        condition = truth(frame, first)
        if not isinstance(condition, Value):
            return rest(values[1:]) if condition == is_and else first
        return choose(
            frame,
            condition,
            (lambda: rest(values[1:])) if is_and else (lambda: first),
            (lambda: first) if is_and else (lambda: rest(values[1:])),
            style="and" if is_and else "or",
        )

    return rest(node.values)


def lower_compare(frame: Frame, node: gast.Compare) -> o.Obj:
    """`a < b < c` evaluates b once, and c only when a < b."""
    operands = [node.left, *node.comparators]

    def chain(k: int, left: o.Obj) -> o.Obj:
        right = expression(frame, operands[k + 1])
        result = compare(frame, node.ops[k], left, right)
        if k + 1 == len(node.ops):
            return result
        condition = truth(frame, result)
        if not isinstance(condition, Value):
            return chain(k + 1, right) if condition else result
        return choose(frame, condition, lambda: chain(k + 1, right), lambda: result, style="and")

    return chain(0, expression(frame, node.left))


def lower_conditional(frame: Frame, node: gast.IfExp) -> o.Obj:
    condition = truth(frame, expression(frame, node.test))
    if not isinstance(condition, Value):
        return expression(frame, node.body if condition else node.orelse)
    whole = isinstance(frame.node, gast.Assign) and frame.node.value is node
    return choose(
        frame,
        condition,
        lambda: expression(frame, node.body),
        lambda: expression(frame, node.orelse),
        frame.node if whole else None,
        style="conditional",
    )


def lower_constant(frame: Frame, node: gast.Constant) -> o.Obj:
    obj = wrap_constant(node.value)
    number = _constant(obj)
    if number is not None:
        number.text = _literal(frame, node.value)
    return obj


def _constant(obj: o.Obj) -> Constant | None:
    return obj.value if isinstance(obj, o.Ref) and isinstance(obj.value, Constant) else None


def _literal(frame: Frame, python: Any) -> str:
    """How the user has written a number, if it is not as Python shows it: `1e-9`, `0x10`."""
    span = frame.lowering.builder.span
    if type(python) not in (int, float, complex) or span is None:
        return ""
    text = span.text()[span.column : span.end_column]
    try:
        same = text != repr(python) and repr(ast.literal_eval(text)) == repr(python)
    except (SyntaxError, ValueError):
        return ""
    return text if same else ""


def lower_slice(frame: Frame, node: gast.Slice) -> o.Obj:
    parts = [
        o.Known(None) if part is None else expression(frame, part)
        for part in (node.lower, node.upper, node.step)
    ]
    constants = [constant_of(p) for p in parts]
    if all(known for known, _ in constants):
        return o.Known(slice(*(v for _, v in constants)))
    return o.Ref(frame.lowering.builder.apply(slice, *map(frame.lowering.value, parts)))


def lower_subscript(frame: Frame, node: gast.Subscript) -> o.Obj:
    base, index = expression(frame, node.value), expression(frame, node.slice)
    return once(frame, subscript(frame, base, index), node)


def lower_attribute(frame: Frame, node: gast.Attribute) -> o.Obj:
    owner = expression(frame, node.value)
    obj = attribute(frame, owner, node.attr)
    number = _constant(obj)
    if number is not None and isinstance(owner, o.Known):
        module = "np" if owner.value is np else "math" if owner.value is math else ""
        number.text = f"{module}.{node.attr}" if module else ""
    return once(frame, obj, node)


def lower_walrus(frame: Frame, node: gast.NamedExpr) -> o.Obj:
    obj = expression(frame, node.value)
    owner = frame
    while owner.comprehension and owner.parent is not None:
        owner = owner.parent
    bind(owner, node.target.id, obj)
    return lookup(owner, node.target.id)


def lower_fstring(frame: Frame, node: gast.JoinedStr) -> o.Obj:
    parts: list[Value] = []
    for part in node.values:
        if isinstance(part, gast.Constant):
            parts.append(Constant(part.value))
            continue
        spec = ""
        if part.format_spec is not None:
            pieces = part.format_spec.values
            if not all(isinstance(p, gast.Constant) for p in pieces):
                raise UnsupportedError("a computed format specification is not supported")
            spec = "".join(p.value for p in pieces)
        conversion = chr(part.conversion) if part.conversion > 0 else ""
        parts.append(Constant((conversion, spec)))
        shown_object = expression(frame, part.value)
        if foreign.is_foreign(frame, shown_object):
            parts[-1] = Constant(("", ""))
            shown_object = foreign.text_of(frame, shown_object, conversion, spec)
        parts.append(frame.lowering.value(shown_object))
        last = parts[-1]
        if isinstance(last, Constant) and isinstance(last.value, (str, int)):
            del parts[-1]
            shown = f"{{!{conversion}}}".format(last.value) if conversion else last.value
            parts[-1] = Constant(format(shown, spec))
    if all(isinstance(p, Constant) and isinstance(p.value, str) for p in parts):
        return o.Known("".join(p.value for p in parts))  # type: ignore[attr-defined]
    return o.Ref(frame.lowering.builder.apply(ops.fstring, *parts))


def _generator(frame: Frame, node: gast.GeneratorExp) -> o.Obj:
    return o.Generator(node, frame, expression(frame, node.generators[0].iter))


EXPRESSIONS |= {
    gast.Name: lower_name,
    gast.Constant: lower_constant,
    gast.BinOp: lower_binary,
    gast.UnaryOp: lower_unary,
    gast.BoolOp: lower_bool,
    gast.Compare: lower_compare,
    gast.IfExp: lower_conditional,
    gast.Tuple: lower_tuple,
    gast.List: lower_list,
    gast.Dict: lower_dict,
    gast.Slice: lower_slice,
    gast.Subscript: lower_subscript,
    gast.Attribute: lower_attribute,
    gast.Lambda: lower_lambda,
    gast.NamedExpr: lower_walrus,
    gast.JoinedStr: lower_fstring,
    gast.Set: lower_set,
    gast.ListComp: lower_list_comprehension,
    gast.SetComp: lower_set_comprehension,
    gast.DictComp: lower_dict_comprehension,
    gast.GeneratorExp: _generator,
    gast.Call: lower_call,
}
