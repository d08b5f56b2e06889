"""The programs that the public functions ask for, put together from the passes."""

from __future__ import annotations

import operator
from collections.abc import Sequence

import numpy as np

from adjoint.errors import Span, UnsupportedError
from adjoint.ir import foreign, ops
from adjoint.ir.builder import Builder
from adjoint.ir.core import Constant, Function, Value, functions_called, python_value
from adjoint.ir.descriptions import described_value
from adjoint.ir.staging import active_builders
from adjoint.ir.types import (
    BOOL,
    FLOAT,
    Array,
    Opaque,
    Scalar,
    Struct,
    Type,
    Unknown,
    is_differentiable,
    part_of,
)
from adjoint.ir.verifier import ENABLED, verify
from adjoint.requests import Request
from adjoint.runtime.records import carries
from adjoint.transforms.effects.dce import eliminate_dead_code
from adjoint.transforms.forward_mode.batch import batch
from adjoint.transforms.forward_mode.forward import append_tangents
from adjoint.transforms.forward_mode.taylor import append_series
from adjoint.transforms.optimise import optimise, optimise_calls
from adjoint.transforms.reverse_mode.cotangents import Bars
from adjoint.transforms.reverse_mode.reverse import Reverse
from adjoint.transforms.simplify.cse import eliminate_common_subexpressions
from adjoint.transforms.simplify.simplify import simplify
from adjoint.transforms.sizes.unify import unify_sizes

#: What to differentiate with respect to: a parameter, and a path to a part of it.
Input = tuple[Value, tuple[int, ...]]


def differentiate(function: Function, inputs: Sequence[Input], request: Request) -> None:
    """Turn `function` into its adjoint, in place.

    The results become, in this order: the value (unless only the gradient is asked for), the aux
    value, and the cotangents of `inputs`.

    Raises
    ------
    UnsupportedError : when the result is no scalar, or something cannot be differentiated.
    """
    unify_sizes(function)
    body = function.body
    terminator = body.ops.pop()
    (result,) = terminator.operands
    terminator.drop()
    value, aux = result, None
    roots = [v for v, _ in inputs]
    reverse = Reverse(function, roots, [result])
    builder = reverse.builder
    with builder.active():
        if request.has_aux:
            value, aux = _value_and_aux(function, result, builder)
            reverse = Reverse(function, roots, [value])
            builder = reverse.builder
    with builder.active():
        if request.kind == "pullback":
            seed = builder.emit(ops.cotangent, [value], value.type)
            seed.name = "y_bar"
        else:
            seed = _seed(value, function)
        bars = Bars()
        primal = list(body.ops)
        if seed.op is not None:
            primal = [o for o in primal if o is not seed.op]
        reverse.add(bars, value, (), seed)
        reverse.run(primal, bars)
        gradients = [_gradient(reverse, bars, v, path) for v, path in inputs]
        results = [] if request.kind == "gradient" else [value]
        if aux is not None:
            results.append(aux)
        builder.end([*results, *gradients], "return")
    function.attrs["values"] = len(results)
    _finish(function)


