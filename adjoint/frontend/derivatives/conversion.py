"""Closure conversion: a function of the program, with what it captures as explicit arguments."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.derivatives.apart import lower_apart
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.objects import Args, KwArgs
from adjoint.frontend.state.structure import (
    Static,
    build,
    flatten,
    leaf_types,
    shape_of,
)
from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Value, clone_op, clone_region
from adjoint.ir.effects import is_pure
from adjoint.rules.registry import solver_model
from adjoint.runtime.solvers import CHECKS


def convert(
    frame: Frame, label: str, f: o.Obj, args: Sequence[o.Obj]
) -> tuple[Function, list[Value], Any]:
    """A function of the program as an IR function, the values that it captures, and its result."""
    state = frame.lowering.state
    shapes = [shape_of(obj, state) for obj in args]
    result: Any = None

    def body(scope: Frame, inside: list[o.Obj]) -> list[Value]:
        nonlocal result
        found = call_object(scope, f, inside, {}, None)
        result = shape_of(found, scope.lowering.state)
        if isinstance(result, Static):
            raise UnsupportedError("a function that is given to a solver has to return numbers")
        return list(flatten(found, result, scope.lowering.state))

    apart = lower_apart(frame, _name_of(f) or label, args, shapes, body)
    function = apart.function
    if any(map(_is_noticed, function.body.walk())):
        raise UnsupportedError(
            "a function that is given to a solver prints, draws random numbers, or calls what "
            "nothing is known of",
            instead="leave that out of the function",
        )
    counts = [len(list(leaf_types(shape))) for shape in shapes]
    n = sum(counts)
    names = parameters_of(f) if isinstance(f, o.Closure) else []
    if counts == [1] * len(names) and "*" not in names:
        for param, name in zip(function.params, names, strict=False):
            param.name = name
    for k, param in enumerate(function.params):
        param.name = param.name or f"value_{k}"
    points = function.params[:n]
    captured: list[Value] = []
    operands: list[Value] = []
    for param, value in zip(function.params[n:], apart.operands[n:], strict=True):
        if isinstance(value, Constant):
            param.replace_with(value)
        elif param.users:
            captured.append(param)
            operands.append(value)
    function.body.params = [*captured, *points]
    return function, operands, result


def _is_noticed(op: Op) -> bool:
    """Would it be noticed how often this is done? A solver calls a function as it likes."""
    if op.kind == "call":
        return any(map(_is_noticed, op.attrs["function"].body.walk()))
    silent = op.target in (ops.check, ops.fail, *CHECKS) or solver_model(op.target) is not None
    return op.kind == "apply" and not silent and not is_pure(op.target)


def _name_of(f: o.Obj) -> str:
    match f:
        case o.Closure():
            name = f.name
        case o.Method(name=name):
            pass
        case o.Known(value):
            name = getattr(value, "__name__", "")
        case _:
            name = ""
    return name if name.isidentifier() else ""


def call_converted(
    frame: Frame, callee: o.Converted, args: Args, kwargs: KwArgs, node: Any
) -> o.Obj:
    """`f(*points, p)`: the operations of the function, here."""
    *points, p = args
    assert isinstance(p, o.Seq) and not kwargs
    lowering = frame.lowering
    given = [lowering.value(obj) for obj in [*p.items[callee.part], *points]]
    function: Function = callee.function
    mapping = dict(zip(function.params, given, strict=True))
    for op in function.body.ops[:-1]:
        copy = lowering.builder.region.append(clone_op(op, mapping))
        copy.backward = lowering.builder.backward
        _own_functions(copy)
    results = [mapping.get(v, v) for v in function.results]
    return build(callee.result, iter(results))


def _own_functions(op: Op) -> None:
    """A derivative taken inside is expanded, and used up: each copy has a function of its own."""
    if op.kind == "gradient":
        op.attrs["function"] = _copy(op.attrs["function"])
    for region in op.regions:
        for inner in region.ops:
            _own_functions(inner)


def _copy(function: Function) -> Function:
    copy = Function(function.name, function.span)
    copy.attrs = dict(function.attrs)
    copy.body = clone_region(function.body, {})
    for op in copy.body.ops:
        _own_functions(op)
    return copy


def parameters_of(f: o.Obj) -> list[str]:
    """The names of the positional parameters of a function; "*" for any number of them."""
    match f:
        case o.Closure(node):
            further = [] if node.args.vararg is None else ["*"]
            return [a.id for a in [*node.args.posonlyargs, *node.args.args]] + further
        case o.Partial(function, args, named):
            return [n for n in parameters_of(function)[len(args) :] if n not in named]
        case o.Method(o.Instance(cls), name):
            return _of_signature(getattr(cls, name))[1:]
        case o.Known(python) if callable(python):
            return _of_signature(python)
    raise UnsupportedError("the number of parameters of this function is not known")


def _of_signature(python: Any) -> list[str]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(python).parameters.values()
    further = ["*"] if any(p.kind is p.VAR_POSITIONAL for p in parameters) else []
    return [p.name for p in parameters if p.kind in kinds] + further


