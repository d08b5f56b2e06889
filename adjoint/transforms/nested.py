"""Derivatives inside: every `gradient` op is replaced by the adjoint of its function, inlined,
or by the function with tangents in it.

The result is made of ops that have rules themselves, so that the enclosing program can be
differentiated as if the gradient had been written by hand, to any order.
"""

from __future__ import annotations

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, python_value
from adjoint.ir.types import is_differentiable
from adjoint.transforms.forward_mode.forward import append_tangents
from adjoint.transforms.forward_mode.tangents import tangent_name
from adjoint.transforms.gradient import append_adjoint
from adjoint.transforms.optimise import optimise


def expand_gradients(function: Function) -> None:
    _region(function.body)


def _region(region: Region) -> None:
    for op in list(region.ops):
        for nested in op.regions:
            _region(nested)
        if op.target is ops.custom:
            half = python_value(op.operands[1]).half
            if half is not None:
                expand_gradients(half.function)
        if op.kind == "gradient":
            try:
                _expand(op, region)
            except UnsupportedError as error:
                raise error.located(op.span) from None
        elif op.kind == "call" or op.target is ops.function_of:
            callee = op.attrs["function"]
            if not callee.attrs.get("expanded"):
                callee.attrs["expanded"] = True
                expand_gradients(callee)


def _expand(op: Op, region: Region) -> None:
    inner: Function = op.attrs["function"]
    expand_gradients(inner)
    if "forward" in op.attrs:
        _with_tangents(op, inner)
        optimise(inner)
        _inline(op, region, inner)
        return
    terminator = inner.body.ops.pop()
    value, *aux = terminator.operands
    terminator.drop()
    inputs = [inner.params[k] for k in op.attrs["inputs"]]
    active = [v for v in inputs if is_differentiable(v.type)]
    found = dict(zip(active, append_adjoint(inner, [(v, ()) for v in active], value), strict=True))
    leading = [value, *aux] if op.attrs["value"] else aux
    builder = Builder(inner.body, op.span)
    builder.end([*leading, *(found.get(v, v) for v in inputs)], "return")
    optimise(inner)
    _inline(op, region, inner)


def _with_tangents(op: Op, inner: Function) -> None:
    """Make `inner` return what the pushforward `op` does, with the tangents as parameters."""
    terminator = inner.body.ops.pop()
    count: int = op.attrs["forward"]
    values, aux = terminator.operands[:count], terminator.operands[count:]
    terminator.drop()
    inputs = [inner.params[k] for k in op.attrs["inputs"]]
    given = op.operands[len(inner.params) :]
    moving = [
        (x, (), inner.body.add_param(dot.type, tangent_name(x)))
        for x, dot in zip(inputs, given, strict=True)
    ]
    tangents = append_tangents(inner, moving, values)
    leading = values if op.attrs["value"] else []
    Builder(inner.body, op.span).end([*leading, *tangents, *aux], "return")


def _inline(op: Op, region: Region, inner: Function) -> None:
    """Put the operations of `inner` in the place of `op`."""
    terminator = inner.body.ops.pop()
    results: list[Value] = list(terminator.operands)
    for param, operand in zip(inner.params, op.operands, strict=True):
        if not operand.name and operand.op is not None:
            operand.name = operand.name or param.name
        results = [operand if r is param else r for r in results]
        param.replace_with(operand)
    position = region.ops.index(op)
    for inlined in inner.body.walk():
        if inlined.backward:  # it is primal for whoever differentiates the enclosing program
            inlined.backward, inlined.attrs["derived"] = False, True
    for inlined in inner.body.ops:
        inlined.parent = region
    region.ops[position : position + 1] = inner.body.ops
    terminator.drop()
    for old, new in zip(op.results, results, strict=True):
        if old.name and new.op is not None and "derived" in new.op.attrs:
            new.name = old.name  # the user's name for a derivative
        old.replace_with(new)
    op.drop()