def push_forward(function: Function, inputs: Sequence[Input], request: Request) -> list[Value]:
    """Turn `function` into its tangent map, in place.

    Returns
    -------
    The new parameters, which stand for the tangents of `inputs`. The results become the value
    (where it is asked for), its tangent, and the aux value.

    Raises
    ------
    UnsupportedError : when the result has no tangent, or something cannot be differentiated.
    """
    eliminate_dead_code(function)  # a rule is asked only for the results that are read
    unify_sizes(function)
    body = function.body
    terminator = body.ops.pop()
    (result,) = terminator.operands
    terminator.drop()
    builder = Builder(body, function.span, backward=True)
    value, aux = result, None
    with builder.active():
        if request.has_aux:
            value, aux = _value_and_aux(function, result, builder)
    if not (is_differentiable(value.type) or isinstance(value.type, (Scalar, Array))):
        raise UnsupportedError(
            f"the function returns {described_value(value)}, which has no tangent",
            _place(value, function),
        )
    moving = []
    taken = {p.name for p in function.params}
    for parameter, path in inputs:
        type_, name = parameter.type, parameter.name
        for k in path:
            assert isinstance(type_, Struct)
            type_, name = type_.items[k], f"{name}_{k}"
        if request.kind == "derivative":
            moving.append((parameter, path, _seed(Value(type_), function)))
            continue
        moving.append((parameter, path, function.add_param(type_, f"{name}_dot")))
    if request.order > 1:
        (tangent,) = append_series(function, moving, [value], request.order)
    else:
        (tangent,) = append_tangents(function, moving, [value])
    if request.kind == "pushforward":
        _name_results(value, tangent, taken)
    leading = [value] if request.kind == "pushforward" else []
    with builder.active():
        builder.end([*leading, tangent, *([] if aux is None else [aux])], "return")
    function.attrs["values"] = 0  # all of the results own their memory
    function.attrs["interleaved"] = True
    _finish(function)
    return [] if request.kind == "derivative" else [dot for _, _, dot in moving]


def batch_directions(function: Function, request: Request, tangents: Sequence[Value]) -> bool:
    """Let a tangent map or a pullback take many directions at once; can it be done?"""
    if request.kind == "pullback":
        results = range(function.attrs["values"], len(function.results))
    else:
        results = range(1, 2) if request.kind == "pushforward" else range(1)
    if not batch(function, tangents, results):
        return False
    eliminate_common_subexpressions(function)
    simplify(function)
    eliminate_dead_code(function)
    if ENABLED:
        verify(function, "batch")
    return True


def _name_results(value: Value, tangent: Value, taken: set[str]) -> None:
    """The last statement of the primal is usually a `return`: what it computes needs a name."""
    name = next(n for n in (value.name, "y", "z", "value", "result") if n and n not in taken)
    for each, own in ((value, name), (tangent, f"{name}_dot")):
        if not each.name and each.op is not None and each.op.kind == "apply":
            each.name = own


def _value_and_aux(function: Function, result: Value, builder: Builder) -> tuple[Value, Value]:
    if not (isinstance(result.type, Struct) and len(result.type.items) == 2):
        raise UnsupportedError(
            "has_aux=True needs a function that returns (value, aux), and this one returns "
            f"{described_value(result)}",
            _place(result, function),
            "leave out has_aux, or return the auxiliary value beside the number",
        )
    if result.op and result.op.target is ops.make_tuple:
        value, aux = result.op.operands
    else:
        value, aux = (builder.apply(operator.getitem, result, k) for k in (0, 1))
    return value, aux


def _finish(function: Function) -> None:
    """No derivative is taken any more."""
    _forget_custom_rules(function)
    optimise(function)
    for callee in functions_called(function):
        _forget_custom_rules(callee)
    optimise_calls(function)


def _forget_custom_rules(function: Function) -> None:
    """No derivative is taken any more: what has one of its own is an ordinary value from here."""
    for op in list(function.body.walk()):
        if op.target is ops.alias:
            op.result.replace_with(op.operands[0])
            op.parent.ops.remove(op)  # type: ignore[union-attr]
            op.drop()
        if op.target is not ops.custom or op.parent is None:
            continue
        value = op.operands[0]
        items = value.op.operands if value.op and value.op.target is ops.make_tuple else []
        for user in list(op.result.users):
            if items and user.target is operator.getitem:
                user.result.replace_with(items[python_value(user.operands[1])])
        op.result.replace_with(value)
        op.parent.ops.remove(op)
        op.drop()


def append_adjoint(function: Function, inputs: Sequence[Input], value: Value) -> list[Value]:
    """Append the adjoint of `value` to a function without terminator; returns the gradients."""
    unify_sizes(function)
    reverse = Reverse(function, [v for v, _ in inputs], [value])
    primal = list(function.body.ops)
    with reverse.builder.active():
        bars = Bars()
        reverse.add(bars, value, (), _seed(value, function))
        reverse.run(primal, bars)
        return [_gradient(reverse, bars, v, path) for v, path in inputs]


