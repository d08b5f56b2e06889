"""The headers of loops: `for <target> in <iterable>`."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING

from adjoint.emit.text.syntax import call, dotted, name
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Value, start_of_counter

if TYPE_CHECKING:
    from adjoint.emit.python.expressions import Expressions


def loop_header(e: Expressions, op: Op) -> tuple[ast.expr, ast.expr]:
    """`for <target> in <iterable>`, with zip and enumerate where they say it best."""
    parts: list[tuple[ast.expr, ast.expr]] = []
    counter: tuple[ast.expr, Value] | None = None
    for sequence, element in zip(op.sequences, op.elements, strict=True):
        target = _target(e, op, element)
        start = start_of_counter(sequence)
        if start is not None:
            counter = (target, start)
            continue
        parts.append((target, _sequence(e, op, sequence)))
    if counter is not None and not parts:
        raise AssertionError("a loop over nothing but a counter")
    if len(parts) == 1:
        target, iterable = parts[0]
    else:
        target = ast.Tuple([t for t, _ in parts], ast.Store())
        iterable = call(dotted(e.references.builtin("zip")), [s for _, s in parts])
        if op.attrs.get("strict"):
            iterable.keywords.append(ast.keyword("strict", ast.Constant(True)))
    if counter is not None:
        number, start = counter
        target = ast.Tuple([number, target], ast.Store())
        args = [iterable]
        if not (isinstance(start, Constant) and start.value == 0):
            args.append(e.value(start))
        iterable = call(dotted(e.references.builtin("enumerate")), args)
    return target, iterable


def _target(e: Expressions, op: Op, element: Value) -> ast.expr:
    pattern = op.attrs.get("patterns", {}).get(element)
    if pattern is None:
        return _variable(e, element)
    return ast.Tuple([_variable(e, v) for v in pattern], ast.Store())


def _variable(e: Expressions, element: Value | None) -> ast.expr:
    if element is None or not element.users:
        return name(e.references.nobody())
    return name(e.variables.name(element))


def _sequence(e: Expressions, op: Op, sequence: Value) -> ast.expr:
    backwards = bool(op.attrs.get("backwards"))
    inner = sequence.op
    while inner is not None and inner in e.nested and _turns_around(inner):
        sequence, backwards = inner.operands[0], not backwards
        inner = sequence.op
    node = e.value(sequence)
    if backwards:
        return call(dotted(e.references.builtin("reversed")), [node])
    return node


def _turns_around(op: Op) -> bool:
    """Is this `xs[::-1]`, which a loop writes as `reversed(xs)`?"""
    if op.target is ops.reverse_list:
        return True
    index = op.operands[1] if op.target is operator.getitem else None
    return isinstance(index, Constant) and index.value == slice(None, None, -1)