def _seed(value: Value, function: Function) -> Value:
    _refuse_discrete(value, function)
    match value.type:
        case Scalar(kind) if kind != "complex":
            return Constant(1.0)
        case Array(dtype, dims) if not dims and dtype.kind != "c":
            one = np.ones((), dtype if dtype.kind == "f" else np.float64)[()]
            return Constant(1.0) if dtype == np.float64 else Constant(one)
        case Unknown() if any(op.target is foreign.number for op in function.body.walk()):
            return active_builders[-1].emit(foreign.unit, [value], FLOAT)
        case Unknown():
            return Constant(1.0)
    raise UnsupportedError(
        f"the function returns {described_value(value)}; a gradient needs a real number",
        _place(value, function),
        _instead_of(value.type),
    )


def _place(value: Value, function: Function) -> Span | None:
    """Where the result of the function is computed."""
    if value.op is None or value.op.span is None:
        return function.span
    if value.op.target in ops.CONTAINERS:  # which is put together at the end
        spans = [v.op.span for v in value.op.operands if v.op is not None]
        return next((s.of_statement() for s in reversed(spans) if s is not None), function.span)
    return value.op.span


def _refuse_discrete(value: Value, function: Function) -> None:
    """A truth value has no slope, and neither has a whole number that is computed."""
    is_bool = value.type == BOOL
    match value.type:
        case Scalar("bool" | "int") if is_bool or not isinstance(value, Constant):
            kind = "a truth value" if is_bool else "a whole number"
        case Array(dtype, ()) if dtype.kind in "biu":
            kind = "a truth value" if dtype.kind == "b" else "a whole number"
        case _:
            return
    raise UnsupportedError(
        f"the function always returns {kind}, which has no derivative",
        function.span,
        "return the quantity that it is computed from",
    )


def _instead_of(type_: Type) -> str:
    """The remedy for a result that is no real number."""
    match type_:
        case Scalar() | Array(dims=()):
            return "return its real part, its imaginary part or its absolute value"
        case Array(dims=dims) if all(size == 1 for size in dims):
            return f"return its only element, as in y[{', '.join('0' * len(dims))}]"
        case Array():
            return (
                "reduce it to a number with np.sum or np.mean, or use adjoint.vjp or "
                "adjoint.jacobian"
            )
        case Struct(kind) if issubclass(kind, tuple):
            return (
                "return one number, use has_aux=True if it returns (value, aux), or adjoint.vjp "
                "or adjoint.jacobian for all items"
            )
        case Opaque(cls) if cls is type(None):
            return "return the number: is a 'return' missing?"
        case Opaque(cls) if cls is str:
            return "return the number itself"
    return "return one number, or use adjoint.jacobian"


def _gradient(reverse: Reverse, bars: Bars, value: Value, path: tuple[int, ...]) -> Value:
    """The cotangent of an input, zeros where the result does not depend on it."""
    return _whole(reverse, bars, value, path, part_of(value.type, path))


def _whole(
    reverse: Reverse, bars: Bars, value: Value, path: tuple[int, ...], type_: Type
) -> Value:
    if isinstance(type_, Struct):
        names = type_.keys or range(len(type_.items))
        items = [
            _whole(reverse, bars, value, (*path, k), t)
            if carries(type_.kind, name)
            else reverse.at(value, (*path, k))
            for k, (name, t) in enumerate(zip(names, type_.items, strict=True))
        ]
        return reverse.builder.make(type_, items)
    bar = bars.get((value, path))
    if bar is not None:
        return reverse.as_argument(bar, type_)
    part = reverse.at(value, path)
    return reverse.zero(part) if is_differentiable(type_) else part


__all__ = [
    "Request",
    "append_adjoint",
    "batch_directions",
    "differentiate",
    "optimise",
    "push_forward",
]
